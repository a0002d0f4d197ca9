//! Expressions.
use std::borrow::Cow;

use crate::value::{EncodedValue, ValueError};

/// Names and values of a request.
#[derive(Debug, Default)]
pub struct Substitutions<'a> {
    /// `ExpressionAttributeNames`.
    pub names: Option<Vec<(Cow<'a, str>, Cow<'a, str>)>>,
    /// `ExpressionAttributeValues`.
    pub values: Option<Vec<(Cow<'a, str>, Result<EncodedValue, ValueError>)>>,
}
