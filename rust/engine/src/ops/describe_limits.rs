//! DescribeLimits: the quotas of an account.

use crate::Engine;

/// The answer: AWS's default quotas, in units a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// `AccountMaxReadCapacityUnits`.
    pub account_read_units_max: u64,
    /// `AccountMaxWriteCapacityUnits`.
    pub account_write_units_max: u64,
    /// `TableMaxReadCapacityUnits`.
    pub table_read_units_max: u64,
    /// `TableMaxWriteCapacityUnits`.
    pub table_write_units_max: u64,
}

impl Engine {
    /// The default quotas of an account (AWS page "Service, account, and table quotas").
    pub fn describe_limits(&self) -> Limits {
        Limits {
            account_read_units_max: 80_000,
            account_write_units_max: 80_000,
            table_read_units_max: 40_000,
            table_write_units_max: 40_000,
        }
    }
}
