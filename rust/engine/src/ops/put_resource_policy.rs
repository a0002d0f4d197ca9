//! PutResourcePolicy, and what the operations of policies share.
//!
//! A policy is kept and told again; that it is a document of JSON is the wire's matter, what it says that of the gate.

use std::borrow::Cow;
use std::sync::Arc;

use super::create_table::check_policy;
use crate::Engine;
use crate::catalog::{Edit, Live, Policy, Resource, Table};
use crate::error::{Error, ErrorKind, Result};

/// The request.
#[derive(Clone, Debug)]
pub struct PutResourcePolicy<'a> {
    /// `ResourceArn`, of a table or a stream.
    pub resource: Cow<'a, str>,
    /// `Policy`.
    pub policy: Cow<'a, str>,
    /// `ExpectedRevisionId`: the revision that is to be replaced, or `NO_POLICY`.
    pub expected_revision: Option<Cow<'a, str>>,
}

/// What PutResourcePolicy and DeleteResourcePolicy answer: `RevisionId`, if there is or was a policy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyRevision(pub Option<String>);

const NO_POLICY: &str = "NO_POLICY";

impl Engine {
    /// Gives a table or a stream a policy in place of the one it has. The same policy again is the same revision.
    ///
    /// # Errors
    /// ValidationException for an ARN of something else or a document that is too long, ResourceNotFoundException for an
    /// unknown resource, PolicyNotFoundException when the expected revision is not that of its policy.
    pub fn put_resource_policy(&self, request: &PutResourcePolicy<'_>) -> Result<PolicyRevision> {
        let resource = Resource::parse(&request.resource)?;
        check_policy(&request.policy)?;
        let (table, now_ms) = self.governed_table(&resource)?;
        let revision = self.edit_settled(&table, now_ms, |Edit { live, .. }| {
            let current = live.policy(&resource)?;
            check_revision(&resource, current.as_ref(), request.expected_revision.as_deref())?;
            if let Some(current) = &current
                && current.text == request.policy
            {
                return Ok(current.revision);
            }
            let last = current.map_or(0, |policy| policy.revision);
            let revision = now_ms.max(last + 1);
            live.set_policy(&resource, Some(Policy { text: request.policy.to_string(), revision }));
            Ok(revision)
        })?;
        Ok(PolicyRevision(Some(revision.to_string())))
    }

    /// The table of an operation on policies, and the time.
    pub(super) fn governed_table(&self, resource: &Resource<'_>) -> Result<(Arc<Table>, u64)> {
        let now_ms = self.clock.now_ms();
        self.catalog.purge(now_ms)?;
        let table = self.catalog.get(resource.table).ok_or_else(|| resource.named_not_found())?;
        Ok((table, now_ms))
    }
}

/// There is no policy, or not the expected one.
pub(super) fn policy_not_found(resource: &Resource<'_>) -> Error {
    let message = format!("Resource-based policy not found for the provided ResourceArn: {}", resource.arn);
    Error::new(ErrorKind::PolicyNotFound, message)
}

/// Refuses a change of a policy that has changed meanwhile.
pub(super) fn check_revision(resource: &Resource<'_>, current: Option<&Policy>, expected: Option<&str>) -> Result<()> {
    let fits = match (current, expected) {
        (_, None) | (None, Some(NO_POLICY)) => true,
        (None, Some(_)) => false,
        (Some(policy), Some(expected)) => policy.revision.to_string() == expected,
    };
    if fits { Ok(()) } else { Err(policy_not_found(resource)) }
}

impl Live {
    /// The policy of the table or of its stream.
    pub(super) fn policy(&self, resource: &Resource<'_>) -> Result<Option<Policy>> {
        let Some(label) = resource.stream else { return Ok(self.settings.policy.clone()) };
        if self.latest_label() != Some(label) {
            return Err(resource.named_not_found());
        }
        let mut policies = self.settings.stream_policies.iter();
        Ok(policies.find(|(of, _)| of == label).map(|(_, policy)| policy.clone()))
    }

    pub(super) fn set_policy(&mut self, resource: &Resource<'_>, policy: Option<Policy>) {
        let Some(label) = resource.stream else {
            self.settings.policy = policy;
            return;
        };
        self.settings.stream_policies.retain(|(of, _)| of != label);
        self.settings.stream_policies.extend(policy.map(|policy| (label.to_owned(), policy)));
    }
}
