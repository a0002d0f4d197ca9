//! The script with every fault at every call.

use statordb_store::DiskOptions;

use crate::faulty::{Fault, Faulty, Kept};
use crate::script::{Dice, Script, options};
use crate::{Case, check_image, points_wanted};

const FAULTS: [Fault; 8] = [
    Fault::Device,
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
    fail_everywhere(&options(), 500);
}

#[test]
fn a_fault_at_any_call_loses_nothing_where_commits_are_acknowledged_unsynced() {
    fail_everywhere(&DiskOptions { acknowledge_written: true, ..options() }, 150);
}

/// The machine goes on when a process has ended; what that one did is seen by the next, and may be lost all the same.
#[test]
fn a_process_that_ends_before_a_sync_and_a_crash_soon_after_lose_nothing() {
    let (wanted, mut looked, mut images, mut seed) = (points_wanted(1_000), 0, 0, 50);
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
