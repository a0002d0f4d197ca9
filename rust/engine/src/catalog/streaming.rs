//! The stream of a table: where it is switched on and off. What it records is the matter of `stream`.

use statordb_store::Home;

use super::edit::Edit;
use super::{KeyRole, Live, StreamSummary, Table};
use crate::Engine;
use crate::error::{Error, Result};
use crate::key::KeySchema;
use crate::ops::Caller;
use crate::stream::{Beginning, StreamView, stream_arn};

impl Engine {
    /// Switches the stream of a table on, while no write is under way: every write behind the change is recorded.
    ///
    /// # Errors
    /// ValidationException when it is on.
    pub(crate) fn enable_stream(
        &self,
        table: &Table,
        edit: &mut Edit<'_>,
        view: StreamView,
        now_ms: u64,
    ) -> Result<()> {
        if edit.live.stream.is_some() {
            let name = table.name();
            return Err(Error::validation(format!("Table already has an enabled stream: TableName: {name}")));
        }
        let keys = described_keys(table.schema());
        let tree = edit.trees.make(Home::Beside(table.tree))?;
        let beginning = Beginning { table: table.name(), base: table.tree, tree, keys, view };
        let new = self.streams.begin(&*self.store, &*self.random, now_ms, beginning)?;
        edit.live.stream = Some(new.stream());
        edit.begins = Some(new);
        Ok(())
    }

    /// Switches the stream of a table off, while no write is under way; its records stay for a day.
    ///
    /// # Errors
    /// ValidationException when it is off.
    pub(crate) fn disable_stream(&self, table: &Table, edit: &mut Edit<'_>, now_ms: u64) -> Result<()> {
        let Some(stream) = edit.live.stream.take() else {
            let name = table.name();
            return Err(Error::validation(format!("Table has no stream to disable: TableName: {name}")));
        };
        edit.live.past_stream = Some(stream.label().to_owned());
        edit.ends = stream.end(&*self.store, now_ms)?;
        Ok(())
    }
}

impl Live {
    /// The label of the stream that was enabled last, whether it still is or not.
    pub(crate) fn latest_label(&self) -> Option<&str> {
        self.stream.as_ref().map(|stream| stream.label()).or(self.past_stream.as_deref())
    }

    pub(super) fn stream_summary(&self, table: &str, caller: &Caller<'_>) -> Option<StreamSummary> {
        let label = self.latest_label()?;
        let view = self.stream.as_ref().map(|stream| stream.view());
        Some(StreamSummary { view, label: label.to_owned(), arn: stream_arn(caller.region, table, label) })
    }
}

/// A key schema as descriptions have it: partition key first.
pub(super) fn described_keys(schema: &KeySchema) -> Vec<(String, KeyRole)> {
    let role = |role| move |attribute: &crate::key::KeyAttribute| (attribute.name.clone(), role);
    let hash = schema.hash().iter().map(role(KeyRole::Hash));
    hash.chain(schema.range().iter().map(role(KeyRole::Range))).collect()
}
