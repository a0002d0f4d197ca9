//! UpdateContinuousBackups.

use statordb_engine::ops::update_continuous_backups::UpdateContinuousBackups;

use super::member;
use crate::params::Fields;
use crate::shape::{Member, Shape, Structure};

/// The period counts only where recovery is enabled.
const SPECIFICATION: Structure = Structure::new(
    "PointInTimeRecoverySpecification",
    &[
        Member::required("PointInTimeRecoveryEnabled", &Shape::Boolean),
        Member::optional("RecoveryPeriodInDays", &Shape::Integer(1, 35)),
    ],
);

pub(super) const SHAPE: Structure = Structure::new(
    "UpdateContinuousBackupsInput",
    &[
        member::table_name_of_control_plane(&Shape::Table),
        Member::required("PointInTimeRecoverySpecification", &Shape::Structure(&SPECIFICATION)),
    ],
);

pub(super) fn request<'a>(fields: &mut Fields<'a>) -> UpdateContinuousBackups<'a> {
    let specification = fields.structure(const { SHAPE.place("PointInTimeRecoverySpecification") });
    let enabled = |fields: Fields<'_>| fields.boolean(const { SPECIFICATION.place("PointInTimeRecoveryEnabled") });
    UpdateContinuousBackups {
        table: fields.text(const { SHAPE.place("TableName") }).unwrap_or_default(),
        enabled: specification.and_then(enabled).unwrap_or(false),
    }
}
