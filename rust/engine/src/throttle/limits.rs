//! How much a table or an index may be asked for, and in how many partitions it lies.

use super::{Access, Limit};
use crate::catalog::{Index, Live, Throughput};
use crate::limits::{PARTITION_READ_UNITS, PARTITION_WRITE_UNITS};

/// Partitions that are counted apart at most; what has more of them has wider ones.
const SLOTS_MAX: u64 = 1_000;

/// The limits of one kind of access to a table or a global index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limits {
    /// Units a second of the whole, and which limit that is. A table that is paid per request has none unless one is set.
    pub(super) whole: Option<(u64, Limit)>,
    /// Units a second of each partition.
    pub(super) partition: u64,
    /// How many partitions there are.
    pub(super) slots: u64,
    /// Whether it is paid per request.
    pub(super) by_request: bool,
}

impl Limits {
    /// The limits of a table, or of one of its global indexes.
    pub(super) fn of(live: &Live, index: Option<&Index>, access: Access) -> Self {
        let by_request = live.billing.is_by_request();
        let (provisioned, warm, on_demand) = match index {
            Some(index) => (index.provisioned, index.warm, index.on_demand),
            None => (live.provisioned, live.settings.warm, live.settings.on_demand),
        };
        let whole = match by_request {
            true => access.max_of(on_demand).map(|max| (max, Limit::MaxOnDemand)),
            false => Some((access.of(provisioned.units), Limit::Provisioned)),
        };
        let partition = match access {
            Access::Read => PARTITION_READ_UNITS,
            Access::Write => PARTITION_WRITE_UNITS,
        };
        Self { whole, partition, slots: slots(live.warm_units(provisioned, warm)), by_request }
    }
}

/// As many partitions as are needed for both kinds of units.
fn slots(throughput: Throughput) -> u64 {
    let reads = throughput.read_units.div_ceil(PARTITION_READ_UNITS);
    let writes = throughput.write_units.div_ceil(PARTITION_WRITE_UNITS);
    reads.max(writes).clamp(1, SLOTS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::ON_DEMAND_WARM;

    #[test]
    fn partitions_are_as_many_as_the_units_need() {
        let of = |read_units, write_units| slots(Throughput { read_units, write_units });
        assert_eq!(slots(ON_DEMAND_WARM), 4);
        assert_eq!(of(1, 1), 1);
        assert_eq!(of(0, 0), 1);
        assert_eq!(of(3_001, 1), 2);
        assert_eq!(of(3_000, 2_001), 3);
        assert_eq!(of(u64::MAX, 1), SLOTS_MAX);
    }
}
