//! A record of one change, as bytes in the stream's tree and as it is read from them.
//!
//! ```text
//! key     partition's first hash u64 | shard u64 | sequence number u64          (big endian)
//! value   version u8 = 1 | flags u8 | created ms u64 | keys | old image | new image
//! flags   1 an old item was there    2 a new item is there    4 deleted by TTL
//! item    bytes u32 | the item's own form; 0 bytes where the view leaves it out   (integers little endian)
//! ```
//! A record holds what its stream's view shows, so reading one needs no more than its bytes and the stream.

use std::ops::Range;

use statordb_store::Bytes;

use super::StreamView;
use super::sequence::SequenceNumber;
use crate::value::{Item, ItemRef};

const VERSION: u8 = 1;
const HAD_OLD: u8 = 1;
const HAS_NEW: u8 = 2;
const BY_TTL: u8 = 4;
/// Version, flags and time.
const HEADER: usize = 10;

/// What happened to an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventName {
    /// It was made.
    Insert,
    /// It was changed.
    Modify,
    /// It was removed.
    Remove,
}

impl EventName {
    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Insert => "INSERT",
            Self::Modify => "MODIFY",
            Self::Remove => "REMOVE",
        }
    }
}

/// A change, as it is written down.
pub(super) struct Change<'a> {
    pub(super) created_ms: u64,
    pub(super) by_ttl: bool,
    pub(super) keys: &'a Item,
    pub(super) old: Option<&'a Item>,
    pub(super) new: Option<&'a Item>,
}

/// The bytes of a change, with the images that `view` shows.
pub(super) fn encode(change: &Change<'_>, view: StreamView) -> Bytes {
    let old = change.old.filter(|_| view.shows_old());
    let new = change.new.filter(|_| view.shows_new());
    let size = |item: Option<&Item>| 4 + item.map_or(0, |item| item.bytes().len());
    let mut bytes = Vec::with_capacity(HEADER + size(Some(change.keys)) + size(old) + size(new));
    let flag = |is: bool, flag: u8| if is { flag } else { 0 };
    let flags = flag(change.old.is_some(), HAD_OLD) | flag(change.new.is_some(), HAS_NEW) | flag(change.by_ttl, BY_TTL);
    bytes.extend_from_slice(&[VERSION, flags]);
    bytes.extend_from_slice(&change.created_ms.to_le_bytes());
    for item in [Some(change.keys), old, new] {
        let item = item.map_or(&[][..], |item| item.bytes());
        bytes.extend_from_slice(&(item.len() as u32).to_le_bytes());
        bytes.extend_from_slice(item);
    }
    Bytes::from(bytes)
}

/// When the change of a record was made, in milliseconds since 1970.
pub(super) fn created_ms(bytes: &[u8]) -> Option<u64> {
    bytes.get(2..HEADER)?.first_chunk().map(|word| u64::from_le_bytes(*word))
}

/// A record that was read. A clone shares its bytes.
#[derive(Clone, Debug)]
pub struct StreamRecord {
    pub(super) sequence: SequenceNumber,
    pub(super) event_id: [u8; 16],
    flags: u8,
    created_ms: u64,
    bytes: Bytes,
    keys: Range<usize>,
    old: Range<usize>,
    new: Range<usize>,
}

impl StreamRecord {
    /// The record of stored bytes; nothing if they are none that this build reads.
    pub(super) fn parse(bytes: &Bytes, sequence: SequenceNumber, event_id: [u8; 16]) -> Option<Self> {
        let flags = match bytes.get(..2)? {
            [VERSION, flags] => *flags,
            _ => return None,
        };
        let mut at = HEADER;
        let keys = range(bytes, &mut at)?;
        let old = range(bytes, &mut at)?;
        let new = range(bytes, &mut at)?;
        let created_ms = created_ms(bytes)?;
        ItemRef::parse(bytes.get(keys.clone())?)?;
        Some(Self { sequence, event_id, flags, created_ms, bytes: bytes.clone(), keys, old, new })
    }

    fn item(&self, range: &Range<usize>) -> Option<ItemRef<'_>> {
        self.bytes.get(range.clone()).and_then(ItemRef::parse)
    }

    /// `eventID`: the same whenever the record is read.
    pub fn event_id(&self) -> u128 {
        u128::from_be_bytes(self.event_id)
    }

    /// `eventName`.
    pub fn event_name(&self) -> EventName {
        match self.sides() {
            (true, true) => EventName::Modify,
            (true, false) => EventName::Remove,
            (false, _) => EventName::Insert,
        }
    }

    /// Whether there was an item before the change, and whether there is one after it.
    pub(super) fn sides(&self) -> (bool, bool) {
        (self.flags & HAD_OLD != 0, self.flags & HAS_NEW != 0)
    }

    /// Whether TTL removed the item: then `userIdentity` says so.
    pub fn is_by_ttl(&self) -> bool {
        self.flags & BY_TTL != 0
    }

    /// `ApproximateCreationDateTime`, in whole seconds since 1970.
    pub fn created_s(&self) -> u64 {
        self.created_ms / 1000
    }

    /// When the change was made, in milliseconds since 1970.
    pub fn created_ms(&self) -> u64 {
        self.created_ms
    }

    /// `Keys`.
    pub fn keys(&self) -> Option<ItemRef<'_>> {
        self.item(&self.keys)
    }

    /// `OldImage`, where there is one and the view shows it.
    pub fn old_image(&self) -> Option<ItemRef<'_>> {
        self.item(&self.old)
    }

    /// `NewImage`, where there is one and the view shows it.
    pub fn new_image(&self) -> Option<ItemRef<'_>> {
        self.item(&self.new)
    }

    /// `SequenceNumber`.
    pub fn sequence_number(&self) -> SequenceNumber {
        self.sequence
    }

    /// `SizeBytes`: the sizes of the keys and of the images shown, each as of an item (recorded on AWS).
    pub fn size_bytes(&self) -> usize {
        [self.keys(), self.old_image(), self.new_image()].into_iter().flatten().map(|item| item.size()).sum()
    }
}

/// The place of an item that begins with its length.
fn range(bytes: &[u8], at: &mut usize) -> Option<Range<usize>> {
    let start = *at + 4;
    let length = bytes.get(*at..start)?.first_chunk().map(|word| u32::from_le_bytes(*word))? as usize;
    let end = start.checked_add(length).filter(|end| *end <= bytes.len())?;
    *at = end;
    Some(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Builder;

    fn item(id: &str, rest: Option<&str>) -> Item {
        let mut builder = Builder::item();
        builder.name("id");
        builder.string(id);
        if let Some(rest) = rest {
            builder.name("rest");
            builder.string(rest);
        }
        builder.finish_item().unwrap()
    }

    fn read(old: Option<&Item>, new: Option<&Item>, view: StreamView) -> StreamRecord {
        let keys = item("Fred", None);
        let change = Change { created_ms: 1_795_404_554_810, by_ttl: false, keys: &keys, old, new };
        StreamRecord::parse(&encode(&change, view), SequenceNumber(7), [9; 16]).unwrap()
    }

    #[test]
    fn a_record_shows_what_its_view_shows() {
        let (old, new) = (item("Fred", Some("before")), item("Fred", Some("after")));
        for (view, shows_old, shows_new) in [
            (StreamView::KeysOnly, false, false),
            (StreamView::NewImage, false, true),
            (StreamView::OldImage, true, false),
            (StreamView::NewAndOldImages, true, true),
        ] {
            for (old, new, name) in [
                (None, Some(&new), EventName::Insert),
                (Some(&old), Some(&new), EventName::Modify),
                (Some(&old), None, EventName::Remove),
            ] {
                let record = read(old, new, view);
                assert_eq!(record.event_name(), name);
                assert_eq!(record.keys(), Some(item("Fred", None).view()));
                assert_eq!(record.old_image(), old.filter(|_| shows_old).map(Item::view));
                assert_eq!(record.new_image(), new.filter(|_| shows_new).map(Item::view));
                assert_eq!((record.created_s(), record.is_by_ttl()), (1_795_404_554, false));
            }
        }
    }

    #[test]
    fn sizes_are_those_recorded_on_aws() {
        let fred = item("Fred", None);
        assert_eq!(read(None, Some(&fred), StreamView::NewAndOldImages).size_bytes(), 12);
        assert_eq!(read(None, Some(&fred), StreamView::KeysOnly).size_bytes(), 6);
        let larger = item("Fred", Some(&"x".repeat(24)));
        assert_eq!(read(Some(&larger), Some(&larger), StreamView::NewAndOldImages).size_bytes(), 6 + 34 + 34);
    }

    #[test]
    fn what_is_no_record_is_not_read() {
        let fred = item("Fred", None);
        let change = Change { created_ms: 1, by_ttl: true, keys: &fred, old: Some(&fred), new: None };
        let bytes = encode(&change, StreamView::OldImage);
        assert!(StreamRecord::parse(&bytes, SequenceNumber(1), [0; 16]).unwrap().is_by_ttl());
        for length in 0..bytes.len() {
            assert!(
                StreamRecord::parse(&Bytes::from(&bytes[..length]), SequenceNumber(1), [0; 16]).is_none(),
                "{length}"
            );
        }
        let other_version = [&[2], &bytes[1..]].concat();
        assert!(StreamRecord::parse(&Bytes::from(other_version), SequenceNumber(1), [0; 16]).is_none());
    }
}
