//! TagResource, and what tags must be.

use std::borrow::Cow;

use crate::Engine;
use crate::catalog::definition::first_repeated;
use crate::catalog::{Edit, Resource, Table};
use crate::error::{Error, Result};
use crate::limits::{TAG_KEY_MAX, TAG_VALUE_MAX, TAGS_MAX};
use std::sync::Arc;

/// The request.
#[derive(Clone, Debug)]
pub struct TagResource<'a> {
    /// `ResourceArn`, of a table.
    pub resource: Cow<'a, str>,
    /// `Tags`: keys and values.
    pub tags: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

impl Engine {
    /// Adds tags to a table; a tag with a known key takes the new value.
    ///
    /// # Errors
    /// ValidationException for an ARN of something else, no tags, or too many; ResourceNotFoundException for an unknown
    /// table; ResourceInUseException for one that is being created or deleted.
    pub fn tag_resource(&self, request: &TagResource<'_>) -> Result<()> {
        let resource = Resource::of_table(&request.resource)?;
        if request.tags.is_empty() {
            return Err(Error::validation("Atleast one Tag needs to be provided as Input."));
        }
        check_tags(&request.tags)?;
        let (table, now_ms) = self.tagged_table(&resource)?;
        self.edit_settled(&table, now_ms, |Edit { live, .. }| {
            let tags = merged_tags(&live.settings.tags, &request.tags);
            check_tag_count(tags.len())?;
            live.settings.tags = tags;
            Ok(())
        })
    }

    /// The table of an operation on tags, and the time.
    pub(super) fn tagged_table(&self, resource: &Resource<'_>) -> Result<(Arc<Table>, u64)> {
        let now_ms = self.clock.now_ms();
        self.catalog.purge(now_ms)?;
        let table = self.catalog.get(resource.table).ok_or_else(|| resource.not_found())?;
        Ok((table, now_ms))
    }
}

/// Tags, by key, with others put over them.
pub(super) fn merged_tags(tags: &[(String, String)], others: &[(Cow<'_, str>, Cow<'_, str>)]) -> Vec<(String, String)> {
    let mut merged = tags.to_vec();
    for (key, value) in others {
        match merged.binary_search_by(|(known, _)| known.as_str().cmp(key)) {
            Ok(place) => {
                if let Some((_, old)) = merged.get_mut(place) {
                    *old = value.to_string();
                }
            }
            Err(place) => merged.insert(place, (key.to_string(), value.to_string())),
        }
    }
    merged
}

/// Letters, digits, white space and some signs make a tag; keys that begin with `aws:` belong to AWS.
pub(super) fn check_tags(tags: &[(Cow<'_, str>, Cow<'_, str>)]) -> Result<()> {
    for (key, value) in tags {
        check_tag_key(key)?;
        if value.chars().count() > TAG_VALUE_MAX || !is_tag_text(value) {
            return Err(Error::validation(format!("The Tag Value provided is invalid, Value: {value}")));
        }
    }
    if let Some(key) = first_repeated(tags.iter().map(|(key, _)| key.as_ref())) {
        let message = format!("Duplicate Tag Keys provided as input: Duplicate Tag Key found {key}");
        return Err(Error::validation(message));
    }
    check_tag_count(tags.len())
}

/// What the key of a tag must be, also of one that is to go.
pub(super) fn check_tag_key(key: &str) -> Result<()> {
    if !(1..=TAG_KEY_MAX).contains(&key.chars().count()) || !is_tag_text(key) {
        return Err(Error::validation(format!("The Tag Key provided is invalid, Key: {key}")));
    }
    if key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:")) {
        return Err(Error::validation(format!("Tag Key cannot be prefixed with aws:, Key: {key}")));
    }
    Ok(())
}

fn is_tag_text(text: &str) -> bool {
    text.chars().all(|letter| letter.is_alphanumeric() || letter.is_whitespace() || "+-=._:/@".contains(letter))
}

pub(super) fn check_tag_count(count: usize) -> Result<()> {
    if count <= TAGS_MAX {
        return Ok(());
    }
    Err(Error::validation("Number of Tags exceed the current limit for the provided ResourceArn"))
}
