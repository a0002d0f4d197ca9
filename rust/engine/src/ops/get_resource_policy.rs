//! GetResourcePolicy.

use std::borrow::Cow;

use super::put_resource_policy::policy_not_found;
use crate::Engine;
use crate::catalog::Resource;
use crate::error::Result;

/// The request.
#[derive(Clone, Debug)]
pub struct GetResourcePolicy<'a> {
    /// `ResourceArn`, of a table or a stream.
    pub resource: Cow<'a, str>,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourcePolicy {
    /// `Policy`, as it was given.
    pub policy: String,
    /// `RevisionId`.
    pub revision: String,
}

impl Engine {
    /// The policy of a table or a stream.
    ///
    /// # Errors
    /// ValidationException for an ARN of something else, ResourceNotFoundException for an unknown resource,
    /// PolicyNotFoundException for one without a policy.
    pub fn get_resource_policy(&self, request: &GetResourcePolicy<'_>) -> Result<ResourcePolicy> {
        let resource = Resource::parse(&request.resource)?;
        let (table, _) = self.governed_table(&resource)?;
        let policy = table.live().policy(&resource)?.ok_or_else(|| policy_not_found(&resource))?;
        Ok(ResourcePolicy { policy: policy.text, revision: policy.revision.to_string() })
    }
}
