//! DescribeImport: there are no imports.

use std::borrow::Cow;
use std::convert::Infallible;

use crate::Engine;
use crate::error::{Error, ErrorKind, Result};

/// The request.
#[derive(Clone, Debug)]
pub struct DescribeImport<'a> {
    /// `ImportArn`.
    pub arn: Cow<'a, str>,
}

impl Engine {
    /// Fails: there are no imports.
    ///
    /// # Errors
    /// ImportNotFoundException.
    pub fn describe_import(&self, request: &DescribeImport<'_>) -> Result<Infallible> {
        let message = format!("Import not found: {}", request.arn);
        Err(Error::new(ErrorKind::ImportNotFound, message))
    }
}
