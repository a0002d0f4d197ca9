//! The stream of a table: where it is switched on and off. What it records is the matter of `stream`.

use std::sync::Arc;

use super::{KeyRole, Live, StreamSummary, Table};
use crate::Engine;
use crate::error::{Error, Result};
use crate::key::KeySchema;
use crate::ops::Caller;
use crate::stream::{NewStream, Stream, StreamView};

impl Engine {
    /// Switches the stream of a table on, while no write is under way: every later one is recorded.
    ///
    /// # Errors
    /// ValidationException when it is on.
    pub(crate) fn enable_stream(&self, table: &Table, live: &mut Live, view: StreamView, now_ms: u64) -> Result<()> {
        if live.stream.is_some() {
            let name = table.name();
            return Err(Error::validation(format!("Table already has an enabled stream: TableName: {name}")));
        }
        let keys = described_keys(table.schema());
        let new = NewStream { table: table.name(), base: table.tree, tree: self.catalog.next_tree(), keys, view };
        live.stream = Some(self.streams.enable(&*self.store, &*self.random, now_ms, new)?);
        Ok(())
    }

    /// Switches the stream of a table off, while no write is under way; its records stay for a day.
    ///
    /// # Errors
    /// ValidationException when it is off.
    pub(crate) fn disable_stream(&self, table: &Table, live: &mut Live, now_ms: u64) -> Result<()> {
        let Some(stream) = live.stream.take() else {
            let name = table.name();
            return Err(Error::validation(format!("Table has no stream to disable: TableName: {name}")));
        };
        stream.disable(&*self.store, now_ms)?;
        live.past_stream = Some(stream);
        Ok(())
    }
}

impl Live {
    /// The stream that was enabled last, whether it still is or not.
    pub(crate) fn latest_stream(&self) -> Option<&Arc<Stream>> {
        self.stream.as_ref().or(self.past_stream.as_ref())
    }

    pub(super) fn stream_summary(&self, caller: &Caller<'_>) -> Option<StreamSummary> {
        let latest = self.latest_stream()?;
        let view = self.stream.as_ref().map(|stream| stream.view());
        Some(StreamSummary { view, label: latest.label().to_owned(), arn: latest.arn(caller.region) })
    }
}

/// A key schema as descriptions have it: partition key first.
pub(super) fn described_keys(schema: &KeySchema) -> Vec<(String, KeyRole)> {
    let role = |role| move |attribute: &crate::key::KeyAttribute| (attribute.name.clone(), role);
    let hash = schema.hash().iter().map(role(KeyRole::Hash));
    hash.chain(schema.range().iter().map(role(KeyRole::Range))).collect()
}
