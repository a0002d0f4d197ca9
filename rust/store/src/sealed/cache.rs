//! Blocks that were read lately, bounded by their bytes, for all sealed files of a store.
//!
//! A block is known by its file and its offset. Ids of files never repeat, so what is left of a file that is gone does
//! no harm until it is evicted. Data blocks are kept from the second time on that they are read: what is read once, as
//! by a walk through a section or by reads spread over far more than fits, pushes nothing out and costs no memory that
//! is cold.

use super::file::mix;
use super::records::Block;
use quick_cache::Weighter;
use quick_cache::sync::{Cache, DefaultLifecycle};
use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::atomic::{AtomicU16, AtomicU64, Ordering};

/// What a cached block costs besides its bytes: its key, its place in the table, its count.
const OVERHEAD_BYTES: u64 = 96;
/// What a block is expected to weigh; a guess within an order of magnitude will do.
const EXPECTED_BYTES: u64 = super::BLOCK_BYTES as u64;

/// Beyond so many blocks, the tables that are made for them at once grow no further.
const EXPECTED_MAX: usize = 1 << 24;
/// Marks for each block that fits: so a block is kept if it is read again before about twice as many others are.
const SLOTS_PER_BLOCK: usize = 2;
/// The part of the bytes that is for pages of filters which sections hold.
const HELD_PART: u64 = 16;

type Place = (u64, u64);

/// A cache of blocks, shared by all sections of a store.
pub struct BlockCache {
    blocks: Option<Cache<Place, Block, Weigh, BuildHasherDefault<PlaceHasher>>>,
    /// Marks of the data blocks that were read lately and are not kept, each in one slot of its own or another's.
    seen: Box<[AtomicU16]>,
    /// Bytes that sections may yet hold by themselves.
    room: AtomicU64,
}

impl BlockCache {
    /// A cache of so many bytes, but for a byte of rounding in each shard; 0 keeps nothing.
    #[must_use]
    pub fn new(bytes: u64) -> Self {
        let held = bytes / HELD_PART;
        let bytes = bytes - held;
        let expected = usize::try_from(bytes / EXPECTED_BYTES).unwrap_or(usize::MAX).clamp(1, EXPECTED_MAX);
        let blocks = || Cache::with(expected, bytes, Weigh, BuildHasherDefault::default(), DefaultLifecycle::default());
        let seen = (0..expected.saturating_mul(SLOTS_PER_BLOCK).next_power_of_two()).map(|_| AtomicU16::new(0));
        Self { blocks: (bytes > 0).then(blocks), seen: seen.collect(), room: AtomicU64::new(held) }
    }

    /// The bytes that it holds at this moment.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.blocks.as_ref().map_or(0, Cache::weight)
    }

    /// Takes room for bytes that a section is to hold by itself, if there is as much.
    pub(super) fn take_room(&self, bytes: usize) -> bool {
        let take = |room: u64| room.checked_sub(bytes as u64);
        self.room.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }

    /// Gives such room back.
    pub(super) fn give_room(&self, bytes: usize) {
        self.room.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(super) fn get(&self, file: u64, offset: u64) -> Option<Block> {
        self.blocks.as_ref()?.get(&(file, offset))
    }

    /// Keeps a data block if it was read before.
    pub(super) fn insert_if_seen(&self, file: u64, offset: u64, block: &Block) {
        let hash = mix(mix(file) ^ offset);
        let slot = (hash as usize) & (self.seen.len() - 1);
        let mark = (hash >> 48) as u16 | 1;
        let Some(slot) = self.seen.get(slot) else { return };
        if slot.load(Ordering::Relaxed) == mark {
            self.insert(file, offset, block);
        } else {
            slot.store(mark, Ordering::Relaxed);
        }
    }

    pub(super) fn insert(&self, file: u64, offset: u64, block: &Block) {
        if let Some(blocks) = &self.blocks {
            blocks.insert((file, offset), Block::clone(block));
        }
    }
}

impl fmt::Debug for BlockCache {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("BlockCache").field("bytes", &self.bytes()).finish_non_exhaustive()
    }
}

#[derive(Clone)]
struct Weigh;

impl Weighter<Place, Block> for Weigh {
    fn weight(&self, _: &Place, block: &Block) -> u64 {
        block.len() as u64 + OVERHEAD_BYTES
    }
}

/// A hash of two numbers that nobody outside can choose.
#[derive(Default)]
struct PlaceHasher(u64);

impl Hasher for PlaceHasher {
    fn write_u64(&mut self, number: u64) {
        let product = u128::from(self.0 ^ number ^ 0x9E37_79B9_7F4A_7C15) * 0xBF58_476D_1CE4_E5B9;
        self.0 = (product >> 64) as u64 ^ product as u64;
    }

    /// Places are numbers; this is here because the trait asks for it.
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
