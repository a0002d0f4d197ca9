//! DescribeTimeToLive.

use std::borrow::Cow;

use crate::Engine;
use crate::catalog::TableStatus;
use crate::error::{Error, Result};

/// The request.
#[derive(Clone, Debug)]
pub struct DescribeTimeToLive<'a> {
    /// Name or ARN of the table.
    pub table: Cow<'a, str>,
}

/// `TimeToLiveDescription`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeToLiveDescription {
    /// `TimeToLiveStatus`.
    pub status: TimeToLiveStatus,
    /// `AttributeName`, unless disabled.
    pub attribute: Option<String>,
}

/// `TimeToLiveStatus`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeToLiveStatus {
    /// Being switched on.
    Enabling,
    /// Being switched off.
    Disabling,
    /// Items expire.
    Enabled,
    /// Items do not expire.
    Disabled,
}

impl Engine {
    /// Tells whether and by which attribute the items of a table expire.
    ///
    /// # Errors
    /// ResourceNotFoundException for an unknown table, ValidationException for one that is being created or deleted.
    pub fn describe_time_to_live(&self, request: &DescribeTimeToLive<'_>) -> Result<TimeToLiveDescription> {
        let now_ms = self.clock.now_ms();
        let table = self.listed_table(&request.table, now_ms)?;
        let state = match table.status(now_ms) {
            TableStatus::Creating => Some("CREATING"),
            TableStatus::Deleting => Some("DELETING"),
            TableStatus::Active | TableStatus::Updating => None,
        };
        if let Some(state) = state {
            return Err(Error::validation(format!(
                "Cannot describe time to live while table is in {state} state: Current table state is {state}"
            )));
        }
        let live = table.live();
        let delay_ms = self.options.control_plane_delay_ms;
        let is_changing = live.ttl_changed_ms.is_some_and(|changed_ms| now_ms < changed_ms + delay_ms);
        let status = match &live.ttl {
            Some(ttl) if is_changing || !ttl.is_built() => TimeToLiveStatus::Enabling,
            Some(_) => TimeToLiveStatus::Enabled,
            None if is_changing => TimeToLiveStatus::Disabling,
            None => TimeToLiveStatus::Disabled,
        };
        Ok(TimeToLiveDescription { status, attribute: live.ttl.as_ref().map(|ttl| ttl.attribute.clone()) })
    }
}
