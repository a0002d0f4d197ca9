//! The items and client tokens of transactions that are under way, as far as others should notice them.
//!
//! The store alone makes transactions serializable: whoever comes second waits a few microseconds. On AWS the second one is
//! refused instead; that is what this is for. Nothing is noted here but by transactions with a client token, by those of
//! an engine that was asked for conflicts, and by those that a test holds open; a write looks only when something is noted.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use statordb_store::TreeId;

use crate::error::{Error, ErrorKind, Result};

type ItemKey = (TreeId, Vec<u8>);

/// What is under way.
#[derive(Default)]
pub(crate) struct Ongoing {
    /// How many items are noted.
    items: AtomicUsize,
    noted: Mutex<Noted>,
}

#[derive(Default)]
struct Noted {
    /// Items, and how many transactions hold them: two never write one, but several tests may hold it.
    items: HashMap<ItemKey, usize>,
    tokens: HashSet<String>,
}

/// Items that are noted until this is dropped.
pub(crate) struct NotedItems {
    ongoing: Arc<Ongoing>,
    items: Vec<ItemKey>,
}

/// A token that is noted until this is dropped.
pub(crate) struct NotedToken {
    ongoing: Arc<Ongoing>,
    token: String,
}

impl Ongoing {
    fn noted(&self) -> MutexGuard<'_, Noted> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a transaction that is under way holds an item.
    pub(crate) fn holds(&self, tree: TreeId, key: &[u8]) -> bool {
        self.items.load(Ordering::Acquire) > 0 && self.noted().items.contains_key(&(tree, key.to_vec()))
    }

    /// Notes items.
    pub(crate) fn enter(self: &Arc<Self>, items: Vec<ItemKey>) -> NotedItems {
        let mut noted = self.noted();
        for item in &items {
            *noted.items.entry(item.clone()).or_default() += 1;
        }
        self.items.fetch_add(items.len(), Ordering::Release);
        NotedItems { ongoing: Arc::clone(self), items }
    }

    /// Notes a token.
    ///
    /// # Errors
    /// TransactionInProgressException when it is noted already.
    pub(crate) fn enter_token(self: &Arc<Self>, token: &str) -> Result<NotedToken> {
        if !self.noted().tokens.insert(token.to_owned()) {
            return Err(Error::new(
                ErrorKind::TransactionInProgress,
                "The transaction with the given request token is already in progress.",
            ));
        }
        Ok(NotedToken { ongoing: Arc::clone(self), token: token.to_owned() })
    }
}

impl Drop for NotedItems {
    fn drop(&mut self) {
        let mut noted = self.ongoing.noted();
        for item in &self.items {
            if let Some(count) = noted.items.get_mut(item) {
                *count -= 1;
                if *count == 0 {
                    noted.items.remove(item);
                }
            }
        }
        self.ongoing.items.fetch_sub(self.items.len(), Ordering::Release);
    }
}

impl Drop for NotedToken {
    fn drop(&mut self) {
        self.ongoing.noted().tokens.remove(&self.token);
    }
}

impl fmt::Debug for Ongoing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Ongoing").field("items", &self.items).finish_non_exhaustive()
    }
}
