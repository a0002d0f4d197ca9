//! TransactGetItems.

use statordb_engine::limits::TRANSACTION_ITEMS_MAX;
use statordb_engine::ops::transact_get_items::{TransactGet, TransactGetItems};
use statordb_engine::value::ValueError;

use super::member;
use crate::params::{Fields, Param};
use crate::shape::{ListRule, Member, Shape, Structure};

const GET: Structure =
    Structure::new("Get", &[member::KEY, member::TABLE_NAME, member::PROJECTION_EXPRESSION, member::NAMES]);

const TRANSACT_GET_ITEM: Structure =
    Structure::new("TransactGetItem", &[Member::required("Get", &Shape::Structure(&GET))]);

pub(super) const SHAPE: Structure = Structure::new(
    "TransactGetItemsInput",
    &[
        Member::required(
            "TransactItems",
            &Shape::List(ListRule {
                element: &Shape::Structure(&TRANSACT_GET_ITEM),
                min: 1,
                max: TRANSACTION_ITEMS_MAX,
                max_is_bare: false,
            }),
        ),
        member::RETURN_CONSUMED_CAPACITY,
    ],
);

pub(super) fn request<'a>(fields: &mut Fields<'a>) -> TransactGetItems<'a> {
    let get = |param: Param<'a>| {
        param.into_structure().and_then(|mut item| item.structure(const { TRANSACT_GET_ITEM.place("Get") })).map(get)
    };
    TransactGetItems {
        items: fields.list(const { SHAPE.place("TransactItems") }, get).unwrap_or_default(),
        return_consumed_capacity: member::return_consumed_capacity(
            fields,
            const { SHAPE.place("ReturnConsumedCapacity") },
        ),
    }
}

fn get(mut fields: Fields<'_>) -> TransactGet<'_> {
    TransactGet {
        table: fields.text(const { GET.place("TableName") }).unwrap_or_default(),
        key: fields.item(const { GET.place("Key") }).unwrap_or(Err(ValueError::Empty)),
        projection_expression: fields.text(const { GET.place("ProjectionExpression") }),
        names: member::named_texts(&mut fields, const { GET.place("ExpressionAttributeNames") }),
    }
}
