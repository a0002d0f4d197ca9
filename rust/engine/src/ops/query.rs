//! Query: the items of one partition key, in the order of their sort key.

use std::borrow::Cow;

use super::parameters::{check_attributes_to_get, check_not_mixed, check_operator_used};
use super::reading::{self, Projected, StartKey};
use super::{ConditionalOperator, LegacyCondition, LegacyMap, Page, ReturnConsumedCapacity, Rows, Select, Supplied};
use crate::Engine;
use crate::catalog::KEY_ATTRIBUTES_MAX;
use crate::error::{Error, Result};
use crate::expr::{ExpressionKind, KeyOperator, KeyTerm, Substitutions, Usage};
use crate::key::{KeyAttribute, KeySchema, KeySpan, SortRange};
use crate::legacy::{self, Conditions};
use crate::limits::PAGE_BYTES_MAX;
use crate::ops::ComparisonOperator;
use crate::read::{Source, Walk};
use crate::value::{Builder, Item, ValueRef};
use crate::write::Condition;

/// The request.
#[derive(Debug)]
pub struct Query<'a> {
    /// Name or ARN of the table.
    pub table: Cow<'a, str>,
    /// `IndexName`.
    pub index: Option<Cow<'a, str>>,
    /// `Select`.
    pub select: Option<Select>,
    /// `AttributesToGet`.
    pub attributes_to_get: Option<Vec<Cow<'a, str>>>,
    /// `Limit`: items to read, at least 1.
    pub limit: Option<u32>,
    /// `ConsistentRead`.
    pub consistent_read: bool,
    /// `KeyConditions`.
    pub key_conditions: Option<LegacyMap<'a, LegacyCondition>>,
    /// `QueryFilter`.
    pub query_filter: Option<LegacyMap<'a, LegacyCondition>>,
    /// `ConditionalOperator`.
    pub conditional_operator: Option<ConditionalOperator>,
    /// `ScanIndexForward`; absent counts as true.
    pub scan_index_forward: bool,
    /// `ExclusiveStartKey`.
    pub exclusive_start_key: Option<Supplied<Item>>,
    /// `ReturnConsumedCapacity`.
    pub return_consumed_capacity: ReturnConsumedCapacity,
    /// `ProjectionExpression`.
    pub projection_expression: Option<Cow<'a, str>>,
    /// `FilterExpression`.
    pub filter_expression: Option<Cow<'a, str>>,
    /// `KeyConditionExpression`.
    pub key_condition_expression: Option<Cow<'a, str>>,
    /// `ExpressionAttributeNames` and `ExpressionAttributeValues`.
    pub substitutions: Substitutions<'a>,
}

impl Engine {
    /// Reads one page of the items of a partition key, and pushes them into `rows`.
    ///
    /// # Errors
    /// ValidationException, ResourceNotFoundException; none once a row was pushed, but for a damaged store.
    pub fn query(&self, request: &Query<'_>, rows: &mut dyn Rows) -> Result<Page> {
        request.check_parameters()?;
        let legacy_filter = request.check_query_filter()?;
        check_attributes_to_get(request.attributes_to_get.as_deref())?;
        let start = request.exclusive_start_key.as_ref().map(reading::start_key).transpose()?;
        let legacy_terms = request.check_key_conditions()?;
        let substitutions = &request.substitutions;
        substitutions.check(&request.presence(), true)?;
        let mut usage = Usage::default();
        let key_text = request.key_condition_expression.as_deref();
        let key_condition = key_text.map(|text| self.expressions.key_condition(text)).transpose()?;
        let bound = key_condition.as_ref().map(|parsed| parsed.bind(substitutions, &mut usage)).transpose()?;
        let parsed_filter = self.parse_condition(ExpressionKind::Filter, request.filter_expression.as_deref())?;
        let filter = Condition::bind(parsed_filter.as_deref(), legacy_filter, substitutions, &mut usage)?;
        let parsed_projection = self.parse_projection(request.projection_expression.as_deref())?;
        let legacy_projection = request.attributes_to_get.as_deref();
        let projection = Projected::bind(parsed_projection.as_deref(), legacy_projection, substitutions, &mut usage)?;
        substitutions.check_all_used(&usage)?;
        let terms = bound.as_ref().map_or(Ok(legacy_terms), |bound| bound.terms())?;
        // Only an index may have more key attributes than two.
        check_count(&terms, if request.index.is_some() { KEY_ATTRIBUTES_MAX } else { 2 })?;
        let table = self.table(&request.table)?;
        let index = self.index_of(&table, request.index.as_deref(), request.consistent_read)?;
        let source = Source { table: &table, index: index.as_deref() };
        check_count(&terms, source.schema().attributes().len().max(2))?;
        if let Some(start) = &start {
            start.check_shape(source, false)?;
        }
        let condition = PartitionCondition::new(source.schema(), &terms)?;
        let span = condition.span_from(source, start.as_ref(), request.scan_index_forward)?;
        filter.check_against(&table)?;
        filter.check_not_on_keys(source.schema())?;
        projection.check_paths(&table)?;
        let select = reading::check_select(request.select, &projection, source.index, Some(self.options.wording))?;
        let access = reading::check_access(select, &projection, &filter, source.index)?;
        let walk = Walk {
            source,
            fetches: access.fetches,
            shows_entries: access.select == Select::AllProjectedAttributes,
            consistent: request.consistent_read,
            span,
            forward: request.scan_index_forward,
            limit: request.limit,
            bytes_max: PAGE_BYTES_MAX,
            filters_entries: false,
            filter,
            projection: projection.bound,
            rows: access.select != Select::Count,
            partition: (!self.traffic.is_idle()).then(|| partition_of(source.schema(), &terms)),
        };
        let walked = self.walk(&walk, rows)?;
        let mut page = walk.page(walked, request.return_consumed_capacity);
        if source.index.is_none() && source.schema().attributes().len() == 1 {
            // There was one row at most, and a starting key would be refused.
            page.last_evaluated_key = None;
        }
        Ok(page)
    }
}

impl Query<'_> {
    fn presence(&self) -> [(&'static str, bool); 3] {
        [
            ("ProjectionExpression", self.projection_expression.is_some()),
            ("FilterExpression", self.filter_expression.is_some()),
            ("KeyConditionExpression", self.key_condition_expression.is_some()),
        ]
    }

    /// `KeyConditions` may stand beside a filter or a projection expression, but not beside other legacy parameters' rivals.
    fn check_parameters(&self) -> Result<()> {
        let [projection, filter, key_condition] = self.presence();
        let others = [
            ("AttributesToGet", self.attributes_to_get.is_some()),
            ("QueryFilter", self.query_filter.is_some()),
            ("ConditionalOperator", self.conditional_operator.is_some()),
        ];
        let key_conditions = ("KeyConditions", self.key_conditions.is_some());
        let alone = others.iter().all(|(_, present)| !present) && !key_condition.1;
        if !alone {
            let [attributes, query_filter, operator] = others;
            check_not_mixed(
                &[attributes, query_filter, operator, key_conditions],
                &[projection, filter, key_condition],
            )?;
        }
        Ok(())
    }

    fn check_query_filter(&self) -> Result<Option<Conditions<'_>>> {
        let check = |filter| Conditions::of_filter(filter, self.conditional_operator);
        let conditions = self.query_filter.as_ref().map(check).transpose()?;
        check_operator_used(self.conditional_operator, self.query_filter.as_ref().map(Vec::len))?;
        Ok(conditions)
    }

    /// The legacy key conditions as terms; a Query needs these or an expression.
    fn check_key_conditions(&self) -> Result<Vec<KeyTerm<'_>>> {
        let Some(conditions) = &self.key_conditions else {
            return match self.key_condition_expression {
                Some(_) => Ok(Vec::new()),
                None => Err(Error::validation(
                    "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.",
                )),
            };
        };
        legacy::tests_of(conditions)?.into_iter().map(legacy_term).collect()
    }
}

fn legacy_term(test: legacy::Test<'_>) -> Result<KeyTerm<'_>> {
    let operator = match test.operator {
        ComparisonOperator::Eq => KeyOperator::Equal,
        ComparisonOperator::Lt => KeyOperator::Less,
        ComparisonOperator::Le => KeyOperator::LessOrEqual,
        ComparisonOperator::Gt => KeyOperator::Greater,
        ComparisonOperator::Ge => KeyOperator::GreaterOrEqual,
        ComparisonOperator::Between => KeyOperator::Between,
        ComparisonOperator::BeginsWith => KeyOperator::BeginsWith,
        _ => return Err(Error::validation("Attempted conditional constraint is not an indexable operation")),
    };
    let mut operands = test.operands.into_iter();
    let first = operands.next().unwrap_or(ValueRef::NULL);
    Ok(KeyTerm { attribute: test.name, operator, operand: first, upper: operands.next() })
}

fn check_count(terms: &[KeyTerm<'_>], count_max: usize) -> Result<()> {
    if (1..=count_max).contains(&terms.len()) {
        return Ok(());
    }
    Err(Error::validation("Conditions can be of length 1 or 2 only"))
}

/// A key condition that fits its schema.
struct PartitionCondition<'a> {
    schema: &'a KeySchema,
    /// What the attributes of the partition key equal.
    hash: Vec<&'a [u8]>,
    /// What the first attributes of the sort key equal, before the last one that has a condition.
    equal: Vec<&'a [u8]>,
    last: Option<&'a KeyTerm<'a>>,
}

impl<'a> PartitionCondition<'a> {
    fn new(schema: &'a KeySchema, terms: &'a [KeyTerm<'a>]) -> Result<Self> {
        let missed = |name: &str| Error::validation(format!("Query condition missed key schema element: {name}"));
        let term = |attribute: &KeyAttribute| terms.iter().find(|term| term.attribute == attribute.name);
        let mut hash = Vec::with_capacity(schema.hash().len());
        for attribute in schema.hash() {
            let term = term(attribute).ok_or_else(|| missed(&attribute.name))?;
            if term.operator != KeyOperator::Equal {
                return Err(not_supported(schema, "HASH"));
            }
            hash.push(term);
        }
        // The conditions on the sort key follow its attributes from the first on, without gaps.
        let range: Vec<&KeyTerm<'_>> = schema.range().iter().map_while(term).collect();
        if hash.len() + range.len() < terms.len() {
            let first_without = schema.range().get(range.len());
            return Err(first_without.map_or_else(|| not_supported(schema, "RANGE"), |range| missed(&range.name)));
        }
        let (last, equal) = match range.split_last() {
            Some((last, equal)) => (Some(*last), equal),
            None => (None, Default::default()),
        };
        if equal.iter().any(|term| term.operator != KeyOperator::Equal) {
            return Err(not_supported(schema, "RANGE"));
        }
        for (attribute, term) in schema.hash().iter().zip(&hash).chain(schema.range().iter().zip(&range)) {
            schema.check_operand(attribute, term.operand)?;
            term.upper.map_or(Ok(()), |high| schema.check_operand(attribute, high))?;
        }
        let bytes = |terms: &[&'a KeyTerm<'a>]| terms.iter().map(|term| term.operand.scalar_bytes()).collect();
        Ok(Self { schema, hash: bytes(&hash), equal: bytes(equal), last })
    }

    fn sort_range(&self) -> SortRange<'a> {
        let Some(term) = self.last else { return SortRange::All };
        let low = term.operand.scalar_bytes();
        match term.operator {
            KeyOperator::Equal => SortRange::Equal(low),
            KeyOperator::Less => SortRange::Less(low),
            KeyOperator::LessOrEqual => SortRange::LessOrEqual(low),
            KeyOperator::Greater => SortRange::Greater(low),
            KeyOperator::GreaterOrEqual => SortRange::GreaterOrEqual(low),
            KeyOperator::Between => SortRange::Between(low, term.upper.map_or(low, |high| high.scalar_bytes())),
            KeyOperator::BeginsWith => SortRange::BeginsWith(low),
        }
    }

    /// The keys to read, behind the starting key if there is one; it must lie among them.
    fn span_from(&self, source: Source<'_>, start: Option<&StartKey<'_>>, forward: bool) -> Result<KeySpan> {
        let span = match (source.index, self.hash.first()) {
            (None, Some(hash)) => KeySpan::of_partition(hash, self.sort_range()),
            _ => KeySpan::of_index_partition(&self.hash, &self.equal, self.sort_range()),
        };
        let Some(start) = start else { return Ok(span) };
        let key = start.encode(source, false)?;
        let in_partition = |(attribute, value): (&KeyAttribute, &&[u8])| {
            start.value(&attribute.name).is_some_and(|start| start.scalar_bytes() == *value)
        };
        if !self.schema.hash().iter().zip(&self.hash).all(in_partition) {
            return Err(Error::validation(match self.last {
                None => "The provided starting key is outside query boundaries based on provided conditions",
                Some(_) => "The query can return at most one row and cannot be restarted",
            }));
        }
        if source.index.is_none() && self.schema.range().is_empty() {
            return Err(Error::validation(format!(
                "The provided exclusive start key is invalid: ExclusiveStartKey: {}",
                start.describe()
            )));
        }
        if !span.contains(&key) {
            return Err(Error::validation("The provided starting key does not match the range key predicate"));
        }
        Ok(span.behind(key, forward))
    }
}

/// The partition key that conditions which fit a schema ask for.
fn partition_of(schema: &KeySchema, terms: &[KeyTerm<'_>]) -> Item {
    let mut builder = Builder::item();
    for attribute in schema.hash() {
        if let Some(term) = terms.iter().find(|term| term.attribute == attribute.name) {
            builder.name(&attribute.name);
            builder.encoded(term.operand);
        }
    }
    builder.finish_item().unwrap_or_else(|_| Item::empty())
}

/// A condition that no key of the schema can follow. Keys of several attributes have a text of their own.
fn not_supported(schema: &KeySchema, role: &str) -> Error {
    if schema.hash().len() < 2 && schema.range().len() < 2 {
        return Error::validation("Query key condition not supported");
    }
    Error::validation(match role {
        "HASH" => "Query key condition not supported: every HASH key attribute needs an equality condition",
        _ => "Query key condition not supported: RANGE key attributes before the last one need an equality condition",
    })
}
