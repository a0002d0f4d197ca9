//! Throttling as AWS does it, for those who want to rehearse it: token buckets by table, by global index and by partition.
//!
//! A request is let in when every bucket that it draws on has anything left; what it cost is taken when it is known, so a
//! bucket may end below nothing and has to recover. Unused capacity of the last five minutes is kept. A partition is a
//! range of hashes; it serves 3,000 read units and 1,000 write units a second and saves none. All by the engine's clock.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use statordb_store::TreeId;

use crate::capacity::HalfUnits;
use crate::catalog::{Index, Live, OnDemandThroughput, Table, Throughput, table_arn};
use crate::error::ErrorKind;
use crate::key::KeySchema;
use crate::limits::BURST_S;

mod bucket;
mod limits;

use bucket::Bucket;
use limits::Limits;

/// Buckets that are kept; then those that had time to recover go.
const RESOURCES_MAX: usize = 4_096;

/// What a request does with capacity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// It reads.
    Read,
    /// It writes.
    Write,
}

impl Access {
    fn of(self, throughput: Throughput) -> u64 {
        match self {
            Self::Read => throughput.read_units,
            Self::Write => throughput.write_units,
        }
    }

    fn max_of(self, on_demand: OnDemandThroughput) -> Option<u64> {
        let max = match self {
            Self::Read => on_demand.read_units_max,
            Self::Write => on_demand.write_units_max,
        };
        max.and_then(|units| u64::try_from(units).ok())
    }
}

/// Which limit was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// The provisioned throughput of a table or an index.
    Provisioned,
    /// What one partition can serve.
    KeyRange,
    /// The maximum that was set for a table or an index that is paid per request.
    MaxOnDemand,
}

/// What a request draws on: a table or one of its global indexes, at a place.
#[derive(Clone, Copy)]
pub(crate) struct Draw<'a> {
    pub(crate) table: &'a Table,
    /// The global index; an LSI draws on its table.
    pub(crate) index: Option<&'a Index>,
    pub(crate) access: Access,
    /// A key of the tree that is read or written: the hash that it begins with tells the partition.
    pub(crate) tree_key: &'a [u8],
}

/// A request that was not let in: what had nothing left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Throttled {
    table: String,
    index: Option<String>,
    access: Access,
    limit: Limit,
    by_request: bool,
    resource: String,
}

impl Throttled {
    /// `reason`: what it is, what was asked of it and which limit was reached, such as
    /// `IndexWriteProvisionedThroughputExceeded` (AWS API reference, ThrottlingReason).
    pub fn reason(&self) -> String {
        let what = if self.index.is_some() { "Index" } else { "Table" };
        let access = match self.access {
            Access::Read => "Read",
            Access::Write => "Write",
        };
        let limit = match self.limit {
            Limit::Provisioned => "ProvisionedThroughputExceeded",
            Limit::KeyRange => "KeyRangeThroughputExceeded",
            Limit::MaxOnDemand => "MaxOnDemandThroughputExceeded",
        };
        format!("{what}{access}{limit}")
    }

    /// `resource`: the ARN of the table or the index.
    pub fn resource(&self) -> &str {
        &self.resource
    }

    /// Makes the ARN one of `region`.
    pub(crate) fn locate(&mut self, region: &str) {
        self.resource = table_arn(region, &self.table);
        if let Some(index) = &self.index {
            self.resource.push_str("/index/");
            self.resource.push_str(index);
        }
    }

    /// The exception that this is, with the text of AWS (API reference of TransactWriteItems; that of a maximum and the
    /// end of that of a table were captured on AWS).
    pub(crate) fn exception(&self) -> (ErrorKind, &'static str) {
        let kind = if self.by_request { ErrorKind::Throttling } else { ErrorKind::ProvisionedThroughputExceeded };
        let text = match (self.by_request, &self.index) {
            (false, None) => {
                "The level of configured provisioned throughput for the table was exceeded. Consider increasing your \
                 provisioning level with the UpdateTable API."
            }
            (false, Some(_)) => {
                "The level of configured provisioned throughput for one or more global secondary indexes of the table was \
                 exceeded. Consider increasing your provisioning level for the under-provisioned global secondary indexes \
                 with the UpdateTable API."
            }
            (true, _) if self.limit == Limit::MaxOnDemand => {
                "Throughput exceeds the maximum OnDemandThroughput configured on table or index"
            }
            (true, None) => {
                "Throughput exceeds the current capacity of your table or index. DynamoDB is automatically scaling your \
                 table or index so please try again shortly. If exceptions persist, check if you have a hot key: \
                 https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html"
            }
            (true, Some(_)) => {
                "Throughput exceeds the current capacity for one or more global secondary indexes. DynamoDB is \
                 automatically scaling your index so please try again shortly."
            }
        };
        (kind, text)
    }
}

/// The buckets of one kind of access to a table or an index.
#[derive(Debug, Default)]
struct Buckets {
    whole: Option<Bucket>,
    slots: Vec<Bucket>,
}

impl Buckets {
    /// Brings all of them to a time and to the limits of that time.
    fn settle(&mut self, limits: Limits, now_ms: u64) {
        self.whole = limits.whole.map(|(rate, _)| match self.whole.take() {
            Some(mut bucket) => {
                bucket.settle(rate, now_ms);
                bucket
            }
            None => Bucket::new(rate, BURST_S, now_ms),
        });
        self.slots.resize_with(limits.slots as usize, || Bucket::new(limits.partition, 1, now_ms));
    }

    /// The bucket of a partition, at a time.
    fn slot(&mut self, limits: Limits, tree_key: &[u8], now_ms: u64) -> Option<&mut Bucket> {
        let bucket = self.slots.get_mut(slot_of(tree_key, limits.slots))?;
        bucket.settle(limits.partition, now_ms);
        Some(bucket)
    }

    fn settled_ms(&self) -> u64 {
        self.whole.iter().chain(&self.slots).map(Bucket::settled_ms).max().unwrap_or(0)
    }
}

/// The partition of a key: hashes are shared out evenly, in their order.
fn slot_of(tree_key: &[u8], slots: u64) -> usize {
    let hash = tree_key.first_chunk().map_or(0, |hash| u64::from_be_bytes(*hash));
    ((u128::from(hash) * u128::from(slots)) >> 64) as usize
}

/// What every table and index has left. Those that were not asked for lately are forgotten.
#[derive(Debug, Default)]
pub(crate) struct Throttle {
    resources: Mutex<HashMap<(TreeId, Access), Buckets>>,
}

impl Throttle {
    fn resources(&self) -> MutexGuard<'_, HashMap<(TreeId, Access), Buckets>> {
        self.resources.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a request in, or tells what has nothing left.
    pub(crate) fn admit(&self, draw: &Draw<'_>, live: &Live, now_ms: u64) -> Result<(), Throttled> {
        let limits = Limits::of(live, draw.index, draw.access);
        let exceeded = self.with_buckets(draw, limits, now_ms, |buckets| match (&buckets.whole, limits.whole) {
            (Some(bucket), Some((_, limit))) if !bucket.has_any() => Some(limit),
            _ => {
                let slot = buckets.slot(limits, draw.tree_key, now_ms);
                slot.filter(|bucket| !bucket.has_any()).map(|_| Limit::KeyRange)
            }
        });
        exceeded.map_or(Ok(()), |limit| Err(draw.refused(limit, limits.by_request)))
    }

    /// Takes what a request cost.
    pub(crate) fn charge(&self, draw: &Draw<'_>, live: &Live, units: HalfUnits, now_ms: u64) {
        let limits = Limits::of(live, draw.index, draw.access);
        self.with_buckets(draw, limits, now_ms, |buckets| {
            if let Some(bucket) = &mut buckets.whole {
                bucket.take(units);
            }
            if let Some(bucket) = buckets.slot(limits, draw.tree_key, now_ms) {
                bucket.take(units);
            }
        });
    }

    fn with_buckets<T>(
        &self,
        draw: &Draw<'_>,
        limits: Limits,
        now_ms: u64,
        use_them: impl FnOnce(&mut Buckets) -> T,
    ) -> T {
        let mut resources = self.resources();
        if resources.len() >= RESOURCES_MAX {
            resources.retain(|_, buckets| now_ms.saturating_sub(buckets.settled_ms()) < 1_000 * BURST_S);
        }
        let buckets = resources.entry((draw.tree(), draw.access)).or_default();
        buckets.settle(limits, now_ms);
        use_them(buckets)
    }
}

impl<'a> Draw<'a> {
    /// The tree of what is drawn on.
    pub(crate) fn tree(&self) -> TreeId {
        self.index.map_or(self.table.tree, |index| index.tree)
    }

    /// The keys of what is drawn on.
    pub(crate) fn schema(&self) -> &'a KeySchema {
        self.index.map_or(self.table.schema(), |index| &index.schema)
    }

    fn refused(&self, limit: Limit, by_request: bool) -> Throttled {
        let table = self.table.name().to_owned();
        let index = self.index.map(|index| index.name.clone());
        let mut throttled = Throttled { table, index, access: self.access, limit, by_request, resource: String::new() };
        throttled.locate("");
        throttled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_shared_out_evenly() {
        let slot = |hash: u64| slot_of(&hash.to_be_bytes(), 4);
        assert_eq!((slot(0), slot(u64::MAX / 4), slot(u64::MAX / 4 + 1), slot(u64::MAX)), (0, 0, 1, 3));
        assert_eq!((slot_of(&[], 4), slot_of(&[255; 3], 4)), (0, 0));
    }
}
