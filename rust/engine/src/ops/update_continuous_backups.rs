//! UpdateContinuousBackups: point-in-time recovery cannot be switched on yet.

use std::borrow::Cow;

use super::describe_continuous_backups::ContinuousBackups;
use crate::Engine;
use crate::error::{Error, Result};

/// The request.
#[derive(Clone, Debug)]
pub struct UpdateContinuousBackups<'a> {
    /// Name or ARN of the table.
    pub table: Cow<'a, str>,
    /// `PointInTimeRecoveryEnabled`.
    pub enabled: bool,
}

impl Engine {
    /// Leaves point-in-time recovery disabled.
    ///
    /// # Errors
    /// TableNotFoundException for an unknown table, ValidationException when it is to be enabled.
    pub fn update_continuous_backups(&self, request: &UpdateContinuousBackups<'_>) -> Result<ContinuousBackups> {
        self.backed_up_table(&request.table)?;
        if request.enabled {
            return Err(Error::validation("point-in-time recovery is not supported by this version of StatorDB"));
        }
        Ok(ContinuousBackups)
    }
}
