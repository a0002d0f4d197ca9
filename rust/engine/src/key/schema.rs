//! The key schema of a table or an index, and what DynamoDB says of keys that do not fit it.
//!
//! A table has one partition key and at most one sort key, an LSI the same; a GSI has one to four attributes of each kind.

use super::encode;
use crate::error::{Error, Result};
use crate::limits::{PARTITION_KEY_BYTES_MAX, SORT_KEY_BYTES_MAX};
use crate::value::{Builder, Item, ItemRef, Kind, ValueRef};
use crate::wording::Family;

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
    /// All key attributes, those of the partition key first.
    attributes: Vec<KeyAttribute>,
    /// How many of them make the partition key; at least one.
    hash_count: usize,
}

fn does_not_match() -> Error {
    Error::validation("The provided key element does not match the schema")
}

impl KeySchema {
    /// A schema of the attributes of the partition key, of which there is at least one, and those of the sort key.
    pub fn new(hash: impl IntoIterator<Item = KeyAttribute>, range: impl IntoIterator<Item = KeyAttribute>) -> Self {
        let mut attributes: Vec<KeyAttribute> = hash.into_iter().collect();
        let hash_count = attributes.len();
        attributes.extend(range);
        Self { attributes, hash_count }
    }

    /// All key attributes, those of the partition key first.
    pub fn attributes(&self) -> &[KeyAttribute] {
        &self.attributes
    }

    /// The attributes of the partition key.
    pub fn hash(&self) -> &[KeyAttribute] {
        self.attributes.get(..self.hash_count).unwrap_or_default()
    }

    /// The attributes of the sort key, in their order.
    pub fn range(&self) -> &[KeyAttribute] {
        self.attributes.get(self.hash_count..).unwrap_or_default()
    }

    /// The key attribute `name`.
    pub fn attribute(&self, name: &str) -> Option<&KeyAttribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }

    /// Checks a `Key` parameter and gives the bytes under which its item stands.
    pub(crate) fn encode_key(&self, key: ItemRef<'_>) -> Result<Vec<u8>> {
        if key.len() != self.attributes.len() {
            return Err(does_not_match());
        }
        self.encode_with(key, |_, _| does_not_match()).map_err(|error| error.in_family(Family::LookupKey))
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
        // A table has one attribute of each kind.
        let (Some(hash), range) = (self.hash().first(), self.range().first()) else {
            return Err(Error::internal("a table without a partition key"));
        };
        let hash_value = typed(hash)?;
        let range_value = range.map(typed).transpose()?;
        check_key_content(hash, hash_value)?;
        if let (Some(attribute), Some(range)) = (range, range_value) {
            check_key_content(attribute, range)?;
        }
        check_hash_size(hash_value.len())?;
        range_value.map_or(Ok(()), |range| check_range_size(range.len()))?;
        Ok(encode::tree_key(hash_value, range_value))
    }

    /// Refuses a key attribute without content.
    pub(crate) fn check_not_empty(&self, item: ItemRef<'_>) -> Result<()> {
        let of_type =
            |attribute: &KeyAttribute| item.get(&attribute.name).filter(|value| value.kind() == attribute.kind);
        self.attributes.iter().try_for_each(|attribute| {
            of_type(attribute).map_or(Ok(()), |value| check_key_content(attribute, value.scalar_bytes()))
        })
    }

    /// Checks one operand of a key condition.
    pub(crate) fn check_operand(&self, attribute: &KeyAttribute, operand: ValueRef<'_>) -> Result<()> {
        if operand.kind() != attribute.kind {
            return Err(Error::parameter("Condition parameter type does not match schema type"));
        }
        let len = operand.scalar_bytes().len();
        check_key_content(attribute, operand.scalar_bytes())?;
        let is_hash = self.hash().iter().any(|hash| hash.name == attribute.name);
        if is_hash { check_hash_size(len) } else { check_range_size(len) }
    }

    /// The key attributes of an item, as an item of their own.
    pub(crate) fn key_of(&self, item: ItemRef<'_>) -> Item {
        key_item(item, self.attributes.iter())
    }

    /// The partition key of an item, as an item of its own.
    pub(crate) fn partition_key_of(&self, item: ItemRef<'_>) -> Item {
        key_item(item, self.hash().iter())
    }

    /// The key attributes of an item in a table (this schema) and in one of its indexes, as an item of their own.
    pub(crate) fn key_in_index(&self, index: &Self, item: ItemRef<'_>) -> Item {
        let further = index.attributes.iter().filter(|attribute| self.attribute(&attribute.name).is_none());
        key_item(item, self.attributes.iter().chain(further))
    }
}

fn key_item<'a>(item: ItemRef<'_>, attributes: impl Iterator<Item = &'a KeyAttribute>) -> Item {
    let mut builder = Builder::item();
    for attribute in attributes {
        if let Some(value) = item.get(&attribute.name) {
            builder.name(&attribute.name);
            builder.encoded(value);
        }
    }
    builder.finish_item().unwrap_or_else(|_| Item::empty())
}

/// Refuses a key attribute without content.
pub(crate) fn check_key_content(attribute: &KeyAttribute, value: &[u8]) -> Result<()> {
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

/// Bytes of all attributes of a partition key.
pub(crate) fn check_hash_size(len: usize) -> Result<()> {
    if len <= PARTITION_KEY_BYTES_MAX {
        return Ok(());
    }
    Err(Error::parameter("Size of hashkey has exceeded the maximum size limit of2048 bytes"))
}

/// Bytes of all attributes of a sort key.
pub(crate) fn check_range_size(len: usize) -> Result<()> {
    if len <= SORT_KEY_BYTES_MAX {
        return Ok(());
    }
    Err(Error::parameter("Aggregated size of all range keys has exceeded the size limit of 1024 bytes"))
}
