//! DescribeBackup.

use statordb_engine::ops::describe_backup::DescribeBackup;

use super::member;
use crate::params::Fields;
use crate::shape::{Member, Structure};

pub(super) const SHAPE: Structure =
    Structure::new("DescribeBackupInput", &[Member::required("BackupArn", &member::ARN)]);

pub(super) fn request<'a>(fields: &mut Fields<'a>) -> DescribeBackup<'a> {
    DescribeBackup { arn: fields.text(const { SHAPE.place("BackupArn") }).unwrap_or_default() }
}
