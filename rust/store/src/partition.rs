//! One partition: a lock over a range of hashes, and the trees that live under it.
//!
//! What the state says is the truth: a partition that does not cover a hash has been split, and one that lacks a tree
//! has lost it; whoever finds that asks the routes again. A split cuts between two hashes, so entries of equal hash
//! stay together, and a partition of one hash is never split, however large.

use crate::lock::Lock;
use crate::tree::Tree;
use crate::{Bytes, Direction, HashRange, KeyRange, StoreError, Tally, TreeId, key_hash};
use std::ops::Bound;

/// A tree's share of a partition, in the form in which a store keeps it.
pub(crate) trait Layer: Clone + Send + Sync {
    /// What a store fetches about a key before it locks its partition.
    type Ahead: Default;

    /// The value of a key, inside a transaction. `seen` is raised to the commit that left the key so, where that is known.
    fn read(&self, key: &[u8], ahead: &Self::Ahead, seen: &mut u64) -> Result<Option<Bytes>, StoreError>;
}

impl Layer for Tree {
    type Ahead = ();

    fn read(&self, key: &[u8], _ahead: &(), _seen: &mut u64) -> Result<Option<Bytes>, StoreError> {
        Ok(self.get(key).cloned())
    }
}

pub(crate) struct Partition<L> {
    pub(crate) state: Lock<State<L>>,
}

impl<L> Partition<L> {
    pub(crate) fn new(state: State<L>) -> Self {
        Self { state: Lock::new(state) }
    }
}

/// What a partition holds. A clone shares the trees.
#[derive(Clone)]
pub(crate) struct State<L> {
    /// The first hash; never changes.
    start: u64,
    /// The last hash; shrinks when the partition is split.
    end: u64,
    /// The trees that live together here, in the order they were created: one, or a few with LSIs.
    trees: Vec<Resident<L>>,
    /// The next size to think about a split at: doubled when one was not possible.
    split_bytes: u64,
}

/// A tree's share of a partition.
#[derive(Clone)]
struct Resident<L> {
    id: TreeId,
    tree: L,
    /// What was counted here. A split leaves all of it to the lower part: only the sum over a tree means anything.
    tally: Tally,
    /// Whether its bytes count where a split is decided.
    weighs: bool,
}

impl<L: Layer> State<L> {
    /// Every hash, and one tree.
    pub(crate) fn whole(tree: TreeId, layer: L, split_bytes: u64) -> Self {
        Self::of(HashRange { start: 0, end: u64::MAX }, split_bytes).with(tree, layer, Tally::NONE, true)
    }

    /// No trees, in a range of hashes.
    pub(crate) fn of(range: HashRange, split_bytes: u64) -> Self {
        Self { start: range.start, end: range.end, trees: Vec::new(), split_bytes }
    }

    /// The same with a further tree.
    pub(crate) fn with(mut self, id: TreeId, tree: L, tally: Tally, weighs: bool) -> Self {
        self.trees.push(Resident { id, tree, tally, weighs });
        self
    }

    pub(crate) fn range(&self) -> HashRange {
        HashRange { start: self.start, end: self.end }
    }

    pub(crate) fn start(&self) -> u64 {
        self.start
    }

    pub(crate) fn end(&self) -> u64 {
        self.end
    }

    pub(crate) fn covers(&self, hash: u64) -> bool {
        self.start <= hash && hash <= self.end
    }

    pub(crate) fn trees(&self) -> impl Iterator<Item = (TreeId, &L)> {
        self.trees.iter().map(|resident| (resident.id, &resident.tree))
    }

    pub(crate) fn tree(&self, id: TreeId) -> Option<&L> {
        self.trees.iter().find(|resident| resident.id == id).map(|resident| &resident.tree)
    }

    pub(crate) fn tree_mut(&mut self, id: TreeId) -> Option<&mut L> {
        self.trees.iter_mut().find(|resident| resident.id == id).map(|resident| &mut resident.tree)
    }

    /// A tree and what was counted of it.
    pub(crate) fn tree_and_tally(&mut self, id: TreeId) -> Option<(&mut L, &mut Tally)> {
        let resident = self.trees.iter_mut().find(|resident| resident.id == id)?;
        Some((&mut resident.tree, &mut resident.tally))
    }

    /// Every tree and what was counted of it.
    pub(crate) fn trees_and_tallies(&mut self) -> impl Iterator<Item = (TreeId, &mut L, &mut Tally)> {
        self.trees.iter_mut().map(|resident| (resident.id, &mut resident.tree, &mut resident.tally))
    }

    /// What was counted of each tree here.
    pub(crate) fn tallies(&self) -> impl Iterator<Item = (TreeId, Tally)> {
        self.trees.iter().map(|resident| (resident.id, resident.tally))
    }

    /// Adds to what is counted of a tree.
    pub(crate) fn count(&mut self, id: TreeId, tally: Tally) {
        if let Some(resident) = self.trees.iter_mut().find(|resident| resident.id == id) {
            resident.tally += tally;
        }
    }

    pub(crate) fn add(&mut self, id: TreeId, tree: L, weighs: bool) {
        self.trees.push(Resident { id, tree, tally: Tally::NONE, weighs });
    }

    /// Takes a tree out, for the caller to drop when it holds no lock any more.
    pub(crate) fn take(&mut self, id: TreeId) -> Option<L> {
        let index = self.trees.iter().position(|resident| resident.id == id)?;
        Some(self.trees.remove(index).tree)
    }

    /// The trees by whose bytes a split is decided.
    pub(crate) fn weighing(&self) -> impl Iterator<Item = &L> {
        self.trees.iter().filter(|resident| resident.weighs).map(|resident| &resident.tree)
    }

    /// Keeps the hashes below `hash`, returns the others; `cut` does it to each tree, at a key.
    pub(crate) fn cut(&mut self, hash: u64, split_bytes: u64, mut cut: impl FnMut(&mut L, &[u8]) -> L) -> Self {
        let hash_bytes = hash.to_be_bytes();
        let key = first_key(&hash_bytes);
        let part = |resident: &mut Resident<L>| {
            let tree = cut(&mut resident.tree, key);
            Resident { id: resident.id, tree, tally: Tally::NONE, weighs: resident.weighs }
        };
        let trees = self.trees.iter_mut().map(part).collect();
        let upper = Self { start: hash, end: self.end, trees, split_bytes };
        self.end = hash - 1;
        self.split_bytes = split_bytes;
        upper
    }
}

impl State<Tree> {
    /// Removes the entries of a tree that have the hash of `key` and lie before it; returns what it can of them, for the
    /// caller to drop when it holds no lock any more.
    pub(crate) fn trim(&mut self, id: TreeId, key: &[u8]) -> Option<Tree> {
        let tree = self.tree_mut(id)?;
        let hash = key_hash(key).to_be_bytes();
        let start = first_key(&hash);
        if tree.bytes_below(start) == 0 {
            let kept = tree.split_off(key);
            return Some(std::mem::replace(tree, kept));
        }
        let range = KeyRange { start: Bound::Included(start), end: Bound::Excluded(key) };
        let doomed: Vec<Vec<u8>> = tree.range(range, Direction::Forward).map(|(key, _)| key.to_vec()).collect();
        for key in &doomed {
            tree.remove(key);
        }
        None
    }

    fn bytes(&self) -> u64 {
        self.weighing().map(Tree::bytes).sum()
    }

    /// Splits until every part is within `bytes_max`, or of one hash; returns the parts above this one, in order.
    pub(crate) fn split(&mut self, bytes_max: u64) -> Vec<Self> {
        let Some(mut upper) = self.split_once(bytes_max) else { return Vec::new() };
        let mut parts = self.split(bytes_max);
        let above = upper.split(bytes_max);
        parts.push(upper);
        parts.extend(above);
        parts
    }

    fn split_once(&mut self, bytes_max: u64) -> Option<Self> {
        let bytes = self.bytes();
        if bytes <= self.split_bytes {
            return None;
        }
        let Some(hash) = self.middle() else {
            self.split_bytes = bytes.saturating_mul(2);
            return None;
        };
        Some(self.cut(hash, bytes_max, |tree, key| tree.split_off(key)))
    }

    /// The hash that cuts the largest tree that can be cut most evenly.
    fn middle(&self) -> Option<u64> {
        let mut trees: Vec<&Tree> = self.weighing().collect();
        trees.sort_by_key(|tree| std::cmp::Reverse(tree.bytes()));
        trees.into_iter().find_map(middle)
    }
}

/// The hash that leaves about half of a tree's bytes below it, and some on either side.
fn middle(tree: &Tree) -> Option<u64> {
    let half = tree.bytes() / 2;
    let hash = key_hash(tree.key_at_bytes(half)?);
    let below = |hash: &u64| tree.bytes_below(first_key(&hash.to_be_bytes()));
    let cuts = |hash: &u64| (1..tree.bytes()).contains(&below(hash));
    [Some(hash), hash.checked_add(1)].into_iter().flatten().filter(cuts).min_by_key(|hash| below(hash).abs_diff(half))
}

/// The least key of a hash: its bytes without the zeros at their end, which shorter keys are padded with.
pub(crate) fn first_key(hash: &[u8]) -> &[u8] {
    let len = hash.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    hash.get(..len).unwrap_or(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: TreeId = TreeId(1);
    const INDEX: TreeId = TreeId(2);

    fn key(hash: u64, rest: u8) -> Vec<u8> {
        let mut key = hash.to_be_bytes().to_vec();
        key.push(rest);
        key
    }

    fn filled(bytes_max: u64, keys: impl IntoIterator<Item = Vec<u8>>) -> State<Tree> {
        let mut state = State::whole(BASE, Tree::new(), bytes_max);
        state.add(INDEX, Tree::new(), true);
        for key in keys {
            state.tree_mut(BASE).unwrap().insert(&key, Bytes::from(vec![0; 91]));
            state.tree_mut(INDEX).unwrap().insert(&key, Bytes::default());
        }
        state
    }

    fn assert_within(state: &State<Tree>) {
        for (_, tree) in state.trees() {
            assert!(tree.range(KeyRange::ALL, Direction::Forward).all(|(key, _)| state.covers(key_hash(key))));
        }
    }

    #[test]
    fn parts_of_a_split_cover_every_hash_once_and_stay_within_the_size() {
        let mut state = filled(1_000, (0..500).map(|number: u64| key(number.wrapping_mul(0x9E37_79B9_7F4A_7C15), 0)));
        let mut parts = state.split(1_000);
        parts.insert(0, state);
        assert_eq!((parts[0].start, parts[parts.len() - 1].end), (0, u64::MAX));
        assert!(parts.windows(2).all(|pair| pair[0].end + 1 == pair[1].start));
        assert!(parts.iter().all(|part| part.bytes() <= 1_000));
        parts.iter().for_each(assert_within);
        for tree in [BASE, INDEX] {
            assert_eq!(parts.iter().map(|part| part.tree(tree).unwrap().entries()).sum::<u64>(), 500);
        }
    }

    #[test]
    fn entries_of_one_hash_are_never_separated() {
        let mut state = filled(1_000, (0..=255).map(|rest| key(7, rest)));
        assert!(state.split(1_000).is_empty());
        state.tree_mut(BASE).unwrap().insert(&key(9, 0), Bytes::from(vec![0; 60_000]));
        let parts = state.split(1_000);
        assert_eq!(parts.iter().map(State::start).collect::<Vec<_>>(), [9]);
        assert_within(&state);
        assert_within(&parts[0]);
    }

    #[test]
    fn a_large_hash_between_others_becomes_a_partition_of_its_own() {
        let mut state = filled(1_000, (0..=255).map(|rest| key(7, rest)).chain([key(3, 0), key(u64::MAX, 0)]));
        let parts = state.split(1_000);
        assert_eq!(state.end, 6);
        assert_eq!(parts.iter().map(|part| (part.start, part.end)).collect::<Vec<_>>(), [(7, 7), (8, u64::MAX)]);
    }

    #[test]
    fn a_split_keeps_short_keys_with_the_others_of_their_hash() {
        let long = |first: u8| [&[first, 0, 0, 0, 0, 0, 0, 0][..], &[5; 600]].concat();
        let mut state = filled(100, [vec![1], vec![1, 0, 0], long(1), vec![2], vec![2, 0], long(2)]);
        let parts = state.split(100);
        assert_eq!(parts.iter().map(|part| part.tree(BASE).unwrap().entries()).collect::<Vec<_>>(), [3]);
        assert_within(&state);
        assert_within(&parts[0]);
    }
}
