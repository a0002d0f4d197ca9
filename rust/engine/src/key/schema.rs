//! The key schema of a table, and what DynamoDB says of keys that do not fit it.

use super::encode;
use crate::error::{Error, Result};
use crate::limits::{PARTITION_KEY_BYTES_MAX, SORT_KEY_BYTES_MAX};
use crate::value::{Builder, Item, ItemRef, Kind, ValueRef};

/// A key attribute: its name and its type, one of S, N and B.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyAttribute {
    /// Name of the attribute.
    pub name: String,
    /// Type of the attribute.
    pub kind: Kind,
}

/// Partition key and, perhaps, sort key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySchema {
    /// The partition key.
    pub hash: KeyAttribute,
    /// The sort key.
    pub range: Option<KeyAttribute>,
}

fn does_not_match() -> Error {
    Error::validation("The provided key element does not match the schema")
}

impl KeySchema {
    /// Both key attributes, partition key first.
    pub fn attributes(&self) -> impl Iterator<Item = &KeyAttribute> {
        std::iter::once(&self.hash).chain(&self.range)
    }

    /// The key attribute `name`.
    pub fn attribute(&self, name: &str) -> Option<&KeyAttribute> {
        self.attributes().find(|attribute| attribute.name == name)
    }

    fn len(&self) -> usize {
        1 + usize::from(self.range.is_some())
    }

    /// Checks a `Key` parameter and gives the bytes under which its item stands.
    pub(crate) fn encode_key(&self, key: ItemRef<'_>) -> Result<Vec<u8>> {
        if key.len() != self.len() {
            return Err(does_not_match());
        }
        self.encode_with(key, |_, _| does_not_match())
    }

    /// Checks the key attributes of a whole item and gives the bytes under which it stands.
    pub(crate) fn encode_item(&self, item: ItemRef<'_>) -> Result<Vec<u8>> {
        self.encode_with(item, |attribute, found| match found {
            None => Error::parameter(format_args!("Missing the key {} in the item", attribute.name)),
            Some(value) => Error::parameter(format_args!(
                "Type mismatch for key {} expected: {} actual: {}",
                attribute.name,
                attribute.kind.name(),
                value.kind().name()
            )),
        })
    }

    /// The same for a put of a BatchWriteItem, which says less (recorded on AWS).
    pub(crate) fn encode_batch_item(&self, item: ItemRef<'_>) -> Result<Vec<u8>> {
        self.encode_with(item, |_, _| does_not_match())
    }

    fn encode_with(
        &self,
        item: ItemRef<'_>,
        mismatch: impl Fn(&KeyAttribute, Option<ValueRef<'_>>) -> Error,
    ) -> Result<Vec<u8>> {
        let typed = |attribute: &KeyAttribute| match item.get(&attribute.name) {
            Some(value) if value.kind() == attribute.kind => Ok(value.scalar_bytes()),
            found => Err(mismatch(attribute, found)),
        };
        let hash = typed(&self.hash)?;
        let range = self.range.as_ref().map(typed).transpose()?;
        self.check_values(hash, range)?;
        Ok(encode::tree_key(hash, range))
    }

    /// Refuses empty and oversized key values.
    fn check_values(&self, hash: &[u8], range: Option<&[u8]>) -> Result<()> {
        check_not_empty(&self.hash, hash)?;
        if let (Some(attribute), Some(range)) = (&self.range, range) {
            check_not_empty(attribute, range)?;
        }
        check_hash_size(hash)?;
        range.map_or(Ok(()), check_range_size)
    }

    /// Checks one operand of a key condition.
    pub(crate) fn check_operand(&self, attribute: &KeyAttribute, operand: ValueRef<'_>) -> Result<()> {
        if operand.kind() != attribute.kind {
            return Err(Error::parameter("Condition parameter type does not match schema type"));
        }
        check_not_empty(attribute, operand.scalar_bytes())?;
        if attribute.name == self.hash.name {
            check_hash_size(operand.scalar_bytes())
        } else {
            check_range_size(operand.scalar_bytes())
        }
    }

    /// The key attributes of an item, as an item of their own.
    pub(crate) fn key_of(&self, item: ItemRef<'_>) -> Item {
        let mut builder = Builder::item();
        for attribute in self.attributes() {
            if let Some(value) = item.get(&attribute.name) {
                builder.name(&attribute.name);
                builder.encoded(value);
            }
        }
        builder.finish_item().unwrap_or_else(|_| Item::empty())
    }
}

fn check_not_empty(attribute: &KeyAttribute, value: &[u8]) -> Result<()> {
    if !value.is_empty() {
        return Ok(());
    }
    let what = if attribute.kind == Kind::B { "binary" } else { "string" };
    Err(Error::validation(format!(
        "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty \
         {what} value. Key: {}",
        attribute.name
    )))
}

fn check_hash_size(value: &[u8]) -> Result<()> {
    if value.len() <= PARTITION_KEY_BYTES_MAX {
        return Ok(());
    }
    Err(Error::parameter("Size of hashkey has exceeded the maximum size limit of2048 bytes"))
}

fn check_range_size(value: &[u8]) -> Result<()> {
    if value.len() <= SORT_KEY_BYTES_MAX {
        return Ok(());
    }
    Err(Error::parameter("Aggregated size of all range keys has exceeded the size limit of 1024 bytes"))
}
