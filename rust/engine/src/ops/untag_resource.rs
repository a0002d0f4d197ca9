//! UntagResource.

use std::borrow::Cow;

use crate::Engine;
use crate::catalog::{Edit, Resource};
use crate::error::{Error, Result};
use crate::ops::tag_resource::{check_tag_count, check_tag_key};

/// The request.
#[derive(Clone, Debug)]
pub struct UntagResource<'a> {
    /// `ResourceArn`, of a table.
    pub resource: Cow<'a, str>,
    /// `TagKeys`.
    pub keys: Vec<Cow<'a, str>>,
}

impl Engine {
    /// Takes tags from a table; keys that it does not have do not matter.
    ///
    /// # Errors
    /// ValidationException for an ARN of something else or no keys, ResourceNotFoundException for an unknown table,
    /// ResourceInUseException for one that is being created or deleted.
    pub fn untag_resource(&self, request: &UntagResource<'_>) -> Result<()> {
        let resource = Resource::of_table(&request.resource)?;
        if request.keys.is_empty() {
            return Err(Error::validation("Atleast one Tag Key needs to be provided as Input."));
        }
        check_tag_count(request.keys.len())?;
        request.keys.iter().try_for_each(|key| check_tag_key(key))?;
        let (table, now_ms) = self.tagged_table(&resource)?;
        self.edit_settled(&table, now_ms, |Edit { live, .. }| {
            live.settings.tags.retain(|(key, _)| !request.keys.iter().any(|gone| gone == key));
            Ok(())
        })
    }
}
