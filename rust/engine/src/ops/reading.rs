//! What Query and Scan share: filters, projections, `Select`, starting keys, the page they answer.

use std::borrow::Cow;
use std::sync::Arc;

use super::{Page, ReturnConsumedCapacity, Select, Supplied};
use crate::Engine;
use crate::catalog::{Index, KeyFault, Table};
use crate::error::{Error, Result};
use crate::expr::{self, BoundProjection, Substitutions, Usage, compare};
use crate::key::{check_hash_size, check_range_size};
use crate::read::{Source, Walk, Walked};
use crate::value::{Item, ValueRef};
use crate::wording::Wording;
use crate::write::Condition;

/// A bound projection, and which parameter it came from.
pub(super) struct Projected<'a> {
    pub(super) bound: Option<BoundProjection<'a>>,
    parameter: &'static str,
}

impl<'a> Projected<'a> {
    pub(super) fn bind(
        parsed: Option<&'a expr::Projection>,
        legacy: Option<&'a [Cow<'_, str>]>,
        substitutions: &'a Substitutions<'_>,
        usage: &mut Usage,
    ) -> Result<Self> {
        let Some(parsed) = parsed else {
            let bound = legacy.map(|names| BoundProjection::top_level(names.iter().map(AsRef::as_ref)));
            return Ok(Self { bound, parameter: "AttributesToGet" });
        };
        Ok(Self { bound: Some(parsed.bind(substitutions, usage)?), parameter: "ProjectionExpression" })
    }

    /// A projection that is bound already.
    pub(super) fn of(bound: Option<BoundProjection<'a>>) -> Self {
        Self { bound, parameter: "SELECT" }
    }

    pub(super) fn check_paths(&self, table: &Table) -> Result<()> {
        self.bound.as_ref().map_or(Ok(()), |bound| table.check_paths(bound.paths()))
    }
}

/// What a read with an index name may do with it.
pub(super) struct Access {
    pub(super) select: Select,
    /// Whether items have to be fetched from the table.
    pub(super) fetches: bool,
}

impl Engine {
    /// The index of a read, if it names one. It must be there and complete.
    pub(super) fn index_of(&self, table: &Table, name: Option<&str>, consistent: bool) -> Result<Option<Arc<Index>>> {
        let Some(name) = name else { return Ok(None) };
        let index = table.live().index(name).cloned();
        let index = index.ok_or_else(|| Error::index_not_found(name))?;
        if index.is_global() && consistent {
            return Err(Error::validation("Consistent reads are not supported on global secondary indexes"));
        }
        if !index.is_built() || (index.active_ms > 0 && !index.is_active(self.clock.now_ms())) {
            return Err(Error::validation(format!("Cannot read from backfilling global secondary index: {name}")));
        }
        Ok(Some(index))
    }
}

/// What `Select` comes to. Two of its texts stand in an envelope on Query alone (captured on AWS in 2026).
pub(super) fn check_select(
    select: Option<Select>,
    projection: &Projected<'_>,
    index: Option<&Index>,
    envelope: Option<Wording>,
) -> Result<Select> {
    let enveloped = |message: &'static str| {
        let error = Error::request(message);
        Err(match envelope {
            Some(wording) => wording.in_envelope(error),
            None => error,
        })
    };
    let projected = projection.bound.is_some();
    let refuse = |choice: &str| {
        Err(Error::validation(format!("Cannot specify the {} when choosing to get {choice}", projection.parameter)))
    };
    match select {
        None if projected => Ok(Select::SpecificAttributes),
        None if index.is_some() => Ok(Select::AllProjectedAttributes),
        None => Ok(Select::AllAttributes),
        Some(Select::AllProjectedAttributes) if index.is_none() => {
            enveloped("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName")
        }
        Some(Select::SpecificAttributes) if !projected => enveloped(
            "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES",
        ),
        Some(Select::AllAttributes) if projected => refuse("ALL_ATTRIBUTES"),
        Some(Select::AllProjectedAttributes) if projected => refuse("ALL_PROJECTED_ATTRIBUTES"),
        Some(Select::Count) if projected => refuse("only the Count"),
        Some(select) => Ok(select),
    }
}

/// Whether what is asked for is in the index. A GSI has nothing else to give; an LSI fetches it from the table.
pub(super) fn check_access(
    select: Select,
    projection: &Projected<'_>,
    filter: &Condition<'_>,
    index: Option<&Index>,
) -> Result<Access> {
    let Some(index) = index else { return Ok(Access { select, fetches: false }) };
    let lacks = |names: Vec<&str>| lacking(index, names);
    let wants_all = select == Select::AllAttributes && index.projected != crate::catalog::Projected::All;
    let mut wanted = lacks(projection.bound.iter().flat_map(|bound| bound.paths().map(|path| path.name)).collect());
    // The columns of a statement have another order than their attributes.
    wanted.sort_unstable();
    let compared = lacks(filter.names());
    if !index.is_global() {
        return Ok(Access { select, fetches: wants_all || !wanted.is_empty() || !compared.is_empty() });
    }
    let name = &index.name;
    if wants_all {
        return Err(Error::parameter(format_args!(
            "Select type ALL_ATTRIBUTES is not supported for global secondary index {name} because its projection type is \
             not ALL"
        )));
    }
    if !wanted.is_empty() {
        let wanted = wanted.join(", ");
        return Err(Error::parameter(format_args!("Global secondary index {name} does not project [{wanted}]")));
    }
    check_filtered(filter, index)?;
    Ok(Access { select, fetches: false })
}

/// Those attributes that an index does not have.
fn lacking(index: &Index, names: Vec<&str>) -> Vec<String> {
    let mut names: Vec<String> = names.into_iter().filter(|name| !index.keeps(name)).map(ToOwned::to_owned).collect();
    names.dedup();
    names
}

/// Refuses a filter that looks at what an index does not have.
pub(super) fn check_filtered(filter: &Condition<'_>, index: &Index) -> Result<()> {
    let compared = lacking(index, filter.names());
    if compared.is_empty() {
        return Ok(());
    }
    Err(Error::parameter(format_args!(
        "Secondary index {} does not project one or more filter attributes: [{}]",
        index.name,
        compared.join(", ")
    )))
}

/// An `ExclusiveStartKey` whose values are values.
pub(super) struct StartKey<'a> {
    item: &'a Item,
}

/// Reports what is wrong with a value of a starting key, as AWS words it there.
pub(super) fn start_key(key: &Supplied<Item>) -> Result<StartKey<'_>> {
    match key {
        Ok(item) => Ok(StartKey { item }),
        Err(error) if error.is_bare_in_start_key() => Err(Error::validation(error.message())),
        Err(error) => Err(invalid(&error.message())),
    }
}

fn invalid(rest: &str) -> Error {
    let separator = if rest.is_empty() { "" } else { ": " };
    Error::validation(format!("The provided starting key is invalid{separator}{rest}"))
}

const DOES_NOT_MATCH: &str = "The provided key element does not match the schema";

impl StartKey<'_> {
    /// Checks that exactly the key attributes of what is read, and of its table, are there.
    pub(super) fn check_shape(&self, source: Source<'_>, is_scan: bool) -> Result<()> {
        let view = self.item.view();
        let (table, read) = (source.table.schema(), source.schema());
        let further = read.attributes().iter().filter(|attribute| table.attribute(&attribute.name).is_none());
        let mut attributes = 0;
        let complete = table.attributes().iter().chain(further).all(|attribute| {
            attributes += 1;
            view.get(&attribute.name).is_some()
        });
        if complete && view.len() == attributes {
            return Ok(());
        }
        Err(invalid(if is_scan && source.index.is_none() { DOES_NOT_MATCH } else { "" }))
    }

    /// The tree key; its types and sizes are checked.
    pub(super) fn encode(&self, source: Source<'_>, is_scan: bool) -> Result<Vec<u8>> {
        let wrong_type = |error: Error| {
            if is_scan && error.message() == DOES_NOT_MATCH { invalid(DOES_NOT_MATCH) } else { error }
        };
        let table = source.table.schema();
        let Some(index) = source.index else { return table.encode_key(self.item.view()).map_err(wrong_type) };
        let table_key = table.encode_key(table.key_of(self.item.view()).view()).map_err(wrong_type)?;
        match index.fault_unless(self.item.view(), |_| false) {
            None => {}
            Some(KeyFault::Type(..) | KeyFault::Empty(_)) => return Err(wrong_type(does_not_match())),
            Some(KeyFault::HashSize) => check_hash_size(usize::MAX)?,
            Some(KeyFault::RangeSize) => check_range_size(usize::MAX)?,
        }
        index.entry_key(self.item.view(), &table_key).ok_or_else(|| wrong_type(does_not_match()))
    }

    pub(super) fn value(&self, name: &str) -> Option<ValueRef<'_>> {
        self.item.view().get(name)
    }

    /// The key as AWS prints it: `{a=AttributeValue: {S:x}}`.
    pub(super) fn describe(&self) -> String {
        let parts =
            self.item.view().iter().map(|(name, value)| format!("{name}=AttributeValue: {}", compare::print(value)));
        format!("{{{}}}", parts.collect::<Vec<_>>().join(", "))
    }
}

fn does_not_match() -> Error {
    Error::validation(DOES_NOT_MATCH)
}

impl Walk<'_> {
    pub(super) fn page(&self, walked: Walked, asked: ReturnConsumedCapacity) -> Page {
        Page {
            count: walked.count,
            scanned_count: walked.scanned_count,
            capacity: self.spent(&walked).report(asked, self.source.table.name()),
            last_evaluated_key: walked.last_key,
            has_rows: self.rows,
        }
    }
}
