//! Blocks that were read lately, bounded by their bytes, for all sealed files of a store.
//!
//! A block is known by its file and its offset. Ids of files never repeat, so what is left of a file that is gone does
//! no harm until it is evicted.

use super::records::Block;
use quick_cache::Weighter;
use quick_cache::sync::{Cache, DefaultLifecycle};
use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};

/// What a cached block costs besides its bytes: its key, its place in the table, its count.
const OVERHEAD_BYTES: u64 = 96;
/// What a block is expected to weigh; a guess within an order of magnitude will do.
const EXPECTED_BYTES: u64 = super::BLOCK_BYTES as u64;

type Place = (u64, u64);

/// A cache of blocks, shared by all sections of a store.
pub struct BlockCache {
    blocks: Option<Cache<Place, Block, Weigh, BuildHasherDefault<PlaceHasher>>>,
}

impl BlockCache {
    /// A cache of at most so many bytes; 0 keeps nothing.
    #[must_use]
    pub fn new(bytes: u64) -> Self {
        let expected = usize::try_from(bytes / EXPECTED_BYTES).unwrap_or(usize::MAX).max(1);
        let blocks = || Cache::with(expected, bytes, Weigh, BuildHasherDefault::default(), DefaultLifecycle::default());
        Self { blocks: (bytes > 0).then(blocks) }
    }

    /// The bytes that it holds at this moment.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.blocks.as_ref().map_or(0, Cache::weight)
    }

    pub(super) fn get(&self, file: u64, offset: u64) -> Option<Block> {
        self.blocks.as_ref()?.get(&(file, offset))
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
