//! From a request to its answer: the engine's method for each operation.
//!
//! [`Request::run`] keeps rows as items, for a caller that cannot take them one by one; [`run_json`] writes the body of the
//! reply while the engine reads, so that rows are copied once, into the body.

use std::convert::Infallible;

use serde::ser::Serialize;
use statordb_engine::Engine;
use statordb_engine::error::Error;
use statordb_engine::ops::batch_get_item::{BatchGetItem, RowsByTable};
use statordb_engine::ops::execute_statement::ExecuteStatement;
use statordb_engine::ops::get_item::GetItem;
use statordb_engine::ops::{Caller, Page, Rows};
use statordb_engine::value::{Item, ItemRef};

use crate::answer::{Answer, BatchGotBody, ExecutedBody, PageBody, TableRows};
use crate::rows::RowWriter;
use crate::shapes::Request;

impl<'a> Request<'a> {
    /// Runs the request.
    ///
    /// # Errors
    /// Whatever exception the engine answers with.
    pub fn run(self, engine: &Engine, caller: &Caller<'_>) -> Result<Answer<'a>, Error> {
        self.answer(engine, caller).map_err(|error| engine.told(error, caller))
    }

    fn answer(self, engine: &Engine, caller: &Caller<'_>) -> Result<Answer<'a>, Error> {
        Ok(match self {
            Self::BatchGetItem(request) => {
                let mut rows = Kept(TableRows::new());
                let rest = engine.batch_get_item(request, &mut rows)?;
                Answer::BatchGot(rows.0, rest)
            }
            Self::BatchWriteItem(request) => Answer::BatchWritten(engine.batch_write_item(&request)?),
            Self::CreateTable(request) => Answer::Changed(engine.create_table(caller, request)?),
            Self::DeleteItem(request) => Answer::Written(engine.delete_item(&request)?),
            Self::DeleteTable(request) => Answer::Changed(engine.delete_table(caller, &request)?),
            Self::DescribeEndpoints => Answer::Endpoint(engine.describe_endpoints(caller)),
            Self::DescribeLimits => Answer::Limits(engine.describe_limits()),
            Self::DescribeStream(request) => Answer::Stream(engine.describe_stream(caller, &request)?),
            Self::DescribeTable(request) => Answer::Described(engine.describe_table(caller, &request)?),
            Self::BatchExecuteStatement(request) => Answer::BatchExecuted(engine.batch_execute_statement(&request)?),
            Self::ExecuteStatement(request) => {
                let mut rows: Vec<Item> = Vec::new();
                let rest = engine.execute_statement(&request, &mut rows)?;
                Answer::Executed(rows, rest)
            }
            Self::ExecuteTransaction(request) => Answer::TransactionExecuted(engine.execute_transaction(&request)?),
            Self::GetItem(request) => Answer::Got(engine.get_item(request)?),
            Self::GetRecords(request) => Answer::Records(engine.get_records(caller, &request)?),
            Self::GetShardIterator(request) => Answer::ShardIterator(engine.get_shard_iterator(caller, &request)?),
            Self::ListStreams(request) => Answer::Streams(engine.list_streams(caller, &request)?),
            Self::ListTables(request) => Answer::Tables(engine.list_tables(&request)?),
            Self::PutItem(request) => Answer::Written(engine.put_item(&request)?),
            Self::Query(request) => page(|rows| engine.query(&request, rows))?,
            Self::Scan(request) => page(|rows| engine.scan(&request, rows))?,
            Self::TransactGetItems(request) => Answer::TransactGot(engine.transact_get_items(&request)?),
            Self::TransactWriteItems(request) => Answer::TransactWritten(engine.transact_write_items(&request)?),
            Self::UpdateItem(request) => Answer::Written(engine.update_item(&request)?),
            Self::UpdateTable(request) => Answer::Changed(engine.update_table(caller, &request)?),
            Self::DeleteBackup(request) => match engine.delete_backup(&request)? {},
            Self::DeleteResourcePolicy(request) => Answer::PolicyRevision(engine.delete_resource_policy(&request)?),
            Self::DescribeBackup(request) => match engine.describe_backup(&request)? {},
            Self::DescribeContinuousBackups(request) => engine.describe_continuous_backups(&request)?.into(),
            Self::DescribeContributorInsights(request) => engine.describe_contributor_insights(&request)?.into(),
            Self::DescribeExport(request) => match engine.describe_export(&request)? {},
            Self::DescribeGlobalTable(request) => match engine.describe_global_table(&request)? {},
            Self::DescribeGlobalTableSettings(request) => match engine.describe_global_table_settings(&request)? {},
            Self::DescribeImport(request) => match engine.describe_import(&request)? {},
            Self::DescribeKinesisStreamingDestination(request) => {
                Answer::NoDestinations(engine.describe_kinesis_streaming_destination(&request)?)
            }
            Self::DescribeTableReplicaAutoScaling(request) => {
                Answer::NoReplicas(engine.describe_table_replica_auto_scaling(&request)?)
            }
            Self::DescribeTimeToLive(request) => Answer::TimeToLive(engine.describe_time_to_live(&request)?),
            Self::GetResourcePolicy(request) => Answer::Policy(engine.get_resource_policy(&request)?),
            Self::ListBackups => none("BackupSummaries", engine.list_backups()),
            Self::ListBulkOperations => none("BulkOperationsSummaryList", engine.list_bulk_operations()),
            Self::ListContributorInsights(request) => engine.list_contributor_insights(&request)?.into(),
            Self::ListExports => none("ExportSummaries", engine.list_exports()),
            Self::ListGlobalTables => none("GlobalTables", engine.list_global_tables()),
            Self::ListImports => none("ImportSummaryList", engine.list_imports()),
            Self::ListTagsOfResource(request) => Answer::Tags(engine.list_tags_of_resource(&request)?),
            Self::PutResourcePolicy(request) => Answer::PolicyRevision(engine.put_resource_policy(&request)?),
            Self::TagResource(request) => engine.tag_resource(&request).map(|()| Answer::Nothing)?,
            Self::UntagResource(request) => engine.untag_resource(&request).map(|()| Answer::Nothing)?,
            Self::UpdateContinuousBackups(request) => engine.update_continuous_backups(&request)?.into(),
            Self::UpdateContributorInsights(request) => engine.update_contributor_insights(&request)?.into(),
            Self::UpdateTimeToLive(request) => Answer::TimeToLiveSet(engine.update_time_to_live(&request)?),
        })
    }
}

/// A list of what cannot be.
fn none<'a>(name: &'static str, _: [Infallible; 0]) -> Answer<'a> {
    Answer::EmptyList(name)
}

fn page<'a>(read: impl FnOnce(&mut dyn Rows) -> Result<Page, Error>) -> Result<Answer<'a>, Error> {
    let mut rows: Vec<Item> = Vec::new();
    let page = read(&mut rows)?;
    Ok(Answer::Page(rows, page))
}

/// Rows kept, by table.
struct Kept(TableRows);

impl Rows for Kept {
    fn row(&mut self, item: ItemRef<'_>) {
        if let Some((_, rows)) = self.0.last_mut() {
            rows.push(item.to_item());
        }
    }
}

impl RowsByTable for Kept {
    fn table(&mut self, name: &str) {
        self.0.push((name.to_owned(), Vec::new()));
    }
}

/// Runs `request` and appends the body of its reply to `out`; on an error nothing stays appended.
///
/// # Errors
/// Whatever exception the engine answers with.
pub fn run_json(engine: &Engine, caller: &Caller<'_>, request: Request<'_>, out: &mut Vec<u8>) -> Result<(), Error> {
    let start = out.len();
    let result = match request {
        Request::Query(request) => page_json(out, |rows| engine.query(&request, rows)),
        Request::Scan(request) => page_json(out, |rows| engine.scan(&request, rows)),
        Request::ExecuteStatement(request) => statement_json(out, engine, &request),
        Request::BatchGetItem(request) => batch_json(out, engine, request),
        Request::GetItem(request) => got_json(out, engine, request),
        other => other.run(engine, caller).and_then(|answer| match answer {
            Answer::Nothing => Ok(()),
            answer => write_json(&answer, out),
        }),
    };
    if result.is_err() {
        out.truncate(start);
    }
    result.map_err(|error| engine.told(error, caller))
}

/// Appends `value` as JSON.
pub(crate) fn write_json(value: &impl Serialize, out: &mut Vec<u8>) -> Result<(), Error> {
    serde_json::to_writer(&mut *out, value).map_err(|error| Error::internal(error.to_string()))
}

/// Writes rows between the brackets of `"Items"` while they are read, and the rest behind them.
fn page_json(out: &mut Vec<u8>, read: impl FnOnce(&mut dyn Rows) -> Result<Page, Error>) -> Result<(), Error> {
    let start = out.len();
    out.extend_from_slice(b"{\"Items\":[");
    let page = read(&mut JsonRows::new(out))?;
    if page.has_rows {
        out.extend_from_slice(b"],");
    } else {
        out.truncate(start);
        out.push(b'{');
    }
    append_members(&PageBody(&page), out)
}

fn statement_json(out: &mut Vec<u8>, engine: &Engine, request: &ExecuteStatement<'_>) -> Result<(), Error> {
    out.extend_from_slice(b"{\"Items\":[");
    let rest = engine.execute_statement(request, &mut JsonRows::new(out))?;
    out.push(b']');
    if rest.next_token.is_none() && rest.capacity.is_none() {
        out.push(b'}');
        return Ok(());
    }
    out.push(b',');
    append_members(&ExecutedBody(&rest), out)
}

fn got_json(out: &mut Vec<u8>, engine: &Engine, request: GetItem<'_>) -> Result<(), Error> {
    let mut got = engine.get_item(request)?;
    let Some(item) = got.item.take() else { return write_json(&Answer::Got(got), out) };
    out.extend_from_slice(b"{\"Item\":");
    RowWriter::new(out).item(item.view());
    if got.capacity.is_none() {
        out.push(b'}');
        return Ok(());
    }
    out.push(b',');
    append_members(&Answer::Got(got), out)
}

fn batch_json(out: &mut Vec<u8>, engine: &Engine, request: BatchGetItem<'_>) -> Result<(), Error> {
    out.extend_from_slice(b"{\"Responses\":{");
    let mut tables = JsonTables { rows: JsonRows::new(out), is_first: true, error: None };
    let rest = engine.batch_get_item(request, &mut tables)?;
    if let Some(error) = tables.error {
        return Err(error);
    }
    if !tables.is_first {
        out.push(b']');
    }
    out.extend_from_slice(b"},");
    append_members(&BatchGotBody(&rest), out)
}

/// Writes the members of an object whose opening brace, and members before these, are there already.
fn append_members(members: &impl Serialize, out: &mut Vec<u8>) -> Result<(), Error> {
    let place = out.len();
    write_json(members, out)?;
    // The object's own brace stands before the members that were written first.
    out.remove(place);
    Ok(())
}

/// Writes rows as elements of an array.
struct JsonRows<'o> {
    writer: RowWriter<'o>,
    is_first: bool,
}

impl<'o> JsonRows<'o> {
    fn new(out: &'o mut Vec<u8>) -> Self {
        Self { writer: RowWriter::new(out), is_first: true }
    }
}

impl Rows for JsonRows<'_> {
    fn row(&mut self, item: ItemRef<'_>) {
        if !self.is_first {
            self.writer.out.push(b',');
        }
        self.is_first = false;
        self.writer.item(item);
    }
}

/// Writes tables as members of an object, each an array of rows.
struct JsonTables<'o> {
    rows: JsonRows<'o>,
    is_first: bool,
    error: Option<Error>,
}

impl Rows for JsonTables<'_> {
    fn row(&mut self, item: ItemRef<'_>) {
        self.rows.row(item);
    }
}

impl RowsByTable for JsonTables<'_> {
    fn table(&mut self, name: &str) {
        if !self.is_first {
            self.rows.writer.out.extend_from_slice(b"],");
        }
        self.is_first = false;
        self.rows.is_first = true;
        // Writing to memory does not fail; should it, the whole answer does.
        if let Err(error) = write_json(&name, self.rows.writer.out) {
            self.error.get_or_insert(error);
        }
        self.rows.writer.out.extend_from_slice(b":[");
    }
}
