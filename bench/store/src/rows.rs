//! What a commit consists of.

/// An item of 1 KB under a key of 36 bytes, an index entry of 63 + 32 bytes, a stream record of 1 KB under 24 bytes.
pub const ITEM_BYTES: usize = 1024;
pub const ENTRY_BYTES: usize = 32;
pub const RECORD_BYTES: usize = 1024;

fn mix(mut number: u64) -> u64 {
    number = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    number = (number ^ (number >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    number ^ (number >> 31)
}

/// The key of an item: hash, partition key, sort key.
pub fn item_key(number: u64) -> [u8; 36] {
    let mut key = [b'k'; 36];
    key[..8].copy_from_slice(&mix(number).to_be_bytes());
    key[8..16].copy_from_slice(&number.to_be_bytes());
    key
}

/// The key of its index entry: another hash, the index key, the item's key.
pub fn entry_key(number: u64) -> [u8; 63] {
    let mut key = [b'i'; 63];
    key[..8].copy_from_slice(&mix(number ^ 0x5555_5555).to_be_bytes());
    key[27..].copy_from_slice(&item_key(number));
    key
}

pub fn record_key(range_start: u64, sequence: u64) -> [u8; 24] {
    let mut key = [0; 24];
    key[..8].copy_from_slice(&range_start.to_be_bytes());
    key[15] = 1;
    key[16..].copy_from_slice(&sequence.to_be_bytes());
    key
}

/// Bytes that do not repeat.
pub fn filled(len: usize, seed: u64) -> Vec<u8> {
    let mut bytes = vec![0; len.next_multiple_of(8)];
    for (number, word) in bytes.as_chunks_mut::<8>().0.iter_mut().enumerate() {
        *word = mix(seed.wrapping_mul(31).wrapping_add(number as u64)).to_le_bytes();
    }
    bytes.truncate(len);
    bytes
}

/// Random numbers, a sequence for each seed.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.0) % sides
    }
}
