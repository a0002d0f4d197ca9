//! DeleteBackup: there are no backups.

use std::borrow::Cow;
use std::convert::Infallible;

use crate::Engine;
use crate::error::{Error, ErrorKind, Result};

/// The request.
#[derive(Clone, Debug)]
pub struct DeleteBackup<'a> {
    /// `BackupArn`.
    pub arn: Cow<'a, str>,
}

impl Engine {
    /// Fails: there are no backups.
    ///
    /// # Errors
    /// BackupNotFoundException.
    pub fn delete_backup(&self, request: &DeleteBackup<'_>) -> Result<Infallible> {
        let message = format!("Backup not found: {}", request.arn);
        Err(Error::new(ErrorKind::BackupNotFound, message))
    }
}
