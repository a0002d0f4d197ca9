//! BatchWriteItem.

use statordb_engine::ops::batch_write_item::{BatchWriteItem, WriteRequest};
use statordb_engine::value::ValueError;

use super::member;
use crate::params::{Fields, Param};
use crate::shape::{MapRule, Member, Shape, Structure};

const PUT_REQUEST: Structure = Structure::new("PutRequest", &[member::ITEM]);
const DELETE_REQUEST: Structure = Structure::new("DeleteRequest", &[member::KEY]);
const WRITE_REQUEST: Structure = Structure::new(
    "WriteRequest",
    &[
        Member::optional("PutRequest", &Shape::Structure(&PUT_REQUEST)),
        Member::optional("DeleteRequest", &Shape::Structure(&DELETE_REQUEST)),
    ],
);

const REQUEST_ITEMS: Shape = Shape::Map(MapRule {
    value: &member::list_of(&Shape::Structure(&WRITE_REQUEST)),
    min: 1,
    max: 25,
    keys_are_tables: true,
    value_lengths: Some((1, 25)),
});

pub(super) const SHAPE: Structure = Structure::new(
    "BatchWriteItemInput",
    &[
        Member::required("RequestItems", &REQUEST_ITEMS)
            .with_empty_text("The requestItems parameter is required for BatchWriteItem"),
        member::RETURN_CONSUMED_CAPACITY,
        member::RETURN_ITEM_COLLECTION_METRICS,
    ],
);

pub(super) fn request<'a>(fields: &mut Fields<'a>) -> BatchWriteItem<'a> {
    let tables = fields.map(const { SHAPE.place("RequestItems") }, Param::into_list).unwrap_or_default();
    let requests = |list: Vec<Param<'a>>| list.into_iter().filter_map(Param::into_structure).map(write_request);
    BatchWriteItem {
        tables: tables.into_iter().map(|(table, list)| (table, requests(list).collect())).collect(),
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

fn write_request(mut fields: Fields<'_>) -> WriteRequest {
    let put = fields.structure(const { WRITE_REQUEST.place("PutRequest") });
    let delete = fields.structure(const { WRITE_REQUEST.place("DeleteRequest") });
    WriteRequest {
        put: put.map(|mut put| put.item(const { PUT_REQUEST.place("Item") }).unwrap_or(Err(ValueError::Empty))),
        delete: delete
            .map(|mut delete| delete.item(const { DELETE_REQUEST.place("Key") }).unwrap_or(Err(ValueError::Empty))),
    }
}
