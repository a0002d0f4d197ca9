//! TransactWriteItems.

use statordb_engine::limits::TRANSACTION_ITEMS_MAX;
use statordb_engine::ops::transact_write_items::{TransactAction, TransactActionKind, TransactWriteItems};
use statordb_engine::value::ValueError;

use super::member;
use crate::params::{Fields, Param};
use crate::shape::{ListRule, Member, Shape, Structure, TextRule};

const CONDITION_CHECK: Structure = Structure::new(
    "ConditionCheck",
    &[
        member::KEY,
        member::TABLE_NAME,
        Member::required("ConditionExpression", &member::TEXT),
        member::NAMES,
        member::VALUES,
        member::RETURN_ON_FAILURE,
    ],
);

const PUT: Structure = Structure::new(
    "Put",
    &[
        member::ITEM,
        member::TABLE_NAME,
        member::CONDITION_EXPRESSION,
        member::NAMES,
        member::VALUES,
        member::RETURN_ON_FAILURE,
    ],
);

const UPDATE: Structure = Structure::new(
    "Update",
    &[
        member::KEY,
        Member::required("UpdateExpression", &member::TEXT),
        member::TABLE_NAME,
        member::CONDITION_EXPRESSION,
        member::NAMES,
        member::VALUES,
        member::RETURN_ON_FAILURE,
    ],
);

const DELETE: Structure = Structure::new(
    "Delete",
    &[
        member::KEY,
        member::TABLE_NAME,
        member::CONDITION_EXPRESSION,
        member::NAMES,
        member::VALUES,
        member::RETURN_ON_FAILURE,
    ],
);

const TRANSACT_WRITE_ITEM: Structure = Structure::new(
    "TransactWriteItem",
    &[
        Member::optional("ConditionCheck", &Shape::Structure(&CONDITION_CHECK)),
        Member::optional("Put", &Shape::Structure(&PUT)),
        Member::optional("Delete", &Shape::Structure(&DELETE)),
        Member::optional("Update", &Shape::Structure(&UPDATE)),
    ],
);

pub(super) const SHAPE: Structure = Structure::new(
    "TransactWriteItemsInput",
    &[
        Member::required(
            "TransactItems",
            &Shape::List(ListRule {
                element: &Shape::Structure(&TRANSACT_WRITE_ITEM),
                min: 1,
                max: TRANSACTION_ITEMS_MAX,
                max_is_bare: false,
            }),
        ),
        member::RETURN_CONSUMED_CAPACITY,
        member::RETURN_ITEM_COLLECTION_METRICS,
        Member::optional("ClientRequestToken", &Shape::Text(TextRule { min: 1, max: 36, is_name: false })),
    ],
);

pub(super) fn request<'a>(fields: &mut Fields<'a>) -> TransactWriteItems<'a> {
    let items = fields.list(const { SHAPE.place("TransactItems") }, |param: Param<'a>| {
        param.into_structure().map(|mut item| actions(&mut item))
    });
    TransactWriteItems {
        items: items.unwrap_or_default(),
        token: fields.text(const { SHAPE.place("ClientRequestToken") }),
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

/// The actions of one element; there should be one.
fn actions<'a>(item: &mut Fields<'a>) -> Vec<TransactAction<'a>> {
    let places = const {
        [
            (TransactActionKind::Check, TRANSACT_WRITE_ITEM.place("ConditionCheck"), &CONDITION_CHECK),
            (TransactActionKind::Put, TRANSACT_WRITE_ITEM.place("Put"), &PUT),
            (TransactActionKind::Delete, TRANSACT_WRITE_ITEM.place("Delete"), &DELETE),
            (TransactActionKind::Update, TRANSACT_WRITE_ITEM.place("Update"), &UPDATE),
        ]
    };
    let action = |(kind, place, structure)| item.structure(place).map(|fields| action(kind, structure, fields));
    places.into_iter().filter_map(action).collect()
}

fn action<'a>(kind: TransactActionKind, structure: &Structure, mut fields: Fields<'a>) -> TransactAction<'a> {
    let is_put = kind == TransactActionKind::Put;
    let item = fields.item(structure.place(if is_put { "Item" } else { "Key" }));
    TransactAction {
        kind,
        table: fields.text(structure.place("TableName")).unwrap_or_default(),
        item: item.unwrap_or(Err(ValueError::Empty)),
        update_expression: match kind {
            TransactActionKind::Update => fields.text(structure.place("UpdateExpression")),
            _ => None,
        },
        condition_expression: fields.text(structure.place("ConditionExpression")),
        substitutions: member::substitutions(
            &mut fields,
            structure.place("ExpressionAttributeNames"),
            structure.place("ExpressionAttributeValues"),
        ),
        return_old_on_failure: fields.word(structure.place("ReturnValuesOnConditionCheckFailure")) == Some("ALL_OLD"),
    }
}
