//! GetItem.

use statordb_engine::ops::get_item::GetItem;
use statordb_engine::value::Item;

use super::member;
use crate::params::Fields;
use crate::shape::Structure;

pub(super) const SHAPE: Structure = Structure::new(
    "GetItemInput",
    &[
        member::TABLE_NAME,
        member::KEY,
        member::ATTRIBUTES_TO_GET,
        member::CONSISTENT_READ,
        member::RETURN_CONSUMED_CAPACITY,
        member::PROJECTION_EXPRESSION,
        member::NAMES,
    ],
);

pub(super) fn request<'a>(fields: &mut Fields<'a>) -> GetItem<'a> {
    GetItem {
        table: fields.text(const { SHAPE.place("TableName") }).unwrap_or_default(),
        key: fields.item(const { SHAPE.place("Key") }).unwrap_or_else(|| Ok(Item::empty())),
        attributes_to_get: member::texts(fields, const { SHAPE.place("AttributesToGet") }),
        consistent_read: fields.boolean(const { SHAPE.place("ConsistentRead") }).unwrap_or(false),
        return_consumed_capacity: member::return_consumed_capacity(
            fields,
            const { SHAPE.place("ReturnConsumedCapacity") },
        ),
        projection_expression: fields.text(const { SHAPE.place("ProjectionExpression") }),
        names: member::named_texts(fields, const { SHAPE.place("ExpressionAttributeNames") }),
    }
}
