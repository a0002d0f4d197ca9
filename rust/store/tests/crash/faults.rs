//! The script with every fault at every call.

use statordb_store::{Bytes, DiskOptions, Durability, Home, Read, Store, Verdict};

use crate::faulty::{Fault, Faulty, Kept};
use crate::model::MARK;
use crate::script::{Dice, Script, open, options};
use crate::{Case, check_image, points_wanted};

const FAULTS: [Fault; 9] = [
    Fault::Device,
    Fault::Unwritten,
    Fault::NoSpace,
    Fault::Short,
    Fault::ShortThenDevice,
    Fault::Interrupted,
    Fault::Gone,
    Fault::Full(10),
    Fault::Full(100),
];
const STEPS: usize = 150;

/// Runs the script with a fault at a call; tells whether it met one, and how many errors there were.
fn run(seed: u64, options: &DiskOptions, call: u64, fault: Fault) -> (bool, u64) {
    let folder = Faulty::default();
    folder.fail(call, fault);
    let mut script = Script::new(seed, options.clone(), folder, true);
    script.run(STEPS);
    let was_met = script.folder.faults_left() == 0;
    let points = script.folder.points();
    let mut crashes = script.folder.crashes();
    for (index, point) in [points / 3, points * 2 / 3, points].into_iter().enumerate() {
        crashes.go_to(point);
        for kept in [Kept::Nothing, Kept::Everything, Kept::Some(call)] {
            let _case = Case(format!("a crash behind call {point} that keeps {kept:?}"));
            check_image(&crashes.image(kept), options, &script.timeline, point, index == 2);
        }
    }
    script.kill();
    (was_met, script.errors)
}

fn fail_everywhere(options: &DiskOptions, sample: usize) {
    let wanted = points_wanted(sample);
    let (mut runs, mut met, mut errors, mut seed) = (0, 0, 0, 0);
    while runs < wanted {
        let mut script = Script::new(seed, options.clone(), Faulty::default(), false);
        script.run(STEPS);
        let calls = script.folder.calls();
        let (all, mut dice) = (calls * FAULTS.len() as u64, Dice::new(seed));
        let count = all.min(wanted.div_ceil(3) as u64);
        for index in 0..count {
            let index = if count == all { index } else { dice.roll(all) };
            let (call, fault) = (index / FAULTS.len() as u64, FAULTS[index as usize % FAULTS.len()]);
            let _case = Case(format!("seed {seed}, {fault:?} at call {call}"));
            let (was_met, met_errors) = run(seed, options, call, fault);
            met += usize::from(was_met);
            errors += met_errors;
            runs += 1;
        }
        println!("script {seed}: {calls} calls");
        seed += 1;
    }
    println!("{runs} runs with a fault, {met} met it, {errors} errors were returned");
    assert!(errors > 0);
}

#[test]
fn a_fault_at_any_call_is_an_error_or_nothing_and_loses_nothing() {
    fail_everywhere(&options(), 300);
}

#[test]
fn a_fault_at_any_call_loses_nothing_where_commits_are_acknowledged_unsynced() {
    fail_everywhere(&DiskOptions { acknowledge_written: true, ..options() }, 150);
}

/// The machine goes on when a process has ended; what that one did is seen by the next, and may be lost all the same.
#[test]
fn a_process_that_ends_before_a_sync_and_a_crash_soon_after_lose_nothing() {
    let (wanted, mut looked, mut images, mut seed) = (points_wanted(600), 0, 0, 50);
    while looked < wanted {
        let mut script = Script::new(seed, options(), Faulty::default(), false);
        script.run(300);
        let syncs = script.folder.syncs();
        let stride = (syncs.len() * 40 / wanted).max(1);
        for call in syncs.into_iter().step_by(stride) {
            let _case = Case(format!("seed {seed}, an end before call {call}"));
            let folder = Faulty::default();
            folder.fail(call, Fault::Gone);
            let mut script = Script::new(seed, options(), folder, true);
            let Some(start) = script.run_until_killed(2) else { continue };
            let mut crashes = script.folder.crashes();
            for point in start..=crashes.points() {
                crashes.go_to(point);
                for kept in crate::kinds(2) {
                    let _case = Case(format!("a crash behind call {point} that keeps {kept:?}"));
                    check_image(&crashes.image(kept), &options(), &script.timeline, point, false);
                    images += 1;
                }
                looked += 1;
            }
        }
        seed += 1;
    }
    println!("{looked} points, {images} images");
}

/// Commits both values together and fails before they are synced.
fn commit_and_end(folder: &Faulty, values: &[&[u8]]) {
    let store = open(folder, &options()).unwrap();
    let mut last = None;
    for (index, value) in values.iter().enumerate() {
        last = store
            .transact(&[], Durability::Full, &mut |txn| {
                txn.put(MARK, &[index as u8], Bytes::from(value.to_vec()));
                Verdict::Commit
            })
            .unwrap();
    }
    // They are written by the next call, and synced by the one behind.
    folder.fail(folder.calls() + 1, Fault::Gone);
    assert!(store.wait_durable(last.unwrap()).is_err());
}

/// A commit whose record is torn, and one behind it that is whole: when the first is made again, and torn so that both
/// halves make it whole, the second, which nobody has seen for an opening, would be there again.
#[test]
fn a_record_that_was_torn_and_is_made_again_brings_no_other_back() {
    let (first, second) = ([7; 1_300], [9; 300]);
    let folder = Faulty::default();
    let store = open(&folder, &options()).unwrap();
    store.create(MARK, Home::Own).unwrap();
    store.checkpoint().unwrap();
    let folder = folder.restart();
    drop(store);
    commit_and_end(&folder, &[&first, &second]);
    let (crashes, mut torn) = (folder.crashes_at_end(), 0);
    for seed in 0..60 {
        let image = crashes.image(Kept::Some(seed));
        let copy = image.image(0, Kept::Nothing);
        if open(&copy, &options()).unwrap().get(MARK, &[0]).unwrap().is_some() {
            continue;
        }
        commit_and_end(&image, &[&first]);
        let again = image.crashes_at_end();
        for seed in 0..60 {
            let store = open(&again.image(Kept::Some(seed)), &options()).unwrap();
            assert_eq!(store.get(MARK, &[1]).unwrap(), None, "a commit that was given up is back");
            torn += 1;
        }
    }
    println!("{torn} images");
    assert!(torn > 0);
}
