//! The engine: a store, a catalog, what is passed in, and what can be chosen.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use statordb_store::Store;

use crate::catalog::{Catalog, Opening, Table, TableStatus};
use crate::clock::{Clock, Random};
use crate::error::{Error, Result};
use crate::expr::ExpressionCache;
use crate::limits::ITEM_COLLECTION_BYTES_MAX;
use crate::ongoing::Ongoing;
use crate::ops::Caller;
use crate::past::PastStates;
use crate::statement::Statements;
use crate::stream::Streams;
use crate::tokens::Tokens;
use crate::traffic::Traffic;
use crate::wording::Wording;

/// DynamoDB over a store. Its operations stand in `ops`, a file each; all take `&self` and may run at the same time.
pub struct Engine {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) catalog: Catalog,
    pub(crate) streams: Streams,
    pub(crate) expressions: ExpressionCache,
    pub(crate) statements: Statements,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) options: EngineOptions,
    pub(crate) ongoing: Arc<Ongoing>,
    pub(crate) tokens: Tokens,
    pub(crate) past: PastStates,
    pub(crate) traffic: Traffic,
    /// Set when the engine is dropped, for threads that work on its store.
    pub(crate) ends: Arc<AtomicBool>,
    /// Threads that fill indexes.
    pub(crate) backfills: Mutex<Vec<JoinHandle<()>>>,
}

/// Filling an index of this many small items takes some hundredths of a second.
const BACKFILL_ITEMS_AT_ONCE_MAX: u64 = 10_000;

/// What can be chosen about an engine.
#[derive(Clone, Copy, Debug)]
pub struct EngineOptions {
    /// How long a table or an index is being created, updated or deleted, in milliseconds. With 0 the answer says so and
    /// the next call finds it done.
    pub control_plane_delay_ms: u64,
    /// The most items of a table whose new index is filled before the request for it is answered; a larger table is walked
    /// by a thread of its own.
    pub backfill_items_at_once_max: u64,
    /// The most bytes that the items of one partition key and their entries in LSIs may have together.
    pub item_collection_bytes_max: u64,
    /// Whether a write that meets a transaction under way is refused, as on AWS, rather than a little later.
    pub transaction_conflicts: bool,
    /// Whether requests are throttled by the capacity of tables, indexes and partitions.
    pub throttling: bool,
    /// Which words messages have.
    pub wording: Wording,
    /// How long a write takes to show in GSIs, in milliseconds. With 0 it shows at once.
    pub gsi_delay_ms: u64,
}

impl Default for EngineOptions {
    /// No delay, no conflicts; tables of up to 10,000 items are indexed at once; item collections of 10 GB, as on AWS.
    fn default() -> Self {
        Self {
            control_plane_delay_ms: 0,
            backfill_items_at_once_max: BACKFILL_ITEMS_AT_ONCE_MAX,
            item_collection_bytes_max: ITEM_COLLECTION_BYTES_MAX,
            transaction_conflicts: false,
            throttling: false,
            wording: Wording::Current,
            gsi_delay_ms: 0,
        }
    }
}

impl Engine {
    /// The engine over a store: with the tables and streams that the store has records of, none if it is empty. What a
    /// crash has left half done is undone or done again; an index that was being filled is filled from the start.
    ///
    /// # Errors
    /// Faults of the store; a record that cannot be read, by the name of its table.
    pub fn open(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        options: EngineOptions,
    ) -> Result<Self> {
        let Opening { catalog, streams, unbuilt } = Opening::of(&store, clock.now_ms())?;
        let tokens = Tokens::read(&*store)?;
        let (expressions, statements) = (ExpressionCache::default(), Statements::default());
        let (ongoing, past) = (Arc::default(), PastStates::default());
        let (traffic, ends, backfills) = (Traffic::new(options.throttling), Arc::default(), Mutex::default());
        let engine = Self {
            store,
            catalog,
            streams,
            expressions,
            statements,
            clock,
            random,
            options,
            ongoing,
            tokens,
            past,
            traffic,
            ends,
            backfills,
        };
        engine.resume_insights();
        for (table, target) in unbuilt {
            engine.backfill(&table, target, engine.store.snapshot()?)?;
        }
        Ok(engine)
    }

    /// An error as `caller` is told it: in the words that were chosen, with ARNs of its region. Every door passes errors
    /// through here.
    pub fn told(&self, error: Error, caller: &Caller<'_>) -> Error {
        self.options.wording.of(error).seen_from(caller.region)
    }

    /// The time by its clock, in milliseconds since 1970.
    pub fn now_ms(&self) -> u64 {
        self.clock.now_ms()
    }

    /// Which words messages have.
    pub fn wording(&self) -> Wording {
        self.options.wording
    }

    /// Whether changes of tables take a set time.
    pub(crate) fn has_delay(&self) -> bool {
        self.options.control_plane_delay_ms > 0
    }

    /// The table of an operation on tables, by name or ARN, whatever state it is in.
    pub(crate) fn listed_table(&self, name_or_arn: &str, now_ms: u64) -> Result<Arc<Table>> {
        self.catalog.purge(now_ms)?;
        self.catalog.find_named(name_or_arn)
    }

    /// The table of a data operation, by name or ARN. One that is being made or deleted is not found.
    pub(crate) fn table(&self, name_or_arn: &str) -> Result<Arc<Table>> {
        let table = self.catalog.find(name_or_arn)?;
        if !table.is_settled() {
            let status = table.status(self.clock.now_ms());
            if matches!(status, TableStatus::Creating | TableStatus::Deleting) {
                return Err(Error::table_not_found());
            }
        }
        Ok(table)
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Release);
        self.streams.ring();
        // They stop at the next items. Once they have, nobody has the store any more.
        let backfills = std::mem::take(self.backfills.get_mut().unwrap_or_else(PoisonError::into_inner));
        for thread in backfills {
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Engine").field("catalog", &self.catalog).finish_non_exhaustive()
    }
}
