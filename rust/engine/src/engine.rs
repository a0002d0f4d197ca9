//! The engine: a store, a catalog, what is passed in, and what can be chosen.

use std::fmt;
use std::sync::Arc;

use statordb_store::Store;

use crate::catalog::{Catalog, Table, TableStatus};
use crate::clock::{Clock, Random};
use crate::error::{Error, Result};
use crate::expr::ExpressionCache;
use crate::limits::ITEM_COLLECTION_BYTES_MAX;
use crate::ongoing::Ongoing;
use crate::past::PastStates;
use crate::stream::Streams;
use crate::tokens::Tokens;

/// DynamoDB over a store. Its operations stand in `ops`, a file each; all take `&self` and may run at the same time.
pub struct Engine {
    pub(crate) store: Box<dyn Store>,
    pub(crate) catalog: Catalog,
    pub(crate) streams: Streams,
    pub(crate) expressions: ExpressionCache,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) options: EngineOptions,
    pub(crate) ongoing: Arc<Ongoing>,
    pub(crate) tokens: Tokens,
    pub(crate) past: PastStates,
}

/// What can be chosen about an engine.
#[derive(Clone, Copy, Debug)]
pub struct EngineOptions {
    /// How long a table or an index is being created, updated or deleted, in milliseconds. With 0 the answer says so and
    /// the next call finds it done.
    pub control_plane_delay_ms: u64,
    /// The most bytes that the items of one partition key and their entries in LSIs may have together.
    pub item_collection_bytes_max: u64,
    /// Whether a write that meets a transaction under way is refused, as on AWS, rather than a little later.
    pub transaction_conflicts: bool,
    /// How long a write takes to show in GSIs, in milliseconds. With 0 it shows at once.
    pub gsi_delay_ms: u64,
}

impl Default for EngineOptions {
    /// No delay, no conflicts; item collections of 10 GB, as on AWS.
    fn default() -> Self {
        Self {
            control_plane_delay_ms: 0,
            item_collection_bytes_max: ITEM_COLLECTION_BYTES_MAX,
            transaction_conflicts: false,
            gsi_delay_ms: 0,
        }
    }
}

impl Engine {
    /// An engine without tables over an empty store.
    pub fn new(store: Box<dyn Store>, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        Self::with_options(store, clock, random, EngineOptions::default())
    }

    /// The same, with options.
    pub fn with_options(
        store: Box<dyn Store>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        options: EngineOptions,
    ) -> Self {
        let (catalog, expressions) = (Catalog::default(), ExpressionCache::default());
        let (ongoing, tokens) = (Arc::default(), Tokens::default());
        let (past, streams) = (PastStates::default(), Streams::new(0, clock.now_ms()));
        Self { store, catalog, streams, expressions, clock, random, options, ongoing, tokens, past }
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

impl fmt::Debug for Engine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Engine").field("catalog", &self.catalog).finish_non_exhaustive()
    }
}
