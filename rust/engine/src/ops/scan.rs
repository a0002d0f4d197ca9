//! Scan: every item of a table, or of one segment of it.

use std::borrow::Cow;

use super::parameters::{check_attributes_to_get, check_not_mixed, check_operator_used};
use super::reading::{self, Projected, StartKey};
use super::{ConditionalOperator, LegacyCondition, LegacyMap, Page, ReturnConsumedCapacity, Rows, Select, Supplied};
use crate::Engine;
use crate::error::{Error, Result};
use crate::expr::{ExpressionKind, Substitutions, Usage};
use crate::key::{KeySpan, segment_span};
use crate::legacy::Conditions;
use crate::limits::PAGE_BYTES_MAX;
use crate::read::{Source, Walk};
use crate::value::Item;
use crate::write::Condition;

/// The request.
#[derive(Debug)]
pub struct Scan<'a> {
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
    /// `ScanFilter`.
    pub scan_filter: Option<LegacyMap<'a, LegacyCondition>>,
    /// `ConditionalOperator`.
    pub conditional_operator: Option<ConditionalOperator>,
    /// `ExclusiveStartKey`.
    pub exclusive_start_key: Option<Supplied<Item>>,
    /// `ReturnConsumedCapacity`.
    pub return_consumed_capacity: ReturnConsumedCapacity,
    /// `TotalSegments`, 1 to 1,000,000.
    pub total_segments: Option<u32>,
    /// `Segment`, 0 to 999,999.
    pub segment: Option<u32>,
    /// `ProjectionExpression`.
    pub projection_expression: Option<Cow<'a, str>>,
    /// `FilterExpression`.
    pub filter_expression: Option<Cow<'a, str>>,
    /// `ExpressionAttributeNames` and `ExpressionAttributeValues`.
    pub substitutions: Substitutions<'a>,
}

impl Engine {
    /// Reads one page of a table or of a segment of it, and pushes its items into `rows`.
    ///
    /// # Errors
    /// ValidationException, ResourceNotFoundException; none once a row was pushed, but for a damaged store.
    pub fn scan(&self, request: &Scan<'_>, rows: &mut dyn Rows) -> Result<Page> {
        let presence = request.check_parameters()?;
        check_attributes_to_get(request.attributes_to_get.as_deref())?;
        let legacy_filter = request.check_scan_filter()?;
        let start = request.exclusive_start_key.as_ref().map(reading::start_key).transpose()?;
        let segment = request.check_segment()?;
        let substitutions = &request.substitutions;
        substitutions.check(&presence, true)?;
        let mut usage = Usage::default();
        let parsed_filter = self.parse_condition(ExpressionKind::Filter, request.filter_expression.as_deref())?;
        let filter = Condition::bind(parsed_filter.as_deref(), legacy_filter, substitutions, &mut usage)?;
        let parsed_projection = self.parse_projection(request.projection_expression.as_deref())?;
        let legacy_projection = request.attributes_to_get.as_deref();
        let projection = Projected::bind(parsed_projection.as_deref(), legacy_projection, substitutions, &mut usage)?;
        substitutions.check_all_used(&usage)?;
        let table = self.table(&request.table)?;
        let index = self.index_of(&table, request.index.as_deref(), request.consistent_read)?;
        let source = Source { table: &table, index: index.as_deref() };
        let span = segment.span_from(source, start.as_ref())?;
        filter.check_against(&table)?;
        projection.check_paths(&table)?;
        let select = reading::check_select(request.select, &projection, source.index, None)?;
        let access = reading::check_access(select, &projection, &filter, source.index)?;
        let walk = Walk {
            source,
            fetches: access.fetches,
            shows_entries: access.select == Select::AllProjectedAttributes,
            consistent: request.consistent_read,
            span,
            forward: true,
            limit: request.limit,
            bytes_max: PAGE_BYTES_MAX,
            filters_entries: false,
            filter,
            projection: projection.bound,
            rows: access.select != Select::Count,
            partition: None,
        };
        let walked = self.walk(&walk, rows)?;
        Ok(walk.page(walked, request.return_consumed_capacity))
    }
}

impl Scan<'_> {
    /// Refuses parameters that exclude each other; gives which expressions there are.
    fn check_parameters(&self) -> Result<[(&'static str, bool); 2]> {
        let expressions = [
            ("ProjectionExpression", self.projection_expression.is_some()),
            ("FilterExpression", self.filter_expression.is_some()),
        ];
        let legacy = [
            ("AttributesToGet", self.attributes_to_get.is_some()),
            ("ScanFilter", self.scan_filter.is_some()),
            ("ConditionalOperator", self.conditional_operator.is_some()),
        ];
        check_not_mixed(&legacy, &expressions)?;
        Ok(expressions)
    }

    fn check_scan_filter(&self) -> Result<Option<Conditions<'_>>> {
        let check = |filter| Conditions::of_filter(filter, self.conditional_operator);
        let conditions = self.scan_filter.as_ref().map(check).transpose()?;
        check_operator_used(self.conditional_operator, self.scan_filter.as_ref().map(Vec::len))?;
        Ok(conditions)
    }

    fn check_segment(&self) -> Result<Segment> {
        match (self.segment, self.total_segments) {
            (None, None) => Ok(Segment { number: 0, total: 1 }),
            (Some(_), None) => Err(Error::validation(
                "The TotalSegments parameter is required but was not present in the request when Segment parameter is \
                 present",
            )),
            (None, Some(_)) => Err(Error::validation(
                "The Segment parameter is required but was not present in the request when parameter TotalSegments is \
                 present",
            )),
            (Some(number), Some(total)) if number >= total => Err(Error::validation(format!(
                "The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: {number} is \
                 not less than TotalSegments: {total}"
            ))),
            (Some(number), Some(total)) => Ok(Segment { number, total }),
        }
    }
}

/// One of the segments that a Scan is cut into.
struct Segment {
    number: u32,
    total: u32,
}

impl Segment {
    /// The keys to read, behind the starting key if there is one; it must lie in this segment.
    fn span_from(&self, source: Source<'_>, start: Option<&StartKey<'_>>) -> Result<KeySpan> {
        let span = segment_span(self.number, self.total);
        let Some(start) = start else { return Ok(span) };
        start.check_shape(source, true)?;
        let key = start.encode(source, true)?;
        if !span.contains(&key) {
            return Err(Error::validation(format!(
                "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with \
                 correct Segment. TotalSegments: {} Segment: {}",
                self.total, self.number
            )));
        }
        Ok(span.behind(key, true))
    }
}
