//! ExecuteStatement: one statement of PartiQL.

use std::borrow::Cow;

use super::reading::{self, Projected};
use super::{ReturnConsumedCapacity, ReturnValues, Rows, Select, Supplied};
use crate::Engine;
use crate::capacity::{ConsumedCapacity, HalfUnits, Spent};
use crate::catalog::{Index, Table};
use crate::error::{Error, ErrorKind, Result};
use crate::key::{KeySpan, segment_span};
use crate::limits::{FETCHED_BYTES_MAX, PAGE_BYTES_MAX};
use crate::read::{Source, Walk};
use crate::statement::{Access, Bound, NextToken, StatementKind, fingerprint};
use crate::traffic::Single;
use crate::value::{EncodedValue, Item};
use crate::write::{Action, Condition, Unsettled};

/// The request.
#[derive(Debug, Default)]
pub struct ExecuteStatement<'a> {
    /// `Statement`.
    pub statement: Cow<'a, str>,
    /// `Parameters`, one a question mark.
    pub parameters: Option<Vec<Supplied<EncodedValue>>>,
    /// `ConsistentRead`.
    pub consistent_read: bool,
    /// `NextToken`.
    pub next_token: Option<Cow<'a, str>>,
    /// `ReturnConsumedCapacity`.
    pub return_consumed_capacity: ReturnConsumedCapacity,
    /// `Limit`: items to read, at least 1.
    pub limit: Option<u32>,
    /// `ReturnValuesOnConditionCheckFailure` is `ALL_OLD`.
    pub return_old_on_failure: bool,
}

/// The answer beside the rows.
#[derive(Clone, Debug, Default)]
pub struct Executed {
    /// `NextToken`: present when the page ended before the data did.
    pub next_token: Option<String>,
    /// `LastEvaluatedKey`, likewise.
    pub last_evaluated_key: Option<Item>,
    /// `ConsumedCapacity`.
    pub capacity: Option<ConsumedCapacity>,
}

/// How far a SELECT came.
#[derive(Default)]
struct Selected {
    spent: Spent,
    /// Where it goes on.
    rest: Option<(NextToken, Item)>,
}

impl Engine {
    /// Carries out one statement, and pushes what it returns into `rows`.
    ///
    /// # Errors
    /// ValidationException, ResourceNotFoundException, ConditionalCheckFailedException, DuplicateItemException; none once
    /// a row was pushed, but for a damaged store.
    pub fn execute_statement(&self, request: &ExecuteStatement<'_>, rows: &mut dyn Rows) -> Result<Executed> {
        let (plan, table) = self.plan(&request.statement)?;
        let bound = Bound::new(&plan, request.parameters.as_deref())?;
        let asked = request.return_consumed_capacity;
        match plan.outline.kind {
            StatementKind::Exists => Err(exists_out_of_place()),
            StatementKind::Select => {
                let selected = self.select(&bound, &table, request, rows)?;
                let capacity = selected.spent.report(asked, table.name());
                let Some((token, key)) = selected.rest else { return Ok(Executed { capacity, ..Executed::default() }) };
                let of = fingerprint_of(request);
                Ok(Executed { next_token: Some(token.print(of)), last_evaluated_key: Some(key), capacity })
            }
            StatementKind::Insert | StatementKind::Update | StatementKind::Delete => {
                check_no_token(request)?;
                let mut unsettled = Unsettled::default();
                let written = self.write_statement(&bound, &table, request.return_old_on_failure, &mut unsettled);
                unsettled.settle(&*self.store)?;
                let (item, spent) = written?;
                if let Some(item) = item {
                    rows.row(item.view());
                }
                Ok(Executed { capacity: spent.report(asked, table.name()), ..Executed::default() })
            }
        }
    }

    /// Writes, and gives what RETURNING asks for.
    pub(super) fn write_statement(
        &self,
        bound: &Bound<'_>,
        table: &Table,
        return_old_on_failure: bool,
        unsettled: &mut Unsettled,
    ) -> Result<(Option<Item>, Spent)> {
        let outline = &bound.plan.outline;
        let write = bound.write(table, return_old_on_failure)?;
        let applied = self.apply_unsettled(&write, unsettled).map_err(|error| as_told(error, outline.kind))?;
        let spent = applied.spent();
        let item = match (&write.action, outline.returning) {
            (Action::Update(change), returning) => change.update.returned(returning, applied),
            (_, ReturnValues::AllOld) => applied.old,
            _ => None,
        };
        Ok((item, spent))
    }

    fn select(
        &self,
        bound: &Bound<'_>,
        table: &Table,
        request: &ExecuteStatement<'_>,
        rows: &mut dyn Rows,
    ) -> Result<Selected> {
        let outline = &bound.plan.outline;
        if let Access::Key(_) = outline.access {
            check_no_token(request)?;
            let (item, spent) = self.get_statement(bound, table, request.consistent_read)?;
            if let Some(item) = item {
                rows.row(item.view());
            }
            return Ok(Selected { spent, rest: None });
        }
        let index = self.index_of(table, outline.index.as_deref(), request.consistent_read)?;
        bound.plan.check_index(index.as_deref())?;
        let source = Source { table, index: index.as_deref() };
        let filter = bound.condition()?;
        filter.check_against(table)?;
        let projection = Projected::of(bound.projection()?);
        projection.check_paths(table)?;
        let partitions = bound.partitions(source)?;
        let reads = match &partitions {
            Some(_) => Reads::of_query(&projection, &filter, source.index)?,
            None => Reads::of_scan(&projection, source.index)?,
        };
        let walk = Walk {
            source,
            fetches: reads.fetches,
            shows_entries: reads.shows_entries,
            consistent: request.consistent_read,
            span: segment_span(0, 1),
            forward: !matches!(outline.access, Access::Partitions { forward: false, .. }),
            limit: request.limit,
            bytes_max: PAGE_BYTES_MAX,
            filters_entries: reads.filters_entries,
            filter,
            projection: projection.bound,
            rows: true,
            partition: None,
        };
        let spans = match partitions {
            None => vec![(segment_span(0, 1), None)],
            Some(partitions) => partitions.into_iter().map(|each| (each.span, Some(each.key))).collect(),
        };
        let start = request.next_token.as_deref();
        let start = start.map(|text| NextToken::parse(text, fingerprint_of(request))).transpose()?;
        self.walk_each(walk, spans, start, rows)
    }

    /// Reads one page of several ranges, one after the other.
    fn walk_each(
        &self,
        mut walk: Walk<'_>,
        spans: Vec<(KeySpan, Option<Item>)>,
        start: Option<NextToken>,
        rows: &mut dyn Rows,
    ) -> Result<Selected> {
        let first = start.as_ref().map_or(0, |start| usize::from(start.partition));
        if start.as_ref().is_some_and(|start| spans.get(first).is_none_or(|(span, _)| !span.contains(&start.key))) {
            return Err(invalid_token());
        }
        let mut start = start.map(|start| start.key);
        let mut selected = Selected::default();
        for (place, (span, key)) in spans.into_iter().enumerate().skip(first) {
            walk.span = match start.take() {
                Some(start) => span.behind(start, walk.forward),
                None => span,
            };
            walk.partition = key;
            let walked = self.walk(&walk, rows)?;
            selected.spent.add(&walk.spent(&walked));
            if let Some(last) = walked.last_key {
                let key = place_of(walk.source, &last)?;
                selected.rest = Some((NextToken { partition: place as u16, key }, last));
                break;
            }
            // Items that were fetched fill a page in the measure of their own bound.
            let filled = walked.bytes.max(walked.fetched_bytes / (FETCHED_BYTES_MAX / PAGE_BYTES_MAX));
            walk.bytes_max = walk.bytes_max.saturating_sub(filled).max(1);
            walk.limit = walk.limit.map(|limit| limit.saturating_sub(walked.scanned_count as u32));
        }
        Ok(selected)
    }

    /// Reads the one item that a statement is about.
    pub(super) fn get_statement(
        &self,
        bound: &Bound<'_>,
        table: &Table,
        consistent: bool,
    ) -> Result<(Option<Item>, Spent)> {
        let Some(key) = bound.key(table.schema())? else {
            return Err(Error::internal("a statement that reads one item has no key"));
        };
        let projection = bound.projection()?;
        projection.as_ref().map_or(Ok(()), |projection| table.check_paths(projection.paths()))?;
        let single = Single { table, tree_key: &key.tree_key, key: key.key.view() };
        self.admit_get(single)?;
        let item = self.read_item(table, &key.tree_key)?;
        let units = HalfUnits::of_read(item.as_ref().map_or(0, |item| item.view().size()), consistent);
        self.charge_get(single, units);
        let item = match &projection {
            None => item,
            Some(projection) => item.map(|item| projection.project(item.view())),
        };
        Ok((item, Spent::on_table(units)))
    }
}

/// Where a key of `LastEvaluatedKey` stands.
fn place_of(source: Source<'_>, key: &Item) -> Result<Vec<u8>> {
    let table_key = source.table.schema().encode_item(key.view())?;
    let Some(index) = source.index else { return Ok(table_key) };
    let place = index.entry_key(key.view(), &table_key);
    place.ok_or_else(|| Error::internal("an entry of an index lacks its keys"))
}

fn fingerprint_of(request: &ExecuteStatement<'_>) -> u64 {
    fingerprint(&request.statement, request.parameters.as_deref())
}

fn invalid_token() -> Error {
    Error::validation("Invalid NextToken")
}

/// A statement about one item has no second page, so no token is of it.
fn check_no_token(request: &ExecuteStatement<'_>) -> Result<()> {
    let Some(token) = request.next_token.as_deref() else { return Ok(()) };
    NextToken::parse(token, fingerprint_of(request)).and(Err(invalid_token()))
}

/// What a read does with the index that it goes by.
struct Reads {
    fetches: bool,
    shows_entries: bool,
    filters_entries: bool,
}

impl Reads {
    /// Of a partition: an index that lacks what the filter looks at is refused, also an LSI (captured on AWS).
    fn of_query(projection: &Projected<'_>, filter: &Condition<'_>, index: Option<&Index>) -> Result<Self> {
        if let Some(index) = index.filter(|index| !index.is_global()) {
            reading::check_filtered(filter, index)?;
        }
        Self::of(projection, filter, index, false)
    }

    /// Of everything: a filter finds nothing of what an index lacks (captured on AWS).
    fn of_scan(projection: &Projected<'_>, index: Option<&Index>) -> Result<Self> {
        Self::of(projection, &Condition::None, index, true)
    }

    fn of(
        projection: &Projected<'_>,
        filter: &Condition<'_>,
        index: Option<&Index>,
        filters_entries: bool,
    ) -> Result<Self> {
        let select = reading::check_select(None, projection, index, None)?;
        let access = reading::check_access(select, projection, filter, index)?;
        let shows_entries = select == Select::AllProjectedAttributes;
        Ok(Self { fetches: access.fetches, shows_entries, filters_entries })
    }
}

/// An EXISTS outside a transaction.
pub(super) fn exists_out_of_place() -> Error {
    Error::validation("EXISTS can only be used in ExecuteTransaction write requests.")
}

/// What went wrong with the write of a statement, as PartiQL tells it: an INSERT fails because the item is there.
pub(super) fn as_told(error: Error, kind: StatementKind) -> Error {
    match (error.kind(), kind) {
        (ErrorKind::ConditionalCheckFailed, StatementKind::Insert) => Error::duplicate_item(),
        _ => error,
    }
}
