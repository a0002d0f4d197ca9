//! ListTagsOfResource: all tags on one page, since a table has no more than 50.

use std::borrow::Cow;

use crate::Engine;
use crate::catalog::Resource;
use crate::error::{Error, Result};

/// The request.
#[derive(Clone, Debug)]
pub struct ListTagsOfResource<'a> {
    /// `ResourceArn`, of a table.
    pub resource: Cow<'a, str>,
    /// `NextToken`.
    pub next_token: Option<Cow<'a, str>>,
}

/// The answer: keys and values, in the order of the keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags(pub Vec<(String, String)>);

impl Engine {
    /// The tags of a table.
    ///
    /// # Errors
    /// ValidationException for an ARN of something else or a token that was not given out, ResourceNotFoundException for
    /// an unknown table.
    pub fn list_tags_of_resource(&self, request: &ListTagsOfResource<'_>) -> Result<Tags> {
        let resource = Resource::of_table(&request.resource)?;
        if let Some(token) = &request.next_token {
            return Err(Error::validation(format!("Invalid NextToken: {token}")));
        }
        let (table, _) = self.tagged_table(&resource)?;
        Ok(Tags(table.live().settings.tags.clone()))
    }
}
