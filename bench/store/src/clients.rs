//! Clients that commit as fast as they are answered, and what they saw.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::options::Options;
use crate::rows::Dice;

/// Something that takes commits.
pub trait Target: Sync {
    /// Commits an item, and comes back when it is acknowledged.
    fn commit(&self, number: u64, seed: u64);
}

/// What one run came to.
#[derive(Clone, Debug, Default)]
pub struct Report {
    pub target: String,
    pub clients: usize,
    pub per_second: f64,
    pub p50_us: f64,
    pub p99_us: f64,
    pub p999_us: f64,
    pub max_ms: f64,
    /// Commits in the second with the fewest.
    pub worst_second: u64,
    pub cpu_us: f64,
    pub rss_mib: u64,
    pub disk_bytes: u64,
    pub closed_ms: f64,
    pub opened_ms: f64,
}

impl Report {
    /// For another process: a line for the name, and one for each figure.
    pub fn encode(&self) -> String {
        let figures = [
            self.clients as f64,
            self.per_second,
            self.p50_us,
            self.p99_us,
            self.p999_us,
            self.max_ms,
            self.worst_second as f64,
            self.cpu_us,
            self.rss_mib as f64,
            self.disk_bytes as f64,
            self.closed_ms,
            self.opened_ms,
        ];
        figures.iter().fold(self.target.clone(), |text, figure| text + "\n" + &figure.to_string())
    }

    pub fn decode(text: &str) -> Self {
        let mut lines = text.lines();
        let target = lines.next().expect("a name").to_owned();
        let mut next = || lines.next().and_then(|line| line.parse::<f64>().ok()).expect("a figure");
        Self {
            target,
            clients: next() as usize,
            per_second: next(),
            p50_us: next(),
            p99_us: next(),
            p999_us: next(),
            max_ms: next(),
            worst_second: next() as u64,
            cpu_us: next(),
            rss_mib: next() as u64,
            disk_bytes: next() as u64,
            closed_ms: next(),
            opened_ms: next(),
        }
    }

    pub fn line(&self) -> String {
        let mut line = format!(
            "{:>9} {:>3} clients {:>9.0}/s  p50 {:>7.0} us  p99 {:>7.0}  p99.9 {:>7.0}  max {:>6.1} ms  worst second {:>7}  \
             cpu {:>5.1} us  peak RSS {:>5} MiB",
            self.target,
            self.clients,
            self.per_second,
            self.p50_us,
            self.p99_us,
            self.p999_us,
            self.max_ms,
            self.worst_second,
            self.cpu_us,
            self.rss_mib
        );
        if self.disk_bytes > 0 {
            line += &format!(
                "  files {} MiB, closed in {:.0} ms, opened in {:.0} ms",
                self.disk_bytes >> 20,
                self.closed_ms,
                self.opened_ms
            );
        }
        line
    }
}

/// What clients have seen so far, in however many turns.
#[derive(Default)]
pub struct Seen {
    latencies_ns: Vec<u32>,
    seconds: Vec<u64>,
    cpu_us: f64,
    took_s: f64,
}

impl Seen {
    /// Runs clients for one turn.
    pub fn drive(&mut self, options: &Options, clients: usize, target: &dyn Target) {
        let (cpu, began) = (crate::figures::cpu_us(), Instant::now());
        let end = began + options.turn();
        let turn = (self.latencies_ns.len() as u64) << 32;
        let (over, count) = (AtomicBool::new(false), AtomicU64::new(0));
        let (latencies, seconds) = thread::scope(|scope| {
            let watch = scope.spawn(|| per_second(&over, &count));
            let client = |seed: u64| {
                let (mut dice, mut taken, count) = (Dice::new(seed), Vec::new(), &count);
                move || {
                    while Instant::now() < end {
                        let number = dice.roll(options.items.max(1) * 2);
                        let began = Instant::now();
                        target.commit(number, dice.roll(u64::MAX));
                        taken.push(began.elapsed().as_nanos() as u32);
                        count.fetch_add(1, Ordering::Relaxed);
                    }
                    taken
                }
            };
            let clients: Vec<_> =
                (0..clients).map(|number| scope.spawn(client(turn + number as u64 * 7_919 + 1))).collect();
            let latencies: Vec<u32> = clients.into_iter().flat_map(|client| client.join().unwrap()).collect();
            over.store(true, Ordering::Relaxed);
            (latencies, watch.join().unwrap())
        });
        self.took_s += began.elapsed().as_secs_f64();
        self.cpu_us += crate::figures::cpu_us() - cpu;
        self.latencies_ns.extend(latencies);
        self.seconds.extend(seconds);
    }

    pub fn report(mut self, target: &str, clients: usize) -> Report {
        self.latencies_ns.sort_unstable();
        let count = self.latencies_ns.len();
        let at =
            |share: f64| self.latencies_ns.get((count as f64 * share) as usize).map_or(0.0, |ns| f64::from(*ns) / 1e3);
        Report {
            target: target.to_owned(),
            clients,
            per_second: count as f64 / self.took_s,
            p50_us: at(0.5),
            p99_us: at(0.99),
            p999_us: at(0.999),
            max_ms: self.latencies_ns.last().map_or(0.0, |ns| f64::from(*ns) / 1e6),
            worst_second: self.seconds.iter().copied().min().unwrap_or(0),
            cpu_us: self.cpu_us / count.max(1) as f64,
            rss_mib: crate::figures::peak_rss_mib(),
            ..Report::default()
        }
    }
}

/// Commits in each whole second.
fn per_second(over: &AtomicBool, count: &AtomicU64) -> Vec<u64> {
    let (mut seconds, mut before) = (Vec::new(), 0);
    loop {
        thread::sleep(Duration::from_secs(1));
        if over.load(Ordering::Relaxed) {
            return seconds;
        }
        let now = count.load(Ordering::Relaxed);
        seconds.push(now - before);
        before = now;
    }
}
