//! UpdateTimeToLive.

use statordb_engine::ops::update_time_to_live::{TimeToLive, UpdateTimeToLive};

use super::definition::KEY_NAME;
use super::member;
use crate::params::Fields;
use crate::shape::{Member, Shape, Structure};

const SPECIFICATION: Structure = Structure::new(
    "TimeToLiveSpecification",
    &[Member::required("Enabled", &Shape::Boolean), Member::required("AttributeName", &KEY_NAME)],
);

pub(super) const SHAPE: Structure = Structure::new(
    "UpdateTimeToLiveInput",
    &[
        member::table_name_of_control_plane(&Shape::Table),
        Member::required("TimeToLiveSpecification", &Shape::Structure(&SPECIFICATION)),
    ],
);

pub(super) fn request<'a>(fields: &mut Fields<'a>) -> UpdateTimeToLive<'a> {
    let specification =
        fields.structure(const { SHAPE.place("TimeToLiveSpecification") }).map(|mut fields| TimeToLive {
            enabled: fields.boolean(const { SPECIFICATION.place("Enabled") }).unwrap_or(false),
            attribute: fields.text(const { SPECIFICATION.place("AttributeName") }).unwrap_or_default().into_owned(),
        });
    UpdateTimeToLive {
        table: fields.text(const { SHAPE.place("TableName") }).unwrap_or_default(),
        // The check has seen to it that it is there.
        specification: specification.unwrap_or(TimeToLive { enabled: false, attribute: String::new() }),
    }
}
