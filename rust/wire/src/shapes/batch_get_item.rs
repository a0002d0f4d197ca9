//! BatchGetItem.

use std::borrow::Cow;

use statordb_engine::ops::batch_get_item::{BatchGetItem, KeysOfTable};

use super::member;
use crate::params::{Fields, Param};
use crate::shape::{ListRule, MapRule, Member, Shape, Structure};

/// `KeysAndAttributes`.
const KEYS_AND_ATTRIBUTES: Structure = Structure::new(
    "KeysAndAttributes",
    &[
        Member::required(
            "Keys",
            &Shape::List(ListRule { element: &Shape::SpelledKey, min: 1, max: 100, max_is_bare: true }),
        ),
        member::ATTRIBUTES_TO_GET,
        member::CONSISTENT_READ,
        member::PROJECTION_EXPRESSION,
        member::NAMES,
    ],
);

const REQUEST_ITEMS: Shape = Shape::Map(MapRule {
    value: &Shape::Structure(&KEYS_AND_ATTRIBUTES),
    min: 1,
    max: 100,
    keys_are_tables: true,
    value_lengths: None,
});

pub(super) const SHAPE: Structure = Structure::new(
    "BatchGetItemInput",
    &[
        Member::required("RequestItems", &REQUEST_ITEMS)
            .with_empty_text("The requestItems parameter is required for BatchGetItem"),
        member::RETURN_CONSUMED_CAPACITY,
    ],
);

pub(super) fn request<'a>(fields: &mut Fields<'a>) -> BatchGetItem<'a> {
    let tables = fields.map(const { SHAPE.place("RequestItems") }, Param::into_structure).unwrap_or_default();
    BatchGetItem {
        tables: tables.into_iter().map(|(table, fields)| keys_of_table(table, fields)).collect(),
        return_consumed_capacity: member::return_consumed_capacity(
            fields,
            const { SHAPE.place("ReturnConsumedCapacity") },
        ),
    }
}

fn keys_of_table<'a>(table: Cow<'a, str>, mut fields: Fields<'a>) -> KeysOfTable<'a> {
    let fields = &mut fields;
    KeysOfTable {
        table,
        keys: fields.list(const { KEYS_AND_ATTRIBUTES.place("Keys") }, Param::into_spelled_key).unwrap_or_default(),
        attributes_to_get: member::texts(fields, const { KEYS_AND_ATTRIBUTES.place("AttributesToGet") }),
        consistent_read: fields.boolean(const { KEYS_AND_ATTRIBUTES.place("ConsistentRead") }),
        projection_expression: fields.text(const { KEYS_AND_ATTRIBUTES.place("ProjectionExpression") }),
        names: member::named_texts(fields, const { KEYS_AND_ATTRIBUTES.place("ExpressionAttributeNames") }),
    }
}
