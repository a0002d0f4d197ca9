//! ListTagsOfResource.

use statordb_engine::ops::list_tags_of_resource::ListTagsOfResource;

use super::member;
use crate::params::Fields;
use crate::shape::Structure;

pub(super) const SHAPE: Structure =
    Structure::new("ListTagsOfResourceInput", &[member::ARN_OF_TAGGED, member::NEXT_TOKEN]);

pub(super) fn request<'a>(fields: &mut Fields<'a>) -> ListTagsOfResource<'a> {
    ListTagsOfResource {
        resource: fields.text(const { SHAPE.place("ResourceArn") }).unwrap_or_default(),
        next_token: fields.text(const { SHAPE.place("NextToken") }),
    }
}
