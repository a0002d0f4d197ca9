//! DescribeImport.

use statordb_engine::ops::describe_import::DescribeImport;

use super::member;
use crate::params::Fields;
use crate::shape::{Member, Structure};

pub(super) const SHAPE: Structure =
    Structure::new("DescribeImportInput", &[Member::required("ImportArn", &member::ARN)]);

pub(super) fn request<'a>(fields: &mut Fields<'a>) -> DescribeImport<'a> {
    DescribeImport { arn: fields.text(const { SHAPE.place("ImportArn") }).unwrap_or_default() }
}
