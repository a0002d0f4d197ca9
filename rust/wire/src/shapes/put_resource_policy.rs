//! PutResourcePolicy.

use statordb_engine::ops::put_resource_policy::PutResourcePolicy;

use super::member;
use crate::params::Fields;
use crate::shape::{Member, Shape, Structure};

pub(super) const SHAPE: Structure = Structure::new(
    "PutResourcePolicyInput",
    &[
        member::RESOURCE_ARN,
        Member::required("Policy", &Shape::Document),
        member::EXPECTED_REVISION,
        Member::optional("ConfirmRemoveSelfResourceAccess", &Shape::Boolean),
    ],
);

pub(super) fn request<'a>(fields: &mut Fields<'a>) -> PutResourcePolicy<'a> {
    PutResourcePolicy {
        resource: fields.text(const { SHAPE.place("ResourceArn") }).unwrap_or_default(),
        policy: fields.text(const { SHAPE.place("Policy") }).unwrap_or_default(),
        expected_revision: fields.text(const { SHAPE.place("ExpectedRevisionId") }),
    }
}
