//! Measures the durable store, in one run beside what it is compared with: the machine's own fdatasync, a bare log that
//! writes the same bytes, redb with a thread that commits for everybody, and the store in memory.
//!
//! One commit is an item of 1 KB, its index entry and its stream record, after the old item was read. See
//! `bench-store --help`.

mod bare;
mod clients;
mod figures;
mod large;
mod options;
mod peer;
mod rows;
mod stator;

use clients::{Report, drive};
use options::Options;

fn main() {
    let options = Options::from_arguments();
    if let Some(folder) = &options.victim {
        return large::write_until_killed(&options, folder);
    }
    if options.large_gib > 0 {
        return large::run(&options, options.large_gib, options.rounds);
    }
    let mut reports: Vec<Report> = Vec::new();
    println!("{}", options.describe());
    for clients in options.clients.clone() {
        for target in options.targets.clone() {
            let report = run(&options, &target, clients);
            println!("{}", report.line());
            reports.push(report);
        }
    }
    figures::print_ratios(&reports);
}

fn run(options: &Options, target: &str, clients: usize) -> Report {
    let folder = options.folder.join(format!("{target}-{clients}"));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder for the measurement");
    let report = match target {
        "fdatasync" => bare::fdatasync(options, &folder),
        "log" => drive(options, "log", clients, &bare::BareLog::new(&folder)),
        "redb" => {
            let redb = peer::Redb::new(&folder);
            redb.preload(options.items);
            drive(options, "redb", clients, &redb)
        }
        "memory" => {
            let store = stator::Stator::in_memory();
            store.preload(options.items.min(options.memory_items));
            drive(options, "memory", clients, &store)
        }
        "full" | "os" => {
            let store = stator::Stator::on_disk(&folder, options, target == "os");
            store.preload(options.items);
            let mut report = drive(options, target, clients, &store);
            report.disk_bytes = figures::disk_bytes(&folder);
            report.closed_ms = store.close();
            report.opened_ms = stator::Stator::reopen(&folder, options);
            report
        }
        other => panic!("no target `{other}`"),
    };
    let _ = std::fs::remove_dir_all(&folder);
    report
}
