//! Random calls, one after another, on a store and on a map of maps beside it.

use super::{HUGE, Make, Model, TINY, assert_holds, key};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use statordb_store::{
    Bytes, CommitSeq, Direction, Durability, Home, KeyRange, Read, Store, StoreError, TreeId, Txn, Verdict,
};
use std::collections::BTreeSet;
use std::ops::{Bound, ControlFlow, RangeBounds};

#[derive(Clone, Debug)]
enum Edit {
    /// Reads a declared key, by its index.
    Get(prop::sample::Index),
    Put(TreeId, Vec<u8>, Bytes),
    Delete(TreeId, Vec<u8>),
    /// Writes a declared key, by its index.
    PutDeclared(prop::sample::Index, Bytes),
    DeleteDeclared(prop::sample::Index),
}

#[derive(Clone, Debug)]
enum Call {
    Transact {
        keys: Vec<(TreeId, Vec<u8>)>,
        edits: Vec<Edit>,
        verdict: Verdict,
    },
    Get(TreeId, Vec<u8>),
    Range {
        tree: TreeId,
        start: Bound<Vec<u8>>,
        end: Bound<Vec<u8>>,
        direction: Direction,
        count: usize,
    },
    Create(TreeId, Home),
    Drop(TreeId),
    Snapshot,
    Fork,
    /// The following calls go to another of the forks.
    Switch(prop::sample::Index),
    Stats,
}

fn tree() -> impl Strategy<Value = TreeId> + Clone {
    prop_oneof![6 => (1u64..=3).prop_map(TreeId), 1 => (4u64..=6).prop_map(TreeId)]
}

fn any_key() -> impl Strategy<Value = Vec<u8>> + Clone {
    let long = (0u64..12, prop::collection::vec(0u8..3, 0..3)).prop_map(|(hash, rest)| key(hash << 60, &rest));
    prop_oneof![5 => long, 1 => prop::collection::vec(0u8..3, 0..10)]
}

fn value() -> impl Strategy<Value = Bytes> + Clone {
    (any::<u8>(), 0usize..120).prop_map(|(byte, len)| Bytes::from(vec![byte; len]))
}

fn bound() -> impl Strategy<Value = Bound<Vec<u8>>> {
    prop_oneof![Just(Bound::Unbounded), any_key().prop_map(Bound::Included), any_key().prop_map(Bound::Excluded)]
}

fn edit() -> impl Strategy<Value = Edit> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        3 => index().prop_map(Edit::Get),
        3 => (tree(), any_key(), value()).prop_map(|(tree, key, value)| Edit::Put(tree, key, value)),
        1 => (tree(), any_key()).prop_map(|(tree, key)| Edit::Delete(tree, key)),
        3 => (index(), value()).prop_map(|(index, value)| Edit::PutDeclared(index, value)),
        1 => index().prop_map(Edit::DeleteDeclared),
    ]
}

fn transact() -> impl Strategy<Value = Call> {
    let keys = prop_oneof![
        2 => prop::collection::vec((tree(), any_key()), 0..2),
        1 => prop::collection::vec((tree(), any_key()), 0..8),
    ];
    let verdict = prop_oneof![5 => Just(Verdict::Commit), 1 => Just(Verdict::Abort)];
    (keys, prop::collection::vec(edit(), 0..10), verdict).prop_map(|(keys, edits, verdict)| Call::Transact {
        keys,
        edits,
        verdict,
    })
}

fn range() -> impl Strategy<Value = Call> {
    let direction = prop_oneof![Just(Direction::Forward), Just(Direction::Backward)];
    (tree(), bound(), bound(), direction, 1usize..40).prop_map(|(tree, start, end, direction, count)| Call::Range {
        tree,
        start,
        end,
        direction,
        count,
    })
}

fn call() -> impl Strategy<Value = Call> {
    let home = prop_oneof![Just(Home::Own), tree().prop_map(Home::With), tree().prop_map(Home::Beside)];
    prop_oneof![
        20 => transact(),
        5 => (tree(), any_key()).prop_map(|(tree, key)| Call::Get(tree, key)),
        8 => range(),
        3 => (tree(), home).prop_map(|(tree, home)| Call::Create(tree, home)),
        1 => tree().prop_map(Call::Drop),
        1 => Just(Call::Snapshot),
        1 => Just(Call::Fork),
        1 => any::<prop::sample::Index>().prop_map(Call::Switch),
        1 => Just(Call::Stats),
    ]
}

/// A store, what it should hold, and its last commit.
struct Beside {
    store: Box<dyn Store>,
    model: Model,
    last: CommitSeq,
}

impl Beside {
    fn transact(&mut self, keys: &[(TreeId, Vec<u8>)], edits: &[Edit], verdict: Verdict) {
        let declared: Vec<(TreeId, &[u8])> = keys.iter().map(|(tree, key)| (*tree, &**key)).collect();
        let (mut next, mut missing) = (Model::new(), BTreeSet::new());
        let result = self.store.transact(&declared, Durability::Memory, &mut |txn| {
            (next, missing) = (self.model.clone(), BTreeSet::new());
            edits.iter().for_each(|edit| missing.extend(edit_both(txn, &mut next, &declared, edit)));
            verdict
        });
        match result {
            Ok(Some(commit)) => {
                assert!(verdict == Verdict::Commit && missing.is_empty() && commit > self.last);
                (self.model, self.last) = (next, commit);
            }
            Ok(None) => assert_eq!(verdict, Verdict::Abort),
            Err(StoreError::NoSuchTree(tree)) => {
                assert!(!self.model.contains_key(&tree));
                assert!(missing.contains(&tree) || keys.iter().any(|(declared, _)| *declared == tree));
            }
            Err(other) => panic!("{other}"),
        }
    }

    fn range(&self, tree: TreeId, bounds: (&Bound<Vec<u8>>, &Bound<Vec<u8>>), direction: Direction, count: usize) {
        let range = KeyRange { start: bounds.0.as_ref().map(Vec::as_slice), end: bounds.1.as_ref().map(Vec::as_slice) };
        let mut found = Vec::new();
        let result = self.store.range(tree, range, direction, &mut |key, value| {
            found.push((key.to_vec(), value.clone()));
            if found.len() < count { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        let Some(model) = self.model.get(&tree) else {
            return assert_eq!(result, Err(StoreError::NoSuchTree(tree)));
        };
        let inside = |entry: &(&Vec<u8>, &Bytes)| (bounds.0.clone(), bounds.1.clone()).contains(entry.0);
        let mut expected: Vec<_> =
            model.iter().filter(inside).map(|(key, value)| (key.clone(), value.clone())).collect();
        if direction == Direction::Backward {
            expected.reverse();
        }
        expected.truncate(count);
        assert_eq!(found, expected);
    }

    fn create(&mut self, tree: TreeId, home: Home) {
        let exists = self.model.contains_key(&tree);
        let base = match home {
            Home::Own => None,
            Home::With(base) | Home::Beside(base) => Some(base),
        };
        let homeless = base.is_some_and(|base| !self.model.contains_key(&base));
        match self.store.create(tree, home) {
            Ok(()) => {
                assert!(!exists && !homeless);
                self.model.insert(tree, Default::default());
            }
            Err(StoreError::TreeExists(id)) => assert!(exists && id == tree),
            Err(StoreError::NoSuchTree(id)) => assert!(homeless && base == Some(id)),
            Err(other) => panic!("{other}"),
        }
    }

    fn drop_tree(&mut self, tree: TreeId) {
        let expected = self.model.remove(&tree).map(drop).ok_or(StoreError::NoSuchTree(tree));
        assert_eq!(self.store.drop_tree(tree), expected);
    }

    fn stats(&self) {
        let stats = self.store.stats();
        assert_eq!(
            stats.trees.iter().map(|row| row.tree).collect::<Vec<_>>(),
            Vec::from_iter(self.model.keys().copied())
        );
        for (row, model) in stats.trees.iter().zip(self.model.values()) {
            let bytes: usize = model.iter().map(|(key, value)| key.len() + value.len()).sum();
            // On disk, what was overwritten and deleted counts until it is merged away.
            let (entries, bytes) = (model.len() as u64, bytes as u64);
            let is_exact = (row.entries, row.bytes) == (entries, bytes);
            assert!(is_exact || self.store.caps().persistent && row.entries >= entries && row.bytes >= bytes);
            self.partitions(row.tree, row.partitions);
        }
        assert_eq!(stats.entries, stats.trees.iter().map(|row| row.entries).sum::<u64>());
        assert_eq!(stats.bytes, stats.trees.iter().map(|row| row.bytes).sum::<u64>());
    }

    fn partitions(&self, tree: TreeId, count: u64) {
        let ranges = self.store.partitions(tree).unwrap();
        // On disk they may be split meanwhile.
        assert!(ranges.len() as u64 == count || self.store.caps().persistent && ranges.len() as u64 > count);
        assert_eq!((ranges[0].start, ranges[ranges.len() - 1].end), (0, u64::MAX));
        assert!(ranges.windows(2).all(|pair| pair[0].end + 1 == pair[1].start));
    }

    fn fork(&self) -> Option<Self> {
        Some(Self { store: self.store.fork().ok()?, model: self.model.clone(), last: self.last })
    }
}

/// Does an edit in a transaction and in the model; returns the tree it misses.
fn edit_both(txn: &mut dyn Txn, model: &mut Model, declared: &[(TreeId, &[u8])], edit: &Edit) -> Option<TreeId> {
    let (tree, key, value) = match edit {
        Edit::Put(tree, key, value) => (*tree, &**key, Some(value)),
        Edit::Delete(tree, key) => (*tree, &**key, None),
        Edit::Get(_) | Edit::PutDeclared(..) | Edit::DeleteDeclared(_) if declared.is_empty() => return None,
        Edit::PutDeclared(index, value) => (index.get(declared).0, index.get(declared).1, Some(value)),
        Edit::DeleteDeclared(index) => (index.get(declared).0, index.get(declared).1, None),
        Edit::Get(index) => {
            let (tree, key) = *index.get(declared);
            assert_eq!(txn.get(tree, key), Ok(model[&tree].get(key).cloned()));
            return None;
        }
    };
    match value {
        Some(value) => txn.put(tree, key, value.clone()),
        None => txn.delete(tree, key),
    }
    let Some(entries) = model.get_mut(&tree) else { return Some(tree) };
    match value {
        Some(value) => entries.insert(key.to_vec(), value.clone()),
        None => entries.remove(key),
    };
    None
}

fn run(store: Box<dyn Store>, calls: &[Call]) {
    let mut all = vec![Beside { store, model: Model::new(), last: CommitSeq(0) }];
    let mut snapshots: Vec<(Box<dyn Read>, Model)> = Vec::new();
    let mut current = 0;
    (1..=3).for_each(|tree| all[0].create(TreeId(tree), if tree == 2 { Home::With(TreeId(1)) } else { Home::Own }));
    for call in calls {
        let beside = &mut all[current];
        match call {
            Call::Transact { keys, edits, verdict } => beside.transact(keys, edits, *verdict),
            Call::Get(tree, key) => {
                let expected = beside.model.get(tree).map(|entries| entries.get(key).cloned());
                assert_eq!(beside.store.get(*tree, key), expected.ok_or(StoreError::NoSuchTree(*tree)));
            }
            Call::Range { tree, start, end, direction, count } => {
                beside.range(*tree, (start, end), *direction, *count);
            }
            Call::Create(tree, home) => beside.create(*tree, *home),
            Call::Drop(tree) => beside.drop_tree(*tree),
            Call::Snapshot => snapshots.push((beside.store.snapshot().unwrap(), beside.model.clone())),
            Call::Fork => {
                let fork = beside.fork();
                all.extend(fork);
            }
            Call::Switch(index) => current = index.index(all.len()),
            Call::Stats => beside.stats(),
        }
    }
    all.iter().for_each(|beside| assert_holds(&*beside.store, &beside.model));
    all.iter().for_each(Beside::stats);
    snapshots.iter().for_each(|(snapshot, model)| assert_holds(&**snapshot, model));
}

pub(crate) fn a_store_behaves_like_a_map_of_maps(make: Make) {
    for (partition_bytes_max, cases) in [(TINY, 1_500), (HUGE, 300)] {
        let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
        let calls = prop::collection::vec(call(), 1..150);
        let result = runner.run(&calls, |calls| {
            run(make(partition_bytes_max), &calls);
            Ok(())
        });
        result.unwrap();
    }
}
