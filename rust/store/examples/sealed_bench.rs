//! How fast sealed files are written and read, with the system's cache of files warm:
//! `cargo run --release -p statordb-store --example sealed_bench [megabytes]`.
//!
//! Keys are 36 bytes, spread by their hash; values are 1 KB. Reads come in random order, each figure is the best of
//! many short rounds, and a plain read of as many bytes as a block has is the yardstick. The files lie in the system's folder for temporary ones and are removed at the end.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::disallowed_methods, clippy::indexing_slicing)]

use statordb_store::io::{Folder, RealFolder};
use statordb_store::sealed::{BlockCache, Cursor, FileBuilder, Found, SealedFile, Section, SectionInfo};
use statordb_store::{Direction, KeyRange};
use std::hint::black_box;
use std::ops::Bound;
use std::sync::Arc;
use std::time::Instant;

const VALUE_BYTES: usize = 1024;
const RANGE_ITEMS: usize = 10;
/// Short rounds, so that on a busy machine one of them is left in peace; the best of each counts.
const ROUNDS: u64 = 30;
const CALLS: u64 = 20_000;
/// Sections that a range is merged from.
const MERGED: usize = 8;

/// The hash of a numbered key. All are even, so odd ones are not there.
fn hash_of(number: u64) -> u64 {
    scatter(number) & !1
}

type Key = [u8; 36];

fn scatter(number: u64) -> u64 {
    let mixed = (number ^ number >> 31).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB)
}

fn key(hash: u64) -> Key {
    let mut key = [b'k'; 36];
    key[..8].copy_from_slice(&hash.to_be_bytes());
    key
}

/// Writes the keys of these hashes, in order, as one section of a file of its own.
fn write(folder: &Arc<dyn Folder>, id: u64, hashes: &[u64]) -> SectionInfo {
    let begin = Instant::now();
    let mut builder = FileBuilder::create(folder, id).unwrap();
    let mut section = builder.section();
    let mut value = [0; VALUE_BYTES];
    for hash in hashes {
        value[..8].copy_from_slice(&hash.to_le_bytes());
        section.push(&key(*hash), Some(&value)).unwrap();
    }
    let info = section.finish().unwrap().unwrap();
    builder.finish().unwrap();
    let seconds = begin.elapsed().as_secs_f64();
    let megabytes = info.end as f64 / 1e6;
    println!("build: {megabytes:.0} MB in {seconds:.2} s, {:.0} MB/s, synced", megabytes / seconds);
    info
}

/// What the system takes for reading as much as a block, at any place of the file.
fn yardstick(folder: &Arc<dyn Folder>, info: &SectionInfo) {
    let file = folder.open(&format!("sealed-{:016x}", info.file)).unwrap();
    let mut bytes = vec![0; 4 * (VALUE_BYTES + 44)];
    let reads = rate(CALLS, |roll| _ = black_box(file.read_at(&mut bytes, roll % (info.end - 5_000)).unwrap()));
    println!("plain reads of {} bytes: {reads:.0} a second", bytes.len());
}

/// The most calls a second of all rounds; `one` gets a random number.
fn rate(calls: u64, mut one: impl FnMut(u64)) -> f64 {
    let mut most = 0.0_f64;
    for round in 0..ROUNDS {
        let begin = Instant::now();
        (round * calls..(round + 1) * calls).for_each(|call| one(scatter(call ^ 0x5555_0000_0000)));
        most = most.max(calls as f64 / begin.elapsed().as_secs_f64());
    }
    most
}

fn cursor(section: &Arc<Section>, hash: u64, direction: Direction) -> Cursor {
    let first = key(hash);
    let range = match direction {
        Direction::Forward => KeyRange { start: Bound::Included(&first), end: Bound::Unbounded },
        Direction::Backward => KeyRange { start: Bound::Unbounded, end: Bound::Included(&first) },
    };
    section.cursor(range, direction).unwrap()
}

fn range_of_one(section: &Arc<Section>, hash: u64, direction: Direction) -> usize {
    let mut cursor = cursor(section, hash, direction);
    let mut sum = 0;
    for _ in 0..RANGE_ITEMS {
        let Some((key, value)) = cursor.entry() else { break };
        sum += key.len() + usize::from(value.unwrap()[0]);
        cursor.advance().unwrap();
    }
    sum
}

/// A merge as plain as can be: the least key of all cursors, again and again.
fn range_of_many(sections: &[Arc<Section>], hash: u64) -> usize {
    let mut cursors: Vec<Cursor> = sections.iter().map(|section| cursor(section, hash, Direction::Forward)).collect();
    let mut sum = 0;
    for _ in 0..RANGE_ITEMS {
        let heads = cursors.iter_mut().filter(|cursor| cursor.entry().is_some());
        let Some(least) = heads.min_by(|a, b| a.entry().unwrap().0.cmp(b.entry().unwrap().0)) else { break };
        sum += usize::from(least.entry().unwrap().1.unwrap()[0]);
        least.advance().unwrap();
    }
    sum
}

fn open(folder: &Arc<dyn Folder>, infos: &[SectionInfo], cache: &Arc<BlockCache>) -> Vec<Arc<Section>> {
    let open = |info: &SectionInfo| {
        let file = SealedFile::open(folder, info.file).unwrap();
        Arc::new(Section::new(info.clone(), file, Arc::clone(cache)))
    };
    infos.iter().map(open).collect()
}

fn read(name: &str, section: &Arc<Section>, hashes: &[u64]) {
    let of = |roll: u64| hash_of(roll % hashes.len() as u64);
    let gets = rate(CALLS, |roll| assert!(matches!(section.get(&key(of(roll))), Ok(Found::Value(_)))));
    let misses = rate(CALLS, |roll| assert!(matches!(section.get(&key(roll | 1)), Ok(Found::Absent))));
    let forward = rate(CALLS / 4, |roll| _ = black_box(range_of_one(section, of(roll), Direction::Forward)));
    let backward = rate(CALLS / 4, |roll| _ = black_box(range_of_one(section, of(roll), Direction::Backward)));
    println!("{name:<34}{gets:>12.0}{misses:>12.0}{forward:>12.0}{backward:>12.0}");
}

fn main() {
    let megabytes: u64 = std::env::args().nth(1).and_then(|argument| argument.parse().ok()).unwrap_or(1_200);
    let path = std::env::temp_dir().join(format!("statordb-sealed-bench-{}", std::process::id()));
    let folder: Arc<dyn Folder> = Arc::new(RealFolder::open(&path).unwrap());
    let mut hashes: Vec<u64> = (0..megabytes * 1_000_000 / 1_068).map(hash_of).collect();
    hashes.sort_unstable();
    hashes.dedup();
    let whole = write(&folder, 1, &hashes);
    yardstick(&folder, &whole);
    println!("a second, one thread, cache:{:>18}{:>12}{:>12}{:>12}", "get", "get absent", "10 up", "10 down");
    for (name, bytes) in [("none", 0), ("256 KiB", 256 << 10), ("64 MiB", 64 << 20), ("4 GiB", 4 << 30)] {
        let section = &open(&folder, std::slice::from_ref(&whole), &Arc::new(BlockCache::new(bytes)))[0];
        if bytes > 1 << 30 {
            // What is read twice is kept.
            (0..2).for_each(|_| hashes.iter().for_each(|hash| drop(section.get(&key(*hash)).unwrap())));
        }
        read(name, section, &hashes);
    }
    let begin = Instant::now();
    let section = &open(&folder, std::slice::from_ref(&whole), &Arc::new(BlockCache::new(0)))[0];
    let verified = section.verify().unwrap();
    let seconds = begin.elapsed().as_secs_f64();
    println!("verify: {} blocks, {:.0} MB/s", verified.blocks, whole.end as f64 / 1e6 / seconds);
    merged(&folder, &hashes);
    std::fs::remove_dir_all(path).unwrap();
}

/// Ranges over sections among which the keys are dealt out.
fn merged(folder: &Arc<dyn Folder>, hashes: &[u64]) {
    let dealt = |part: usize| hashes.iter().copied().skip(part).step_by(MERGED).collect::<Vec<_>>();
    let infos: Vec<SectionInfo> = (0..MERGED).map(|part| write(folder, 2 + part as u64, &dealt(part))).collect();
    for (name, bytes) in [("256 KiB", 256 << 10), ("64 MiB", 64 << 20), ("4 GiB", 4 << 30)] {
        let sections = open(folder, &infos, &Arc::new(BlockCache::new(bytes)));
        if bytes > 1 << 30 {
            sections.iter().zip(0..).for_each(|(section, part)| {
                let get_all = || dealt(part).iter().for_each(|hash| drop(section.get(&key(*hash)).unwrap()));
                (0..2).for_each(|_| get_all());
            });
        }
        let of = |roll: u64| hash_of(roll % hashes.len() as u64);
        let ranges = rate(CALLS / 10, |roll| _ = black_box(range_of_many(&sections, of(roll))));
        println!("10 items of a merge of {MERGED}, cache {name:<10}{ranges:>12.0} a second");
    }
}
