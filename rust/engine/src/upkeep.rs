//! What an engine does by itself, whenever its host says that some time has passed: items whose time has come are deleted,
//! client tokens are forgotten, tables that were deleted leave the list, records of streams are trimmed.

use std::ops::{Bound, ControlFlow};
use std::sync::Arc;

use statordb_store::{Direction, KeyRange, StoreError};

use crate::Engine;
use crate::catalog::Table;
use crate::error::{ErrorKind, Result};
use crate::value::{Item, ItemRef};
use crate::write::{Action, Condition, Unsettled, Write};

/// Items that expired longer ago are left alone, in seconds (five years, AWS documentation).
const EXPIRED_FOR_MAX_S: u64 = 5 * 365 * 24 * 60 * 60;
/// Keys of expired items that are looked up at a time.
const EXPIRED_BATCH: usize = 1_000;

/// What a round of upkeep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Upkeep {
    /// Items that time to live has deleted.
    pub expired: usize,
}

/// Whether the time of an item has come.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expired<'a> {
    attribute: &'a str,
    now_s: u64,
}

impl Expired<'_> {
    pub(crate) fn matches(&self, item: ItemRef<'_>) -> bool {
        let expires = item.get(self.attribute).and_then(|value| value.as_number()?.whole_seconds());
        expires.is_some_and(|expires| (self.first_s()..=self.now_s).contains(&expires))
    }

    fn first_s(&self) -> u64 {
        self.now_s.saturating_sub(EXPIRED_FOR_MAX_S)
    }
}

impl Engine {
    /// One round: everything that is due by the engine's clock. Any thread may call it, at any time.
    ///
    /// # Errors
    /// Faults of the store.
    pub fn upkeep(&self) -> Result<Upkeep> {
        let now_ms = self.clock.now_ms();
        self.tokens.forget_ended(&*self.store, now_ms)?;
        self.catalog.purge(now_ms)?;
        self.past.forget(now_ms, self.options.gsi_delay_ms);
        self.trim_streams()?;
        let mut upkeep = Upkeep::default();
        for table in self.catalog.tables() {
            upkeep.expired += self.expire_items(&table, now_ms / 1000)?;
        }
        Ok(upkeep)
    }

    /// Deletes the items of a table whose time has come, and tells how many. Each is looked at again in the transaction
    /// that deletes it; one that a transaction under way holds stays until the next round.
    fn expire_items(&self, table: &Arc<Table>, now_s: u64) -> Result<usize> {
        let mut unsettled = Unsettled::default();
        let deleted = self.expire_unsettled(table, now_s, &mut unsettled);
        unsettled.settle(&*self.store)?;
        deleted
    }

    fn expire_unsettled(&self, table: &Table, now_s: u64, unsettled: &mut Unsettled) -> Result<usize> {
        let live = table.live();
        let Some(ttl) = &live.ttl else { return Ok(0) };
        let expired = Expired { attribute: &ttl.attribute, now_s };
        let end = now_s.saturating_add(1).to_be_bytes();
        let mut start = expired.first_s().to_be_bytes().to_vec();
        let mut deleted = 0;
        loop {
            let mut keys: Vec<Vec<u8>> = Vec::new();
            let range = KeyRange { start: Bound::Excluded(&start), end: Bound::Excluded(&end) };
            let mut visit = |key: &[u8], _: &statordb_store::Bytes| {
                keys.push(key.to_vec());
                if keys.len() < EXPIRED_BATCH { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            };
            match self.store.range(ttl.tree, range, Direction::Forward, &mut visit) {
                // The table is being deleted, or expires no items any more.
                Err(StoreError::NoSuchTree(_)) => return Ok(deleted),
                visited => visited?,
            }
            for key in &keys {
                deleted += usize::from(self.expire_item(table, key, expired, unsettled)?);
            }
            match keys.pop() {
                Some(last) if keys.len() + 1 == EXPIRED_BATCH => start = last,
                _ => return Ok(deleted),
            }
        }
    }

    /// Deletes the item behind an entry of the TTL index, if its time has still come.
    fn expire_item(
        &self,
        table: &Table,
        entry: &[u8],
        expired: Expired<'_>,
        unsettled: &mut Unsettled,
    ) -> Result<bool> {
        let write = Write {
            table,
            key: entry.get(8..).unwrap_or_default().to_vec(),
            action: Action::Delete(Item::empty()),
            condition: Condition::Expired(expired),
            return_old_on_failure: false,
        };
        match self.apply_unsettled(&write, unsettled) {
            Ok(applied) => Ok(applied.old.is_some()),
            Err(error) => match error.kind() {
                ErrorKind::ConditionalCheckFailed | ErrorKind::TransactionConflict | ErrorKind::ResourceNotFound => {
                    Ok(false)
                }
                _ => Err(error),
            },
        }
    }
}
