//! The rules of a tree: what it keeps in order, what it counts, what it shares.

use super::branch::{BRANCH_CHILDREN_MAX, Branch};
use super::leaf::{LEAF_ENTRIES_MAX, Leaf};
use super::node::Node;
use super::*;
use proptest::prelude::*;
use std::collections::{BTreeMap, HashSet};
use std::ops::Bound;

type Model = BTreeMap<Vec<u8>, Bytes>;

/// Checks a node within its bounds; returns the depth of its leaves.
fn check_node(node: &Node<Bytes>, low: Option<&[u8]>, high: Option<&[u8]>, root: bool) -> usize {
    assert!(root || !node.is_empty(), "only a root may be empty");
    match node {
        Node::Leaf(leaf) => check_leaf(leaf, low, high),
        Node::Branch(branch) => check_branch(branch, low, high, root),
    }
}

fn check_leaf(leaf: &Leaf<Bytes>, low: Option<&[u8]>, high: Option<&[u8]>) -> usize {
    let keys: Vec<&[u8]> = leaf.entries().iter().map(|entry| &*entry.key).collect();
    assert!(keys.len() <= LEAF_ENTRIES_MAX);
    assert!(keys.is_sorted_by(|a, b| a < b));
    assert!(keys.iter().all(|key| low.is_none_or(|low| low <= *key) && high.is_none_or(|high| *key < high)));
    assert_eq!(leaf.bytes(), leaf.entries().iter().map(Entry::bytes).sum::<u64>());
    for (index, key) in keys.iter().enumerate() {
        assert_eq!(leaf.find(Probe::new(key)), Ok(index), "the heads agree with the keys");
    }
    1
}

fn check_branch(branch: &Branch<Bytes>, low: Option<&[u8]>, high: Option<&[u8]>, root: bool) -> usize {
    let (children, separators) = (branch.children(), branch.separators());
    assert!(children.len() <= BRANCH_CHILDREN_MAX);
    assert!(!root || children.len() > 1, "a root of one child is replaced by it");
    assert_eq!(separators.len() + 1, children.len());
    assert_eq!(branch.entries(), children.iter().map(Node::entries).sum::<u64>());
    assert_eq!(branch.bytes(), children.iter().map(Node::bytes).sum::<u64>());
    let bound = |index: usize| separators.get(index).map(|separator| &**separator);
    let depths: HashSet<usize> = children
        .iter()
        .enumerate()
        .map(|(index, child)| {
            let low = index.checked_sub(1).and_then(bound).or(low);
            check_node(child, low, bound(index).or(high), false)
        })
        .collect();
    assert_eq!(depths.len(), 1, "all leaves are at one depth");
    depths.iter().sum::<usize>() + 1
}

fn check(tree: &Tree) -> usize {
    check_node(&tree.root, None, None, true)
}

/// The addresses of all nodes, and how many of them are leaves.
fn nodes(tree: &Tree) -> (HashSet<*const ()>, usize) {
    fn collect(node: &Node<Bytes>, found: &mut HashSet<*const ()>) -> usize {
        match node {
            Node::Leaf(leaf) => {
                found.insert(Arc::as_ptr(leaf).cast());
                1
            }
            Node::Branch(branch) => {
                found.insert(Arc::as_ptr(branch).cast());
                branch.children().iter().map(|child| collect(child, found)).sum()
            }
        }
    }
    let mut found = HashSet::new();
    let leaves = collect(&tree.root, &mut found);
    (found, leaves)
}

fn assert_same(tree: &Tree, model: &Model) {
    check(tree);
    assert_eq!(tree.entries(), model.len() as u64);
    assert_eq!(tree.bytes(), model.iter().map(|(key, value)| (key.len() + value.len()) as u64).sum::<u64>());
    let forward: Vec<_> =
        tree.range(KeyRange::ALL, Direction::Forward).map(|(key, value)| (key, value.clone())).collect();
    assert!(forward.iter().map(|(key, value)| (*key, value)).eq(model.iter().map(|(key, value)| (&**key, value))));
}

fn scattered(number: u64) -> [u8; 12] {
    let mut key = [7; 12];
    key[..8].copy_from_slice(&number.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes());
    key
}

fn value(number: u64) -> Bytes {
    Bytes::from(number.to_string().into_bytes())
}

fn scattered_tree(count: u64) -> Tree {
    let mut tree = Tree::new();
    for number in 0..count {
        assert_eq!(tree.insert(&scattered(number), value(number)), None);
    }
    tree
}

/// Keys that meet each other often: short ones, ones of equal hash, ones that differ only in trailing zeros.
fn key() -> impl Strategy<Value = Vec<u8>> {
    let long = (0u8..6, 0u8..60).prop_map(|(first, last)| vec![first, 0, 0, 0, 0, 0, 0, 0, 9, last]);
    prop_oneof![3 => long, 1 => prop::collection::vec(0u8..2, 0..10)]
}

fn bound() -> impl Strategy<Value = Bound<Vec<u8>>> {
    let key = || prop_oneof![key(), alike_key()];
    prop_oneof![1 => Just(Bound::Unbounded), 2 => key().prop_map(Bound::Included), 2 => key().prop_map(Bound::Excluded)]
}

#[derive(Clone, Debug)]
enum Change {
    Insert(Vec<u8>, u16),
    Remove(Vec<u8>),
    InsertRun(u64, u64),
    RemoveRun(u64, u64),
    Split(Vec<u8>),
    RemoveFrom(Vec<u8>),
    RemoveFirst(usize),
    Share,
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        8 => (key(), any::<u16>()).prop_map(|(key, value)| Change::Insert(key, value)),
        6 => key().prop_map(Change::Remove),
        3 => (0u64..3000, 1u64..800).prop_map(|(from, count)| Change::InsertRun(from, count)),
        3 => (0u64..3000, 1u64..800).prop_map(|(from, count)| Change::RemoveRun(from, count)),
        1 => key().prop_map(Change::Split),
        2 => Just(Change::Share),
    ]
}

/// Keys of which many begin alike, for more bytes than a hash has.
fn alike_key() -> impl Strategy<Value = Vec<u8>> {
    let behind =
        |stem: &'static [u8]| prop::collection::vec(0u8..3, 0..12).prop_map(move |rest| [stem, &rest].concat());
    prop_oneof![9 => behind(b"one partition key|"), 2 => behind(b"one partition kez|"), 1 => behind(b"a")]
}

fn alike_change() -> impl Strategy<Value = Change> {
    prop_oneof![
        10 => (alike_key(), any::<u16>()).prop_map(|(key, value)| Change::Insert(key, value)),
        1 => alike_key().prop_map(Change::Split),
        1 => Just(Change::Share),
        1 => alike_key().prop_map(Change::RemoveFrom),
        1 => (1usize..60).prop_map(Change::RemoveFirst),
    ]
}

/// Makes changes, checks what every tree and clone holds then.
fn run(changes: &[Change]) {
    let (mut tree, mut model) = (Tree::new(), Model::new());
    let mut shared = Vec::new();
    for change in changes {
        apply(&mut tree, &mut model, change);
        check(&tree);
        if matches!(change, Change::Share) {
            shared.push((tree.clone(), model.clone()));
        }
    }
    assert_same(&tree, &model);
    shared.iter().for_each(|(tree, model)| assert_same(tree, model));
}

fn remove_all(tree: &mut Tree, model: &mut Model, keys: &[Vec<u8>]) {
    for key in keys {
        assert_eq!(tree.remove(key), model.remove(key));
    }
}

fn apply(tree: &mut Tree, model: &mut Model, change: &Change) {
    match change {
        Change::Insert(key, number) => {
            let value = value(u64::from(*number));
            assert_eq!(tree.insert(key, value.clone()), model.insert(key.clone(), value));
        }
        Change::Remove(key) => assert_eq!(tree.remove(key), model.remove(key)),
        Change::InsertRun(from, count) => (*from..from + count).for_each(|number| {
            let old = model.insert(scattered(number).to_vec(), value(number));
            assert_eq!(tree.insert(&scattered(number), value(number)), old);
        }),
        Change::RemoveRun(from, count) => (*from..from + count).for_each(|number| {
            assert_eq!(tree.remove(&scattered(number)), model.remove(scattered(number).as_slice()));
        }),
        Change::Split(key) => {
            let right = tree.split_off(key);
            let model_right = model.split_off(key);
            assert_same(tree, model);
            assert_same(&right, &model_right);
            for (key, value) in right.range(KeyRange::ALL, Direction::Backward) {
                assert_eq!(tree.insert(key, value.clone()), None);
            }
            model.extend(model_right);
        }
        Change::RemoveFrom(key) => {
            let keys: Vec<_> = model.range(key.clone()..).map(|(key, _)| key.clone()).collect();
            remove_all(tree, model, &keys);
        }
        Change::RemoveFirst(count) => {
            let keys: Vec<_> = model.keys().take(*count).cloned().collect();
            remove_all(tree, model, &keys);
        }
        Change::Share => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_tree_behaves_like_a_btreemap_and_its_clones_stay_as_they_were(
        changes in prop::collection::vec(change(), 1..60),
    ) {
        run(&changes);
    }

    #[test]
    fn a_tree_of_keys_that_begin_alike_behaves_like_a_btreemap(
        changes in prop::collection::vec(alike_change(), 1..400),
    ) {
        run(&changes);
    }

    #[test]
    fn a_range_visits_what_a_btreemap_visits_between_any_bounds_in_both_directions(
        keys in prop::collection::btree_map(prop_oneof![key(), alike_key()], any::<u16>(), 0..400),
        start in bound(), end in bound(),
    ) {
        let mut tree = Tree::new();
        keys.iter().for_each(|(key, number)| drop(tree.insert(key, value(u64::from(*number)))));
        let range = KeyRange { start: start.as_ref().map(Vec::as_slice), end: end.as_ref().map(Vec::as_slice) };
        let inside = |key: &&Vec<u8>| {
            use std::ops::RangeBounds;
            (start.clone(), end.clone()).contains(*key)
        };
        let expected: Vec<&[u8]> = keys.keys().filter(inside).map(Vec::as_slice).collect();
        let forward: Vec<&[u8]> = tree.range(range, Direction::Forward).map(|(key, _)| key).collect();
        let mut backward: Vec<&[u8]> = tree.range(range, Direction::Backward).map(|(key, _)| key).collect();
        backward.reverse();
        prop_assert_eq!(&forward, &expected);
        prop_assert_eq!(&backward, &expected);
    }

    #[test]
    fn a_tree_is_weighed_and_split_at_any_key(
        keys in prop::collection::btree_map(key(), any::<u16>(), 0..400), at in key(), share in any::<bool>(),
    ) {
        let mut model: Model = keys.into_iter().map(|(key, number)| (key, value(u64::from(number)))).collect();
        let mut tree = Tree::from_sorted(model.iter().map(|(key, value)| (key.as_slice().into(), value.clone())));
        assert_same(&tree, &model);
        let whole = share.then(|| (tree.clone(), model.clone()));
        let below: u64 = model.range(..at.clone()).map(|(key, value)| (key.len() + value.len()) as u64).sum();
        prop_assert_eq!(tree.bytes_below(&at), below);
        let right = tree.split_off(&at);
        let model_right = model.split_off(&at);
        assert_same(&tree, &model);
        assert_same(&right, &model_right);
        whole.iter().for_each(|(tree, model)| assert_same(tree, model));
    }

    #[test]
    fn the_key_at_a_weight_is_the_one_that_weight_lies_before(count in 1u64..3000, share in 0u64..=100) {
        let tree = scattered_tree(count);
        let weight = tree.bytes() * share / 100;
        let key = tree.key_at_bytes(weight).unwrap();
        prop_assert!(tree.bytes_below(key) <= weight);
        let entry = (key.len() + tree.get(key).unwrap().len()) as u64;
        prop_assert!(tree.bytes_below(key) + entry >= weight);
    }
}

#[test]
fn a_tree_grows_no_deeper_than_its_fan_out_demands() {
    let tree = scattered_tree(100_000);
    assert!(check(&tree) <= 4);
    let leaves = nodes(&tree).1;
    assert!(leaves * LEAF_ENTRIES_MAX * 6 / 10 < 100_000, "leaves are more than 60 % full after random inserts");
}

#[test]
fn keys_inserted_in_order_fill_every_leaf() {
    let mut tree = Tree::new();
    (0..10_000u64).for_each(|number| drop(tree.insert(&number.to_be_bytes(), value(number))));
    check(&tree);
    assert_eq!(nodes(&tree).1, 10_000usize.div_ceil(LEAF_ENTRIES_MAX));
}

#[test]
fn sorted_entries_build_a_tree_of_full_nodes() {
    let entries = (0..100_000u64).map(|number| (Arc::from(number.to_be_bytes().as_slice()), value(number)));
    let tree = Tree::from_sorted(entries);
    assert_eq!(check(&tree), 3);
    assert_eq!(nodes(&tree).1, 100_000usize.div_ceil(LEAF_ENTRIES_MAX));
}

#[test]
fn removing_nine_entries_of_ten_gives_back_their_nodes() {
    let mut tree = scattered_tree(50_000);
    (0..50_000).filter(|number| number % 10 != 0).for_each(|number| assert!(tree.remove(&scattered(number)).is_some()));
    check(&tree);
    assert_eq!(tree.entries(), 5_000);
    let leaves = nodes(&tree).1;
    assert!(leaves * LEAF_ENTRIES_MAX / 4 <= 5_000, "leaves are a quarter full at least, on average");
}

#[test]
fn removing_everything_leaves_one_empty_leaf() {
    let mut tree = scattered_tree(20_000);
    (0..20_000).for_each(|number| assert_eq!(tree.remove(&scattered(number)), Some(value(number))));
    assert_eq!(check(&tree), 1);
    assert_eq!((tree.entries(), tree.bytes(), nodes(&tree).1), (0, 0, 1));
}

#[test]
fn a_queue_trimmed_at_its_front_stays_small() {
    let mut tree = Tree::new();
    for number in 0..50_000u64 {
        tree.insert(&number.to_be_bytes(), value(number));
        if let Some(old) = number.checked_sub(1_000) {
            assert!(tree.remove(&old.to_be_bytes()).is_some());
        }
    }
    check(&tree);
    assert!(nodes(&tree).0.len() <= 2 + 2 * 1_000usize.div_ceil(LEAF_ENTRIES_MAX));
}

#[test]
fn overwriting_after_a_clone_copies_one_node_per_level() {
    let mut tree = scattered_tree(100_000);
    let depth = check(&tree);
    let before = tree.clone();
    tree.insert(&scattered(4711), value(0));
    assert_eq!(nodes(&tree).0.difference(&nodes(&before).0).count(), depth);
    assert_eq!(before.get(&scattered(4711)), Some(&value(4711)));
}

#[test]
fn any_change_after_a_clone_copies_at_most_two_nodes_per_level() {
    let mut tree = scattered_tree(20_000);
    let depth = check(&tree);
    for number in 0..2_000 {
        let before = tree.clone();
        let key = scattered(10_000 + number * 2);
        if tree.remove(&key).is_none() {
            tree.insert(&key, value(number));
        }
        assert!(nodes(&tree).0.difference(&nodes(&before).0).count() <= 2 * depth);
    }
}

#[test]
fn an_unshared_tree_changes_in_place() {
    let mut tree = scattered_tree(100_000);
    let before = nodes(&tree).0;
    drop(tree.clone());
    tree.insert(&scattered(4711), value(0));
    assert_eq!(nodes(&tree).0, before);
}

#[test]
fn removing_a_missing_key_copies_nothing() {
    let mut tree = scattered_tree(10_000);
    let before = tree.clone();
    assert_eq!(tree.remove(b"missing"), None);
    assert_eq!(nodes(&tree).0, nodes(&before).0);
}
