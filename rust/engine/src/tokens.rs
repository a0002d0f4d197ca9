//! Client tokens: a transaction that was committed is known by its token for ten minutes, so that sending it again does
//! nothing, and sending another under its token is refused.
//!
//! A token's record is written by the transaction that it belongs to, so it is there exactly when the transaction is. It
//! holds when that was, and a fingerprint of the request: equal content gives equal fingerprints, whatever the order of
//! the members was.
//!
//! ```text
//! trees   TOKEN_TREES of them, so that transactions do not wait for each other's tokens
//! key     hash of the token u64 | token
//! value   committed at, milliseconds u64 | fingerprint u128        (little endian)
//! ```

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use statordb_store::{Bytes, Direction, Durability, Home, KeyRange, Store, StoreError, TreeId, Txn, Verdict};
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use crate::error::{Error, ErrorKind, Result};
use crate::limits::CLIENT_TOKEN_MS;
use crate::write::store_error;

/// Trees that tokens are spread over; their ids come before those of tables.
pub(crate) const TOKEN_TREES: u64 = 16;

/// The tokens that are known, in the order in which they end.
#[derive(Debug)]
pub(crate) struct Tokens {
    /// Whether all trees are there.
    made: AtomicBool,
    ends: Mutex<VecDeque<(u64, String)>>,
}

/// Where the record of a token stands.
pub(crate) struct TokenPlace {
    pub(crate) tree: TreeId,
    pub(crate) key: Vec<u8>,
}

/// What a token says of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenUse {
    /// It is new, or was forgotten.
    Fresh,
    /// The very request was carried out.
    Replay,
}

impl Tokens {
    /// The tokens that a store knows.
    ///
    /// # Errors
    /// Faults of the store.
    pub(crate) fn read(store: &dyn Store) -> Result<Self> {
        let mut ends = Vec::new();
        let mut visit = |key: &[u8], record: &Bytes| {
            let token = key.get(8..).and_then(|token| std::str::from_utf8(token).ok());
            if let (Some(token), Some((at_ms, _))) = (token, read(record)) {
                ends.push((at_ms.saturating_add(CLIENT_TOKEN_MS), token.to_owned()));
            }
            ControlFlow::Continue(())
        };
        for tree in (1..=TOKEN_TREES).map(TreeId) {
            match store.range(tree, KeyRange::ALL, Direction::Forward, &mut visit) {
                // The first token makes the trees.
                Ok(()) | Err(StoreError::NoSuchTree(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        ends.sort_unstable();
        Ok(Self { made: AtomicBool::new(false), ends: Mutex::new(ends.into()) })
    }

    /// Sees to it that all trees are there: some may be from before a crash, or made by another thread just now.
    fn make_trees(&self, store: &dyn Store) -> Result<()> {
        if self.made.load(Ordering::Acquire) {
            return Ok(());
        }
        for tree in (1..=TOKEN_TREES).map(TreeId) {
            match store.create(tree, Home::Own) {
                Ok(()) | Err(StoreError::TreeExists(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        self.made.store(true, Ordering::Release);
        Ok(())
    }

    /// The place of a token; the first one makes the trees.
    pub(crate) fn place(&self, store: &dyn Store, token: &str) -> Result<TokenPlace> {
        self.make_trees(store)?;
        let hash = xxh3_64(token.as_bytes());
        let mut key = hash.to_be_bytes().to_vec();
        key.extend_from_slice(token.as_bytes());
        Ok(TokenPlace { tree: TreeId(1 + hash % TOKEN_TREES), key })
    }

    /// Remembers when a token that was just committed ends.
    pub(crate) fn note(&self, token: &str, now_ms: u64) {
        let mut ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        ends.push_back((now_ms.saturating_add(CLIENT_TOKEN_MS), token.to_owned()));
    }

    /// Removes the records of tokens that have ended.
    pub(crate) fn forget_ended(&self, store: &dyn Store, now_ms: u64) -> Result<()> {
        loop {
            let ended = {
                let mut ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
                ends.pop_front_if(|(end, _)| *end <= now_ms)
            };
            let Some((_, token)) = ended else { return Ok(()) };
            let place = self.place(store, &token)?;
            let mut body = |txn: &mut dyn Txn| match txn.get(place.tree, &place.key) {
                // The token may have been used again since.
                Ok(Some(record)) if read(&record).is_some_and(|(at_ms, _)| is_known(at_ms, now_ms)) => Verdict::Abort,
                _ => {
                    txn.delete(place.tree, &place.key);
                    Verdict::Commit
                }
            };
            store.transact(&[(place.tree, &place.key)], Durability::Memory, &mut body).map_err(store_error)?;
        }
    }
}

impl TokenPlace {
    /// Looks a token up inside its transaction, and notes it there if it is fresh.
    ///
    /// # Errors
    /// IdempotentParameterMismatchException when it belongs to another request.
    pub(crate) fn take(&self, txn: &mut dyn Txn, fingerprint: u128, now_ms: u64) -> Result<TokenUse> {
        let record = txn.get(self.tree, &self.key).map_err(store_error)?;
        match record.and_then(|record| read(&record)).filter(|(at_ms, _)| is_known(*at_ms, now_ms)) {
            Some((_, known)) if known == fingerprint => Ok(TokenUse::Replay),
            Some(_) => Err(Error::new(
                ErrorKind::IdempotentParameterMismatch,
                "DynamoDB rejected the request because you retried a request with a different payload but with an \
                 idempotent token that was already used.",
            )),
            None => {
                let mut record = now_ms.to_le_bytes().to_vec();
                record.extend_from_slice(&fingerprint.to_le_bytes());
                txn.put(self.tree, &self.key, Bytes::from(record));
                Ok(TokenUse::Fresh)
            }
        }
    }
}

/// Whether a record of a token can be read, and stands where the token's is looked for.
pub(crate) fn is_whole(tree: TreeId, key: &[u8], record: &[u8]) -> bool {
    let Some((hash, token)) = key.split_first_chunk::<8>() else { return false };
    let expected = xxh3_64(token);
    let is_in_place = u64::from_be_bytes(*hash) == expected && tree == TreeId(1 + expected % TOKEN_TREES);
    is_in_place && std::str::from_utf8(token).is_ok() && record.len() == 24
}

fn read(record: &[u8]) -> Option<(u64, u128)> {
    let (at_ms, fingerprint) = record.split_first_chunk::<8>()?;
    Some((u64::from_le_bytes(*at_ms), u128::from_le_bytes(*fingerprint.first_chunk()?)))
}

fn is_known(at_ms: u64, now_ms: u64) -> bool {
    now_ms < at_ms.saturating_add(CLIENT_TOKEN_MS)
}

/// A fingerprint while it is being taken.
pub(crate) struct Fingerprint(Xxh3);

impl Fingerprint {
    pub(crate) fn new() -> Self {
        Self(Xxh3::new())
    }

    /// Adds a part; its length keeps it apart from the next one.
    pub(crate) fn add(&mut self, part: &[u8]) {
        self.0.update(&(part.len() as u64).to_le_bytes());
        self.0.update(part);
    }

    /// Adds a part that may be absent.
    pub(crate) fn add_optional(&mut self, part: Option<&[u8]>) {
        self.0.update(&[u8::from(part.is_some())]);
        self.add(part.unwrap_or_default());
    }

    pub(crate) fn finish(&self) -> u128 {
        self.0.digest128()
    }
}
