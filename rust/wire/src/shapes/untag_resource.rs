//! UntagResource.

use statordb_engine::ops::untag_resource::UntagResource;

use super::member;
use crate::params::Fields;
use crate::shape::Structure;

pub(super) const SHAPE: Structure = Structure::new(
    "UntagResourceInput",
    &[
        member::ARN_OF_TAGGED,
        member::required_with(
            "TagKeys",
            &member::list_of(&member::TEXT),
            "Atleast one Tag Key needs to be provided as Input.",
        ),
    ],
);

pub(super) fn request<'a>(fields: &mut Fields<'a>) -> UntagResource<'a> {
    UntagResource {
        resource: fields.text(const { SHAPE.place("ResourceArn") }).unwrap_or_default(),
        keys: member::texts(fields, const { SHAPE.place("TagKeys") }).unwrap_or_default(),
    }
}
