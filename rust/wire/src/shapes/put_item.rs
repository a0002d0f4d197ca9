//! PutItem.

use statordb_engine::ops::put_item::PutItem;
use statordb_engine::value::Item;

use super::member::{self, ConditionPlaces};
use crate::params::Fields;
use crate::shape::Structure;

pub(super) const SHAPE: Structure = Structure::new(
    "PutItemInput",
    &[
        member::TABLE_NAME,
        member::ITEM,
        member::EXPECTED,
        member::RETURN_VALUES,
        member::RETURN_CONSUMED_CAPACITY,
        member::RETURN_ITEM_COLLECTION_METRICS,
        member::CONDITIONAL_OPERATOR,
        member::CONDITION_EXPRESSION,
        member::NAMES,
        member::VALUES,
        member::RETURN_ON_FAILURE,
    ],
);

pub(super) fn request<'a>(fields: &mut Fields<'a>) -> PutItem<'a> {
    PutItem {
        table: fields.text(const { SHAPE.place("TableName") }).unwrap_or_default(),
        item: fields.item(const { SHAPE.place("Item") }).unwrap_or_else(|| Ok(Item::empty())),
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
