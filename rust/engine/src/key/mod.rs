//! Keys: which attributes they are, how they are checked, and the bytes under which an item stands.

mod encode;
mod hash;
mod schema;

pub(crate) use encode::{KeySpan, SortRange, collection_key, index_key, segment_span, tree_key};
pub use schema::{KeyAttribute, KeySchema};
pub(crate) use schema::{check_hash_size, check_key_content, check_range_size};
