//! A table per operation: its members, their types and constraints; and how the engine's typed request is made of them.
//!
//! A table is data (`shape.rs`); the function beside it only moves what was read and checked into the request. Members of
//! today's API that this version does not honour stand in the tables too, as refused.

use statordb_engine::ops::batch_execute_statement::BatchExecuteStatement;
use statordb_engine::ops::batch_get_item::BatchGetItem;
use statordb_engine::ops::batch_write_item::BatchWriteItem;
use statordb_engine::ops::create_table::CreateTable;
use statordb_engine::ops::delete_backup::DeleteBackup;
use statordb_engine::ops::delete_item::DeleteItem;
use statordb_engine::ops::delete_resource_policy::DeleteResourcePolicy;
use statordb_engine::ops::delete_table::DeleteTable;
use statordb_engine::ops::describe_backup::DescribeBackup;
use statordb_engine::ops::describe_continuous_backups::DescribeContinuousBackups;
use statordb_engine::ops::describe_contributor_insights::DescribeContributorInsights;
use statordb_engine::ops::describe_export::DescribeExport;
use statordb_engine::ops::describe_global_table::DescribeGlobalTable;
use statordb_engine::ops::describe_global_table_settings::DescribeGlobalTableSettings;
use statordb_engine::ops::describe_import::DescribeImport;
use statordb_engine::ops::describe_kinesis_streaming_destination::DescribeKinesisStreamingDestination;
use statordb_engine::ops::describe_stream::DescribeStream;
use statordb_engine::ops::describe_table::DescribeTable;
use statordb_engine::ops::describe_table_replica_auto_scaling::DescribeTableReplicaAutoScaling;
use statordb_engine::ops::describe_time_to_live::DescribeTimeToLive;
use statordb_engine::ops::execute_statement::ExecuteStatement;
use statordb_engine::ops::execute_transaction::ExecuteTransaction;
use statordb_engine::ops::get_item::GetItem;
use statordb_engine::ops::get_records::GetRecords;
use statordb_engine::ops::get_resource_policy::GetResourcePolicy;
use statordb_engine::ops::get_shard_iterator::GetShardIterator;
use statordb_engine::ops::list_contributor_insights::ListContributorInsights;
use statordb_engine::ops::list_streams::ListStreams;
use statordb_engine::ops::list_tables::ListTables;
use statordb_engine::ops::list_tags_of_resource::ListTagsOfResource;
use statordb_engine::ops::put_item::PutItem;
use statordb_engine::ops::put_resource_policy::PutResourcePolicy;
use statordb_engine::ops::query::Query;
use statordb_engine::ops::scan::Scan;
use statordb_engine::ops::tag_resource::TagResource;
use statordb_engine::ops::transact_get_items::TransactGetItems;
use statordb_engine::ops::transact_write_items::TransactWriteItems;
use statordb_engine::ops::untag_resource::UntagResource;
use statordb_engine::ops::update_continuous_backups::UpdateContinuousBackups;
use statordb_engine::ops::update_contributor_insights::UpdateContributorInsights;
use statordb_engine::ops::update_item::UpdateItem;
use statordb_engine::ops::update_table::UpdateTable;
use statordb_engine::ops::update_time_to_live::UpdateTimeToLive;

use serde::Deserializer;
use statordb_engine::Wording;

use crate::check::check;
use crate::error::Failure;
use crate::operation::Operation;
use crate::params::Fields;
use crate::parse::parameters;
use crate::shape::Structure;
use crate::wording::Rules;

mod batch_execute_statement;
mod batch_get_item;
mod batch_write_item;
mod create_table;
mod definition;
mod delete_backup;
mod delete_item;
mod delete_resource_policy;
mod delete_table;
mod describe_backup;
mod describe_continuous_backups;
mod describe_contributor_insights;
mod describe_export;
mod describe_global_table;
mod describe_global_table_settings;
mod describe_import;
mod describe_kinesis_streaming_destination;
mod describe_stream;
mod describe_table;
mod describe_table_replica_auto_scaling;
mod describe_time_to_live;
mod execute_statement;
mod execute_transaction;
mod get_item;
mod get_records;
mod get_resource_policy;
mod get_shard_iterator;
mod list_backups;
mod list_bulk_operations;
mod list_contributor_insights;
mod list_exports;
mod list_global_tables;
mod list_imports;
mod list_streams;
mod list_tables;
mod list_tags_of_resource;
mod member;
mod put_item;
mod put_resource_policy;
mod query;
mod scan;
mod tag_resource;
mod transact_get_items;
mod transact_write_items;
mod untag_resource;
mod update_continuous_backups;
mod update_contributor_insights;
mod update_item;
mod update_table;
mod update_time_to_live;

/// A request, typed.
#[derive(Debug)]
pub enum Request<'a> {
    /// BatchExecuteStatement.
    BatchExecuteStatement(BatchExecuteStatement<'a>),
    /// BatchGetItem.
    BatchGetItem(BatchGetItem<'a>),
    /// BatchWriteItem.
    BatchWriteItem(BatchWriteItem<'a>),
    /// CreateTable.
    CreateTable(CreateTable<'a>),
    /// DeleteBackup.
    DeleteBackup(DeleteBackup<'a>),
    /// DeleteItem.
    DeleteItem(DeleteItem<'a>),
    /// DeleteResourcePolicy.
    DeleteResourcePolicy(DeleteResourcePolicy<'a>),
    /// DeleteTable.
    DeleteTable(DeleteTable<'a>),
    /// DescribeBackup.
    DescribeBackup(DescribeBackup<'a>),
    /// DescribeContinuousBackups.
    DescribeContinuousBackups(DescribeContinuousBackups<'a>),
    /// DescribeContributorInsights.
    DescribeContributorInsights(DescribeContributorInsights<'a>),
    /// DescribeEndpoints.
    DescribeEndpoints,
    /// DescribeExport.
    DescribeExport(DescribeExport<'a>),
    /// DescribeGlobalTable.
    DescribeGlobalTable(DescribeGlobalTable<'a>),
    /// DescribeGlobalTableSettings.
    DescribeGlobalTableSettings(DescribeGlobalTableSettings<'a>),
    /// DescribeImport.
    DescribeImport(DescribeImport<'a>),
    /// DescribeKinesisStreamingDestination.
    DescribeKinesisStreamingDestination(DescribeKinesisStreamingDestination<'a>),
    /// DescribeLimits.
    DescribeLimits,
    /// DescribeStream.
    DescribeStream(DescribeStream<'a>),
    /// DescribeTable.
    DescribeTable(DescribeTable<'a>),
    /// DescribeTableReplicaAutoScaling.
    DescribeTableReplicaAutoScaling(DescribeTableReplicaAutoScaling<'a>),
    /// DescribeTimeToLive.
    DescribeTimeToLive(DescribeTimeToLive<'a>),
    /// ExecuteStatement.
    ExecuteStatement(ExecuteStatement<'a>),
    /// ExecuteTransaction.
    ExecuteTransaction(ExecuteTransaction<'a>),
    /// GetItem.
    GetItem(GetItem<'a>),
    /// GetRecords.
    GetRecords(GetRecords<'a>),
    /// GetResourcePolicy.
    GetResourcePolicy(GetResourcePolicy<'a>),
    /// GetShardIterator.
    GetShardIterator(GetShardIterator<'a>),
    /// ListBackups.
    ListBackups,
    /// ListBulkOperations.
    ListBulkOperations,
    /// ListContributorInsights.
    ListContributorInsights(ListContributorInsights<'a>),
    /// ListExports.
    ListExports,
    /// ListGlobalTables.
    ListGlobalTables,
    /// ListImports.
    ListImports,
    /// ListStreams.
    ListStreams(ListStreams<'a>),
    /// ListTables.
    ListTables(ListTables<'a>),
    /// ListTagsOfResource.
    ListTagsOfResource(ListTagsOfResource<'a>),
    /// PutItem.
    PutItem(PutItem<'a>),
    /// PutResourcePolicy.
    PutResourcePolicy(PutResourcePolicy<'a>),
    /// Query.
    Query(Query<'a>),
    /// Scan.
    Scan(Scan<'a>),
    /// TagResource.
    TagResource(TagResource<'a>),
    /// TransactGetItems.
    TransactGetItems(TransactGetItems<'a>),
    /// TransactWriteItems.
    TransactWriteItems(TransactWriteItems<'a>),
    /// UntagResource.
    UntagResource(UntagResource<'a>),
    /// UpdateContinuousBackups.
    UpdateContinuousBackups(UpdateContinuousBackups<'a>),
    /// UpdateContributorInsights.
    UpdateContributorInsights(UpdateContributorInsights<'a>),
    /// UpdateItem.
    UpdateItem(UpdateItem<'a>),
    /// UpdateTable.
    UpdateTable(UpdateTable<'a>),
    /// UpdateTimeToLive.
    UpdateTimeToLive(UpdateTimeToLive<'a>),
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
    parse_worded(operation, deserializer, Wording::default())
}

/// The same, with what is wrong told in the words of `wording`.
///
/// # Errors
/// As [`parse`].
pub fn parse_worded<'de, D: Deserializer<'de>>(
    operation: Operation,
    deserializer: D,
    wording: Wording,
) -> Result<Request<'de>, Failure> {
    let structure = structure_of(operation);
    let mut fields = parameters(structure, deserializer)?;
    check(operation.name(), structure, &fields, Rules::of(wording))?;
    Ok(request_of(operation, &mut fields))
}

fn request_of<'de>(operation: Operation, fields: &mut Fields<'de>) -> Request<'de> {
    match operation {
        Operation::BatchExecuteStatement => Request::BatchExecuteStatement(batch_execute_statement::request(fields)),
        Operation::BatchGetItem => Request::BatchGetItem(batch_get_item::request(fields)),
        Operation::BatchWriteItem => Request::BatchWriteItem(batch_write_item::request(fields)),
        Operation::CreateTable => Request::CreateTable(create_table::request(fields)),
        Operation::DeleteBackup => Request::DeleteBackup(delete_backup::request(fields)),
        Operation::DeleteItem => Request::DeleteItem(delete_item::request(fields)),
        Operation::DeleteResourcePolicy => Request::DeleteResourcePolicy(delete_resource_policy::request(fields)),
        Operation::DeleteTable => Request::DeleteTable(delete_table::request(fields)),
        Operation::DescribeBackup => Request::DescribeBackup(describe_backup::request(fields)),
        Operation::DescribeContinuousBackups => {
            Request::DescribeContinuousBackups(describe_continuous_backups::request(fields))
        }
        Operation::DescribeContributorInsights => {
            Request::DescribeContributorInsights(describe_contributor_insights::request(fields))
        }
        Operation::DescribeEndpoints => Request::DescribeEndpoints,
        Operation::DescribeExport => Request::DescribeExport(describe_export::request(fields)),
        Operation::DescribeGlobalTable => Request::DescribeGlobalTable(describe_global_table::request(fields)),
        Operation::DescribeGlobalTableSettings => {
            Request::DescribeGlobalTableSettings(describe_global_table_settings::request(fields))
        }
        Operation::DescribeImport => Request::DescribeImport(describe_import::request(fields)),
        Operation::DescribeKinesisStreamingDestination => {
            Request::DescribeKinesisStreamingDestination(describe_kinesis_streaming_destination::request(fields))
        }
        Operation::DescribeLimits => Request::DescribeLimits,
        Operation::DescribeStream => Request::DescribeStream(describe_stream::request(fields)),
        Operation::DescribeTable => Request::DescribeTable(describe_table::request(fields)),
        Operation::DescribeTableReplicaAutoScaling => {
            Request::DescribeTableReplicaAutoScaling(describe_table_replica_auto_scaling::request(fields))
        }
        Operation::DescribeTimeToLive => Request::DescribeTimeToLive(describe_time_to_live::request(fields)),
        Operation::ExecuteStatement => Request::ExecuteStatement(execute_statement::request(fields)),
        Operation::ExecuteTransaction => Request::ExecuteTransaction(execute_transaction::request(fields)),
        Operation::GetItem => Request::GetItem(get_item::request(fields)),
        Operation::GetRecords => Request::GetRecords(get_records::request(fields)),
        Operation::GetResourcePolicy => Request::GetResourcePolicy(get_resource_policy::request(fields)),
        Operation::GetShardIterator => Request::GetShardIterator(get_shard_iterator::request(fields)),
        Operation::ListBackups => Request::ListBackups,
        Operation::ListBulkOperations => Request::ListBulkOperations,
        Operation::ListContributorInsights => {
            Request::ListContributorInsights(list_contributor_insights::request(fields))
        }
        Operation::ListExports => Request::ListExports,
        Operation::ListGlobalTables => Request::ListGlobalTables,
        Operation::ListImports => Request::ListImports,
        Operation::ListStreams => Request::ListStreams(list_streams::request(fields)),
        Operation::ListTables => Request::ListTables(list_tables::request(fields)),
        Operation::ListTagsOfResource => Request::ListTagsOfResource(list_tags_of_resource::request(fields)),
        Operation::PutItem => Request::PutItem(put_item::request(fields)),
        Operation::PutResourcePolicy => Request::PutResourcePolicy(put_resource_policy::request(fields)),
        Operation::Query => Request::Query(query::request(fields)),
        Operation::Scan => Request::Scan(scan::request(fields)),
        Operation::TagResource => Request::TagResource(tag_resource::request(fields)),
        Operation::TransactGetItems => Request::TransactGetItems(transact_get_items::request(fields)),
        Operation::TransactWriteItems => Request::TransactWriteItems(transact_write_items::request(fields)),
        Operation::UntagResource => Request::UntagResource(untag_resource::request(fields)),
        Operation::UpdateContinuousBackups => {
            Request::UpdateContinuousBackups(update_continuous_backups::request(fields))
        }
        Operation::UpdateContributorInsights => {
            Request::UpdateContributorInsights(update_contributor_insights::request(fields))
        }
        Operation::UpdateItem => Request::UpdateItem(update_item::request(fields)),
        Operation::UpdateTable => Request::UpdateTable(update_table::request(fields)),
        Operation::UpdateTimeToLive => Request::UpdateTimeToLive(update_time_to_live::request(fields)),
    }
}

/// Operations without members.
const NO_MEMBERS: Structure = Structure::new("EmptyInput", &[]);

pub(crate) fn structure_of(operation: Operation) -> &'static Structure {
    match operation {
        Operation::BatchExecuteStatement => &batch_execute_statement::SHAPE,
        Operation::BatchGetItem => &batch_get_item::SHAPE,
        Operation::BatchWriteItem => &batch_write_item::SHAPE,
        Operation::CreateTable => &create_table::SHAPE,
        Operation::DeleteBackup => &delete_backup::SHAPE,
        Operation::DeleteItem => &delete_item::SHAPE,
        Operation::DeleteResourcePolicy => &delete_resource_policy::SHAPE,
        Operation::DeleteTable => &delete_table::SHAPE,
        Operation::DescribeBackup => &describe_backup::SHAPE,
        Operation::DescribeContinuousBackups => &describe_continuous_backups::SHAPE,
        Operation::DescribeContributorInsights => &describe_contributor_insights::SHAPE,
        Operation::DescribeExport => &describe_export::SHAPE,
        Operation::DescribeGlobalTable => &describe_global_table::SHAPE,
        Operation::DescribeGlobalTableSettings => &describe_global_table_settings::SHAPE,
        Operation::DescribeImport => &describe_import::SHAPE,
        Operation::DescribeKinesisStreamingDestination => &describe_kinesis_streaming_destination::SHAPE,
        Operation::DescribeStream => &describe_stream::SHAPE,
        Operation::DescribeTable => &describe_table::SHAPE,
        Operation::DescribeTableReplicaAutoScaling => &describe_table_replica_auto_scaling::SHAPE,
        Operation::DescribeTimeToLive => &describe_time_to_live::SHAPE,
        Operation::ExecuteStatement => &execute_statement::SHAPE,
        Operation::ExecuteTransaction => &execute_transaction::SHAPE,
        Operation::GetItem => &get_item::SHAPE,
        Operation::GetRecords => &get_records::SHAPE,
        Operation::GetResourcePolicy => &get_resource_policy::SHAPE,
        Operation::GetShardIterator => &get_shard_iterator::SHAPE,
        Operation::ListBackups => &list_backups::SHAPE,
        Operation::ListBulkOperations => &list_bulk_operations::SHAPE,
        Operation::ListContributorInsights => &list_contributor_insights::SHAPE,
        Operation::ListExports => &list_exports::SHAPE,
        Operation::ListGlobalTables => &list_global_tables::SHAPE,
        Operation::ListImports => &list_imports::SHAPE,
        Operation::ListStreams => &list_streams::SHAPE,
        Operation::ListTables => &list_tables::SHAPE,
        Operation::ListTagsOfResource => &list_tags_of_resource::SHAPE,
        Operation::PutItem => &put_item::SHAPE,
        Operation::PutResourcePolicy => &put_resource_policy::SHAPE,
        Operation::Query => &query::SHAPE,
        Operation::Scan => &scan::SHAPE,
        Operation::TagResource => &tag_resource::SHAPE,
        Operation::TransactGetItems => &transact_get_items::SHAPE,
        Operation::TransactWriteItems => &transact_write_items::SHAPE,
        Operation::UntagResource => &untag_resource::SHAPE,
        Operation::UpdateContinuousBackups => &update_continuous_backups::SHAPE,
        Operation::UpdateContributorInsights => &update_contributor_insights::SHAPE,
        Operation::UpdateItem => &update_item::SHAPE,
        Operation::UpdateTable => &update_table::SHAPE,
        Operation::UpdateTimeToLive => &update_time_to_live::SHAPE,
        Operation::DescribeEndpoints | Operation::DescribeLimits => &NO_MEMBERS,
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
            Self::BatchExecuteStatement(_) => Operation::BatchExecuteStatement,
            Self::BatchGetItem(_) => Operation::BatchGetItem,
            Self::BatchWriteItem(_) => Operation::BatchWriteItem,
            Self::CreateTable(_) => Operation::CreateTable,
            Self::DeleteBackup(_) => Operation::DeleteBackup,
            Self::DeleteItem(_) => Operation::DeleteItem,
            Self::DeleteResourcePolicy(_) => Operation::DeleteResourcePolicy,
            Self::DeleteTable(_) => Operation::DeleteTable,
            Self::DescribeBackup(_) => Operation::DescribeBackup,
            Self::DescribeContinuousBackups(_) => Operation::DescribeContinuousBackups,
            Self::DescribeContributorInsights(_) => Operation::DescribeContributorInsights,
            Self::DescribeEndpoints => Operation::DescribeEndpoints,
            Self::DescribeExport(_) => Operation::DescribeExport,
            Self::DescribeGlobalTable(_) => Operation::DescribeGlobalTable,
            Self::DescribeGlobalTableSettings(_) => Operation::DescribeGlobalTableSettings,
            Self::DescribeImport(_) => Operation::DescribeImport,
            Self::DescribeKinesisStreamingDestination(_) => Operation::DescribeKinesisStreamingDestination,
            Self::DescribeLimits => Operation::DescribeLimits,
            Self::DescribeStream(_) => Operation::DescribeStream,
            Self::DescribeTable(_) => Operation::DescribeTable,
            Self::DescribeTableReplicaAutoScaling(_) => Operation::DescribeTableReplicaAutoScaling,
            Self::DescribeTimeToLive(_) => Operation::DescribeTimeToLive,
            Self::ExecuteStatement(_) => Operation::ExecuteStatement,
            Self::ExecuteTransaction(_) => Operation::ExecuteTransaction,
            Self::GetItem(_) => Operation::GetItem,
            Self::GetRecords(_) => Operation::GetRecords,
            Self::GetResourcePolicy(_) => Operation::GetResourcePolicy,
            Self::GetShardIterator(_) => Operation::GetShardIterator,
            Self::ListBackups => Operation::ListBackups,
            Self::ListBulkOperations => Operation::ListBulkOperations,
            Self::ListContributorInsights(_) => Operation::ListContributorInsights,
            Self::ListExports => Operation::ListExports,
            Self::ListGlobalTables => Operation::ListGlobalTables,
            Self::ListImports => Operation::ListImports,
            Self::ListStreams(_) => Operation::ListStreams,
            Self::ListTables(_) => Operation::ListTables,
            Self::ListTagsOfResource(_) => Operation::ListTagsOfResource,
            Self::PutItem(_) => Operation::PutItem,
            Self::PutResourcePolicy(_) => Operation::PutResourcePolicy,
            Self::Query(_) => Operation::Query,
            Self::Scan(_) => Operation::Scan,
            Self::TagResource(_) => Operation::TagResource,
            Self::TransactGetItems(_) => Operation::TransactGetItems,
            Self::TransactWriteItems(_) => Operation::TransactWriteItems,
            Self::UntagResource(_) => Operation::UntagResource,
            Self::UpdateContinuousBackups(_) => Operation::UpdateContinuousBackups,
            Self::UpdateContributorInsights(_) => Operation::UpdateContributorInsights,
            Self::UpdateItem(_) => Operation::UpdateItem,
            Self::UpdateTable(_) => Operation::UpdateTable,
            Self::UpdateTimeToLive(_) => Operation::UpdateTimeToLive,
        }
    }

    /// The only table that the request is about, by the name or ARN it gives.
    pub fn table(&self) -> Option<&str> {
        match self {
            Self::CreateTable(request) => Some(&request.table),
            Self::DeleteItem(request) => Some(&request.table),
            Self::DeleteTable(request) => Some(&request.table),
            Self::DescribeContinuousBackups(request) => Some(&request.table),
            Self::DescribeContributorInsights(request) => Some(&request.table),
            Self::DescribeKinesisStreamingDestination(request) => Some(&request.table),
            Self::DescribeTable(request) => Some(&request.table),
            Self::DescribeTableReplicaAutoScaling(request) => Some(&request.table),
            Self::DescribeTimeToLive(request) => Some(&request.table),
            Self::GetItem(request) => Some(&request.table),
            Self::PutItem(request) => Some(&request.table),
            Self::Query(request) => Some(&request.table),
            Self::Scan(request) => Some(&request.table),
            Self::UpdateContinuousBackups(request) => Some(&request.table),
            Self::UpdateContributorInsights(request) => Some(&request.table),
            Self::UpdateItem(request) => Some(&request.table),
            Self::UpdateTable(request) => Some(&request.table),
            Self::UpdateTimeToLive(request) => Some(&request.table),
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
            Self::ListContributorInsights(request) => request.table.as_deref(),
            _ => None,
        }
    }
}
