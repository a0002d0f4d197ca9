//! What is damaged or lost is told, and never read as something else.

use statordb_store::{DiskOptions, Store, StoreError};

use crate::faulty::Faulty;
use crate::model::{State, Timeline, read_again};
use crate::script::{Dice, Script, open, options};
use crate::{Case, points_wanted};

/// A folder that was closed in order, and what it holds.
fn closed(seed: u64, steps: usize) -> (Faulty, State) {
    let mut script = Script::new(seed, options(), Faulty::default(), false);
    script.run(steps);
    script.kill();
    (script.folder.restart(), script.timeline.current().clone())
}

/// What an opening and a reading of everything finds.
fn read(folder: &Faulty) -> Result<State, StoreError> {
    let store = open(folder, &options())?;
    let state = State::read(&store)?;
    read_again(&store, &state)?;
    Ok(state)
}

#[test]
fn every_bit_that_turns_around_in_a_closed_store_is_told_or_harmless() {
    let (folder, state) = closed(11, 1_500);
    open(&folder, &options()).unwrap().close().unwrap();
    let bytes = |prefix: &str| {
        let sizes = folder.sizes().into_iter().filter(|(name, _)| name.starts_with(prefix));
        sizes.map(|(name, size)| (name, size * 8)).collect::<Vec<_>>()
    };
    let (mut told_all, mut dice) = (0, Dice::new(3));
    let wanted = points_wanted(600);
    for (prefix, share) in [("sealed-", wanted * 7 / 10), ("manifest-", wanted / 5), ("log-", wanted / 10)] {
        let files = bytes(prefix);
        let total: u64 = files.iter().map(|(_, bits)| bits).sum();
        let (mut told, mut harmless) = (0, 0);
        for _ in 0..share {
            let mut bit = dice.roll(total);
            let mut names = files.iter();
            let name = loop {
                let (name, bits) = names.next().unwrap();
                if bit < *bits {
                    break name;
                }
                bit -= bits;
            };
            let _case = Case(format!("bit {bit} of `{name}`"));
            let damaged = folder.copy();
            damaged.flip(name, bit);
            match read(&damaged) {
                Ok(found) => {
                    assert!(found == state, "something else is read");
                    harmless += 1;
                }
                Err(StoreError::Damaged { file, .. }) => {
                    assert_eq!(file, *name);
                    told += 1;
                }
                Err(StoreError::Format(_)) => told += 1,
                Err(other) => panic!("{other}"),
            }
        }
        println!("{prefix} {} files, {} bytes: {told} told, {harmless} harmless", files.len(), total / 8);
        told_all += told;
    }
    assert!(told_all > wanted / 2);
}

#[test]
fn every_bit_that_turns_around_in_the_manifest_of_a_killed_store_is_told_or_harmless() {
    let mut script = Script::new(13, options(), Faulty::default(), false);
    script.run(400);
    let folder = script.folder.restart().copy();
    let state = read(&folder.copy()).unwrap();
    let sizes = folder.sizes();
    let (name, size) = sizes.iter().find(|(name, _)| name.starts_with("manifest-")).unwrap();
    let (mut told, mut harmless, mut dice) = (0, 0, Dice::new(4));
    for _ in 0..points_wanted(600) {
        let bit = dice.roll(size * 8);
        let _case = Case(format!("bit {bit} of `{name}`"));
        let damaged = folder.copy();
        damaged.flip(name, bit);
        match read(&damaged) {
            Ok(found) => {
                assert!(found == state, "something else is read");
                harmless += 1;
            }
            Err(StoreError::Damaged { .. } | StoreError::Format(_)) => told += 1,
            Err(other) => panic!("{other}"),
        }
    }
    println!("{size} bytes: {told} told, {harmless} harmless");
    assert!(told > harmless);
}

/// A store whose log holds so many commits, each known to be durable by the next, as a killed process left it; and every
/// state that it went through.
fn logged(steps: usize, segment_bytes_max: u64) -> (Faulty, DiskOptions, Vec<State>) {
    let options = DiskOptions { segment_bytes_max, ..options() };
    let folder = Faulty::default();
    let store = open(&folder, &options).unwrap();
    store.create(crate::MARK, statordb_store::Home::Own).unwrap();
    let mut states = vec![State::read(&store).unwrap()];
    for mark in 0..steps {
        let commit = crate::set_mark(&store, mark as u64);
        store.wait_durable(statordb_store::CommitSeq(commit)).unwrap();
        store.maintain(false).unwrap();
        states.push(State::read(&store).unwrap());
    }
    let folder = folder.restart();
    drop(store);
    (folder.copy(), options, states)
}

#[test]
fn a_bit_that_turns_around_in_the_middle_of_the_log_is_told_with_its_place() {
    let (folder, options, states) = logged(200, 4 << 10);
    let (mut dice, mut told) = (Dice::new(9), 0);
    let logs: Vec<(String, u64)> = folder.sizes().into_iter().filter(|(name, _)| name.starts_with("log-")).collect();
    for _ in 0..points_wanted(2_000) {
        let (name, size) = &logs[dice.roll(logs.len() as u64) as usize];
        let bit = dice.roll(size * 8);
        let _case = Case(format!("bit {bit} of `{name}`"));
        let damaged = folder.copy();
        damaged.flip(name, bit);
        match open(&damaged, &options) {
            Err(StoreError::Damaged { file, offset, .. }) => {
                assert!(file == *name && offset * 8 <= bit && bit < (offset + 100) * 8, "byte {offset} of `{file}`");
                told += 1;
            }
            Err(other) => panic!("{other}"),
            Ok(store) => {
                // Nothing says of the last one that it was ever durable.
                let found = State::read(&store).unwrap();
                assert!(states[states.len() - 2..].contains(&found), "a commit in the middle was left out");
            }
        }
    }
    println!("{told} told");
    assert!(told > 0);
}

#[test]
fn a_file_that_is_missing_is_told() {
    let (folder, options, states) = logged(200, 4 << 10);
    let (mut told, mut needless) = (0, 0);
    for (name, _) in folder.sizes() {
        let _case = Case(format!("`{name}` is missing"));
        let without = folder.copy();
        without.lose(&name);
        match open(&without, &options) {
            Err(StoreError::Damaged { .. } | StoreError::Format(_)) => told += 1,
            Err(other) => panic!("{other}"),
            Ok(store) => {
                assert!(State::read(&store).unwrap() == states[states.len() - 1], "commits are lost with it");
                needless += 1;
            }
        }
    }
    // The segment behind the last record is made before it is needed.
    assert!(told > 2 && needless <= 1, "{told} told, {needless} needless");
}

#[test]
fn a_log_that_was_removed_after_a_clean_close_is_begun_anew_for_good() {
    let (folder, state) = closed(12, 300);
    open(&folder, &options()).unwrap().close().unwrap();
    for (name, _) in folder.sizes().into_iter().filter(|(name, _)| name.starts_with("log-")) {
        folder.lose(&name);
    }
    let folder = folder.copy();
    let mut timeline = Timeline::beginning_with(state.clone());
    timeline.acknowledge(0, 0, 0, true);
    let store = open(&folder, &options()).unwrap();
    let killed = folder.restart();
    drop(store);
    assert!(read(&killed).unwrap() == state);
    let mut crashes = killed.crashes();
    for point in 0..=crashes.points() {
        crashes.go_to(point);
        for kept in crate::kinds(3) {
            let _case = Case(format!("a crash behind call {point} that keeps {kept:?}"));
            crate::check_image(&crashes.image(kept), &options(), &timeline, point, true);
        }
    }
}
