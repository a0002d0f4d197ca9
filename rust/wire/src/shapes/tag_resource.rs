//! TagResource.

use statordb_engine::ops::tag_resource::TagResource;

use super::definition::{self, TAGS};
use super::member;
use crate::params::Fields;
use crate::shape::Structure;

pub(super) const SHAPE: Structure = Structure::new(
    "TagResourceInput",
    &[member::ARN_OF_TAGGED, member::required_with("Tags", &TAGS, "Atleast one Tag needs to be provided as Input.")],
);

pub(super) fn request<'a>(fields: &mut Fields<'a>) -> TagResource<'a> {
    TagResource {
        resource: fields.text(const { SHAPE.place("ResourceArn") }).unwrap_or_default(),
        tags: definition::tags(fields, const { SHAPE.place("Tags") }),
    }
}
