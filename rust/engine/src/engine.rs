//! The engine: a store, a catalog, and what is passed in.

use std::fmt;
use std::sync::Arc;

use statordb_store::Store;

use crate::catalog::Catalog;
use crate::clock::{Clock, Random};
use crate::expr::ExpressionCache;
use crate::stream::Streams;

/// DynamoDB over a store. Its operations stand in `ops`, a file each; all take `&self` and may run at the same time.
pub struct Engine {
    pub(crate) store: Box<dyn Store>,
    pub(crate) catalog: Catalog,
    pub(crate) streams: Streams,
    pub(crate) expressions: ExpressionCache,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
}

impl Engine {
    /// An engine without tables over an empty store.
    pub fn new(store: Box<dyn Store>, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        let streams = Streams::new(0, clock.now_ms());
        Self { store, catalog: Catalog::default(), streams, expressions: ExpressionCache::default(), clock, random }
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Engine").field("catalog", &self.catalog).finish_non_exhaustive()
    }
}
