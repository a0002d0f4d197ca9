//! What the catalog is when a store is opened: read from its records, and rid of what a crash has left half done.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::Arc;

use statordb_store::{Bytes, Direction, Home, KeyRange, Store, StoreStats, Tally, TreeId};

use super::kept::{CATALOG_TREE, COUNTER_KEY, Entry, Kept, RecordKind, read_counter};
use super::record::{SavedTable, decode, table_entry};
use super::{Catalog, Live, Table, Target, TtlIndex};
use crate::error::{Error, Result};
use crate::record::Unreadable;
use crate::stream::{SavedShard, SavedStream, Streams, read_shard, read_stream};
use crate::tokens::TOKEN_TREES;

/// The catalog and the streams as the store has them.
pub(crate) struct Opening {
    pub(crate) catalog: Catalog,
    pub(crate) streams: Streams,
    /// Indexes that are to be filled.
    pub(crate) unbuilt: Vec<(Arc<Table>, Target)>,
}

type StreamId = [u8; 16];

/// Every record.
#[derive(Default)]
struct Records {
    last_tree: u64,
    tables: Vec<SavedTable>,
    streams: BTreeMap<StreamId, (SavedStream, Vec<SavedShard>)>,
}

impl Opening {
    /// Reads what the store has. An empty store is given a catalog without tables.
    ///
    /// # Errors
    /// Faults of the store, records that cannot be read, and trees that are missing.
    pub(crate) fn of(store: &Arc<dyn Store>, now_ms: u64) -> Result<Self> {
        let stats = store.stats();
        let has_catalog = stats.trees.iter().any(|row| row.tree == CATALOG_TREE);
        match has_catalog {
            true => {}
            false if stats.trees.is_empty() => store.create(CATALOG_TREE, Home::Own)?,
            false => return Err(Error::internal("the store holds trees, but no catalog: StatorDB did not write it")),
        }
        let records = Records::read(&**store)?;
        records.check_trees(&stats)?;
        let last_tree = stats.trees.iter().map(|row| row.tree.0).max().unwrap_or(0).max(records.last_tree);
        let kept = Kept::new(Arc::clone(store), last_tree);
        let named = records.streams.values().map(|(stream, _)| stream.tree()).collect();
        let streams = Streams::restore(&**store, records.streams.into_values().collect(), now_ms)?;
        let tables = tables_with(records.tables, &streams, &stats)?;
        let unbuilt = begin_again(&tables, &kept)?;
        drop_orphans(&**store, &kept, &stats, &tables, named)?;
        Ok(Self { catalog: Catalog::new(tables, kept), streams, unbuilt })
    }
}

impl Records {
    fn read(store: &dyn Store) -> Result<Self> {
        let mut records = Self::default();
        let mut outcome = Ok(());
        let mut visit = |key: &[u8], bytes: &Bytes| {
            outcome = records.add(key, bytes);
            if outcome.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        };
        store.range(CATALOG_TREE, KeyRange::ALL, Direction::Forward, &mut visit)?;
        outcome.map(|()| records)
    }

    /// Adds one record. Streams come before their shards, since keys do.
    fn add(&mut self, key: &[u8], bytes: &[u8]) -> Result<()> {
        if key == COUNTER_KEY {
            self.last_tree = read_counter(bytes).map_err(|why| unreadable("of the trees", &why))?;
            return Ok(());
        }
        match RecordKind::split(key) {
            Some((RecordKind::Table, name)) => self.add_table(name, bytes),
            Some((RecordKind::Stream, id)) => {
                let stream = read_stream(id, bytes).map_err(|why| unreadable("of a stream", &why))?;
                self.streams.insert(stream.id(), (stream, Vec::new()));
                Ok(())
            }
            Some((RecordKind::Shard, place)) => self.add_shard(place, bytes),
            // Read when it is asked for.
            Some((RecordKind::Document, _)) => Ok(()),
            None => {
                Err(Error::internal(format!("the catalog has a record of an unknown kind: `{}`", key.escape_ascii())))
            }
        }
    }

    fn add_table(&mut self, name: &[u8], bytes: &[u8]) -> Result<()> {
        let of = || format!("of the table `{}`", String::from_utf8_lossy(name));
        let saved = decode(bytes).map_err(|why| unreadable(&of(), &why))?;
        if saved.table.name().as_bytes() != name {
            return Err(unreadable(&of(), &Unreadable::Damaged));
        }
        self.tables.push(saved);
        Ok(())
    }

    fn add_shard(&mut self, place: &[u8], bytes: &[u8]) -> Result<()> {
        let (stream, shard) = read_shard(place, bytes).map_err(|why| unreadable("of a shard", &why))?;
        let (_, shards) =
            self.streams.get_mut(&stream).ok_or_else(|| Error::internal("the catalog has a shard of no stream"))?;
        shards.push(shard);
        Ok(())
    }

    /// Every tree that a record names must be there.
    fn check_trees(&self, stats: &StoreStats) -> Result<()> {
        let known: BTreeSet<TreeId> = stats.trees.iter().map(|row| row.tree).collect();
        let tables = self
            .tables
            .iter()
            .flat_map(|saved| named_trees(&saved.table).map(|tree| (saved.table.name(), tree)).collect::<Vec<_>>());
        let streams = self.streams.values().map(|(stream, _)| (stream.table(), stream.tree()));
        match tables.chain(streams).find(|(_, tree)| !known.contains(tree)) {
            None => Ok(()),
            Some((table, tree)) => {
                let tree = tree.0;
                Err(Error::internal(format!("the store has no tree `{tree}`, which the table `{table}` is made of")))
            }
        }
    }
}

fn unreadable(of: &str, why: &Unreadable) -> Error {
    Error::internal(format!("the record {of} cannot be read: {why}"))
}

/// The trees of a table; none of one that was deleted.
pub(crate) fn named_trees(table: &Table) -> impl Iterator<Item = TreeId> {
    let live = table.live();
    let trees: Vec<TreeId> = match table.is_deleted() {
        true => Vec::new(),
        false => live.trees().chain([table.tree]).collect(),
    };
    trees.into_iter()
}

/// The tables, with their streams, and with their counts, which the store has kept.
fn tables_with(saved: Vec<SavedTable>, streams: &Streams, stats: &StoreStats) -> Result<Vec<Arc<Table>>> {
    let tallies: BTreeMap<TreeId, Tally> = stats.trees.iter().map(|row| (row.tree, row.tally)).collect();
    let tally = |tree: TreeId| tallies.get(&tree).copied().unwrap_or_default();
    let mut tables = Vec::with_capacity(saved.len());
    for SavedTable { table, stream } in saved {
        let found = stream.and_then(|id| streams.by_id(&id));
        if stream.is_some() && found.is_none() {
            return Err(Error::internal(format!("the table `{}` has a stream without a record", table.name())));
        }
        if !table.is_deleted() {
            table.contents.set(tally(table.tree));
            table.live().indexes.iter().for_each(|index| index.contents.set(tally(index.tree)));
        }
        tables.push(Arc::new(table.with_stream(found)));
    }
    Ok(tables)
}

/// Gives indexes that were not filled to their end an empty tree, and says which these are.
fn begin_again(tables: &[Arc<Table>], kept: &Kept) -> Result<Vec<(Arc<Table>, Target)>> {
    let mut unbuilt = Vec::new();
    for table in tables.iter().filter(|table| !table.is_deleted()) {
        let mut trees = kept.new_trees();
        let mut live = Live::clone(&table.live());
        let mut targets = Vec::new();
        for index in live.indexes.iter_mut().filter(|index| !index.is_built()) {
            *index = Arc::new(index.emptied(trees.make(Home::Own)?));
            targets.push(Target::Index(Arc::clone(index)));
        }
        if let Some(ttl) = live.ttl.as_mut().filter(|ttl| !ttl.is_built()) {
            *ttl = Arc::new(TtlIndex::new(ttl.attribute.clone(), trees.make(Home::Own)?, false));
            targets.push(Target::Ttl(Arc::clone(ttl)));
        }
        if targets.is_empty() {
            continue;
        }
        let commit = kept.commit(&[table_entry(table, &live, None)], None)?;
        trees.keep();
        kept.wait(commit)?;
        table.change().show(live);
        unbuilt.extend(targets.into_iter().map(|target| (Arc::clone(table), target)));
    }
    Ok(unbuilt)
}

/// Drops the trees that were made for what was never recorded, or belonged to what is recorded no more. Their ids are not
/// given again.
fn drop_orphans(
    store: &dyn Store,
    kept: &Kept,
    stats: &StoreStats,
    tables: &[Arc<Table>],
    mut named: BTreeSet<TreeId>,
) -> Result<()> {
    named.extend(tables.iter().flat_map(|table| named_trees(table)));
    named.extend((CATALOG_TREE.0..=TOKEN_TREES).map(TreeId));
    let orphans: Vec<TreeId> = stats.trees.iter().map(|row| row.tree).filter(|tree| !named.contains(tree)).collect();
    if orphans.is_empty() {
        return Ok(());
    }
    let none: &[Entry] = &[];
    kept.wait(kept.commit(none, None)?)?;
    orphans.into_iter().try_for_each(|tree| Ok(store.drop_tree(tree)?))
}
