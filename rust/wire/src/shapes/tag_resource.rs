//! TagResource.

use statordb_engine::ops::tag_resource::TagResource;

use super::definition::{self, TAGS};
use super::member;
use crate::params::Fields;
use crate::shape::{Member, Structure};

pub(super) const SHAPE: Structure =
    Structure::new("TagResourceInput", &[member::ARN_OF_TAGGED, Member::optional("Tags", &TAGS)]);

pub(super) fn request<'a>(fields: &mut Fields<'a>) -> TagResource<'a> {
    TagResource {
        resource: fields.text(const { SHAPE.place("ResourceArn") }).unwrap_or_default(),
        tags: definition::tags(fields, const { SHAPE.place("Tags") }),
    }
}
