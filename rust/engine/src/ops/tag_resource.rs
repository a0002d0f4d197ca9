//! TagResource, and what tags must be.

use std::borrow::Cow;

use crate::Engine;
use crate::catalog::{Resource, Table};
use crate::error::{Error, Result};
use crate::limits::TAGS_MAX;
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
        table.edit_settled(now_ms, |live| {
            let tags = merged_tags(&live.settings.tags, &request.tags);
            check_count(tags.len())?;
            live.settings.tags = tags;
            Ok(())
        })
    }

    /// The table of an operation on tags, and the time.
    pub(super) fn tagged_table(&self, resource: &Resource<'_>) -> Result<(Arc<Table>, u64)> {
        let now_ms = self.clock.now_ms();
        self.catalog.purge(now_ms);
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

/// Letters, digits, white space and some signs make a tag; keys that begin with `aws:` belong to AWS. Lengths are the
/// wire's matter. AWS's own words are not known.
pub(super) fn check_tags(tags: &[(Cow<'_, str>, Cow<'_, str>)]) -> Result<()> {
    let is_text = |text: &str| {
        text.chars().all(|letter| letter.is_alphanumeric() || letter.is_whitespace() || "+-=._:/@".contains(letter))
    };
    for (key, value) in tags {
        for (what, text) in [("Key", key), ("Value", value)] {
            if !is_text(text) {
                return Err(Error::parameter(format_args!("Tag {what} contains invalid characters: {text}")));
            }
        }
        if key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:")) {
            return Err(Error::parameter(format_args!("Tag Key must not begin with aws: {key}")));
        }
    }
    check_count(merged_tags(&[], tags).len())
}

fn check_count(count: usize) -> Result<()> {
    if count <= TAGS_MAX {
        return Ok(());
    }
    Err(Error::parameter(format_args!("Number of tags {count} exceeds the per-resource limit of {TAGS_MAX}")))
}
