//! Scan.

use statordb_engine::ops::scan::Scan;

use super::member;
use crate::params::Fields;
use crate::shape::{Member, Shape, Structure};

pub(super) const SHAPE: Structure = Structure::new(
    "ScanInput",
    &[
        member::TABLE_NAME,
        member::INDEX_NAME,
        member::ATTRIBUTES_TO_GET,
        member::LIMIT,
        member::SELECT,
        Member::optional("ScanFilter", &member::CONDITIONS),
        member::CONDITIONAL_OPERATOR,
        member::EXCLUSIVE_START_KEY,
        member::RETURN_CONSUMED_CAPACITY,
        Member::optional("TotalSegments", &Shape::Integer(1, 1_000_000)),
        Member::optional("Segment", &Shape::Integer(0, 999_999)),
        member::PROJECTION_EXPRESSION,
        member::FILTER_EXPRESSION,
        member::NAMES,
        member::VALUES,
        member::CONSISTENT_READ,
    ],
);

pub(super) fn request<'a>(fields: &mut Fields<'a>) -> Scan<'a> {
    Scan {
        table: fields.text(const { SHAPE.place("TableName") }).unwrap_or_default(),
        index: fields.text(const { SHAPE.place("IndexName") }),
        select: member::select(fields, const { SHAPE.place("Select") }),
        attributes_to_get: member::texts(fields, const { SHAPE.place("AttributesToGet") }),
        limit: fields.number(const { SHAPE.place("Limit") }),
        consistent_read: fields.boolean(const { SHAPE.place("ConsistentRead") }).unwrap_or(false),
        scan_filter: member::conditions(fields, const { SHAPE.place("ScanFilter") }),
        conditional_operator: member::conditional_operator(fields, const { SHAPE.place("ConditionalOperator") }),
        exclusive_start_key: fields.item(const { SHAPE.place("ExclusiveStartKey") }),
        return_consumed_capacity: member::return_consumed_capacity(
            fields,
            const { SHAPE.place("ReturnConsumedCapacity") },
        ),
        total_segments: fields.number(const { SHAPE.place("TotalSegments") }),
        segment: fields.number(const { SHAPE.place("Segment") }),
        projection_expression: fields.text(const { SHAPE.place("ProjectionExpression") }),
        filter_expression: fields.text(const { SHAPE.place("FilterExpression") }),
        substitutions: member::substitutions(
            fields,
            const { SHAPE.place("ExpressionAttributeNames") },
            const { SHAPE.place("ExpressionAttributeValues") },
        ),
    }
}
