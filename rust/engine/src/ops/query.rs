//! Query: the items of one partition key, in the order of their sort key.

use std::borrow::Cow;

use super::parameters::{check_attributes_to_get, check_not_mixed, check_operator_used};
use super::reading::{self, Projected, StartKey};
use super::{ConditionalOperator, LegacyCondition, LegacyMap, Page, ReturnConsumedCapacity, Rows, Select, Supplied};
use crate::Engine;
use crate::catalog::Table;
use crate::error::{Error, Result};
use crate::expr::{ExpressionKind, KeyOperator, KeyTerm, Substitutions, Usage};
use crate::key::{KeyAttribute, KeySchema, KeySpan, SortRange};
use crate::legacy::{self, Conditions};
use crate::ops::ComparisonOperator;
use crate::read::Walk;
use crate::value::{Item, ValueRef};
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
        if !(1..=2).contains(&terms.len()) {
            return Err(Error::validation("Conditions can be of length 1 or 2 only"));
        }
        let table = self.catalog.find(&request.table)?;
        reading::check_index(request.index.as_deref())?;
        if let Some(start) = &start {
            start.check_shape(table.schema(), false)?;
        }
        let condition = PartitionCondition::new(table.schema(), &terms)?;
        let span = condition.span_from(&table, start.as_ref(), request.scan_index_forward)?;
        filter.check_against(&table)?;
        filter.check_not_on_keys(table.schema())?;
        projection.check_paths(table.schema())?;
        let select = reading::check_select(request.select, &projection, true)?;
        let walk = Walk {
            table: &table,
            span,
            forward: request.scan_index_forward,
            limit: request.limit,
            filter,
            projection: projection.bound,
            rows: select != Select::Count,
        };
        let walked = self.walk(&walk, rows)?;
        Ok(walked.into_page(&table, request.return_consumed_capacity, request.consistent_read, walk.rows))
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
        check_operator_used(self.conditional_operator, self.query_filter.as_ref().map(Vec::len))
    }

    fn check_query_filter(&self) -> Result<Option<Conditions<'_>>> {
        let check = |filter| Conditions::of_filter(filter, self.conditional_operator);
        self.query_filter.as_ref().map(check).transpose()
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

/// A key condition that fits its schema.
struct PartitionCondition<'a> {
    hash: ValueRef<'a>,
    sort: Option<&'a KeyTerm<'a>>,
}

impl<'a> PartitionCondition<'a> {
    fn new(schema: &KeySchema, terms: &'a [KeyTerm<'a>]) -> Result<Self> {
        let missed = |name: &str| Error::validation(format!("Query condition missed key schema element: {name}"));
        let not_supported = || Error::validation("Query key condition not supported");
        let term = |attribute: &KeyAttribute| terms.iter().find(|term| term.attribute == attribute.name);
        let hash = term(&schema.hash).ok_or_else(|| missed(&schema.hash.name))?;
        if hash.operator != KeyOperator::Equal {
            return Err(not_supported());
        }
        let sort = match (&schema.range, terms.len()) {
            (_, ..2) => None,
            (None, _) => return Err(not_supported()),
            (Some(range), _) => Some((range, term(range).ok_or_else(|| missed(&range.name))?)),
        };
        schema.check_operand(&schema.hash, hash.operand)?;
        if let Some((range, term)) = sort {
            schema.check_operand(range, term.operand)?;
            term.upper.map_or(Ok(()), |high| schema.check_operand(range, high))?;
        }
        Ok(Self { hash: hash.operand, sort: sort.map(|(_, term)| term) })
    }

    fn sort_range(&self) -> SortRange<'a> {
        let Some(term) = self.sort else { return SortRange::All };
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
    fn span_from(&self, table: &Table, start: Option<&StartKey<'_>>, forward: bool) -> Result<KeySpan> {
        let span = KeySpan::of_partition(self.hash.scalar_bytes(), self.sort_range());
        let Some(start) = start else { return Ok(span) };
        let schema = table.schema();
        let key = start.encode(schema, false)?;
        if start.value(&schema.hash.name) != Some(self.hash) {
            return Err(Error::validation(match self.sort {
                None => "The provided starting key is outside query boundaries based on provided conditions",
                Some(_) => "The query can return at most one row and cannot be restarted",
            }));
        }
        if schema.range.is_none() {
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
