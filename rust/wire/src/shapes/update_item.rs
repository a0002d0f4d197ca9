//! UpdateItem.

use statordb_engine::ops::update_item::{AttributeAction, AttributeUpdate, UpdateItem};
use statordb_engine::value::Item;

use super::member::{self, ConditionPlaces};
use crate::params::Fields;
use crate::shape::{Member, Shape, Structure};

/// `AttributeValueUpdate`.
const ATTRIBUTE_UPDATE: Structure = Structure::new(
    "AttributeValueUpdate",
    &[Member::optional("Value", &Shape::Value), Member::optional("Action", &Shape::Choice(&["ADD", "PUT", "DELETE"]))],
);

pub(super) const SHAPE: Structure = Structure {
    first_choice_only: true,
    ..Structure::new(
        "UpdateItemInput",
        &[
            member::TABLE_NAME,
            member::KEY,
            Member::optional("AttributeUpdates", &member::map_of(&Shape::Structure(&ATTRIBUTE_UPDATE))),
            member::EXPECTED,
            member::CONDITIONAL_OPERATOR,
            member::RETURN_VALUES,
            member::RETURN_CONSUMED_CAPACITY,
            member::RETURN_ITEM_COLLECTION_METRICS,
            Member::optional("UpdateExpression", &member::TEXT),
            member::CONDITION_EXPRESSION,
            member::NAMES,
            member::VALUES,
            member::RETURN_ON_FAILURE,
        ],
    )
};

pub(super) fn request<'a>(fields: &mut Fields<'a>) -> UpdateItem<'a> {
    UpdateItem {
        table: fields.text(const { SHAPE.place("TableName") }).unwrap_or_default(),
        key: fields.item(const { SHAPE.place("Key") }).unwrap_or_else(|| Ok(Item::empty())),
        update_expression: fields.text(const { SHAPE.place("UpdateExpression") }),
        attribute_updates: fields
            .map(const { SHAPE.place("AttributeUpdates") }, |param| param.into_structure().map(attribute_update)),
        condition: member::condition(fields, const { ConditionPlaces::of(&SHAPE) }),
        substitutions: member::substitutions(
            fields,
            const { SHAPE.place("ExpressionAttributeNames") },
            const { SHAPE.place("ExpressionAttributeValues") },
        ),
        return_values: member::return_values(fields, const { SHAPE.place("ReturnValues") }),
        return_consumed_capacity: member::return_consumed_capacity(
            fields,
            const { SHAPE.place("ReturnConsumedCapacity") },
        ),
        return_item_collection_metrics: member::wants_metrics(
            fields,
            const { SHAPE.place("ReturnItemCollectionMetrics") },
        ),
    }
}

fn attribute_update(mut fields: Fields<'_>) -> AttributeUpdate {
    let action = match fields.word(const { ATTRIBUTE_UPDATE.place("Action") }) {
        Some("ADD") => AttributeAction::Add,
        Some("DELETE") => AttributeAction::Delete,
        _ => AttributeAction::Put,
    };
    AttributeUpdate { action, value: fields.value(const { ATTRIBUTE_UPDATE.place("Value") }) }
}
