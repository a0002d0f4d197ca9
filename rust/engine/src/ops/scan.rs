//! Scan: every item of a table, or of one segment of it.

use std::borrow::Cow;

use super::{ConditionalOperator, LegacyCondition, LegacyMap, ReturnConsumedCapacity, Select, Supplied};
use crate::expr::Substitutions;
use crate::value::Item;

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
