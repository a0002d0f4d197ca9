//! Shard iterators: a place in a shard as a text that a client keeps, good for 15 minutes, also over a restart.
//!
//! ```text
//! iterator   stream ARN | "|1|" | base64 of: kind u8, shard u64, sequence number u64, issued ms u64, check [u8; 8]
//! ```
//! The check is a digest over the rest and the stream's own random identifier, so a text that was not given out by the
//! stream it names is refused.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::digest;
use super::sequence::SequenceNumber;

const HORIZON: u8 = 0;
const FROM: u8 = 1;
const CHECKED: usize = 25;
const CHECK: usize = 8;

/// Where in a shard to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Position {
    /// At the first record that is not too old when it is read.
    Horizon,
    /// At the first record of this number or a greater one.
    From(SequenceNumber),
}

/// An iterator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ShardIterator {
    /// The number of the shard.
    pub(crate) shard: u64,
    pub(crate) position: Position,
    pub(crate) issued_ms: u64,
}

impl ShardIterator {
    /// The text, for a stream by its ARN and its identifier.
    pub(crate) fn print(&self, arn: &str, stream: &[u8; 16]) -> String {
        let (kind, number) = match self.position {
            Position::Horizon => (HORIZON, 0),
            Position::From(number) => (FROM, number.0),
        };
        let mut bytes = Vec::with_capacity(CHECKED + CHECK);
        bytes.push(kind);
        for word in [self.shard, number, self.issued_ms] {
            bytes.extend_from_slice(&word.to_be_bytes());
        }
        bytes.extend_from_slice(&check(&bytes, arn, stream));
        format!("{arn}|1|{}", STANDARD_NO_PAD.encode(bytes))
    }
}

fn check(bytes: &[u8], arn: &str, stream: &[u8; 16]) -> [u8; CHECK] {
    let word = u128::from_be_bytes(digest(&[stream, arn.as_bytes(), bytes]));
    ((word >> 64) as u64).to_be_bytes()
}

/// A text that has the form of an iterator.
#[derive(Debug)]
pub(crate) struct Unchecked<'a> {
    /// The ARN of the stream.
    pub(crate) arn: &'a str,
    bytes: Vec<u8>,
}

impl<'a> Unchecked<'a> {
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let (rest, encoded) = text.rsplit_once('|')?;
        let (arn, "1") = rest.rsplit_once('|')? else { return None };
        let bytes = STANDARD_NO_PAD.decode(encoded).ok().filter(|bytes| bytes.len() == CHECKED + CHECK)?;
        Some(Self { arn, bytes })
    }

    /// The iterator, if the stream has given it out.
    pub(crate) fn of(&self, stream: &[u8; 16]) -> Option<ShardIterator> {
        let (bytes, given) = self.bytes.split_at_checked(CHECKED)?;
        if given != check(bytes, self.arn, stream) {
            return None;
        }
        let (kind, words) = bytes.split_first()?;
        let mut words =
            words.chunks_exact(8).filter_map(|word| word.first_chunk()).map(|word| u64::from_be_bytes(*word));
        let (shard, number, issued_ms) = (words.next()?, words.next()?, words.next()?);
        let position = match *kind {
            HORIZON => Position::Horizon,
            FROM => Position::From(SequenceNumber(number)),
            _ => return None,
        };
        Some(ShardIterator { shard, position, issued_ms })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:dynamodb:eu-west-2:000000000000:table/films/stream/2026-11-23T03:29:14.810";

    fn iterator(position: Position) -> ShardIterator {
        ShardIterator { shard: 3, position, issued_ms: 1_795_404_554_810 }
    }

    #[test]
    fn an_iterator_is_read_back() {
        for position in [Position::Horizon, Position::From(SequenceNumber(12))] {
            let text = iterator(position).print(ARN, &[1; 16]);
            let read = Unchecked::parse(&text).unwrap();
            assert_eq!((read.arn, read.of(&[1; 16])), (ARN, Some(iterator(position))));
            assert_eq!(read.of(&[2; 16]), None, "of another stream");
        }
    }

    #[test]
    fn a_changed_iterator_is_refused() {
        let text = iterator(Position::From(SequenceNumber(12))).print(ARN, &[1; 16]);
        for place in 0..text.len() {
            for other in [b'A', b'z', b'|', b'7'] {
                let mut bytes = text.clone().into_bytes();
                if bytes[place] == other {
                    continue;
                }
                bytes[place] = other;
                let changed = String::from_utf8(bytes).unwrap();
                let read = Unchecked::parse(&changed).and_then(|read| read.of(&[1; 16]));
                assert_eq!(read, None, "{changed}");
            }
        }
        for garbage in ["", "bogus", "|1|", "a|1|b", text.get(..text.len() - 1).unwrap()] {
            assert!(Unchecked::parse(garbage).is_none(), "{garbage}");
        }
    }
}
