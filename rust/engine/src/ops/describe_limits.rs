//! DescribeLimits: the quotas of an account.

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
