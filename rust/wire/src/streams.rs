//! Answers of the operations of DynamoDB Streams as they look on the wire.

use serde::ser::{Serialize, SerializeMap, Serializer};
use statordb_engine::ops::describe_stream::{ShardDescription, StreamDescription};
use statordb_engine::ops::get_records::GotRecords;
use statordb_engine::ops::list_streams::{ListedStream, StreamList};
use statordb_engine::stream::{StreamRecord, StreamStatus};

use crate::answer::{ItemBody, KeyElement, Sequence, optional, seconds};

/// The members of a ListStreams.
pub(crate) fn list_members<M: SerializeMap>(list: &StreamList, map: &mut M) -> Result<(), M::Error> {
    map.serialize_entry("Streams", &Sequence(&list.streams, Listed))?;
    optional(map, "LastEvaluatedStreamArn", list.last_evaluated.as_deref())
}

/// The members of a GetRecords.
pub(crate) fn records_members<M: SerializeMap>(got: &GotRecords, map: &mut M) -> Result<(), M::Error> {
    map.serialize_entry("Records", &Sequence(&got.records, |record| Record { got, record }))?;
    optional(map, "NextShardIterator", got.next.as_deref())
}

struct Listed<'s>(&'s ListedStream);

impl Serialize for Listed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let ListedStream { arn, table, label } = self.0;
        serializer.collect_map([("StreamArn", arn), ("TableName", table), ("StreamLabel", label)])
    }
}

/// The `StreamDescription` of a DescribeStream.
pub(crate) struct StreamBody<'s>(pub(crate) &'s StreamDescription);

impl Serialize for StreamBody<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let stream = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("StreamArn", &stream.arn)?;
        map.serialize_entry("StreamLabel", &stream.label)?;
        map.serialize_entry("StreamStatus", status_name(stream.status))?;
        map.serialize_entry("StreamViewType", stream.view.name())?;
        map.serialize_entry("CreationRequestDateTime", &seconds(stream.created_ms))?;
        map.serialize_entry("TableName", &stream.table)?;
        map.serialize_entry("KeySchema", &Sequence(&stream.key_schema, KeyElement))?;
        map.serialize_entry("Shards", &Sequence(&stream.shards, Shard))?;
        optional(&mut map, "LastEvaluatedShardId", stream.last_evaluated.as_deref())?;
        map.end()
    }
}

fn status_name(status: StreamStatus) -> &'static str {
    match status {
        StreamStatus::Enabling => "ENABLING",
        StreamStatus::Enabled => "ENABLED",
        StreamStatus::Disabling => "DISABLING",
        StreamStatus::Disabled => "DISABLED",
    }
}

struct Shard<'s>(&'s ShardDescription);

impl Serialize for Shard<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("ShardId", &self.0.id)?;
        optional(&mut map, "ParentShardId", self.0.parent.as_deref())?;
        map.serialize_entry("SequenceNumberRange", &Numbers(self.0))?;
        map.end()
    }
}

struct Numbers<'s>(&'s ShardDescription);

impl Serialize for Numbers<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("StartingSequenceNumber", &self.0.start.to_string())?;
        optional(&mut map, "EndingSequenceNumber", self.0.end.map(|end| end.to_string()))?;
        map.end()
    }
}

/// A record, and what all records of its answer have in common.
struct Record<'s> {
    got: &'s GotRecords,
    record: &'s StreamRecord,
}

impl Serialize for Record<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("eventID", &format_args!("{:032x}", self.record.event_id()))?;
        map.serialize_entry("eventName", self.record.event_name().name())?;
        map.serialize_entry("eventVersion", "1.1")?;
        map.serialize_entry("eventSource", "aws:dynamodb")?;
        map.serialize_entry("awsRegion", &self.got.region)?;
        map.serialize_entry("dynamodb", &RecordContent { got: self.got, record: self.record })?;
        optional(&mut map, "userIdentity", self.record.is_by_ttl().then_some(TimeToLive))?;
        map.end()
    }
}

/// Who removed an item that had expired.
struct TimeToLive;

impl Serialize for TimeToLive {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map([("Type", "Service"), ("PrincipalId", "dynamodb.amazonaws.com")])
    }
}

struct RecordContent<'s> {
    got: &'s GotRecords,
    record: &'s StreamRecord,
}

impl Serialize for RecordContent<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let record = self.record;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("ApproximateCreationDateTime", &seconds(record.created_s() * 1000))?;
        optional(&mut map, "Keys", record.keys().map(ItemBody))?;
        optional(&mut map, "NewImage", record.new_image().map(ItemBody))?;
        optional(&mut map, "OldImage", record.old_image().map(ItemBody))?;
        map.serialize_entry("SequenceNumber", &record.sequence_number().to_string())?;
        map.serialize_entry("SizeBytes", &record.size_bytes())?;
        map.serialize_entry("StreamViewType", self.got.view.name())?;
        map.end()
    }
}
