//! What belongs to tables beside their items: tags, policies, expiry, backups, destinations, replicas.

use serde::ser::{Serialize, SerializeMap, Serializer};
use statordb_engine::ops::describe_kinesis_streaming_destination::NoDestinations;
use statordb_engine::ops::describe_table_replica_auto_scaling::NoReplicas;
use statordb_engine::ops::describe_time_to_live::{TimeToLiveDescription, TimeToLiveStatus};
use statordb_engine::ops::get_resource_policy::ResourcePolicy;
use statordb_engine::ops::list_tags_of_resource::Tags;
use statordb_engine::ops::update_time_to_live::TimeToLive;

use super::description::status_name;
use super::{Sequence, optional};

/// A list of nothing.
pub(super) const NONE: [(); 0] = [];

pub(super) fn tags<M: SerializeMap>(tags: &Tags, map: &mut M) -> Result<(), M::Error> {
    map.serialize_entry("Tags", &Sequence(&tags.0, Tag))
}

struct Tag<'s>(&'s (String, String));

impl Serialize for Tag<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map([("Key", &self.0.0), ("Value", &self.0.1)])
    }
}

pub(super) fn policy<M: SerializeMap>(policy: &ResourcePolicy, map: &mut M) -> Result<(), M::Error> {
    map.serialize_entry("Policy", &policy.policy)?;
    map.serialize_entry("RevisionId", &policy.revision)
}

pub(super) fn time_to_live<M: SerializeMap>(ttl: &TimeToLiveDescription, map: &mut M) -> Result<(), M::Error> {
    map.serialize_entry("TimeToLiveDescription", &TimeToLiveBody(ttl))
}

struct TimeToLiveBody<'s>(&'s TimeToLiveDescription);

impl Serialize for TimeToLiveBody<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let status = match self.0.status {
            TimeToLiveStatus::Enabling => "ENABLING",
            TimeToLiveStatus::Disabling => "DISABLING",
            TimeToLiveStatus::Enabled => "ENABLED",
            TimeToLiveStatus::Disabled => "DISABLED",
        };
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("TimeToLiveStatus", status)?;
        optional(&mut map, "AttributeName", self.0.attribute.as_deref())?;
        map.end()
    }
}

pub(super) fn time_to_live_set<M: SerializeMap>(ttl: &TimeToLive, map: &mut M) -> Result<(), M::Error> {
    map.serialize_entry("TimeToLiveSpecification", &Specification(ttl))
}

struct Specification<'s>(&'s TimeToLive);

impl Serialize for Specification<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("Enabled", &self.0.enabled)?;
        map.serialize_entry("AttributeName", &self.0.attribute)?;
        map.end()
    }
}

/// Backups are always enabled, which costs nothing; restoring to a point in time never is.
pub(super) fn continuous_backups<M: SerializeMap>(map: &mut M) -> Result<(), M::Error> {
    map.serialize_entry("ContinuousBackupsDescription", &ContinuousBackupsBody)
}

struct ContinuousBackupsBody;

impl Serialize for ContinuousBackupsBody {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("ContinuousBackupsStatus", "ENABLED")?;
        map.serialize_entry("PointInTimeRecoveryDescription", &Members([("PointInTimeRecoveryStatus", "DISABLED")]))?;
        map.end()
    }
}

struct Members<const N: usize>([(&'static str, &'static str); N]);

impl<const N: usize> Serialize for Members<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0)
    }
}

pub(super) fn no_destinations<M: SerializeMap>(none: &NoDestinations, map: &mut M) -> Result<(), M::Error> {
    map.serialize_entry("TableName", &none.table)?;
    map.serialize_entry("KinesisDataStreamDestinations", &NONE)
}

pub(super) fn no_replicas<M: SerializeMap>(none: &NoReplicas, map: &mut M) -> Result<(), M::Error> {
    map.serialize_entry("TableAutoScalingDescription", &ReplicasBody(none))
}

struct ReplicasBody<'s>(&'s NoReplicas);

impl Serialize for ReplicasBody<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("TableName", &self.0.table)?;
        map.serialize_entry("TableStatus", status_name(self.0.status))?;
        map.serialize_entry("Replicas", &NONE)?;
        map.end()
    }
}
