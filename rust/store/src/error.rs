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
        }
    }
}

impl std::error::Error for StoreError {}
