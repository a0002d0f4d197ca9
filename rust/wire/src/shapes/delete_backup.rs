//! DeleteBackup.

use statordb_engine::ops::delete_backup::DeleteBackup;

use super::member;
use crate::params::Fields;
use crate::shape::{Member, Structure};

pub(super) const SHAPE: Structure = Structure::new("DeleteBackupInput", &[Member::required("BackupArn", &member::ARN)]);

pub(super) fn request<'a>(fields: &mut Fields<'a>) -> DeleteBackup<'a> {
    DeleteBackup { arn: fields.text(const { SHAPE.place("BackupArn") }).unwrap_or_default() }
}
