//! DescribeExport.

use statordb_engine::ops::describe_export::DescribeExport;

use super::member;
use crate::params::Fields;
use crate::shape::{Member, Structure};

pub(super) const SHAPE: Structure =
    Structure::new("DescribeExportInput", &[Member::required("ExportArn", &member::ARN)]);

pub(super) fn request<'a>(fields: &mut Fields<'a>) -> DescribeExport<'a> {
    DescribeExport { arn: fields.text(const { SHAPE.place("ExportArn") }).unwrap_or_default() }
}
