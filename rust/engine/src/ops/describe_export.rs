//! DescribeExport: there are no exports.

use std::borrow::Cow;
use std::convert::Infallible;

use crate::Engine;
use crate::error::{Error, ErrorKind, Result};

/// The request.
#[derive(Clone, Debug)]
pub struct DescribeExport<'a> {
    /// `ExportArn`.
    pub arn: Cow<'a, str>,
}

impl Engine {
    /// Fails: there are no exports.
    ///
    /// # Errors
    /// ExportNotFoundException.
    pub fn describe_export(&self, request: &DescribeExport<'_>) -> Result<Infallible> {
        let message = format!("Export not found: {}", request.arn);
        Err(Error::new(ErrorKind::ExportNotFound, message))
    }
}
