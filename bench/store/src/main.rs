//! Measures the durable store, in one run beside what it is compared with: the machine's own fdatasync, a bare log that
//! writes the same bytes, redb with a thread that commits for everybody, and the store in memory.
//!
//! One commit is an item of 1 KB, its index entry and its stream record, after the old item was read. See
//! `bench-store --help`.

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

mod bare;
mod clients;
mod figures;
mod large;
mod options;
mod peer;
mod rows;
mod stator;

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;
use std::time::Duration;

use clients::{Report, Seen, Target};
use options::Options;

fn main() {
    let options = Options::from_arguments();
    if let Some(folder) = &options.victim {
        return large::write_until_killed(&options, folder);
    }
    if options.large_gib > 0 {
        return large::run(&options, options.large_gib, options.rounds);
    }
    if options.is_alone {
        return measure(&options, &options.targets[0], options.clients[0]);
    }
    let mut reports: Vec<Report> = Vec::new();
    println!("{}", options.describe());
    for clients in &options.clients {
        // All of them are there from the first turn on: a turn after another is all that they take from each other.
        let targets = options.targets.iter().filter(|target| *target != "fdatasync" || *clients == 1);
        let mut runs: Vec<Run> = targets.map(|target| Run::start(target, *clients)).collect();
        for _ in 0..options.turns {
            runs.iter_mut().for_each(Run::turn);
        }
        for report in runs.into_iter().map(Run::end) {
            println!("{}", report.line());
            reports.push(report);
        }
    }
    figures::print_ratios(&reports);
}

/// A target that is measured by a process of its own, so that its memory is its own too.
struct Run {
    child: Child,
    asks: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Run {
    /// Comes back when the target is ready.
    fn start(target: &str, clients: usize) -> Self {
        let mut command = Command::new(std::env::current_exe().expect("the program's path"));
        command.args(std::env::args().skip(1));
        command.args(["--targets", target, "--clients", &clients.to_string(), "--alone"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a process to measure");
        let asks = child.stdin.take().expect("its input");
        let answers = BufReader::new(child.stdout.take().expect("its output"));
        let mut run = Self { child, asks, answers };
        run.wait();
        run
    }

    fn wait(&mut self) {
        let mut line = String::new();
        assert!(self.answers.read_line(&mut line).is_ok_and(|bytes| bytes > 0), "a measurement has failed");
    }

    fn turn(&mut self) {
        self.asks.write_all(b"turn\n").expect("a process that measures");
        self.wait();
        // What is left to be done in the background is not to be the next one's burden.
        thread::sleep(Duration::from_secs(1));
    }

    fn end(mut self) -> Report {
        drop(self.asks);
        let mut text = String::new();
        self.answers.read_to_string(&mut text).expect("a report");
        assert!(self.child.wait().is_ok_and(|status| status.success()), "a measurement has failed");
        Report::decode(&text)
    }
}

/// Drives clients for a turn whenever the process that started this one asks for it, and reports when it asks no more.
fn take_turns(options: &Options, target: &str, clients: usize, to: &dyn Target) -> Report {
    println!("ready");
    figures::reset_peak_rss();
    let mut seen = Seen::default();
    for _ in std::io::stdin().lines() {
        seen.drive(options, clients, to);
        println!("done");
    }
    seen.report(target, clients)
}

fn measure(options: &Options, target: &str, clients: usize) {
    let folder = options.folder.join(format!("{target}-{clients}"));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder for the measurement");
    let drive = |to: &dyn Target| take_turns(options, target, clients, to);
    let report = match target {
        "fdatasync" => drive(&bare::Fdatasync::new(&folder)),
        "log" => drive(&bare::BareLog::new(&folder)),
        "redb" => {
            let redb = peer::Redb::new(&folder, options.memory_bytes as usize);
            redb.preload(options.items);
            drive(&redb)
        }
        "memory" => {
            let store = stator::Stator::in_memory();
            store.preload(options.items.min(options.memory_items));
            drive(&store)
        }
        "full" | "os" => {
            let store = stator::Stator::on_disk(&folder, options, target == "os");
            store.preload(options.items);
            let mut report = drive(&store);
            report.disk_bytes = figures::disk_bytes(&folder);
            report.closed_ms = store.close();
            report.opened_ms = stator::Stator::reopen(&folder, options);
            report
        }
        other => panic!("no target `{other}`"),
    };
    let _ = std::fs::remove_dir_all(&folder);
    print!("{}", report.encode());
}
