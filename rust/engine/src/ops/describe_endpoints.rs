//! DescribeEndpoints: where to send requests.

/// The answer's only endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// `Address`.
    pub address: String,
    /// `CachePeriodInMinutes`.
    pub cache_period_minutes: u64,
}
