//! Descriptions of tables and their indexes.

use serde::ser::{Serialize, SerializeMap, Serializer};
use statordb_engine::catalog::{
    BillingMode, BillingSummary, EncryptionSummary, GlobalIndexDetails, IndexDescription, KeyRole, OnDemandThroughput,
    Projected, TableClass, TableDescription, TableDetails, TableStatus, ThroughputSummary, WarmSummary,
};
use statordb_engine::stream::StreamView;
use statordb_engine::value::Kind;

use super::{Sequence, optional, seconds};

/// `TableDescription`.
pub(super) struct TableBody<'s>(pub(super) &'s TableDescription);

impl Serialize for TableBody<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let table = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("TableName", &table.name)?;
        map.serialize_entry("TableStatus", status_name(table.status))?;
        map.serialize_entry("TableArn", &table.arn)?;
        map.serialize_entry("TableId", &table.id)?;
        map.serialize_entry("ItemCount", &table.item_count)?;
        map.serialize_entry("TableSizeBytes", &table.size_bytes)?;
        map.serialize_entry("ProvisionedThroughput", &Provisioned(table.throughput))?;
        map.serialize_entry("DeletionProtectionEnabled", &table.deletion_protection)?;
        if let Some(details) = &table.details {
            table_details(details, &mut map)?;
        }
        map.end()
    }
}

fn table_details<M: SerializeMap>(details: &TableDetails, map: &mut M) -> Result<(), M::Error> {
    map.serialize_entry("AttributeDefinitions", &Sequence(&details.definitions, Definition))?;
    map.serialize_entry("KeySchema", &Sequence(&details.key_schema, KeyElement))?;
    map.serialize_entry("CreationDateTime", &seconds(details.created_ms))?;
    optional(map, "BillingModeSummary", details.billing.map(Billing))?;
    optional(map, "TableClassSummary", details.table_class.map(ClassSummary))?;
    optional(map, "WarmThroughput", details.warm_throughput.map(Warm))?;
    optional(map, "OnDemandThroughput", details.on_demand.map(OnDemand))?;
    optional(map, "SSEDescription", details.encryption.as_ref().map(Encryption))?;
    if let Some(stream) = &details.stream {
        optional(map, "StreamSpecification", stream.view.map(Stream))?;
        map.serialize_entry("LatestStreamLabel", &stream.label)?;
        map.serialize_entry("LatestStreamArn", &stream.arn)?;
    }
    let indexes =
        [("LocalSecondaryIndexes", &details.local_indexes), ("GlobalSecondaryIndexes", &details.global_indexes)];
    for (member, indexes) in indexes {
        optional(map, member, (!indexes.is_empty()).then_some(Sequence(indexes, IndexBody)))?;
    }
    Ok(())
}

pub(super) fn status_name(status: TableStatus) -> &'static str {
    match status {
        TableStatus::Creating => "CREATING",
        TableStatus::Active => "ACTIVE",
        TableStatus::Updating => "UPDATING",
        TableStatus::Deleting => "DELETING",
    }
}

struct Definition<'s>(&'s (String, Kind));

impl Serialize for Definition<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (name, kind) = self.0;
        serializer.collect_map([("AttributeName", name.as_str()), ("AttributeType", kind.name())])
    }
}

/// An element of a key schema.
pub(crate) struct KeyElement<'s>(pub(crate) &'s (String, KeyRole));

impl Serialize for KeyElement<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (name, role) = self.0;
        serializer.collect_map([("AttributeName", name.as_str()), ("KeyType", role.name())])
    }
}

struct Provisioned(ThroughputSummary);

impl Serialize for Provisioned {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let ThroughputSummary { units, decreases_today, increased_ms, decreased_ms } = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("NumberOfDecreasesToday", &decreases_today)?;
        optional(&mut map, "LastIncreaseDateTime", increased_ms.map(seconds))?;
        optional(&mut map, "LastDecreaseDateTime", decreased_ms.map(seconds))?;
        map.serialize_entry("ReadCapacityUnits", &units.read_units)?;
        map.serialize_entry("WriteCapacityUnits", &units.write_units)?;
        map.end()
    }
}

struct Billing(BillingSummary);

impl Serialize for Billing {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mode = match self.0.mode {
            BillingMode::Provisioned => "PROVISIONED",
            BillingMode::PayPerRequest => "PAY_PER_REQUEST",
        };
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("BillingMode", mode)?;
        optional(&mut map, "LastUpdateToPayPerRequestDateTime", self.0.pay_per_request_ms.map(seconds))?;
        map.end()
    }
}

struct ClassSummary((TableClass, Option<u64>));

impl Serialize for ClassSummary {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (class, changed_ms) = self.0;
        let class = match class {
            TableClass::Standard => "STANDARD",
            TableClass::StandardInfrequentAccess => "STANDARD_INFREQUENT_ACCESS",
        };
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("TableClass", class)?;
        optional(&mut map, "LastUpdateDateTime", changed_ms.map(seconds))?;
        map.end()
    }
}

struct Warm(WarmSummary);

impl Serialize for Warm {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let WarmSummary { units, status } = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("ReadUnitsPerSecond", &units.read_units)?;
        map.serialize_entry("WriteUnitsPerSecond", &units.write_units)?;
        map.serialize_entry("Status", status_name(status))?;
        map.end()
    }
}

/// A limit that is not set is told as -1 beside one that is.
struct OnDemand(OnDemandThroughput);

impl Serialize for OnDemand {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map([
            ("MaxReadRequestUnits", self.0.read_units_max.unwrap_or(-1)),
            ("MaxWriteRequestUnits", self.0.write_units_max.unwrap_or(-1)),
        ])
    }
}

struct Encryption<'s>(&'s EncryptionSummary);

impl Serialize for Encryption<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map([("Status", "ENABLED"), ("SSEType", "KMS"), ("KMSMasterKeyArn", &self.0.key_arn)])
    }
}

struct Stream(StreamView);

impl Serialize for Stream {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("StreamEnabled", &true)?;
        map.serialize_entry("StreamViewType", self.0.name())?;
        map.end()
    }
}

struct IndexBody<'s>(&'s IndexDescription);

impl Serialize for IndexBody<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let index = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("IndexName", &index.name)?;
        map.serialize_entry("IndexArn", &index.arn)?;
        map.serialize_entry("KeySchema", &Sequence(&index.key_schema, KeyElement))?;
        map.serialize_entry("Projection", &Projection(&index.projected))?;
        map.serialize_entry("ItemCount", &index.item_count)?;
        map.serialize_entry("IndexSizeBytes", &index.size_bytes)?;
        if let Some(global) = &index.global {
            global_details(global, &mut map)?;
        }
        map.end()
    }
}

fn global_details<M: SerializeMap>(details: &GlobalIndexDetails, map: &mut M) -> Result<(), M::Error> {
    map.serialize_entry("IndexStatus", status_name(details.status))?;
    optional(map, "Backfilling", details.backfilling)?;
    map.serialize_entry("ProvisionedThroughput", &Provisioned(details.throughput))?;
    optional(map, "OnDemandThroughput", details.on_demand.map(OnDemand))?;
    optional(map, "WarmThroughput", details.warm_throughput.map(Warm))
}

struct Projection<'s>(&'s Projected);

impl Serialize for Projection<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (kind, names) = match self.0 {
            Projected::All => ("ALL", None),
            Projected::KeysOnly => ("KEYS_ONLY", None),
            Projected::Include(names) => ("INCLUDE", Some(names)),
        };
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("ProjectionType", kind)?;
        optional(&mut map, "NonKeyAttributes", names)?;
        map.end()
    }
}
