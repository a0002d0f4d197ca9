//! What a store on disk keeps when the machine stops at any call, when any call fails, and when any bit turns around.
//!
//! A script of calls runs once on a folder that remembers what was done to it; then what a disk may hold behind each call
//! is opened and compared with what had been acknowledged and what had been asked for by then. By default a sample of the
//! points is looked at; the environment variable `CRASH_POINTS` names how many, and `make crash` looks at many.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::print_stdout, clippy::print_stderr)]

#[path = "crash/damage.rs"]
mod damage;
#[path = "crash/faults.rs"]
mod faults;
#[path = "suite/faulty.rs"]
#[allow(dead_code)]
mod faulty;
#[path = "crash/model.rs"]
mod model;
#[path = "crash/races.rs"]
mod races;
#[path = "crash/script.rs"]
mod script;

use faulty::{Faulty, Kept};
use model::{MARK, State, Timeline, read_again};
use script::{Script, open, options};
use statordb_store::{Bytes, CommitSeq, DiskOptions, DiskStore, Durability, Store, Verdict};

/// How many points are looked at: what was asked for, or a sample.
fn points_wanted(sample: usize) -> usize {
    std::env::var("CRASH_POINTS").ok().map_or(sample, |count| count.parse().expect("CRASH_POINTS is a number"))
}

/// Tells which case it is when something in it panics.
struct Case(String);

impl Drop for Case {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("in the case of {}", self.0);
        }
    }
}

fn set_mark(store: &DiskStore, mark: u64) -> u64 {
    let value = Bytes::from(mark.to_be_bytes().to_vec());
    let commit = store.transact(&[], Durability::Full, &mut |txn| {
        txn.put(MARK, b"mark", value.clone());
        Verdict::Commit
    });
    commit.unwrap().unwrap().0
}

/// Opens an image, finds out which state it has, and goes on with it.
fn check_image(image: &Faulty, options: &DiskOptions, timeline: &Timeline, point: usize, thoroughly: bool) -> State {
    let store = open(image, options).unwrap();
    let found = State::read(&store).unwrap();
    timeline.check(point, &found, true).unwrap_or_else(|wrong| panic!("{wrong}"));
    if !thoroughly {
        return found;
    }
    read_again(&store, &found).unwrap();
    let mut next = found.clone();
    if next.0.contains_key(&MARK) {
        let commit = set_mark(&store, u64::MAX);
        assert!(commit > timeline.commit_at(point), "commit {commit} came before");
        next.write(MARK, b"mark", Some(Bytes::from(u64::MAX.to_be_bytes().to_vec())), Default::default());
        store.wait_durable(CommitSeq(commit)).unwrap();
    }
    store.maintain(true).unwrap();
    store.maintain(true).unwrap();
    assert!(State::read(&store).unwrap() == next, "sealing and merging change something");
    store.close().unwrap();
    let store = open(image, options).unwrap();
    assert!(State::read(&store).unwrap() == next, "closing and opening changes something");
    store.close().unwrap();
    drop(store);
    check_files(image, options);
    found
}

/// There is no file without which the store would do.
fn check_files(closed: &Faulty, options: &DiskOptions) {
    for (name, _) in closed.sizes() {
        if !name.starts_with("log-") {
            let without = closed.copy();
            without.lose(&name);
            assert!(open(&without, options).is_err() || name.starts_with("manifest-"), "`{name}` is an orphan");
        }
    }
    let manifests = closed.sizes().iter().filter(|(name, _)| name.starts_with("manifest")).count();
    assert_eq!(manifests, 1);
}

fn kinds(images: u64) -> impl Iterator<Item = Kept> {
    [Kept::Nothing, Kept::Everything].into_iter().chain((0..images).map(Kept::Some))
}

/// Runs scripts until they have so many points, or looks at a sample of those of a few scripts.
fn crash_everywhere(options: &DiskOptions, sample: usize, steps: usize) {
    let wanted = points_wanted(sample);
    let (mut looked, mut images, mut seed) = (0, 0, 0);
    while looked < wanted {
        let mut script = Script::new(seed, options.clone(), Faulty::default(), false);
        script.run(steps);
        let mut crashes = script.folder.crashes();
        let stride = (3 * crashes.points() / wanted).max(1);
        for point in (seed as usize % stride..=crashes.points()).step_by(stride) {
            crashes.go_to(point);
            for kept in kinds(3) {
                let next = crashes.next();
                let _case = Case(format!("seed {seed}, a crash behind call {point} that keeps {kept:?}, next {next}"));
                check_image(&crashes.image(kept), options, &script.timeline, point, images % 7 == 0);
                images += 1;
            }
            looked += 1;
        }
        println!("script {seed}: {} calls, {} states", crashes.points(), script.timeline.last());
        seed += 1;
    }
    println!("{looked} points, {images} images");
}

#[test]
fn every_crash_leaves_what_was_acknowledged() {
    crash_everywhere(&options(), 300, 1_000);
}

#[test]
fn a_crash_leaves_a_state_that_there_was_where_commits_are_acknowledged_unsynced() {
    let options = DiskOptions { acknowledge_written: true, ..options() };
    crash_everywhere(&options, 150, 500);
}

/// Opens an image, goes on with it, and closes it; returns what should be found behind every call of that.
fn go_on(image: &Faulty, options: &DiskOptions) -> Option<Timeline> {
    let store = open(image, options).unwrap();
    let found = State::read(&store).unwrap();
    let mut timeline = Timeline::beginning_with(found.clone());
    timeline.acknowledge(0, 0, 0, true);
    if !found.0.contains_key(&MARK) {
        return None;
    }
    let (mut next, start) = (found, image.points());
    let commit = set_mark(&store, u64::MAX);
    next.write(MARK, b"mark", Some(Bytes::from(u64::MAX.to_be_bytes().to_vec())), Default::default());
    timeline.push(next, start);
    store.wait_durable(CommitSeq(commit)).unwrap();
    timeline.acknowledge(image.points(), 1, commit, true);
    store.maintain(true).unwrap();
    store.close().unwrap();
    Some(timeline)
}

#[test]
fn a_crash_while_opening_and_a_crash_while_opening_after_that_leave_the_same() {
    let options = options();
    let (wanted, mut looked, mut images, mut dice) = (points_wanted(900), 0, 0, script::Dice::new(5));
    for seed in 100.. {
        let mut script = Script::new(seed, options.clone(), Faulty::default(), false);
        script.run(300);
        let mut crashes = script.folder.crashes();
        for point in (seed as usize % 40..=crashes.points()).step_by(40) {
            crashes.go_to(point);
            let _case = Case(format!("seed {seed}, a crash behind call {point}"));
            let image = crashes.image(Kept::Some(seed));
            let Some(timeline) = go_on(&image, &options) else { continue };
            let mut again = image.crashes();
            for second in 0..=again.points() {
                again.go_to(second);
                for kept in kinds(2) {
                    let _case =
                        Case(format!("and one behind call {second} that keeps {kept:?}, next {}", again.next()));
                    let image = again.image(kept);
                    let found = check_image(&image, &options, &timeline, second, false);
                    let third = dice.roll(image.points() as u64 + 1) as usize;
                    let _case = Case(format!("and one behind call {third}"));
                    let last = check_image(&image.image(third, Kept::Some(7)), &options, &timeline, second, false);
                    assert!(last == found, "the second opening finds something else");
                    images += 2;
                }
                looked += 1;
            }
        }
        if looked >= wanted {
            break;
        }
    }
    println!("{looked} points while opening, {images} images");
}
