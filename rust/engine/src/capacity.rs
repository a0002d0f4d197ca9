//! Capacity units: what reads and writes cost, and how that is reported.

use crate::limits::{READ_UNIT_BYTES, WRITE_UNIT_BYTES};
use crate::ops::ReturnConsumedCapacity;

/// Capacity in half units, so that sums stay exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct HalfUnits(pub u64);

impl HalfUnits {
    /// A read of `bytes`: one unit per 4 KB started, half of it when eventually consistent; at least one block.
    pub fn of_read(bytes: usize, consistent: bool) -> Self {
        let blocks = bytes.div_ceil(READ_UNIT_BYTES).max(1) as u64;
        Self(if consistent { 2 * blocks } else { blocks })
    }

    /// A write whose larger image has `bytes`: one unit per 1 KB started, at least one.
    pub fn of_write(bytes: usize) -> Self {
        Self(2 * bytes.div_ceil(WRITE_UNIT_BYTES).max(1) as u64)
    }

    /// Capacity units.
    pub fn units(self) -> f64 {
        self.0 as f64 / 2.0
    }
}

impl std::ops::AddAssign for HalfUnits {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

/// `ConsumedCapacity` of one table.
#[derive(Clone, Debug, PartialEq)]
pub struct ConsumedCapacity {
    /// Name of the table.
    pub table_name: String,
    /// The sum.
    pub total: HalfUnits,
    /// The table's own part; reported with `INDEXES`.
    pub table: Option<HalfUnits>,
}

impl ConsumedCapacity {
    /// The report of units spent on a table alone, or nothing when none was asked for.
    pub fn of_table(asked: ReturnConsumedCapacity, table_name: &str, units: HalfUnits) -> Option<Self> {
        let table = match asked {
            ReturnConsumedCapacity::None => return None,
            ReturnConsumedCapacity::Total => None,
            ReturnConsumedCapacity::Indexes => Some(units),
        };
        Some(Self { table_name: table_name.to_owned(), total: units, table })
    }
}
