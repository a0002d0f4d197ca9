//! A table per operation: its members, their types and constraints; and how the engine's typed request is made of them.
//!
//! A table is data (`shape.rs`); the function beside it only moves what was read and checked into the request. Members of
//! today's API that this version does not honour stand in the tables too, as refused.

use statordb_engine::ops::batch_get_item::BatchGetItem;
use statordb_engine::ops::batch_write_item::BatchWriteItem;
use statordb_engine::ops::create_table::CreateTable;
use statordb_engine::ops::delete_item::DeleteItem;
use statordb_engine::ops::delete_table::DeleteTable;
use statordb_engine::ops::describe_stream::DescribeStream;
use statordb_engine::ops::describe_table::DescribeTable;
use statordb_engine::ops::get_item::GetItem;
use statordb_engine::ops::get_records::GetRecords;
use statordb_engine::ops::get_shard_iterator::GetShardIterator;
use statordb_engine::ops::list_streams::ListStreams;
use statordb_engine::ops::list_tables::ListTables;
use statordb_engine::ops::put_item::PutItem;
use statordb_engine::ops::query::Query;
use statordb_engine::ops::scan::Scan;
use statordb_engine::ops::transact_get_items::TransactGetItems;
use statordb_engine::ops::transact_write_items::TransactWriteItems;
use statordb_engine::ops::update_item::UpdateItem;

use serde::Deserializer;

use crate::check::check;
use crate::error::Failure;
use crate::operation::Operation;
use crate::parse::parameters;
use crate::shape::Structure;

mod batch_get_item;
mod batch_write_item;
mod create_table;
mod delete_item;
mod delete_table;
mod describe_stream;
mod describe_table;
mod get_item;
mod get_records;
mod get_shard_iterator;
mod list_streams;
mod list_tables;
mod member;
mod put_item;
mod query;
mod scan;
mod transact_get_items;
mod transact_write_items;
mod update_item;

/// A request, typed.
#[derive(Debug)]
pub enum Request<'a> {
    /// BatchGetItem.
    BatchGetItem(BatchGetItem<'a>),
    /// BatchWriteItem.
    BatchWriteItem(BatchWriteItem<'a>),
    /// CreateTable.
    CreateTable(CreateTable<'a>),
    /// DeleteItem.
    DeleteItem(DeleteItem<'a>),
    /// DeleteTable.
    DeleteTable(DeleteTable<'a>),
    /// DescribeEndpoints.
    DescribeEndpoints,
    /// DescribeLimits.
    DescribeLimits,
    /// DescribeStream.
    DescribeStream(DescribeStream<'a>),
    /// DescribeTable.
    DescribeTable(DescribeTable<'a>),
    /// GetItem.
    GetItem(GetItem<'a>),
    /// GetRecords.
    GetRecords(GetRecords<'a>),
    /// GetShardIterator.
    GetShardIterator(GetShardIterator<'a>),
    /// ListStreams.
    ListStreams(ListStreams<'a>),
    /// ListTables.
    ListTables(ListTables<'a>),
    /// PutItem.
    PutItem(PutItem<'a>),
    /// Query.
    Query(Query<'a>),
    /// Scan.
    Scan(Scan<'a>),
    /// TransactGetItems.
    TransactGetItems(TransactGetItems<'a>),
    /// TransactWriteItems.
    TransactWriteItems(TransactWriteItems<'a>),
    /// UpdateItem.
    UpdateItem(UpdateItem<'a>),
}

/// Reads the parameters of `operation`, checks them, and makes the request of them.
///
/// The recursion is bounded by DynamoDB's own nesting: values that are deeper are skipped through `deserialize_ignored_any`,
/// which a deserializer should answer without recursion.
///
/// # Errors
/// A SerializationException when a value has the wrong type, a ValidationException when constraints are not met. What is
/// wrong with an attribute value is no error here: it travels in the request, and the engine reports it in its turn.
pub fn parse<'de, D: Deserializer<'de>>(operation: Operation, deserializer: D) -> Result<Request<'de>, Failure> {
    let structure = structure_of(operation);
    let mut fields = parameters(structure, deserializer)?;
    check(operation.name(), structure, &fields)?;
    let fields = &mut fields;
    Ok(match operation {
        Operation::BatchGetItem => Request::BatchGetItem(batch_get_item::request(fields)),
        Operation::BatchWriteItem => Request::BatchWriteItem(batch_write_item::request(fields)),
        Operation::CreateTable => Request::CreateTable(create_table::request(fields)),
        Operation::DeleteItem => Request::DeleteItem(delete_item::request(fields)),
        Operation::DeleteTable => Request::DeleteTable(delete_table::request(fields)),
        Operation::DescribeEndpoints => Request::DescribeEndpoints,
        Operation::DescribeLimits => Request::DescribeLimits,
        Operation::DescribeStream => Request::DescribeStream(describe_stream::request(fields)),
        Operation::DescribeTable => Request::DescribeTable(describe_table::request(fields)),
        Operation::GetItem => Request::GetItem(get_item::request(fields)),
        Operation::GetRecords => Request::GetRecords(get_records::request(fields)),
        Operation::GetShardIterator => Request::GetShardIterator(get_shard_iterator::request(fields)),
        Operation::ListStreams => Request::ListStreams(list_streams::request(fields)),
        Operation::ListTables => Request::ListTables(list_tables::request(fields)),
        Operation::PutItem => Request::PutItem(put_item::request(fields)),
        Operation::Query => Request::Query(query::request(fields)),
        Operation::Scan => Request::Scan(scan::request(fields)),
        Operation::TransactGetItems => Request::TransactGetItems(transact_get_items::request(fields)),
        Operation::TransactWriteItems => Request::TransactWriteItems(transact_write_items::request(fields)),
        Operation::UpdateItem => Request::UpdateItem(update_item::request(fields)),
    })
}

/// Operations without members.
const NO_MEMBERS: Structure = Structure::new("EmptyInput", &[]);

pub(crate) fn structure_of(operation: Operation) -> &'static Structure {
    match operation {
        Operation::BatchGetItem => &batch_get_item::SHAPE,
        Operation::BatchWriteItem => &batch_write_item::SHAPE,
        Operation::CreateTable => &create_table::SHAPE,
        Operation::DeleteItem => &delete_item::SHAPE,
        Operation::DeleteTable => &delete_table::SHAPE,
        Operation::DescribeEndpoints | Operation::DescribeLimits => &NO_MEMBERS,
        Operation::DescribeStream => &describe_stream::SHAPE,
        Operation::DescribeTable => &describe_table::SHAPE,
        Operation::GetItem => &get_item::SHAPE,
        Operation::GetRecords => &get_records::SHAPE,
        Operation::GetShardIterator => &get_shard_iterator::SHAPE,
        Operation::ListStreams => &list_streams::SHAPE,
        Operation::ListTables => &list_tables::SHAPE,
        Operation::PutItem => &put_item::SHAPE,
        Operation::Query => &query::SHAPE,
        Operation::Scan => &scan::SHAPE,
        Operation::TransactGetItems => &transact_get_items::SHAPE,
        Operation::TransactWriteItems => &transact_write_items::SHAPE,
        Operation::UpdateItem => &update_item::SHAPE,
    }
}

/// The names of an operation's members, for a binding that refuses others.
pub fn members(operation: Operation) -> impl Iterator<Item = &'static str> {
    structure_of(operation).members.iter().map(|member| member.name)
}

impl Request<'_> {
    /// Which operation it is.
    pub fn operation(&self) -> Operation {
        match self {
            Self::BatchGetItem(_) => Operation::BatchGetItem,
            Self::BatchWriteItem(_) => Operation::BatchWriteItem,
            Self::CreateTable(_) => Operation::CreateTable,
            Self::DeleteItem(_) => Operation::DeleteItem,
            Self::DeleteTable(_) => Operation::DeleteTable,
            Self::DescribeEndpoints => Operation::DescribeEndpoints,
            Self::DescribeLimits => Operation::DescribeLimits,
            Self::DescribeStream(_) => Operation::DescribeStream,
            Self::DescribeTable(_) => Operation::DescribeTable,
            Self::GetItem(_) => Operation::GetItem,
            Self::GetRecords(_) => Operation::GetRecords,
            Self::GetShardIterator(_) => Operation::GetShardIterator,
            Self::ListStreams(_) => Operation::ListStreams,
            Self::ListTables(_) => Operation::ListTables,
            Self::PutItem(_) => Operation::PutItem,
            Self::Query(_) => Operation::Query,
            Self::Scan(_) => Operation::Scan,
            Self::TransactGetItems(_) => Operation::TransactGetItems,
            Self::TransactWriteItems(_) => Operation::TransactWriteItems,
            Self::UpdateItem(_) => Operation::UpdateItem,
        }
    }

    /// The only table that the request is about, by the name or ARN it gives.
    pub fn table(&self) -> Option<&str> {
        match self {
            Self::CreateTable(request) => Some(&request.table),
            Self::DeleteItem(request) => Some(&request.table),
            Self::DeleteTable(request) => Some(&request.table),
            Self::DescribeTable(request) => Some(&request.table),
            Self::GetItem(request) => Some(&request.table),
            Self::PutItem(request) => Some(&request.table),
            Self::Query(request) => Some(&request.table),
            Self::Scan(request) => Some(&request.table),
            Self::UpdateItem(request) => Some(&request.table),
            Self::BatchGetItem(request) => match request.tables.as_slice() {
                [only] => Some(&only.table),
                _ => None,
            },
            Self::BatchWriteItem(request) => match request.tables.as_slice() {
                [(only, _)] => Some(only),
                _ => None,
            },
            Self::TransactGetItems(request) => match request.items.as_slice() {
                [only] => Some(&only.table),
                _ => None,
            },
            Self::TransactWriteItems(request) => match request.items.as_slice() {
                [only] => only.first().map(|action| &*action.table),
                _ => None,
            },
            Self::ListStreams(request) => request.table.as_deref(),
            Self::DescribeEndpoints
            | Self::DescribeLimits
            | Self::DescribeStream(_)
            | Self::GetRecords(_)
            | Self::GetShardIterator(_)
            | Self::ListTables(_) => None,
        }
    }
}
