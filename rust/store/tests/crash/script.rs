//! A script of calls on a store without threads, the same for the same seed, and what they should have done.

use statordb_store::{
    Bytes, DiskOptions, DiskStore, Durability, Home, Read, Store, StoreError, Tally, TreeId, Verdict, key_hash,
};
use std::sync::Arc;

use crate::faulty::Faulty;
use crate::model::{MARK, State, Timeline, TreeState, read_again};

/// So small that sealing, merging and splitting, and the reuse of log segments, happen all the time.
pub(crate) fn options() -> DiskOptions {
    DiskOptions {
        partition_bytes_max: 12_000,
        memory_bytes: 1,
        segment_bytes_max: 32 << 10,
        threads: false,
        ..DiskOptions::default()
    }
}

pub(crate) fn open(folder: &Faulty, options: &DiskOptions) -> Result<DiskStore, StoreError> {
    DiskStore::open(Arc::new(folder.clone()), options.clone(), 7)
}

/// Numbers that look random and are the same in every run of a seed.
#[derive(Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below `sides`.
    pub(crate) fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % sides
    }

    pub(crate) fn chance(&mut self, percent: u64) -> bool {
        self.roll(100) < percent
    }
}

/// The trees of the script: where each lives follows from its id.
const TREES: [(TreeId, Home); 6] = [
    (TreeId(1), Home::Own),
    (TreeId(2), Home::With(TreeId(1))),
    (TreeId(3), Home::Beside(TreeId(1))),
    (TreeId(4), Home::Own),
    (TreeId(5), Home::With(TreeId(4))),
    (TreeId(6), Home::Beside(TreeId(4))),
];

fn is_guest(tree: TreeId) -> bool {
    tree.0.is_multiple_of(3)
}

type Write = (TreeId, Vec<u8>, Option<Bytes>, Tally);

/// A script that runs.
pub(crate) struct Script {
    pub(crate) folder: Faulty,
    pub(crate) timeline: Timeline,
    store: Option<DiskStore>,
    options: DiskOptions,
    dice: Dice,
    /// Keys of guests ever made.
    counter: u64,
    /// Whether calls may fail.
    forgives: bool,
    pub(crate) errors: u64,
    /// How often the process was killed and the store opened again.
    pub(crate) kills: u64,
}

impl Script {
    pub(crate) fn new(seed: u64, options: DiskOptions, folder: Faulty, forgives: bool) -> Self {
        let (timeline, dice) = (Timeline::beginning_with(State::default()), Dice::new(seed));
        Self { folder, timeline, store: None, options, dice, counter: 0, forgives, errors: 0, kills: 0 }
    }

    /// Runs so many steps, and leaves the store open.
    pub(crate) fn run(&mut self, steps: usize) {
        for _ in 0..steps {
            if let Err(error) = self.step() {
                self.fail(&error);
            }
        }
    }

    /// Runs until the process has ended and another has opened the store, and so many steps more.
    pub(crate) fn run_until_killed(&mut self, steps: usize) -> Option<usize> {
        let mut end = None;
        for _ in 0..1_000 {
            let (point, errors) = (self.folder.points(), self.errors);
            self.run(1);
            if self.errors > errors {
                end = Some(point);
                break;
            }
        }
        self.run(steps);
        end
    }

    fn fail(&mut self, error: &StoreError) {
        assert!(self.forgives, "{error}");
        self.errors += 1;
        match error {
            StoreError::Io { .. } if self.store.is_some() => {}
            StoreError::Poisoned(_) if self.store.is_some() => {
                self.check_poisoned();
                self.kill();
            }
            StoreError::Io { .. } | StoreError::Poisoned(_) => self.kill(),
            other => panic!("{other}"),
        }
    }

    /// Nothing more is taken or acknowledged; what can be read still may be counted on.
    fn check_poisoned(&mut self) {
        let entry = self.timeline.last();
        for _ in 0..2 {
            let refused = self.commit().unwrap_err();
            // It reads before it writes, and where nothing can be read it is refused for that.
            let is_expected = matches!(refused, StoreError::Poisoned(_) | StoreError::Io { doing: "read", .. });
            assert!(is_expected && self.timeline.last() == entry, "{refused}");
            let _ = self.see_mark();
        }
        let files = self.folder.sizes().len();
        (0..3).for_each(|_| assert!(self.store().maintain(true).is_err()));
        assert!(self.store().close().is_err());
        assert!(self.folder.sizes().len() <= files, "files are written that nobody will refer to");
    }

    fn step(&mut self) -> Result<(), StoreError> {
        if self.store.is_none() {
            return self.open();
        }
        match self.dice.roll(1000) {
            0..600 => self.commit(),
            600..650 => self.create(),
            650..670 => self.drop_tree(),
            670..720 => self.trim(),
            720..870 => self.maintain(false),
            870..930 => self.maintain(true),
            930..945 => self.checkpoint(),
            945..960 => self.close(),
            960..970 => {
                self.kill();
                Ok(())
            }
            _ => self.look(),
        }
    }

    fn store(&self) -> &DiskStore {
        self.store.as_ref().unwrap()
    }

    /// Opens the store, which should hold what it held when it was closed.
    fn open(&mut self) -> Result<(), StoreError> {
        let point = self.folder.points();
        let store = open(&self.folder, &self.options)?;
        let found = State::read(&store)?;
        // What is not synced is lost from sight where a sync fails.
        self.timeline.go_on(point, self.folder.points(), found, self.errors > 0).unwrap();
        self.store = Some(store);
        self.acknowledge_all();
        Ok(())
    }

    fn acknowledge_all(&mut self) {
        self.timeline.acknowledge(self.folder.points(), self.timeline.last(), 0, true);
    }

    /// Ends the process without closing the store, and opens it in another one.
    pub(crate) fn kill(&mut self) {
        self.kills += 1;
        self.folder = self.folder.restart();
        drop(self.store.take());
        while let Err(error) = self.open() {
            assert!(self.forgives && !matches!(error, StoreError::Damaged { .. } | StoreError::Format(_)), "{error}");
            self.errors += 1;
            self.folder = self.folder.restart();
        }
    }

    fn close(&mut self) -> Result<(), StoreError> {
        let closed = self.store().close();
        self.store = None;
        if closed.is_ok() {
            self.acknowledge_all();
        }
        closed
    }

    fn checkpoint(&mut self) -> Result<(), StoreError> {
        self.store().checkpoint()?;
        self.acknowledge_all();
        Ok(())
    }

    fn maintain(&mut self, eagerly: bool) -> Result<(), StoreError> {
        self.store().maintain(eagerly)?;
        if eagerly {
            self.acknowledge_all();
        }
        Ok(())
    }

    /// Reads everything, which makes what is seen durable.
    fn look(&mut self) -> Result<(), StoreError> {
        let state = self.timeline.current().clone();
        assert!(State::read(self.store())? == state, "what is read is not what was written");
        read_again(self.store(), &state)?;
        self.see_mark()
    }

    /// Reads the number of the last commit: who is shown it may count on it.
    pub(crate) fn see_mark(&mut self) -> Result<(), StoreError> {
        if !self.timeline.current().0.contains_key(&MARK) {
            return Ok(());
        }
        if let Some(mark) = self.store().get(MARK, b"mark")? {
            let entry = u64::from_be_bytes(mark[..].try_into().unwrap()) as usize;
            self.timeline.acknowledge(self.folder.points(), entry, 0, !self.options.acknowledge_written);
        }
        Ok(())
    }

    fn create(&mut self) -> Result<(), StoreError> {
        let (tree, home) = TREES[self.dice.roll(6) as usize];
        self.make(tree, home)
    }

    fn make(&mut self, tree: TreeId, home: Home) -> Result<(), StoreError> {
        let mut state = self.timeline.current().clone();
        let start = self.folder.points();
        match (self.store().create(tree, home), home) {
            (Err(StoreError::TreeExists(id)), _) => assert!(id == tree && state.0.contains_key(&tree)),
            (Err(StoreError::NoSuchTree(id)), Home::With(base) | Home::Beside(base)) => {
                assert!(id == base && !state.0.contains_key(&base));
            }
            (created, _) => {
                created?;
                assert!(state.0.insert(tree, Arc::new(TreeState::default())).is_none());
                self.timeline.push(state, start);
            }
        }
        Ok(())
    }

    fn drop_tree(&mut self) -> Result<(), StoreError> {
        let Some(tree) = self.any_tree() else { return Ok(()) };
        let mut state = self.timeline.current().clone();
        let start = self.folder.points();
        self.store().drop_tree(tree)?;
        state.0.remove(&tree);
        self.timeline.push(state, start);
        Ok(())
    }

    fn any_tree(&mut self) -> Option<TreeId> {
        let trees: Vec<TreeId> = self.timeline.current().0.keys().copied().filter(|tree| *tree != MARK).collect();
        (!trees.is_empty()).then(|| trees[self.dice.roll(trees.len() as u64) as usize])
    }

    fn trim(&mut self) -> Result<(), StoreError> {
        let Some(tree) = self.any_tree() else { return Ok(()) };
        let mut state = self.timeline.current().clone();
        let entries = &mut state.tree_mut(tree).unwrap().entries;
        let at = self.dice.roll(entries.len() as u64 + 1) as usize;
        let key = entries.keys().nth(at).cloned().unwrap_or_else(|| self.hash().to_be_bytes().to_vec());
        entries.retain(|other, _| *other >= key || key_hash(other) != key_hash(&key));
        let start = self.folder.points();
        self.store().trim(tree, &key)?;
        self.timeline.push(state, start);
        Ok(())
    }

    fn hash(&mut self) -> u64 {
        self.dice.roll(24).wrapping_mul(0x0B21_6428_5909_0B22)
    }

    fn key(&mut self, tree: TreeId) -> Vec<u8> {
        let entries = &self.timeline.current().0[&tree].entries;
        if !entries.is_empty() && self.dice.chance(50) {
            return entries.keys().nth(self.dice.roll(entries.len() as u64) as usize).unwrap().clone();
        }
        let hash = if self.dice.chance(5) { u64::MAX } else { self.hash() };
        if is_guest(tree) {
            // What lies beside others grows at its end.
            self.counter += 1;
            return [(hash >> 62 << 62).to_be_bytes(), self.counter.to_be_bytes()].concat();
        }
        match self.dice.roll(10) {
            0 => vec![self.dice.roll(3) as u8; self.dice.roll(4) as usize],
            1 => [&hash.to_be_bytes()[..], &[7; 300]].concat(),
            _ => [&hash.to_be_bytes()[..], &[self.dice.roll(4) as u8]].concat(),
        }
    }

    fn value(&mut self) -> Bytes {
        let len = match self.dice.roll(100) {
            0..70 => self.dice.roll(120),
            70..94 => self.dice.roll(2_000),
            _ => self.dice.roll(20_000),
        };
        let seed = self.dice.roll(1 << 40);
        Bytes::from((0..len).map(|at| (seed >> (at % 5 * 8)) as u8 ^ at as u8).collect::<Vec<u8>>())
    }

    fn writes(&mut self) -> Vec<Write> {
        let count = self.dice.roll(8) + 1;
        let mut writes = Vec::new();
        for _ in 0..count {
            let Some(tree) = self.any_tree() else { break };
            let key = self.key(tree);
            let value = if self.dice.chance(25) { None } else { Some(self.value()) };
            let items = self.dice.roll(5) as i64 - 1;
            writes.push((tree, key, value, Tally { items, bytes: items * 7 }));
        }
        writes
    }

    fn commit(&mut self) -> Result<(), StoreError> {
        if !self.timeline.current().0.contains_key(&MARK) {
            self.make(MARK, Home::Own)?;
        }
        let entry = self.timeline.last() + 1;
        let mark = Bytes::from((entry as u64).to_be_bytes().to_vec());
        let mut writes = self.writes();
        writes.push((MARK, b"mark".to_vec(), Some(mark), Tally::NONE));
        let mut state = self.timeline.current().clone();
        writes.iter().cloned().for_each(|(tree, key, value, tally)| state.write(tree, &key, value, tally));
        let start = self.folder.points();
        let commit = self.transact(&writes)?;
        self.timeline.push(state, start);
        if self.dice.chance(40) {
            self.store().wait_durable(statordb_store::CommitSeq(commit))?;
            let (point, is_synced) = (self.folder.points(), !self.options.acknowledge_written);
            self.timeline.acknowledge(point, entry, commit, is_synced);
        }
        Ok(())
    }

    /// Reads the first key in the transaction, and writes.
    fn transact(&self, writes: &[Write]) -> Result<u64, StoreError> {
        let (tree, key, ..) = &writes[0];
        let mut read = Ok(None);
        let commit = self.store().transact(&[(*tree, key)], Durability::Full, &mut |txn| {
            read = txn.get(*tree, key);
            for (tree, key, value, tally) in writes {
                txn.write(*tree, key, value.clone(), *tally);
            }
            if read.is_ok() { Verdict::Commit } else { Verdict::Abort }
        });
        let expected = self.timeline.current().0[tree].entries.get(key).cloned();
        match (read, commit?) {
            (Ok(read), Some(commit)) => {
                assert_eq!(read, expected);
                Ok(commit.0)
            }
            (Err(error), _) => Err(error),
            (Ok(_), None) => panic!("the body said commit"),
        }
    }
}
