//! A table at one moment: its items, the indexes that follow from them, and what is counted of both.

use std::ops::{Bound, ControlFlow};
use std::sync::Arc;

use statordb_store::{Bytes, Direction, KeyRange, Read, Tally, TreeId};

use super::{Checkup, Stored, shown, walk};
use crate::Engine;
use crate::catalog::{Index, Live, Table, TtlIndex};
use crate::error::Result;
use crate::key::collection_key;
use crate::value::{Item, ItemRef};

/// Says of an entry by which key it is to be told; nothing if it is as it must be.
type Unasked<'a> = dyn Fn(&[u8], &Bytes) -> Stored<Option<String>> + 'a;

/// What is counted of a tree: by the store, and by the engine, which tells it.
struct Counts {
    place: String,
    stored: Tally,
    told: (u64, u64),
}

/// A table at one moment.
struct Moment<'t> {
    table: &'t Table,
    live: Arc<Live>,
    read: Box<dyn Read>,
    /// Of the table, then of the indexes that are filled.
    counts: Vec<Counts>,
}

/// What the walk over the items has found of an index.
#[derive(Default)]
struct Found {
    /// What the items ask for.
    asked: Tally,
    /// How much of it is there.
    there: u64,
}

/// The walk over the items.
struct Walk<'m, 'c> {
    moment: &'m Moment<'m>,
    checkup: &'c mut Checkup,
    held: Tally,
    /// Of each index that is filled.
    indexes: Vec<(&'m Arc<Index>, Found)>,
    ttl: Option<(&'m TtlIndex, Found)>,
    /// The item collection that is being walked through, and its bytes.
    collection: Option<(Vec<u8>, u64)>,
    collections: Found,
    /// Whether there was an item that could not be decoded: then nothing can be said of counts.
    is_broken: bool,
}

impl Engine {
    /// Looks at a table, unless it was deleted.
    pub(super) fn check_table(&self, table: &Table, checkup: &mut Checkup) -> Result<()> {
        let Some(moment) = self.moment(table)? else { return Ok(()) };
        checkup.tables += 1;
        let Some(walked) = moment.walk_items(checkup)? else { return Ok(()) };
        let Walk { held, indexes, ttl, collections, is_broken, .. } = walked;
        for (index, found) in &indexes {
            moment.check_entries(index, found, checkup)?;
        }
        if let Some((ttl, found)) = &ttl {
            moment.check_expiry(ttl, found, checkup)?;
        }
        if let Some(tree) = moment.live.collections {
            moment.check_collections(tree, &collections, checkup)?;
        }
        if !is_broken {
            let held = std::iter::once(held).chain(indexes.iter().map(|(_, found)| found.asked));
            moment.counts.iter().zip(held).for_each(|(counts, held)| counts.check(held, checkup));
        }
        Ok(())
    }

    /// Holds up the writes of a table for as long as it takes to get hold of its state.
    fn moment<'t>(&self, table: &'t Table) -> Result<Option<Moment<'t>>> {
        let changing = table.change();
        if table.is_deleted() {
            return Ok(None);
        }
        let (stats, live) = (self.store.stats(), Arc::clone(changing.live()));
        let tally =
            |tree: TreeId| stats.trees.iter().find(|row| row.tree == tree).map(|row| row.tally).unwrap_or_default();
        let mut counts = vec![Counts {
            place: place(table, None),
            stored: tally(table.tree),
            told: (table.contents.items(), table.contents.bytes()),
        }];
        counts.extend(live.indexes.iter().filter(|index| index.is_built()).map(|index| Counts {
            place: place(table, Some(&index.name)),
            stored: tally(index.tree),
            told: (index.contents.items(), index.contents.bytes()),
        }));
        Ok(Some(Moment { table, live, read: self.store.snapshot()?, counts }))
    }
}

fn place(table: &Table, index: Option<&str>) -> String {
    let table = table.name();
    index.map_or_else(|| format!("table `{table}`"), |index| format!("table `{table}`, index `{index}`"))
}

impl Counts {
    fn check(&self, held: Tally, checkup: &mut Checkup) {
        let Self { place, stored, told } = self;
        if *stored != held {
            checkup.note(|| {
                let (Tally { items, bytes }, Tally { items: counted, bytes: counted_bytes }) = (held, stored);
                format!(
                    "{place}: it holds {items} items of {bytes} bytes, and {counted} of {counted_bytes} are counted"
                )
            });
        } else if *told != (stored.items.max(0).cast_unsigned(), stored.bytes.max(0).cast_unsigned()) {
            checkup.note(|| {
                let ((items, bytes), Tally { items: counted, bytes: counted_bytes }) = (told, stored);
                format!(
                    "{place}: it tells of {items} items of {bytes} bytes, and {counted} of {counted_bytes} are counted"
                )
            });
        }
    }
}

impl Moment<'_> {
    /// Looks at every item and up what follows from it; nothing where the items cannot be read.
    fn walk_items<'m, 'c>(&'m self, checkup: &'c mut Checkup) -> Result<Option<Walk<'m, 'c>>> {
        let built = self.live.indexes.iter().filter(|index| index.is_built());
        let mut walked = Walk {
            moment: self,
            checkup,
            held: Tally::NONE,
            indexes: built.map(|index| (index, Found::default())).collect(),
            ttl: self.live.ttl.as_deref().filter(|ttl| ttl.is_built()).map(|ttl| (ttl, Found::default())),
            collection: None,
            collections: Found::default(),
            is_broken: false,
        };
        let read = walk(&*self.read, self.table.tree, &mut |key, bytes| walked.item(key, bytes));
        let read = read.and_then(|()| walked.end_collection());
        let is_read = walked.checkup.note_unread(&place(self.table, None), read)?;
        Ok(is_read.then_some(walked))
    }

    fn item(&self, key: &[u8]) -> Stored<Option<Item>> {
        let bytes = self.read.get(self.table.tree, key)?;
        Ok(bytes.and_then(Item::from_bytes).filter(|item| item.view().is_whole()))
    }

    /// Counts the entries of an index, and looks for those that nothing asks for if there are too many.
    fn check_entries(&self, index: &Index, found: &Found, checkup: &mut Checkup) -> Result<()> {
        let place = place(self.table, Some(&index.name));
        let unasked = |key: &[u8], bytes: &Bytes| self.unasked_entry(index, key, bytes);
        self.check_number(&place, index.tree, found, checkup, &unasked)
    }

    fn unasked_entry(&self, index: &Index, key: &[u8], bytes: &Bytes) -> Stored<Option<String>> {
        let unknown = || Ok(Some(shown::bytes(key.get(8..).unwrap_or(key))));
        let Some(entry) = ItemRef::parse(bytes).filter(|entry| entry.is_whole()) else { return unknown() };
        let Ok(table_key) = self.table.schema().encode_item(entry) else { return unknown() };
        let item = self.item(&table_key)?;
        let asked = item.and_then(|item| index.entry_key(item.view(), &table_key));
        let is_asked = asked.is_some_and(|asked| asked == key);
        Ok((!is_asked).then(|| shown::table_key(self.table.schema(), &table_key)))
    }

    fn check_expiry(&self, ttl: &TtlIndex, found: &Found, checkup: &mut Checkup) -> Result<()> {
        let place = format!("{}, time to live", place(self.table, None));
        let unasked = |key: &[u8], _: &Bytes| {
            let table_key = key.get(8..).unwrap_or_default();
            let asked = self.item(table_key)?.and_then(|item| ttl.entry_key(item.view(), table_key));
            let is_asked = asked.is_some_and(|asked| asked == key);
            Ok((!is_asked).then(|| shown::table_key(self.table.schema(), table_key)))
        };
        self.check_number(&place, ttl.tree, found, checkup, &unasked)
    }

    fn check_collections(&self, tree: TreeId, found: &Found, checkup: &mut Checkup) -> Result<()> {
        let place = format!("{}, sizes of item collections", place(self.table, None));
        let unasked = |key: &[u8], _: &Bytes| {
            let mut has_items = false;
            let range = KeyRange { start: Bound::Included(key), ..KeyRange::ALL };
            self.read.range(self.table.tree, range, Direction::Forward, &mut |item_key, _| {
                has_items = collection_key(item_key) == key;
                ControlFlow::Break(())
            })?;
            Ok((!has_items).then(|| shown::bytes(key.get(10..).unwrap_or(key))))
        };
        self.check_number(&place, tree, found, checkup, &unasked)
    }

    /// Whether a tree has as many entries as were looked up in it; tells of those that should not be there, by the key
    /// that `unasked` gives for them.
    fn check_number(
        &self,
        place: &str,
        tree: TreeId,
        found: &Found,
        checkup: &mut Checkup,
        unasked: &Unasked<'_>,
    ) -> Result<()> {
        let mut number = 0;
        let mut read = walk(&*self.read, tree, &mut |_, _| {
            number += 1;
            Ok(())
        });
        checkup.index_entries += number;
        if read.is_ok() && number != found.there {
            read = walk(&*self.read, tree, &mut |key, bytes| {
                if let Some(key) = unasked(key, bytes)? {
                    checkup.note(|| format!("{place}: there is an entry of {key} that no item asks for"));
                }
                Ok(())
            });
        }
        checkup.note_unread(place, read).map(drop)
    }
}

impl Walk<'_, '_> {
    fn item(&mut self, key: &[u8], bytes: &Bytes) -> Stored<()> {
        self.checkup.items += 1;
        let table = self.moment.table;
        let item = Item::from_bytes(bytes.clone()).filter(|item| item.view().is_whole());
        let Some(item) = item else {
            self.is_broken = true;
            self.note(key, "cannot be decoded");
            return Ok(());
        };
        if table.schema().encode_item(item.view()).is_ok_and(|of_item| of_item == key) {
            self.held += tally(item.view().size());
            return self.entries(key, &item);
        }
        self.is_broken = true;
        self.note(key, "stands there, but has another key");
        Ok(())
    }

    fn note(&mut self, key: &[u8], what: &str) {
        let table = self.moment.table;
        self.checkup
            .note(|| format!("{}: the item {} {what}", place(table, None), shown::table_key(table.schema(), key)));
    }

    /// Looks up what the indexes must have of an item.
    fn entries(&mut self, key: &[u8], item: &Item) -> Stored<()> {
        let mut size = item.view().size();
        for (index, found) in &mut self.indexes {
            let Some(entry_key) = index.entry_key(item.view(), key) else { continue };
            let entry_size = index.entry_size(item.view());
            found.asked += tally(entry_size);
            size += if index.is_global() { 0 } else { entry_size };
            let stored = self.moment.read.get(index.tree, &entry_key)?;
            let what = match stored {
                None => "is missing",
                Some(stored) if stored != *index.entry(item).bytes() => "has another content than the item",
                Some(_) => "",
            };
            found.there += u64::from(what != "is missing");
            if !what.is_empty() {
                let place = place(self.moment.table, Some(&index.name));
                let shown = shown::item_key(self.moment.table.schema(), item.view());
                self.checkup.note(|| format!("{place}: the entry of {shown} {what}"));
            }
        }
        self.expiry(key, item)?;
        self.collection(key, size as u64)
    }

    fn expiry(&mut self, key: &[u8], item: &Item) -> Stored<()> {
        let Some((ttl, found)) = &mut self.ttl else { return Ok(()) };
        let Some(entry_key) = ttl.entry_key(item.view(), key) else { return Ok(()) };
        let is_there = self.moment.read.get(ttl.tree, &entry_key)?.is_some();
        found.there += u64::from(is_there);
        if !is_there {
            let table = self.moment.table;
            let shown = shown::item_key(table.schema(), item.view());
            self.checkup.note(|| format!("{}, time to live: the entry of {shown} is missing", place(table, None)));
        }
        Ok(())
    }

    /// Adds to the size of an item's collection, whose items follow each other.
    fn collection(&mut self, key: &[u8], size: u64) -> Stored<()> {
        if self.moment.live.collections.is_none() {
            return Ok(());
        }
        let of_item = collection_key(key);
        match &mut self.collection {
            Some((current, bytes)) if current.as_slice() == of_item => *bytes += size,
            _ => {
                self.end_collection()?;
                self.collection = Some((of_item.to_vec(), size));
            }
        }
        Ok(())
    }

    fn end_collection(&mut self) -> Stored<()> {
        let (Some(tree), Some((key, bytes))) = (self.moment.live.collections, self.collection.take()) else {
            return Ok(());
        };
        let stored = self.moment.read.get(tree, &key)?;
        self.collections.there += u64::from(stored.is_some());
        if stored.as_deref() == Some(&bytes.to_le_bytes()[..]) || self.is_broken {
            return Ok(());
        }
        let counted =
            stored.as_deref().and_then(|stored| stored.first_chunk()).map_or(0, |word| u64::from_le_bytes(*word));
        let place = place(self.moment.table, None);
        let shown = shown::bytes(key.get(10..).unwrap_or(&key));
        self.checkup.note(|| {
            format!("{place}, sizes of item collections: that of {shown} has {bytes} bytes, and {counted} are counted")
        });
        Ok(())
    }
}

fn tally(bytes: usize) -> Tally {
    Tally { items: 1, bytes: bytes as i64 }
}
