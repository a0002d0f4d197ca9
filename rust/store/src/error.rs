//! What a store can refuse, and what the caller can do about it.

use crate::TreeId;
use std::fmt;

/// Why a store did not do what it was asked. Nothing was changed when one of these is returned.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum StoreError {
    /// The tree was never created, or has been dropped.
    NoSuchTree(TreeId),
    /// A tree of this id exists already.
    TreeExists(TreeId),
    /// A transaction read a key that it had not declared.
    UndeclaredKey,
    /// A key, value or transaction is over the limit that `caps()` names.
    TooLarge {
        /// What is too large: `key`, `value`, `transaction writes` or `transaction bytes`.
        what: &'static str,
        /// Its size, in bytes or in writes.
        size: usize,
        /// The largest size that the store takes.
        size_max: usize,
    },
    /// This store cannot do that at all; the text names what.
    Unsupported(&'static str),
    /// The system refused a call on a file. What was asked was not done; it may be asked again.
    Io {
        /// What was being done: `read`, `write`, `create` and so on.
        doing: &'static str,
        /// The file's name within the store's folder.
        file: String,
        /// What the system said.
        reason: String,
    },
    /// What a file holds is not what was written there. Restore the file or a backup; nothing was skipped.
    Damaged {
        /// The file's name within the store's folder.
        file: String,
        /// Where in it, in bytes.
        offset: u64,
        /// What is wrong there.
        what: &'static str,
    },
    /// A call that makes writes durable has failed, so nobody knows what the disk has of the latest ones: nothing is
    /// acknowledged any more. Open the store again once the cause, which the text tells, is mended.
    Poisoned(String),
    /// The store was closed.
    Closed,
    /// Another process has the store open; the text tells what is known of it.
    InUse(String),
    /// The folder holds something that this version does not read; the text tells what, and what to do.
    Format(String),
}

impl StoreError {
    /// What the system said to a call on a file.
    pub(crate) fn io(doing: &'static str, file: &str, error: &std::io::Error) -> Self {
        Self::Io { doing, file: file.to_owned(), reason: error.to_string() }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchTree(tree) => write!(out, "no tree `{}`", tree.0),
            Self::TreeExists(tree) => write!(out, "tree `{}` exists already", tree.0),
            Self::UndeclaredKey => write!(out, "a transaction may read only the keys it declared"),
            Self::TooLarge { what, size, size_max } => {
                write!(out, "{what} too large: `{size}` where at most `{size_max}` is allowed")
            }
            Self::Unsupported(what) => write!(out, "this store does not support `{what}`"),
            Self::Io { doing, file, reason } => write!(out, "cannot {doing} `{file}`: {reason}"),
            Self::Damaged { file, offset, what } => write!(out, "`{file}` is damaged at byte {offset}: {what}"),
            Self::Poisoned(cause) => {
                write!(out, "the store takes no more writes since it could not make some durable: {cause}")
            }
            Self::Closed => write!(out, "the store is closed"),
            Self::InUse(holder) => write!(out, "the store is in use by {holder}"),
            Self::Format(what) => write!(out, "{what}"),
        }
    }
}

impl std::error::Error for StoreError {}
