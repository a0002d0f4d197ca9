//! DescribeEndpoints: where to send requests.

use super::Caller;
use crate::Engine;

/// The answer's only endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// `Address`.
    pub address: String,
    /// `CachePeriodInMinutes`.
    pub cache_period_minutes: u64,
}

impl Engine {
    /// The endpoint of the caller's region, as AWS names it.
    pub fn describe_endpoints(&self, caller: &Caller<'_>) -> Endpoint {
        Endpoint { address: format!("dynamodb.{}.amazonaws.com", caller.region), cache_period_minutes: 1_440 }
    }
}
