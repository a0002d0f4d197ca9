//! ListBackups. What it asks for does not matter, since there is nothing to list; it is checked all the same.

use super::member;
use crate::shape::{Member, Shape, Structure};

pub(super) const SHAPE: Structure = Structure::new(
    "ListBackupsInput",
    &[
        Member::optional("TableName", &Shape::Table),
        Member::optional("Limit", &Shape::Integer(1, 100)),
        Member::optional("TimeRangeLowerBound", &Shape::Timestamp),
        Member::optional("TimeRangeUpperBound", &Shape::Timestamp),
        Member::optional("ExclusiveStartBackupArn", &member::ARN),
        Member::optional("BackupType", &Shape::Choice(&["USER", "SYSTEM", "AWS_BACKUP", "ALL"])),
    ],
);
