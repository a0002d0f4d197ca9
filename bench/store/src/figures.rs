//! Figures of the process and of folders, and ratios between runs.

use std::fs;
use std::path::Path;

use crate::clients::Report;

/// Microseconds of processor time that this process has used.
pub fn cpu_us() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split_whitespace().collect();
    let ticks = |index: usize| fields.get(index).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) * 10_000.0
}

/// Forgets the highest use of memory so far.
pub fn reset_peak_rss() {
    let _ = fs::write("/proc/self/clear_refs", "5");
}

pub fn peak_rss_mib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or("");
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / 1024
}

/// Bytes that a folder takes on the disk.
pub fn disk_bytes(folder: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    files.filter_map(|file| file.metadata().ok()).map(|metadata| metadata.blocks() * 512).sum()
}

pub fn print_ratios(reports: &[Report]) {
    let find = |target: &str, clients: usize| {
        let found = reports.iter().find(|report| report.target == target && report.clients == clients);
        found.map(|report| report.per_second)
    };
    for report in reports.iter().filter(|report| report.target == "full" || report.target == "os") {
        for other in ["fdatasync", "log", "redb", "memory"] {
            if let Some(rate) = find(other, report.clients) {
                let ratio = report.per_second / rate;
                println!("{} at {} clients: {ratio:.2} of {other}", report.target, report.clients);
            }
        }
    }
}
