//! Query: the items of one partition key, in the order of their sort key.

use std::borrow::Cow;

use super::{ConditionalOperator, LegacyCondition, LegacyMap, ReturnConsumedCapacity, Select, Supplied};
use crate::expr::Substitutions;
use crate::value::Item;

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
