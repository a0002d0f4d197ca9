//! DeleteResourcePolicy.

use statordb_engine::ops::delete_resource_policy::DeleteResourcePolicy;

use super::member;
use crate::params::Fields;
use crate::shape::Structure;

pub(super) const SHAPE: Structure =
    Structure::new("DeleteResourcePolicyInput", &[member::RESOURCE_ARN, member::EXPECTED_REVISION]);

pub(super) fn request<'a>(fields: &mut Fields<'a>) -> DeleteResourcePolicy<'a> {
    DeleteResourcePolicy {
        resource: fields.text(const { SHAPE.place("ResourceArn") }).unwrap_or_default(),
        expected_revision: fields.text(const { SHAPE.place("ExpectedRevisionId") }),
    }
}
