//! The rules of sealed files: what was pushed is found, whatever was damaged is not taken for an answer.

use super::*;
use crate::io::{DiskFile, Folder, RealFolder};
use crate::{Bytes, Direction, KeyRange, StoreError, key_hash};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::io;
use std::ops::Bound;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

type Model = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// A folder in memory; what is read from its files can be spoilt.
#[derive(Debug, Default)]
struct Shelf(Mutex<BTreeMap<String, Arc<Paper>>>);

#[derive(Debug, Default)]
struct Paper {
    bytes: Mutex<Vec<u8>>,
    /// Bytes read since it was made.
    reads: AtomicU64,
    /// Where what the system was told to write begins, and how many bytes it has.
    begun: Mutex<Vec<(u64, u64)>>,
}

impl Shelf {
    fn new() -> (Arc<Self>, Arc<dyn Folder>) {
        let shelf = Arc::new(Self::default());
        (Arc::clone(&shelf), shelf)
    }

    fn paper(&self, id: u64) -> Arc<Paper> {
        Arc::clone(&self.0.lock().unwrap()[&file::name(id)])
    }
}

impl Folder for Shelf {
    fn create(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let paper = Arc::new(Paper::default());
        self.0.lock().unwrap().insert(name.to_owned(), Arc::clone(&paper));
        Ok(paper)
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let paper = self.0.lock().unwrap().get(name).cloned();
        paper.map(|paper| paper as Arc<dyn DiskFile>).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut papers = self.0.lock().unwrap();
        let paper = papers.remove(from).ok_or(io::ErrorKind::NotFound)?;
        papers.insert(to.to_owned(), paper);
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let removed = self.0.lock().unwrap().remove(name);
        removed.map(drop).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn list(&self) -> io::Result<Vec<String>> {
        Ok(self.0.lock().unwrap().keys().cloned().collect())
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}

impl DiskFile for Paper {
    /// Comes back short now and then, as a file may.
    fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
        let held = self.bytes.lock().unwrap();
        let start = held.len().min(offset as usize);
        let read = (held.len() - start).min(bytes.len()).min(100_000);
        bytes[..read].copy_from_slice(&held[start..start + read]);
        self.reads.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        let mut held = self.bytes.lock().unwrap();
        assert_eq!(held.len() as u64, offset, "a sealed file is written from its beginning to its end");
        let written = bytes.len().min(300_000);
        held.extend_from_slice(&bytes[..written]);
        Ok(written)
    }

    fn set_size(&self, size: u64) -> io::Result<()> {
        self.bytes.lock().unwrap().resize(size as usize, 0);
        Ok(())
    }

    fn size(&self) -> io::Result<u64> {
        Ok(self.bytes.lock().unwrap().len() as u64)
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }

    fn begin_writing(&self, start: u64, bytes: u64) {
        self.begun.lock().unwrap().push((start, bytes));
    }
}

fn write(folder: &Arc<dyn Folder>, id: u64, models: &[Model]) -> (Arc<SealedFile>, Vec<Option<SectionInfo>>) {
    let mut builder = FileBuilder::create(folder, id).unwrap();
    let mut infos = Vec::new();
    for model in models {
        let start = builder.bytes();
        let mut section = builder.section();
        for (key, value) in model {
            section.push(key, value.as_deref()).unwrap();
        }
        let info = section.finish().unwrap();
        assert_eq!(info.is_some(), !model.is_empty());
        if let Some(info) = &info {
            assert_eq!((info.start, info.end), (start, builder.bytes()));
        }
        infos.push(info);
    }
    (builder.finish().unwrap(), infos)
}

/// One section of these entries in a file of its own.
fn section(model: &Model, cache_bytes: u64) -> (Arc<Paper>, Arc<Section>) {
    let (shelf, folder) = Shelf::new();
    let (file, mut infos) = write(&folder, 1, std::slice::from_ref(model));
    let section = Section::new(infos.remove(0).unwrap(), file, Arc::new(BlockCache::new(cache_bytes)));
    (shelf.paper(1), Arc::new(section))
}

fn found(value: Option<&Option<Vec<u8>>>) -> Found {
    match value {
        None => Found::Absent,
        Some(None) => Found::Deleted,
        Some(Some(value)) => Found::Value(Bytes::from(value.as_slice())),
    }
}

type Entries = Vec<(Vec<u8>, Option<Vec<u8>>)>;

fn read(section: &Arc<Section>, range: KeyRange<'_>, direction: Direction) -> Result<Entries, StoreError> {
    let mut cursor = section.cursor(range, direction)?;
    let mut entries = Vec::new();
    while let Some((key, value)) = cursor.entry() {
        entries.push((key.to_vec(), value.map(<[u8]>::to_vec)));
        cursor.advance()?;
    }
    cursor.advance()?;
    assert_eq!(cursor.entry(), None, "a cursor stays at the end");
    Ok(entries)
}

fn expected(model: &Model, range: KeyRange<'_>, direction: Direction) -> Entries {
    let within = |key: &[u8]| section::is_from(range.start, key) && section::is_until(range.end, key);
    let entries = model.iter().filter(|(key, _)| within(key)).map(|(key, value)| (key.clone(), value.clone()));
    match direction {
        Direction::Forward => entries.collect(),
        Direction::Backward => entries.rev().collect(),
    }
}

const BOTH: [Direction; 2] = [Direction::Forward, Direction::Backward];

fn bounds(key: &[u8]) -> [Bound<&[u8]>; 3] {
    [Bound::Included(key), Bound::Excluded(key), Bound::Unbounded]
}

fn check_ranges(section: &Arc<Section>, model: &Model, start: &[u8], end: &[u8]) {
    for start in bounds(start) {
        for end in bounds(end) {
            let range = KeyRange { start, end };
            for direction in BOTH {
                let entries = expected(model, range, direction);
                assert_eq!(read(section, range, direction).unwrap(), entries, "{range:?} {direction:?}");
                assert!(entries.is_empty() || section.overlaps(&range) && section.may_hold(&range).unwrap());
            }
        }
    }
}

fn check_info(info: &SectionInfo, model: &Model) {
    assert_eq!(Some(&info.first_key), model.keys().next());
    assert_eq!(Some(&info.last_key), model.keys().next_back());
    assert_eq!(info.tombstones, model.values().filter(|value| value.is_none()).count() as u64);
    assert_eq!(info.entries + info.tombstones, model.len() as u64);
    let size = |(key, value): (&Vec<u8>, &Option<Vec<u8>>)| key.len() + value.as_ref().map_or(0, Vec::len);
    assert_eq!(info.bytes, model.iter().map(size).sum::<usize>() as u64);
    let mut bytes = Vec::new();
    info.encode(&mut bytes);
    let length = bytes.len();
    bytes.extend_from_slice(b"more");
    let mut rest = bytes.as_slice();
    assert_eq!(SectionInfo::decode(&mut rest).as_ref(), Some(info));
    assert_eq!(rest, b"more");
    assert!((0..length).step_by(1 + length / 100).all(|cut| SectionInfo::decode(&mut &bytes[..cut]).is_none()));
}

/// Keys that are short, long, alike for long, of one hash, or of nothing but zeros.
fn any_key() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        2 => prop::collection::vec(prop::sample::select(vec![0, 1, 255]), 0..4),
        3 => prop::collection::vec(any::<u8>(), 8..40),
        3 => (0..3_u8, 0..2_000_u16).prop_map(|(hash, sort)| [&[hash; 8][..], &sort.to_be_bytes()].concat()),
        1 => prop::collection::vec(any::<u8>(), 0..3).prop_map(|end| [vec![7; 3_000], end].concat()),
    ]
}

fn any_value() -> impl Strategy<Value = Option<Vec<u8>>> {
    let sized = |sizes: std::ops::Range<usize>| (any::<u8>(), sizes).prop_map(|(byte, size)| Some(vec![byte; size]));
    prop_oneof![2 => Just(None), 1 => Just(Some(vec![])), 6 => sized(1..200), 4 => sized(1_000..1_100), 1 => sized(5_000..40_000)]
}

fn any_model(most: usize) -> impl Strategy<Value = Model> {
    prop::collection::btree_map(any_key(), any_value(), 0..most)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn sections_hold_what_was_pushed(
        models in prop::collection::vec(any_model(300), 1..4),
        others in prop::collection::vec(any_key(), 8),
        cache_bytes in prop::sample::select(vec![0, 4 << 10, 64 << 10, 64 << 20]),
    ) {
        let (_, folder) = Shelf::new();
        let (built, infos) = write(&folder, 9, &models);
        let opened = SealedFile::open(&folder, 9).unwrap();
        let cache = Arc::new(BlockCache::new(cache_bytes));
        for (file, (info, model)) in [built, opened].into_iter().cycle().zip(infos.iter().zip(&models)) {
            let Some(info) = info else { continue };
            check_info(info, model);
            let section = Arc::new(Section::new(info.clone(), file, Arc::clone(&cache)));
            let verified = section.verify().unwrap();
            prop_assert_eq!(
                (verified.entries, verified.tombstones, verified.bytes),
                (info.entries, info.tombstones, info.bytes)
            );
            for key in model.keys().chain(&others) {
                prop_assert_eq!(section.get(key).unwrap(), found(model.get(key)));
                prop_assert!(!model.contains_key(key) || section.may_hold_hash(key_hash(key)).unwrap());
            }
            let keys: Vec<&Vec<u8>> = model.keys().step_by(1 + model.len() / 4).chain(&others[..3]).collect();
            for (start, end) in keys.iter().zip(keys.iter().skip(1).chain(&keys)) {
                check_ranges(&section, model, start, end);
                check_ranges(&section, model, end, start);
                check_ranges(&section, model, start, start);
            }
            prop_assert!(cache.bytes() <= cache_bytes);
        }
    }

    #[test]
    fn any_bytes_are_a_section_or_none(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut rest = bytes.as_slice();
        if let Some(info) = SectionInfo::decode(&mut rest) {
            prop_assert!(info.start < info.end);
        }
    }
}

/// Numbered entries of one size, every fifth a tombstone, spread by hash.
fn spread(count: u64, value_bytes: usize) -> Model {
    let entry = |number: u64| {
        let key = [&file::mix(number).to_be_bytes()[..], &number.to_be_bytes()].concat();
        (key, (!number.is_multiple_of(5)).then(|| vec![number as u8; value_bytes]))
    };
    (0..count).map(entry).collect()
}

/// Keys of which every two are alike for long, so that half of the fences are long and few fit into an index block.
fn alike(count: u64) -> Model {
    let key = |number: u64| [&(number / 2).to_be_bytes()[..], &[7; 600], &[number as u8 % 2]].concat();
    (0..count).map(|number| (key(number), Some(vec![number as u8; 3_000]))).collect()
}

#[test]
fn an_index_has_as_many_levels_as_it_needs() {
    let models =
        [(spread(1, 1_000), 0), (spread(4, 1_000), 0), (spread(100, 1_000), 1), (alike(100), 3), (alike(2_000), 4)];
    for (model, levels) in models {
        let (_, section) = section(&model, 1 << 20);
        assert_eq!(section.info().levels, levels, "{} entries", model.len());
        section.verify().unwrap();
        for (key, value) in &model {
            assert_eq!(section.get(key).unwrap(), found(Some(value)));
        }
        for direction in BOTH {
            assert_eq!(read(&section, KeyRange::ALL, direction).unwrap(), expected(&model, KeyRange::ALL, direction));
        }
    }
}

#[test]
fn the_longest_keys_and_large_values_are_kept() {
    let long = |number: u8| [vec![3; KEY_BYTES_MAX - 1], vec![number]].concat();
    let mut model: Model = (0..100).map(|number| (long(number), Some(vec![number; 10]))).collect();
    for number in 0..20 {
        model.insert(vec![2, number], Some(vec![number; 300_000]));
    }
    model.insert(vec![2, 99], Some(vec![9; VALUE_BYTES_MAX]));
    let (_, section) = section(&model, 1 << 20);
    assert!(section.info().levels > 1, "fences of 64 KiB need several index blocks");
    section.verify().unwrap();
    for (key, value) in &model {
        assert_eq!(section.get(key).unwrap(), found(Some(value)));
    }
    for direction in BOTH {
        assert!(read(&section, KeyRange::ALL, direction).unwrap() == expected(&model, KeyRange::ALL, direction));
    }
}

#[test]
fn a_builder_refuses_what_it_could_not_give_back() {
    let (_, folder) = Shelf::new();
    let mut builder = FileBuilder::create(&folder, 1).unwrap();
    let mut section = builder.section();
    let too_large = |pushed: Result<(), StoreError>| matches!(pushed, Err(StoreError::TooLarge { .. }));
    assert!(too_large(section.push(&vec![0; KEY_BYTES_MAX + 1], None)));
    assert!(too_large(section.push(b"k", Some(&vec![0; VALUE_BYTES_MAX + 1]))));
    section.push(b"k", None).unwrap();
    for key in [b"k".as_slice(), b"j", b""] {
        assert!(matches!(section.push(key, None), Err(StoreError::Damaged { .. })));
    }
    assert_eq!(section.finish().unwrap().unwrap().tombstones, 1);
    assert_eq!(builder.section().finish().unwrap(), None);
}

#[test]
fn filters_are_made_where_they_help() {
    let one_hash: Model = (0..2_000_u16).map(|sort| ([&[7; 8][..], &sort.to_be_bytes()].concat(), None)).collect();
    for (model, has_hashes, has_keys) in
        [(spread(3, 10), false, false), (spread(2_000, 10), true, false), (one_hash, true, true)]
    {
        let (paper, section) = section(&model, 0);
        assert_eq!((section.info().hashes.is_some(), section.info().keys.is_some()), (has_hashes, has_keys));
        let Some(first) = model.keys().next().filter(|_| has_hashes) else { continue };
        let absent = |number: u64| [&first[..8], &number.to_be_bytes()[..], b"-"].concat();
        let begin = paper.reads.load(Ordering::Relaxed);
        let between = (0..1_000).filter(|number| section.get(&absent(*number)).unwrap() == Found::Absent).count();
        let read = paper.reads.load(Ordering::Relaxed) - begin;
        assert_eq!(between, 1_000);
        assert!(!has_keys || read < 1_000 * 4_700, "{read} bytes: most reads touch one page and no block");
        let other = section.may_hold_hash(key_hash(first) ^ 1).unwrap();
        assert!(!other, "a hash that is not there");
        let within = KeyRange { start: Bound::Included(&first[..8]), end: Bound::Included(first) };
        assert!(section.may_hold(&within).unwrap());
    }
}

#[test]
fn a_warm_cache_is_enough_to_read() {
    let model = spread(5_000, 100);
    let (paper, section) = section(&model, 64 << 20);
    let get_all = || model.iter().all(|(key, value)| section.get(key).unwrap() == found(Some(value)));
    assert!(get_all() && get_all());
    let reads = paper.reads.load(Ordering::Relaxed);
    assert!(get_all());
    assert_eq!(paper.reads.load(Ordering::Relaxed), reads);
    assert!(reads < 3 * (section.info().end - section.info().start), "blocks are kept from the second read on");
}

#[test]
fn a_file_goes_to_the_disk_while_it_is_written() {
    let (paper, _) = section(&alike(10_000), 0);
    let (size, begun) = (paper.size().unwrap(), paper.begun.lock().unwrap().clone());
    assert!(size > 32 << 20);
    assert!(begun.iter().all(|(_, bytes)| *bytes < 1 << 20), "a commit meanwhile waits for little");
    let ends = begun.iter().scan(0, |end, (start, bytes)| {
        assert_eq!(*start, std::mem::replace(end, start + bytes));
        Some(*end)
    });
    assert_eq!(ends.last(), Some(size), "all of it, in order");
}

#[test]
fn only_a_doomed_file_is_removed_once_nobody_holds_it() {
    let path = std::env::temp_dir().join(format!("statordb-sealed-doom-{}", std::process::id()));
    let folder: Arc<dyn Folder> = Arc::new(RealFolder::open(&path).unwrap());
    let (file, infos) = write(&folder, 0xAB, &[spread(100, 100)]);
    let name = vec!["sealed-00000000000000ab".to_owned()];
    drop(file);
    assert_eq!(folder.list().unwrap(), name);
    let file = SealedFile::open(&folder, 0xAB).unwrap();
    let section = Section::new(infos[0].clone().unwrap(), Arc::clone(&file), Arc::new(BlockCache::new(0)));
    file.doom();
    drop(file);
    assert_eq!(folder.list().unwrap(), name);
    section.verify().unwrap();
    drop(section);
    assert!(folder.list().unwrap().is_empty());
    drop(FileBuilder::create(&folder, 1).unwrap());
    FileBuilder::create(&folder, 2).unwrap().abandon();
    assert!(folder.list().unwrap().is_empty());
    std::fs::remove_dir(path).unwrap();
}

#[test]
fn another_file_under_the_name_is_refused() {
    let (shelf, folder) = Shelf::new();
    let (_, mut infos) = write(&folder, 1, &[spread(1_000, 10)]);
    write(&folder, 2, &[spread(1_000, 10)]);
    let sealed = |id| SealedFile::open(&folder, id);
    folder.rename(&file::name(2), &file::name(1)).unwrap();
    assert_eq!(
        sealed(1).unwrap_err().to_string(),
        "`sealed-0000000000000001` is damaged at byte 16: this is another file under its name"
    );
    assert!(matches!(sealed(2), Err(StoreError::Damaged { what: "it is missing", .. })));
    // Even with a header of the right file, no block of another one is taken.
    shelf.paper(1).bytes.lock().unwrap()[..file::HEADER_BYTES].copy_from_slice(&file::header(1));
    let section = Arc::new(Section::new(infos.remove(0).unwrap(), sealed(1).unwrap(), Arc::new(BlockCache::new(0))));
    assert!(is_damage(&section.verify()));
    assert!(is_damage(&read(&section, KeyRange::ALL, Direction::Forward)));
    assert!(spread(1_000, 10).keys().all(|key| is_damage(&section.get(key))));
}

#[test]
fn another_version_is_refused_by_its_number() {
    let (shelf, folder) = Shelf::new();
    write(&folder, 1, &[spread(10, 10)]);
    let paper = shelf.paper(1);
    let mut header = file::header(1);
    header[8] = 2;
    let sum = file::checksum(1, 0, &header[..24]);
    header[24..].copy_from_slice(&sum.to_le_bytes());
    paper.bytes.lock().unwrap()[..32].copy_from_slice(&header);
    let error = SealedFile::open(&folder, 1).unwrap_err();
    assert!(matches!(&error, StoreError::Format(text) if text.contains("version `2`")), "{error}");
}

fn is_damage<T>(result: &Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::Damaged { .. }))
}

/// A file of about 20 KB that has everything: several sections, levels and filters of both kinds.
fn small_models() -> [Model; 3] {
    let mut one_hash: Model = (0..400_u16)
        .map(|sort| ([&[7; 8][..], &sort.to_be_bytes()].concat(), (sort % 3 > 0).then(|| vec![sort as u8; 12])))
        .collect();
    one_hash.insert(vec![8], Some(vec![8; 300]));
    [spread(60, 100), spread(3, 50), one_hash]
}

struct Small {
    paper: Arc<Paper>,
    folder: Arc<dyn Folder>,
    models: [Model; 3],
    infos: Vec<SectionInfo>,
}

impl Small {
    fn new() -> Self {
        let ((shelf, folder), models) = (Shelf::new(), small_models());
        let (_, infos) = write(&folder, 1, &models);
        Self { paper: shelf.paper(1), folder, models, infos: infos.into_iter().flatten().collect() }
    }

    fn open(&self) -> Result<Vec<Arc<Section>>, StoreError> {
        let file = SealedFile::open(&self.folder, 1)?;
        let cache = Arc::new(BlockCache::new(1 << 20));
        let section = |info: &SectionInfo| Section::new(info.clone(), Arc::clone(&file), Arc::clone(&cache));
        Ok(self.infos.iter().map(|info| Arc::new(section(info))).collect())
    }

    /// How many sections say that they are damaged; an open that fails says so of all.
    fn damaged(&self) -> usize {
        let damaged = |sections: Vec<Arc<Section>>| sections.iter().filter(|one| is_damage(&one.verify())).count();
        self.open().map_or(self.infos.len(), damaged)
    }

    /// Reads everything in every way; how many reads were refused. None is answered wrongly.
    fn refused(&self) -> usize {
        let Ok(sections) = self.open() else { return usize::MAX };
        let mut refused = 0;
        for (section, model) in sections.iter().zip(&self.models) {
            let (absent, mut values) = (b"\x07\x07\x07\x07\x07\x07\x07\x07\x00\x01+".to_vec(), model.clone());
            values.remove(&absent);
            for key in values.keys().chain([&absent]) {
                match section.get(key) {
                    Ok(answer) => assert_eq!(answer, found(values.get(key))),
                    Err(StoreError::Damaged { .. }) => refused += 1,
                    Err(other) => panic!("{other}"),
                }
            }
            match section.may_hold_hash(key_hash(&section.info().last_key)) {
                Ok(may) => assert!(may),
                Err(_) => refused += 1,
            }
            for direction in BOTH {
                match read(section, KeyRange::ALL, direction) {
                    Ok(entries) => assert_eq!(entries, expected(model, KeyRange::ALL, direction)),
                    Err(StoreError::Damaged { .. }) => refused += 1,
                    Err(other) => panic!("{other}"),
                }
            }
        }
        refused
    }
}

#[test]
fn every_bit_that_flips_is_found_and_none_gives_a_wrong_answer() {
    let small = Small::new();
    let size = small.paper.size().unwrap();
    assert!((18_000..30_000).contains(&size), "{size} bytes");
    assert!(small.infos.iter().any(|info| info.levels > 0 && info.keys.is_some()));
    assert_eq!((small.damaged(), small.refused()), (0, 0));
    for byte in 0..size as usize {
        for bit in 0..8 {
            small.paper.bytes.lock().unwrap()[byte] ^= 1 << bit;
            let of_header = byte < file::HEADER_BYTES;
            assert_eq!(small.damaged(), if of_header { 3 } else { 1 }, "bit {bit} of byte {byte}");
            if bit == byte % 8 {
                assert!(small.refused() > 0, "byte {byte} is read by something");
            }
            small.paper.bytes.lock().unwrap()[byte] ^= 1 << bit;
        }
    }
}

#[test]
fn a_file_that_is_cut_off_is_refused() {
    let small = Small::new();
    let whole = small.paper.bytes.lock().unwrap().clone();
    for size in (0..whole.len()).step_by(61).chain([whole.len() - 1]) {
        *small.paper.bytes.lock().unwrap() = whole[..size].to_vec();
        assert!(small.damaged() > 0 && small.refused() > 0, "{size} bytes of {}", whole.len());
        *small.paper.bytes.lock().unwrap() = [&whole[..size], &vec![0; whole.len() - size]].concat();
        assert!(small.damaged() > 0, "zeros from byte {size} on");
        small.refused();
    }
}

#[test]
fn a_section_that_is_not_what_the_manifest_says_is_refused() {
    let small = Small::new();
    let file = SealedFile::open(&small.folder, 1).unwrap();
    let info = &small.infos[0];
    let changes: [fn(&mut SectionInfo); 10] = [
        |info| info.entries += 1,
        |info| info.tombstones += 1,
        |info| info.bytes += 1,
        |info| info.end += 1,
        |info| info.start -= 1,
        |info| info.first_key.push(0),
        |info| info.last_key.push(0),
        |info| info.levels = 0,
        |info| info.levels += 1,
        |info| info.root.length = u32::MAX,
    ];
    for (index, change) in changes.iter().enumerate() {
        let mut wrong = info.clone();
        change(&mut wrong);
        let section = Arc::new(Section::new(wrong, Arc::clone(&file), Arc::new(BlockCache::new(0))));
        assert!(is_damage(&section.verify()), "change {index}");
    }
}
