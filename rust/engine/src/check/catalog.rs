//! The records of tables, streams, shards and client tokens, and whether each tree has an owner and each owner its trees.

use std::collections::{BTreeMap, BTreeSet};

use statordb_store::{Bytes, Read, StoreError, TreeId};

use super::{Checkup, shown, walk};
use crate::Engine;
use crate::catalog::kept::{CATALOG_TREE, COUNTER_KEY, RecordKind, read_counter};
use crate::catalog::{named_trees, read_table};
use crate::error::Result;
use crate::stream::{SavedShard, SavedStream, check_stream, read_shard, read_stream};
use crate::tokens::{self, TOKEN_TREES};

/// The records of the catalog, as far as they can be read.
#[derive(Default)]
struct Records {
    last_tree: u64,
    /// Trees that records name, and whose they are.
    named: BTreeMap<TreeId, String>,
    streams: BTreeMap<[u8; 16], (SavedStream, Vec<SavedShard>)>,
    /// Streams that tables name, and the tables.
    wanted: Vec<([u8; 16], String)>,
    /// Whether one could not be read: then nobody knows what else it named.
    is_broken: bool,
}

impl Engine {
    /// Looks at everything that is not a table's own.
    pub(super) fn check_catalog(&self, checkup: &mut Checkup) -> Result<()> {
        let (trees, read) = {
            let _rest = self.catalog.at_rest();
            let trees: Vec<TreeId> = self.store.stats().trees.iter().map(|row| row.tree).collect();
            (trees, self.store.snapshot()?)
        };
        // Read after the snapshot was taken: what it lacks was past by then.
        let now_ms = self.clock.now_ms();
        let mut records = Records::default();
        let visited = walk(&*read, CATALOG_TREE, &mut |key, bytes| {
            records.add(key, bytes, checkup);
            Ok(())
        });
        if !checkup.note_unread("the catalog", visited)? {
            return Ok(());
        }
        records.check_trees(&trees, checkup);
        records.check_wanted(checkup);
        for (stream, shards) in records.streams.values().filter(|(stream, _)| trees.contains(&stream.tree())) {
            check_stream(&*read, stream, shards, now_ms, checkup)?;
        }
        check_tokens(&*read, checkup)
    }
}

impl Records {
    fn add(&mut self, key: &[u8], bytes: &Bytes, checkup: &mut Checkup) {
        let added = match RecordKind::split(key) {
            _ if key == COUNTER_KEY => read_counter(bytes)
                .map(|last_tree| self.last_tree = last_tree)
                .map_err(|why| ("the trees".to_owned(), why.to_string())),
            Some((RecordKind::Table, name)) => self.add_table(name, bytes),
            Some((RecordKind::Stream, id)) => self.add_stream(id, bytes),
            Some((RecordKind::Shard, place)) => self.add_shard(place, bytes),
            Some((RecordKind::Document, name)) => match std::str::from_utf8(name) {
                Ok(_) => Ok(()),
                Err(_) => Err(("a document".to_owned(), "its name is no text".to_owned())),
            },
            None => Err((format!("an unknown kind, {}", shown::bytes(key)), "this build knows none".to_owned())),
        };
        if let Err((what, why)) = added {
            self.is_broken = true;
            checkup.note(|| format!("the record of {what} cannot be read: {why}"));
        }
    }

    fn add_table(&mut self, name: &[u8], bytes: &[u8]) -> std::result::Result<(), (String, String)> {
        let what = || format!("the table `{}`", String::from_utf8_lossy(name));
        let saved = read_table(bytes).map_err(|why| (what(), why.to_string()))?;
        if saved.table.name().as_bytes() != name {
            return Err((what(), format!("it is that of `{}`", saved.table.name())));
        }
        named_trees(&saved.table).for_each(|tree| drop(self.named.insert(tree, what())));
        self.wanted.extend(saved.stream.map(|stream| (stream, what())));
        Ok(())
    }

    fn add_stream(&mut self, id: &[u8], bytes: &[u8]) -> std::result::Result<(), (String, String)> {
        let stream = read_stream(id, bytes).map_err(|why| ("a stream".to_owned(), why.to_string()))?;
        self.named.insert(stream.tree(), format!("a stream of the table `{}`", stream.table()));
        self.streams.insert(stream.id(), (stream, Vec::new()));
        Ok(())
    }

    /// Streams come before their shards, since keys do.
    fn add_shard(&mut self, place: &[u8], bytes: &[u8]) -> std::result::Result<(), (String, String)> {
        let (id, shard) = read_shard(place, bytes).map_err(|why| ("a shard".to_owned(), why.to_string()))?;
        let stream =
            self.streams.get_mut(&id).ok_or_else(|| ("a shard".to_owned(), "its stream has none".to_owned()))?;
        stream.1.push(shard);
        Ok(())
    }

    fn check_trees(&self, trees: &[TreeId], checkup: &mut Checkup) {
        let there: BTreeSet<TreeId> = trees.iter().copied().collect();
        for (tree, owner) in self.named.iter().filter(|(tree, _)| !there.contains(tree)) {
            checkup.note(|| format!("{owner} has the tree `{}`, which is not there", tree.0));
        }
        let is_ours = |tree: TreeId| tree.0 <= TOKEN_TREES || self.named.contains_key(&tree);
        for tree in trees.iter().filter(|tree| !self.is_broken && !is_ours(**tree)) {
            checkup.note(|| format!("the tree `{}` belongs to nothing", tree.0));
        }
        if let Some(last) = trees.iter().map(|tree| tree.0).max().filter(|last| *last > self.last_tree.max(TOKEN_TREES))
        {
            checkup
                .note(|| format!("there is the tree `{last}`, and `{}` is recorded as the last one", self.last_tree));
        }
    }

    fn check_wanted(&self, checkup: &mut Checkup) {
        for (_, table) in self.wanted.iter().filter(|(stream, _)| !self.streams.contains_key(stream)) {
            checkup.note(|| format!("{table} has a stream without a record"));
        }
    }
}

fn check_tokens(read: &dyn Read, checkup: &mut Checkup) -> Result<()> {
    for tree in (1..=TOKEN_TREES).map(TreeId) {
        let visited = walk(read, tree, &mut |key, record| {
            if !tokens::is_whole(tree, key, record) {
                let shown = shown::bytes(key.get(8..).unwrap_or(key));
                checkup.note(|| format!("the record of the client token {shown} cannot be read"));
            }
            Ok(())
        });
        match visited {
            // The first token makes the trees.
            Err(StoreError::NoSuchTree(_)) => {}
            visited => drop(checkup.note_unread("client tokens", visited)?),
        }
    }
    Ok(())
}
