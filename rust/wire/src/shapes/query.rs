//! Query.

use statordb_engine::ops::query::Query;

use super::member;
use crate::params::Fields;
use crate::shape::{Member, Structure};

pub(super) const SHAPE: Structure = Structure::new(
    "QueryInput",
    &[
        member::TABLE_NAME,
        member::INDEX_NAME,
        member::SELECT,
        member::ATTRIBUTES_TO_GET,
        member::LIMIT.bare(),
        member::CONSISTENT_READ,
        Member::optional("KeyConditions", &member::CONDITIONS),
        Member::optional("QueryFilter", &member::CONDITIONS),
        member::CONDITIONAL_OPERATOR,
        Member::optional("ScanIndexForward", &crate::shape::Shape::Boolean),
        member::EXCLUSIVE_START_KEY,
        member::RETURN_CONSUMED_CAPACITY,
        member::PROJECTION_EXPRESSION,
        member::FILTER_EXPRESSION,
        Member::optional("KeyConditionExpression", &member::TEXT),
        member::NAMES,
        member::VALUES,
    ],
);

pub(super) fn request<'a>(fields: &mut Fields<'a>) -> Query<'a> {
    Query {
        table: fields.text(const { SHAPE.place("TableName") }).unwrap_or_default(),
        index: fields.text(const { SHAPE.place("IndexName") }),
        select: member::select(fields, const { SHAPE.place("Select") }),
        attributes_to_get: member::texts(fields, const { SHAPE.place("AttributesToGet") }),
        limit: fields.number(const { SHAPE.place("Limit") }),
        consistent_read: fields.boolean(const { SHAPE.place("ConsistentRead") }).unwrap_or(false),
        key_conditions: member::conditions(fields, const { SHAPE.place("KeyConditions") }),
        query_filter: member::conditions(fields, const { SHAPE.place("QueryFilter") }),
        conditional_operator: member::conditional_operator(fields, const { SHAPE.place("ConditionalOperator") }),
        scan_index_forward: fields.boolean(const { SHAPE.place("ScanIndexForward") }).unwrap_or(true),
        exclusive_start_key: fields.item(const { SHAPE.place("ExclusiveStartKey") }),
        return_consumed_capacity: member::return_consumed_capacity(
            fields,
            const { SHAPE.place("ReturnConsumedCapacity") },
        ),
        projection_expression: fields.text(const { SHAPE.place("ProjectionExpression") }),
        filter_expression: fields.text(const { SHAPE.place("FilterExpression") }),
        key_condition_expression: fields.text(const { SHAPE.place("KeyConditionExpression") }),
        substitutions: member::substitutions(
            fields,
            const { SHAPE.place("ExpressionAttributeNames") },
            const { SHAPE.place("ExpressionAttributeValues") },
        ),
    }
}
