//! The past of a durable store: sections of sorted entries, written once in bulk and never changed.
//!
//! A file holds many sections, one behind the other; the manifest keeps what is needed to read one, a [`SectionInfo`].
//! Nothing is read at opening: blocks come through a [`BlockCache`] when they are asked for. Every byte is covered by a
//! checksum that also knows the file and the place, so what was damaged, cut off or put elsewhere is refused with
//! `StoreError::Damaged` and never taken for an answer. `docs/format.md` draws the bytes.
//!
//! ```
//! use statordb_store::io::{Folder, RealFolder};
//! use statordb_store::sealed::{BlockCache, FileBuilder, Found, Section};
//! use std::sync::Arc;
//!
//! let path = std::env::temp_dir().join(format!("statordb-sealed-{}", std::process::id()));
//! let folder: Arc<dyn Folder> = Arc::new(RealFolder::open(&path)?);
//! let mut builder = FileBuilder::create(&folder, 1)?;
//! let mut section = builder.section();
//! section.push(b"ada", Some(b"Lovelace"))?;
//! section.push(b"bob", None)?;
//! let info = section.finish()?.ok_or("nothing was pushed")?;
//! let section = Section::new(info, builder.finish()?, Arc::new(BlockCache::new(1 << 20)));
//! assert_eq!(section.get(b"ada")?, Found::Value(b"Lovelace".as_slice().into()));
//! assert_eq!(section.get(b"bob")?, Found::Deleted);
//! assert_eq!(section.get(b"eve")?, Found::Absent);
//! # std::fs::remove_dir_all(path)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod ahead;
mod build;
mod cache;
mod children;
mod cursor;
mod file;
mod filter;
mod handle;
mod held;
mod index;
mod info;
mod records;
mod section;
mod verify;

#[cfg(test)]
mod tests;

pub use build::{FileBuilder, SectionBuilder};
pub use cache::BlockCache;
pub use cursor::Cursor;
pub use file::SealedFile;
pub(crate) use file::{id as file_id, name as file_name};
pub use info::SectionInfo;
pub use section::{Found, Section};
pub use verify::Verified;

/// The size that blocks come as near to as their entries let them: what a disk and the system's cache of files deal in.
const BLOCK_BYTES: usize = 4096;
/// The longest key.
pub const KEY_BYTES_MAX: usize = 64 << 10;
/// The longest value.
pub const VALUE_BYTES_MAX: usize = 16 << 20;
