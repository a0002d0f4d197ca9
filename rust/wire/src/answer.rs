//! Answers as they look on the wire, for any serializer: JSON writes them as a body, a binding as native objects.
//!
//! Numbers are texts, capacities are floats, times are seconds since 1970 with milliseconds behind the point. Binary values
//! are base64 where the serializer is made for people to read, and bytes elsewhere.

use base64::display::Base64Display;
use base64::engine::general_purpose::STANDARD;
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use statordb_engine::capacity::{ConsumedCapacity, HalfUnits, IndexUnits, UnitKind};
use statordb_engine::catalog::TableDescription;
use statordb_engine::ops::batch_execute_statement::BatchExecuted;
use statordb_engine::ops::batch_get_item::{BatchGot, KeysOfTable, RequestedKey};
use statordb_engine::ops::batch_write_item::{BatchWritten, RequestsByTable, WriteRequest};
use statordb_engine::ops::describe_continuous_backups::ContinuousBackups;
use statordb_engine::ops::describe_contributor_insights::ContributorInsights;
use statordb_engine::ops::describe_endpoints::Endpoint;
use statordb_engine::ops::describe_kinesis_streaming_destination::NoDestinations;
use statordb_engine::ops::describe_limits::Limits;
use statordb_engine::ops::describe_table_replica_auto_scaling::NoReplicas;
use statordb_engine::ops::describe_time_to_live::TimeToLiveDescription;
use statordb_engine::ops::execute_statement::Executed;
use statordb_engine::ops::execute_transaction::TransactionExecuted;
use statordb_engine::ops::get_item::Got;
use statordb_engine::ops::get_resource_policy::ResourcePolicy;
use statordb_engine::ops::list_contributor_insights::ContributorInsightsList;
use statordb_engine::ops::list_tables::TableNames;
use statordb_engine::ops::list_tags_of_resource::Tags;
use statordb_engine::ops::put_resource_policy::PolicyRevision;
use statordb_engine::ops::update_contributor_insights::ContributorInsightsUpdate;
use statordb_engine::ops::update_time_to_live::TimeToLive;
use statordb_engine::value::{Item, ItemRef, Kind, ValueRef};

use statordb_engine::ops::describe_stream::StreamDescription;
use statordb_engine::ops::get_records::GotRecords;
use statordb_engine::ops::list_streams::StreamList;
use statordb_engine::ops::transact_get_items::TransactGot;
use statordb_engine::ops::transact_write_items::TransactWritten;
use statordb_engine::ops::{ItemCollectionMetrics, MetricsByTable, NamedTexts, Page, Supplied, Written};

use crate::streams;
use description::TableBody;

pub(crate) use description::KeyElement;
pub(crate) use statements::ExecutedBody;

mod description;
mod insights;
mod resources;
mod statements;

/// What an operation answered.
#[derive(Debug)]
pub enum Answer<'a> {
    /// BatchExecuteStatement.
    BatchExecuted(BatchExecuted),
    /// BatchGetItem: the rows of each table, and the rest.
    BatchGot(TableRows, BatchGot<'a>),
    /// BatchWriteItem.
    BatchWritten(BatchWritten),
    /// CreateTable, UpdateTable and DeleteTable.
    Changed(TableDescription),
    /// DescribeContinuousBackups and UpdateContinuousBackups.
    ContinuousBackups(ContinuousBackups),
    /// DescribeTable.
    Described(TableDescription),
    /// An operation that lists what there is none of, by the name of the list.
    EmptyList(&'static str),
    /// DescribeEndpoints.
    Endpoint(Endpoint),
    /// DescribeContributorInsights.
    Insights(ContributorInsights),
    /// ListContributorInsights.
    InsightsList(ContributorInsightsList),
    /// UpdateContributorInsights.
    InsightsUpdated(ContributorInsightsUpdate),
    /// DescribeKinesisStreamingDestination.
    NoDestinations(NoDestinations),
    /// DescribeTableReplicaAutoScaling.
    NoReplicas(NoReplicas),
    /// TagResource and UntagResource: a body of no bytes.
    Nothing,
    /// DescribeLimits.
    Limits(Limits),
    /// ExecuteStatement: the rows, and the rest.
    Executed(Vec<Item>, Executed),
    /// GetItem.
    Got(Got),
    /// GetResourcePolicy.
    Policy(ResourcePolicy),
    /// PutResourcePolicy and DeleteResourcePolicy.
    PolicyRevision(PolicyRevision),
    /// ListTables.
    Tables(TableNames),
    /// ListTagsOfResource.
    Tags(Tags),
    /// DescribeTimeToLive.
    TimeToLive(TimeToLiveDescription),
    /// UpdateTimeToLive.
    TimeToLiveSet(TimeToLive),
    /// Query and Scan: the rows, and the rest.
    Page(Vec<Item>, Page),
    /// GetRecords.
    Records(GotRecords),
    /// GetShardIterator: the iterator.
    ShardIterator(String),
    /// DescribeStream.
    Stream(StreamDescription),
    /// ListStreams.
    Streams(StreamList),
    /// TransactGetItems.
    TransactGot(TransactGot),
    /// ExecuteTransaction.
    TransactionExecuted(TransactionExecuted),
    /// TransactWriteItems.
    TransactWritten(TransactWritten),
    /// PutItem, UpdateItem and DeleteItem.
    Written(Written),
}

/// The rows of a BatchGetItem, by table.
pub type TableRows = Vec<(String, Vec<Item>)>;

impl From<ContinuousBackups> for Answer<'_> {
    fn from(backups: ContinuousBackups) -> Self {
        Self::ContinuousBackups(backups)
    }
}

impl From<ContributorInsights> for Answer<'_> {
    fn from(insights: ContributorInsights) -> Self {
        Self::Insights(insights)
    }
}

impl From<ContributorInsightsList> for Answer<'_> {
    fn from(list: ContributorInsightsList) -> Self {
        Self::InsightsList(list)
    }
}

impl From<ContributorInsightsUpdate> for Answer<'_> {
    fn from(update: ContributorInsightsUpdate) -> Self {
        Self::InsightsUpdated(update)
    }
}

impl Serialize for Answer<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self {
            Self::BatchExecuted(executed) => statements::batch(executed, &mut map)?,
            Self::Executed(rows, executed) => {
                map.serialize_entry("Items", &Rows(rows))?;
                statements::executed(executed, &mut map)?;
            }
            Self::TransactionExecuted(executed) => statements::transaction(executed, &mut map)?,
            Self::BatchGot(rows, rest) => {
                map.serialize_entry("Responses", &Responses(rows))?;
                batch_got(rest, &mut map)?;
            }
            Self::BatchWritten(written) => batch_written(written, &mut map)?,
            Self::Changed(table) => map.serialize_entry("TableDescription", &TableBody(table))?,
            Self::Described(table) => map.serialize_entry("Table", &TableBody(table))?,
            Self::ContinuousBackups(ContinuousBackups) => resources::continuous_backups(&mut map)?,
            Self::EmptyList(name) => map.serialize_entry(name, &resources::NONE)?,
            Self::Insights(insights) => insights::described(insights, &mut map)?,
            Self::InsightsList(list) => insights::listed(list, &mut map)?,
            Self::InsightsUpdated(update) => insights::updated(update, &mut map)?,
            Self::NoDestinations(none) => resources::no_destinations(none, &mut map)?,
            Self::NoReplicas(none) => resources::no_replicas(none, &mut map)?,
            Self::Nothing => {}
            Self::Policy(policy) => resources::policy(policy, &mut map)?,
            Self::PolicyRevision(revision) => optional(&mut map, "RevisionId", revision.0.as_deref())?,
            Self::Tags(tags) => resources::tags(tags, &mut map)?,
            Self::TimeToLive(ttl) => resources::time_to_live(ttl, &mut map)?,
            Self::TimeToLiveSet(ttl) => resources::time_to_live_set(ttl, &mut map)?,
            Self::Endpoint(endpoint) => map.serialize_entry("Endpoints", &[EndpointBody(endpoint)])?,
            Self::Limits(limits) => limits_members(limits, &mut map)?,
            Self::Got(got) => {
                optional(&mut map, "Item", got.item.as_ref().map(|item| ItemBody(item.view())))?;
                capacity(got.capacity.as_ref(), &mut map)?;
            }
            Self::Tables(names) => {
                map.serialize_entry("TableNames", &names.names)?;
                optional(&mut map, "LastEvaluatedTableName", names.last_evaluated.as_deref())?;
            }
            Self::Page(rows, page) => {
                if page.has_rows {
                    map.serialize_entry("Items", &Rows(rows))?;
                }
                page_members(page, &mut map)?;
            }
            Self::Written(written) => {
                optional(&mut map, "Attributes", written.attributes.as_ref().map(|item| ItemBody(item.view())))?;
                capacity(written.capacity.as_ref(), &mut map)?;
                optional(&mut map, "ItemCollectionMetrics", written.metrics.as_ref().map(MetricsBody))?;
            }
            Self::Records(got) => streams::records_members(got, &mut map)?,
            Self::ShardIterator(iterator) => map.serialize_entry("ShardIterator", iterator)?,
            Self::Stream(stream) => map.serialize_entry("StreamDescription", &streams::StreamBody(stream))?,
            Self::Streams(list) => streams::list_members(list, &mut map)?,
            Self::TransactGot(got) => {
                capacities(got.capacity.as_deref(), &mut map)?;
                map.serialize_entry("Responses", &Sequence(&got.items, ResponseBody))?;
            }
            Self::TransactWritten(written) => {
                capacities(written.capacity.as_deref(), &mut map)?;
                metrics(written.metrics.as_ref(), &mut map)?;
            }
        }
        map.end()
    }
}

pub(crate) fn optional<M: SerializeMap>(
    map: &mut M,
    name: &str,
    value: Option<impl Serialize>,
) -> Result<(), M::Error> {
    match value {
        Some(value) => map.serialize_entry(name, &value),
        None => Ok(()),
    }
}

fn capacity<M: SerializeMap>(capacity: Option<&ConsumedCapacity>, map: &mut M) -> Result<(), M::Error> {
    optional(map, "ConsumedCapacity", capacity.map(CapacityBody))
}

fn capacities<M: SerializeMap>(capacities: Option<&[ConsumedCapacity]>, map: &mut M) -> Result<(), M::Error> {
    optional(map, "ConsumedCapacity", capacities.map(|list| Sequence(list, CapacityBody)))
}

/// A page without its rows.
pub(crate) struct PageBody<'s>(pub(crate) &'s Page);

impl Serialize for PageBody<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        page_members(self.0, &mut map)?;
        map.end()
    }
}

/// The answer of a BatchGetItem without its rows.
pub(crate) struct BatchGotBody<'s, 'a>(pub(crate) &'s BatchGot<'a>);

impl Serialize for BatchGotBody<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        batch_got(self.0, &mut map)?;
        map.end()
    }
}

fn page_members<M: SerializeMap>(page: &Page, map: &mut M) -> Result<(), M::Error> {
    map.serialize_entry("Count", &page.count)?;
    map.serialize_entry("ScannedCount", &page.scanned_count)?;
    optional(map, "LastEvaluatedKey", page.last_evaluated_key.as_ref().map(|key| ItemBody(key.view())))?;
    capacity(page.capacity.as_ref(), map)
}

fn batch_got<M: SerializeMap>(rest: &BatchGot<'_>, map: &mut M) -> Result<(), M::Error> {
    map.serialize_entry("UnprocessedKeys", &Unprocessed(&rest.unprocessed))?;
    capacities(rest.capacity.as_deref(), map)
}

fn batch_written<M: SerializeMap>(written: &BatchWritten, map: &mut M) -> Result<(), M::Error> {
    map.serialize_entry("UnprocessedItems", &UnprocessedItems(&written.unprocessed))?;
    metrics(written.metrics.as_ref(), map)?;
    capacities(written.capacity.as_deref(), map)
}

/// `ItemCollectionMetrics` of several tables; tables without LSIs have none.
fn metrics<M: SerializeMap>(metrics: Option<&MetricsByTable>, map: &mut M) -> Result<(), M::Error> {
    let metrics = metrics.filter(|metrics| !metrics.is_empty());
    optional(map, "ItemCollectionMetrics", metrics.map(MetricsByTableBody))
}

struct MetricsByTableBody<'s>(&'s MetricsByTable);

impl Serialize for MetricsByTableBody<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(table, list)| (table, Sequence(list, MetricsBody))))
    }
}

struct MetricsBody<'s>(&'s ItemCollectionMetrics);

impl Serialize for MetricsBody<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("ItemCollectionKey", &ItemBody(self.0.key.view()))?;
        map.serialize_entry("SizeEstimateRangeGB", &self.0.size_gb.map(|gb| gb as f64))?;
        map.end()
    }
}

/// One of the `Responses` of a TransactGetItems or an ExecuteTransaction.
struct ResponseBody<'s>(&'s Option<Item>);

impl Serialize for ResponseBody<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|item| ("Item", ItemBody(item.view()))))
    }
}

fn limits_members<M: SerializeMap>(limits: &Limits, map: &mut M) -> Result<(), M::Error> {
    map.serialize_entry("AccountMaxReadCapacityUnits", &limits.account_read_units_max)?;
    map.serialize_entry("AccountMaxWriteCapacityUnits", &limits.account_write_units_max)?;
    map.serialize_entry("TableMaxReadCapacityUnits", &limits.table_read_units_max)?;
    map.serialize_entry("TableMaxWriteCapacityUnits", &limits.table_write_units_max)
}

/// Seconds since 1970; milliseconds of any date to come fit into a float exactly.
pub(crate) fn seconds(milliseconds: u64) -> f64 {
    milliseconds as f64 / 1000.0
}

/// A slice, each element in the form that `body` gives it.
pub(crate) struct Sequence<'s, T, F>(pub(crate) &'s [T], pub(crate) F);

impl<'s, T, B: Serialize, F: Fn(&'s T) -> B> Serialize for Sequence<'s, T, F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(&self.1))
    }
}

struct Rows<'s>(&'s [Item]);

impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|item| ItemBody(item.view())))
    }
}

struct Responses<'s>(&'s TableRows);

impl Serialize for Responses<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(table, rows)| (table, Rows(rows))))
    }
}

struct Unprocessed<'s, 'a>(&'s [KeysOfTable<'a>]);

impl Serialize for Unprocessed<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|keys| (&keys.table, UnprocessedKeys(keys))))
    }
}

struct UnprocessedItems<'s>(&'s RequestsByTable);

impl Serialize for UnprocessedItems<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(table, requests)| (table, Sequence(requests, WriteRequestBody))))
    }
}

struct WriteRequestBody<'s>(&'s WriteRequest);

impl Serialize for WriteRequestBody<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let WriteRequest { put, delete } = self.0;
        let mut map = serializer.serialize_map(Some(1))?;
        // What is unprocessed was good.
        let item = |item: &'_ Option<Supplied<Item>>| item.as_ref().and_then(|item| item.as_ref().ok().cloned());
        optional(&mut map, "PutRequest", item(put).as_ref().map(|item| Member("Item", ItemBody(item.view()))))?;
        optional(&mut map, "DeleteRequest", item(delete).as_ref().map(|key| Member("Key", ItemBody(key.view()))))?;
        map.end()
    }
}

/// An object with one member.
struct Member<T>(&'static str, T);

impl<T: Serialize> Serialize for Member<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map([(self.0, &self.1)])
    }
}

struct UnprocessedKeys<'s, 'a>(&'s KeysOfTable<'a>);

impl Serialize for UnprocessedKeys<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let keys = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("Keys", &Sequence(&keys.keys, KeyBody))?;
        optional(&mut map, "AttributesToGet", keys.attributes_to_get.as_deref())?;
        optional(&mut map, "ConsistentRead", keys.consistent_read)?;
        optional(&mut map, "ProjectionExpression", keys.projection_expression.as_deref())?;
        optional(&mut map, "ExpressionAttributeNames", keys.names.as_ref().map(Names))?;
        map.end()
    }
}

struct KeyBody<'s>(&'s RequestedKey);

impl Serialize for KeyBody<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // A key that is unprocessed was a good one.
        self.0.key.as_ref().ok().map(|key| ItemBody(key.view())).serialize(serializer)
    }
}

struct Names<'s, 'a>(&'s NamedTexts<'a>);

impl Serialize for Names<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, text)| (name, text)))
    }
}

struct CapacityBody<'s>(&'s ConsumedCapacity);

impl Serialize for CapacityBody<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let ConsumedCapacity { table_name, total, table, local_indexes, global_indexes, kind } = self.0;
        // A TransactGetItems names the kind beside the sum alone, a TransactWriteItems everywhere (recorded).
        let kind_of_parts = kind.filter(|kind| *kind == UnitKind::Write);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("TableName", table_name)?;
        Units(*total, *kind).members(&mut map)?;
        optional(&mut map, "Table", table.map(|units| Units(units, kind_of_parts)))?;
        for (member, indexes) in [("LocalSecondaryIndexes", local_indexes), ("GlobalSecondaryIndexes", global_indexes)]
        {
            optional(&mut map, member, (!indexes.is_empty()).then_some(IndexUnitsBody(indexes, kind_of_parts)))?;
        }
        map.end()
    }
}

struct IndexUnitsBody<'s>(&'s IndexUnits, Option<UnitKind>);

impl Serialize for IndexUnitsBody<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, units)| (name, Units(*units, self.1))))
    }
}

struct Units(HalfUnits, Option<UnitKind>);

impl Units {
    fn members<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry("CapacityUnits", &self.0.units())?;
        match self.1 {
            None => Ok(()),
            Some(UnitKind::Read) => map.serialize_entry("ReadCapacityUnits", &self.0.units()),
            Some(UnitKind::Write) => map.serialize_entry("WriteCapacityUnits", &self.0.units()),
        }
    }
}

impl Serialize for Units {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.members(&mut map)?;
        map.end()
    }
}

struct EndpointBody<'s>(&'s Endpoint);

impl Serialize for EndpointBody<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("Address", &self.0.address)?;
        map.serialize_entry("CachePeriodInMinutes", &self.0.cache_period_minutes)?;
        map.end()
    }
}

/// An item: names to attribute values.
#[derive(Clone, Copy, Debug)]
pub struct ItemBody<'a>(pub ItemRef<'a>);

impl Serialize for ItemBody<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in self.0 {
            map.serialize_entry(name, &ValueBody(value))?;
        }
        map.end()
    }
}

/// An attribute value: a map of its type and its content.
#[derive(Clone, Copy, Debug)]
pub struct ValueBody<'a>(pub ValueRef<'a>);

impl Serialize for ValueBody<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(self.0.kind().name(), &ContentBody(self.0))?;
        map.end()
    }
}

struct ContentBody<'a>(ValueRef<'a>);

impl Serialize for ContentBody<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let value = self.0;
        match value.kind() {
            Kind::S => serializer.serialize_str(value.as_str().unwrap_or_default()),
            Kind::N => match value.as_number() {
                Some(number) => serializer.serialize_str(&number.to_string()),
                None => serializer.serialize_none(),
            },
            Kind::B => Blob(value.scalar_bytes()).serialize(serializer),
            Kind::Bool => serializer.serialize_bool(value.as_bool() == Some(true)),
            Kind::Null => serializer.serialize_bool(true),
            Kind::Ss | Kind::Ns | Kind::Bs => set(value, serializer),
            Kind::L => serializer.collect_seq(value.elements().map(ValueBody)),
            Kind::M => serializer.collect_map(value.members().map(|(name, value)| (name, ValueBody(value)))),
        }
    }
}

fn set<S: Serializer>(value: ValueRef<'_>, serializer: S) -> Result<S::Ok, S::Error> {
    let mut sequence = serializer.serialize_seq(value.len())?;
    match value.kind() {
        Kind::Ns => value.set_numbers().try_for_each(|number| sequence.serialize_element(&number.to_string()))?,
        Kind::Bs => value.set_elements().try_for_each(|bytes| sequence.serialize_element(&Blob(bytes)))?,
        _ => value.set_elements().try_for_each(|bytes| {
            // The builder took text only.
            sequence.serialize_element(std::str::from_utf8(bytes).unwrap_or_default())
        })?,
    }
    sequence.end()
}

struct Blob<'a>(&'a [u8]);

impl Serialize for Blob<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(&Base64Display::new(self.0, &STANDARD))
        } else {
            serializer.serialize_bytes(self.0)
        }
    }
}
