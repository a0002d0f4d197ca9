//! What a store should hold: every state that it went through, and which of them a crash at a point may leave.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use statordb_store::{Bytes, Direction, DiskStore, KeyRange, Read, Store, StoreError, Tally, TreeId};

/// Every commit sets the one key of this tree to its number.
pub(crate) const MARK: TreeId = TreeId(100);

/// A tree.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct TreeState {
    pub(crate) tally: Tally,
    pub(crate) entries: BTreeMap<Vec<u8>, Bytes>,
}

/// All trees at one moment.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct State(pub(crate) BTreeMap<TreeId, Arc<TreeState>>);

impl State {
    /// What a store holds.
    pub(crate) fn read(store: &DiskStore) -> Result<Self, StoreError> {
        let mut trees = BTreeMap::new();
        for row in store.stats().trees {
            let entries = entries(store, row.tree)?;
            trees.insert(row.tree, Arc::new(TreeState { tally: row.tally, entries }));
        }
        Ok(Self(trees))
    }

    pub(crate) fn tree_mut(&mut self, tree: TreeId) -> Option<&mut TreeState> {
        self.0.get_mut(&tree).map(Arc::make_mut)
    }

    pub(crate) fn write(&mut self, tree: TreeId, key: &[u8], value: Option<Bytes>, tally: Tally) {
        let tree = self.tree_mut(tree).unwrap();
        tree.tally += tally;
        match value {
            Some(value) => tree.entries.insert(key.to_vec(), value),
            None => tree.entries.remove(key),
        };
    }

    /// The number of the last commit.
    fn mark(&self) -> Option<&Bytes> {
        self.0.get(&MARK)?.entries.get(b"mark".as_slice())
    }

    /// Where two differ, in short.
    fn difference(&self, other: &Self) -> String {
        for (id, tree) in &self.0 {
            let Some(same) = other.0.get(id) else { return format!("{id:?} should not be there") };
            if tree.tally != same.tally {
                return format!("{id:?} has {:?} and should have {:?}", tree.tally, same.tally);
            }
            for key in tree.entries.keys().chain(same.entries.keys()) {
                let (has, should) = (tree.entries.get(key), same.entries.get(key));
                if has != should {
                    let [has, should] = [has, should].map(|value| value.map(|value| value.len()));
                    return format!("{id:?} has bytes {has:?} under {key:?} and should have {should:?}");
                }
            }
        }
        let missing = other.0.keys().find(|id| !self.0.contains_key(id));
        missing.map_or(String::from("nothing"), |id| format!("{id:?} is not there"))
    }
}

/// Every entry of a tree, which both directions and every single look agree on.
fn entries(store: &DiskStore, tree: TreeId) -> Result<BTreeMap<Vec<u8>, Bytes>, StoreError> {
    let mut found = BTreeMap::new();
    store.range(tree, KeyRange::ALL, Direction::Forward, &mut |key, value| {
        found.insert(key.to_vec(), value.clone());
        ControlFlow::Continue(())
    })?;
    Ok(found)
}

/// Reads all of a store in other ways than `State::read` does.
pub(crate) fn read_again(store: &DiskStore, state: &State) -> Result<(), StoreError> {
    for (id, tree) in &state.0 {
        let mut backward = Vec::new();
        store.range(*id, KeyRange::ALL, Direction::Backward, &mut |key, _| {
            backward.push(key.to_vec());
            ControlFlow::Continue(())
        })?;
        assert!(tree.entries.keys().rev().eq(&backward), "{id:?} is not the same backwards");
        for (key, value) in &tree.entries {
            assert_eq!(store.get(*id, key)?.as_ref(), Some(value), "{id:?} {key:?}");
        }
        let ranges = store.partitions(*id)?;
        assert_eq!((ranges[0].start, ranges[ranges.len() - 1].end), (0, u64::MAX));
        assert!(ranges.windows(2).all(|pair| pair[0].end + 1 == pair[1].start), "{ranges:?}");
    }
    Ok(())
}

/// A state that the store went through.
struct Entry {
    state: State,
    /// Calls that were made before it could have reached the disk, and before it was given up.
    start: usize,
    end: usize,
}

/// That a state was acknowledged: nothing before it may be found any more.
#[derive(Clone, Copy)]
struct Acknowledged {
    /// Calls that were made by then.
    point: usize,
    entry: usize,
    commit: u64,
    /// Whether it should outlive a crash of the machine and not only one of the process.
    is_synced: bool,
}

/// Everything that has happened.
pub(crate) struct Timeline {
    entries: Vec<Entry>,
    acknowledged: Vec<Acknowledged>,
}

impl Timeline {
    pub(crate) fn beginning_with(state: State) -> Self {
        Self { entries: vec![Entry { state, start: 0, end: usize::MAX }], acknowledged: Vec::new() }
    }

    /// The number of the last state.
    pub(crate) fn last(&self) -> usize {
        self.entries.len() - 1
    }

    pub(crate) fn current(&self) -> &State {
        &self.entries[self.last()].state
    }

    /// Adds a state that was made when so many calls had been made.
    pub(crate) fn push(&mut self, state: State, start: usize) {
        self.entries.push(Entry { state, start, end: usize::MAX });
    }

    /// Notes that a state, and each before it, is durable.
    pub(crate) fn acknowledge(&mut self, point: usize, entry: usize, commit: u64, is_synced: bool) {
        self.acknowledged.push(Acknowledged { point, entry, commit, is_synced });
    }

    /// Goes on from what an opening has found that began at a point and ended at another, whatever came after that before:
    /// as long as it has not ended it may still be found.
    pub(crate) fn go_on(&mut self, point: usize, end: usize, found: State, is_machine: bool) -> Result<(), String> {
        let entry = self.check(point, &found, is_machine)?;
        self.entries[entry + 1..].iter_mut().for_each(|entry| entry.end = entry.end.min(end));
        self.push(found, point);
        Ok(())
    }

    /// The last commit that was acknowledged by a point.
    pub(crate) fn commit_at(&self, point: usize) -> u64 {
        let by_then =
            self.acknowledged.iter().filter(|acknowledged| acknowledged.point <= point && acknowledged.is_synced);
        by_then.map(|acknowledged| acknowledged.commit).max().unwrap_or(0)
    }

    /// Finds the state that is left by a crash at a point, of the machine or only of the process.
    pub(crate) fn check(&self, point: usize, found: &State, is_machine: bool) -> Result<usize, String> {
        let counts =
            |acknowledged: &&Acknowledged| acknowledged.point <= point && (acknowledged.is_synced || !is_machine);
        let first = self.acknowledged.iter().filter(counts).map(|acknowledged| acknowledged.entry).max().unwrap_or(0);
        let may_be = |entry: &Entry| entry.start <= point && point <= entry.end;
        let entries = self.entries.iter().enumerate();
        let marked: Vec<_> = entries.filter(|(_, entry)| entry.state.mark() == found.mark()).collect();
        let at = marked.iter().rev().find(|(index, entry)| *index >= first && may_be(entry) && entry.state == *found);
        if let Some((index, _)) = at {
            return Ok(*index);
        }
        let same = marked.iter().find(|(_, entry)| entry.state == *found);
        let last = self.entries.iter().rposition(may_be);
        Err(match (same, marked.last()) {
            (Some((index, entry)), _) => format!(
                "state {index} (calls {} to {}) was found; it should be one of {first} to {last:?}",
                entry.start, entry.end
            ),
            (None, Some((index, entry))) => format!("nearly state {index}, but {}", found.difference(&entry.state)),
            (None, None) => format!("commit {:?} was never made", found.mark()),
        })
    }
}
