//! GetResourcePolicy.

use statordb_engine::ops::get_resource_policy::GetResourcePolicy;

use super::member;
use crate::params::Fields;
use crate::shape::Structure;

pub(super) const SHAPE: Structure = Structure::new("GetResourcePolicyInput", &[member::RESOURCE_ARN]);

pub(super) fn request<'a>(fields: &mut Fields<'a>) -> GetResourcePolicy<'a> {
    GetResourcePolicy { resource: fields.text(const { SHAPE.place("ResourceArn") }).unwrap_or_default() }
}
