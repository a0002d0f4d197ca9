//! DeleteResourcePolicy.

use std::borrow::Cow;

use super::put_resource_policy::{PolicyRevision, check_revision};
use crate::Engine;
use crate::catalog::{Edit, Resource};
use crate::error::Result;

/// The request.
#[derive(Clone, Debug)]
pub struct DeleteResourcePolicy<'a> {
    /// `ResourceArn`, of a table or a stream.
    pub resource: Cow<'a, str>,
    /// `ExpectedRevisionId`: the revision that is to go.
    pub expected_revision: Option<Cow<'a, str>>,
}

impl Engine {
    /// Takes the policy from a table or a stream, and tells which it was. Without one there is nothing to do.
    ///
    /// # Errors
    /// ValidationException for an ARN of something else, ResourceNotFoundException for an unknown resource,
    /// PolicyNotFoundException when the expected revision is not that of its policy.
    pub fn delete_resource_policy(&self, request: &DeleteResourcePolicy<'_>) -> Result<PolicyRevision> {
        let resource = Resource::parse(&request.resource)?;
        let (table, now_ms) = self.governed_table(&resource)?;
        let gone = self.edit_settled(&table, now_ms, |Edit { live, .. }| {
            let current = live.policy(&resource)?;
            check_revision(&resource, current.as_ref(), request.expected_revision.as_deref())?;
            live.set_policy(&resource, None);
            Ok(current)
        })?;
        Ok(PolicyRevision(gone.map(|policy| policy.revision.to_string())))
    }
}
