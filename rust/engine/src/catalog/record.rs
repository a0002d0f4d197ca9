//! The record of a table: everything about it that outlives the process, but for its items and what its stream keeps.
//!
//! The bytes are drawn in `docs/format.md`. How many items a table or an index holds stands in the tallies of their trees;
//! only of what has no tree any more the record tells it.

use std::sync::Arc;

use statordb_store::{Bytes, TreeId};

use super::index::{Index, IndexKind, Projected, TtlIndex};
use super::kept::{Entry, RecordKind};
use super::settings::{
    Billing, BillingMode, Encryption, Insights, InsightsMode, OnDemandThroughput, Policy, Provisioned, Settings,
    TableClass, Throughput, WarmThroughput,
};
use super::table::{Contents, Leaving, Live, NOT_DELETED, Table};
use crate::key::{KeyAttribute, KeySchema};
use crate::record::{Reader, Unreadable, Writer};
use crate::value::Kind;

const VERSION: u8 = 1;

const KINDS: &[Kind] = &[Kind::S, Kind::N, Kind::B];
const INDEX_KINDS: &[IndexKind] = &[IndexKind::Local, IndexKind::Global];
const BILLING_MODES: &[BillingMode] = &[BillingMode::Provisioned, BillingMode::PayPerRequest];
const TABLE_CLASSES: &[TableClass] = &[TableClass::Standard, TableClass::StandardInfrequentAccess];
const INSIGHTS_MODES: &[InsightsMode] = &[InsightsMode::AccessedAndThrottledKeys, InsightsMode::ThrottledKeys];

const PROJECTS_ALL: u8 = 0;
const PROJECTS_KEYS: u8 = 1;
const PROJECTS_NAMED: u8 = 2;

/// A table as it is read, before its stream and its counts are known.
#[derive(Debug)]
pub(crate) struct SavedTable {
    /// Without its stream.
    pub(crate) table: Table,
    /// The id of its stream.
    pub(crate) stream: Option<[u8; 16]>,
}

/// The entry of a table that is as `live` says. One with a time in `gone_ms` is being deleted until then.
pub(crate) fn table_entry(table: &Table, live: &Live, gone_ms: Option<u64>) -> Entry {
    Entry::new(RecordKind::Table, &[table.name.as_bytes()], Some(encode(table, live, gone_ms.unwrap_or(NOT_DELETED))))
}

/// The removal of a table's entry.
pub(crate) fn table_removal(name: &str) -> Entry {
    Entry::new(RecordKind::Table, &[name.as_bytes()], None)
}

fn encode(table: &Table, live: &Live, gone_ms: u64) -> Bytes {
    let mut writer = Writer::new(VERSION);
    writer.text(&table.name);
    writer.text(&table.id);
    writer.schema(&table.schema);
    writer.word(table.tree.0);
    [table.created_ms, table.active_ms, gone_ms].into_iter().for_each(|word| writer.word(word));
    let is_deleted = gone_ms != NOT_DELETED;
    writer.option(is_deleted.then_some(&table.contents), Writer::contents);
    writer.live(live);
    writer.finish()
}

/// Reads the record of a table.
///
/// # Errors
/// `Unreadable`.
pub(crate) fn decode(bytes: &[u8]) -> Result<SavedTable, Unreadable> {
    Reader::read(bytes, VERSION, Reader::table)
}

impl Writer {
    fn schema(&mut self, schema: &KeySchema) {
        let attribute = |writer: &mut Self, attribute: &KeyAttribute| {
            writer.text(&attribute.name);
            writer.one_of(KINDS, &attribute.kind);
        };
        self.list(schema.hash(), attribute);
        self.list(schema.range(), attribute);
    }

    fn contents(&mut self, contents: &Contents) {
        self.word(contents.items());
        self.word(contents.bytes());
    }

    fn live(&mut self, live: &Live) {
        self.list(&live.definitions, |writer, (name, kind)| {
            writer.text(name);
            writer.one_of(KINDS, kind);
        });
        self.one_of(BILLING_MODES, &live.billing.mode);
        self.option(live.billing.pay_per_request_ms, Self::word);
        self.provisioned(&live.provisioned);
        self.list(&live.indexes, |writer, index| writer.index(index));
        self.list(&live.leaving, |writer, leaving| {
            writer.index(&leaving.index);
            writer.word(leaving.until_ms);
            writer.contents(&leaving.index.contents);
        });
        self.option(live.collections, |writer, tree| writer.word(tree.0));
        self.option(live.ttl.as_ref(), |writer, ttl| {
            writer.text(&ttl.attribute);
            writer.word(ttl.tree.0);
            writer.flag(ttl.is_built());
        });
        self.option(live.ttl_changed_ms, Self::word);
        self.option(live.stream.as_ref(), |writer, stream| writer.id(stream.id()));
        self.option(live.past_stream.as_deref(), Self::text);
        self.settings(&live.settings);
        self.word(live.updating_ms);
    }

    fn provisioned(&mut self, provisioned: &Provisioned) {
        self.word(provisioned.units.read_units);
        self.word(provisioned.units.write_units);
        self.option(provisioned.increased_ms, Self::word);
        self.option(provisioned.decreased_ms, Self::word);
        self.word(provisioned.decreases);
    }

    fn limits(&mut self, on_demand: OnDemandThroughput, warm: WarmThroughput) {
        for limit in [on_demand.read_units_max, on_demand.write_units_max] {
            self.option(limit.map(i64::cast_unsigned), Self::word);
        }
        for units in [warm.read_units, warm.write_units] {
            self.option(units, Self::word);
        }
    }

    fn index(&mut self, index: &Index) {
        self.text(&index.name);
        self.one_of(INDEX_KINDS, &index.kind);
        self.schema(&index.schema);
        match &index.projected {
            Projected::All => self.byte(PROJECTS_ALL),
            Projected::KeysOnly => self.byte(PROJECTS_KEYS),
            Projected::Include(names) => {
                self.byte(PROJECTS_NAMED);
                self.list(names, |writer, name| writer.text(name));
            }
        }
        self.word(index.tree.0);
        self.provisioned(&index.provisioned);
        self.limits(index.on_demand, index.warm);
        self.word(index.active_ms);
        self.word(index.updating_ms);
        self.flag(index.is_built());
    }

    fn settings(&mut self, settings: &Settings) {
        self.flag(settings.deletion_protection);
        self.option(settings.table_class, |writer, class| writer.one_of(TABLE_CLASSES, &class));
        self.option(settings.table_class_ms, Self::word);
        self.option(settings.encryption.as_ref(), |writer, encryption| writer.text(&encryption.key));
        self.limits(settings.on_demand, settings.warm);
        self.list(&settings.tags, |writer, (key, value)| {
            writer.text(key);
            writer.text(value);
        });
        self.option(settings.policy.as_ref(), Self::policy);
        self.list(&settings.stream_policies, |writer, (label, policy)| {
            writer.text(label);
            writer.policy(policy);
        });
        self.list(&settings.insights, |writer, (index, insights)| {
            writer.option(index.as_deref(), Self::text);
            writer.flag(insights.is_enabled);
            writer.one_of(INSIGHTS_MODES, &insights.mode);
            writer.word(insights.changed_ms);
        });
    }

    fn policy(&mut self, policy: &Policy) {
        self.text(&policy.text);
        self.word(policy.revision);
    }
}

impl Reader<'_> {
    fn tree(&mut self) -> Option<TreeId> {
        self.number().map(TreeId)
    }

    fn schema(&mut self) -> Option<KeySchema> {
        let attribute = |reader: &mut Self| Some(KeyAttribute { name: reader.text()?, kind: reader.one_of(KINDS)? });
        let hash = self.list(attribute)?;
        let range = self.list(attribute)?;
        (!hash.is_empty()).then(|| KeySchema::new(hash, range))
    }

    fn contents(&mut self) -> Option<Contents> {
        Some(Contents::of(self.number()?, self.number()?))
    }

    fn table(&mut self) -> Option<SavedTable> {
        let (name, id) = (self.text()?, self.text()?);
        let schema = self.schema()?;
        let tree = self.tree()?;
        let times = (self.number()?, self.number()?);
        let gone_ms = self.word()?;
        let contents = self.option(Self::contents)?;
        let (live, stream) = self.live(&schema)?;
        let mut table = Table::new(name, id, schema, tree, times, live);
        table.contents = contents.unwrap_or_default();
        if gone_ms != NOT_DELETED {
            table.delete_until(gone_ms);
        }
        Some(SavedTable { table, stream })
    }

    fn live(&mut self, table: &KeySchema) -> Option<(Live, Option<[u8; 16]>)> {
        let definitions = self.list(|reader| Some((reader.text()?, reader.one_of(KINDS)?)))?;
        let mode = self.one_of(BILLING_MODES)?;
        let billing = Billing { mode, pay_per_request_ms: self.option(Self::number)? };
        let provisioned = self.provisioned()?;
        let indexes = self.list(|reader| reader.index(table).map(Arc::new))?;
        let leaving = self.list(|reader| {
            let mut index = reader.index(table)?;
            let until_ms = reader.number()?;
            index.contents = Arc::new(reader.contents()?);
            Some(Leaving { index: Arc::new(index), until_ms })
        })?;
        let collections = self.option(Self::tree)?;
        let ttl = self.option(|reader| {
            let (attribute, tree) = (reader.text()?, reader.tree()?);
            Some(Arc::new(TtlIndex::new(attribute, tree, reader.flag()?)))
        })?;
        let ttl_changed_ms = self.option(Self::number)?;
        let stream = self.option(Self::id)?;
        let past_stream = self.option(Self::text)?;
        let settings = self.settings()?;
        let updating_ms = self.number()?;
        let live = Live {
            definitions,
            billing,
            provisioned,
            indexes,
            leaving,
            collections,
            ttl,
            ttl_changed_ms,
            stream: None,
            past_stream,
            settings,
            updating_ms,
        };
        Some((live, stream))
    }

    fn provisioned(&mut self) -> Option<Provisioned> {
        Some(Provisioned {
            units: Throughput { read_units: self.number()?, write_units: self.number()? },
            increased_ms: self.option(Self::number)?,
            decreased_ms: self.option(Self::number)?,
            decreases: self.number()?,
        })
    }

    fn limits(&mut self) -> Option<(OnDemandThroughput, WarmThroughput)> {
        let mut limit = || Some(self.option(Self::word)?.map(u64::cast_signed));
        let on_demand = OnDemandThroughput { read_units_max: limit()?, write_units_max: limit()? };
        let warm = WarmThroughput { read_units: self.option(Self::number)?, write_units: self.option(Self::number)? };
        Some((on_demand, warm))
    }

    fn index(&mut self, table: &KeySchema) -> Option<Index> {
        let name = self.text()?;
        let kind = self.one_of(INDEX_KINDS)?;
        let schema = self.schema()?;
        let projected = match self.byte()? {
            PROJECTS_ALL => Projected::All,
            PROJECTS_KEYS => Projected::KeysOnly,
            PROJECTS_NAMED => Projected::Include(self.list(Self::text)?),
            _ => return None,
        };
        let mut index = Index::new(table, name, kind, schema, projected, self.tree()?);
        index.provisioned = self.provisioned()?;
        (index.on_demand, index.warm) = self.limits()?;
        index.active_ms = self.number()?;
        index.updating_ms = self.number()?;
        index.set_built(self.flag()?);
        Some(index)
    }

    fn settings(&mut self) -> Option<Settings> {
        let deletion_protection = self.flag()?;
        let table_class = self.option(|reader| reader.one_of(TABLE_CLASSES))?;
        let table_class_ms = self.option(Self::number)?;
        let encryption = self.option(|reader| Some(Encryption { key: reader.text()? }))?;
        let (on_demand, warm) = self.limits()?;
        let tags = self.list(|reader| Some((reader.text()?, reader.text()?)))?;
        let policy = self.option(Self::policy)?;
        let stream_policies = self.list(|reader| Some((reader.text()?, reader.policy()?)))?;
        let insights = self.list(|reader| {
            let index = reader.option(Self::text)?;
            let (is_enabled, mode) = (reader.flag()?, reader.one_of(INSIGHTS_MODES)?);
            Some((index, Insights { is_enabled, mode, changed_ms: reader.number()? }))
        })?;
        Some(Settings {
            deletion_protection,
            table_class,
            table_class_ms,
            encryption,
            on_demand,
            warm,
            tags,
            policy,
            stream_policies,
            insights,
        })
    }

    fn policy(&mut self) -> Option<Policy> {
        Some(Policy { text: self.text()?, revision: self.number()? })
    }
}

#[cfg(test)]
mod tests;
