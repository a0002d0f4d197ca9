//! GetShardIterator: where in a shard to begin to read.

use std::borrow::Cow;

use super::Caller;
use crate::Engine;
use crate::error::{Error, Result};
use crate::limits::STREAM_MS_MAX;
use crate::stream::{Position, SequenceNumber, Shard, Stream};

/// The request.
#[derive(Debug)]
pub struct GetShardIterator<'a> {
    /// `StreamArn`.
    pub arn: Cow<'a, str>,
    /// `ShardId`.
    pub shard_id: Cow<'a, str>,
    /// `ShardIteratorType`.
    pub kind: ShardIteratorType,
    /// `SequenceNumber`.
    pub sequence_number: Option<Cow<'a, str>>,
    /// `Timestamp`, in milliseconds since 1970.
    pub timestamp_ms: Option<i64>,
}

/// `ShardIteratorType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShardIteratorType {
    /// At the oldest record.
    TrimHorizon,
    /// Behind the newest record.
    Latest,
    /// At the record of a sequence number.
    AtSequenceNumber,
    /// Behind the record of a sequence number.
    AfterSequenceNumber,
    /// At the first record of a time or later.
    AtTimestamp,
}

/// A start, as far as it can be told without the shard.
enum Start {
    Horizon,
    Latest,
    At(SequenceNumber),
    After(SequenceNumber),
    AtTime(u64),
}

impl GetShardIterator<'_> {
    fn check(&self, now_ms: u64) -> Result<Start> {
        let takes_number =
            matches!(self.kind, ShardIteratorType::AtSequenceNumber | ShardIteratorType::AfterSequenceNumber);
        if self.sequence_number.is_some() && !takes_number {
            return Err(Error::parameter("SequenceNumber should not be passed for this iterator type"));
        }
        if self.timestamp_ms.is_some() && self.kind != ShardIteratorType::AtTimestamp {
            return Err(Error::parameter("Timestamp should not be passed for this iterator type"));
        }
        Ok(match self.kind {
            ShardIteratorType::TrimHorizon => Start::Horizon,
            ShardIteratorType::Latest => Start::Latest,
            ShardIteratorType::AtSequenceNumber => Start::At(self.number()?),
            ShardIteratorType::AfterSequenceNumber => Start::After(self.number()?),
            ShardIteratorType::AtTimestamp => Start::AtTime(self.time(now_ms)?),
        })
    }

    fn number(&self) -> Result<SequenceNumber> {
        self.sequence_number.as_deref().and_then(SequenceNumber::parse).ok_or_else(invalid_number)
    }

    fn time(&self, now_ms: u64) -> Result<u64> {
        let time_ms = self.timestamp_ms.ok_or_else(|| Error::parameter("Invalid Timestamp"))?;
        // Before 1970 is before the horizon too.
        let time_ms = u64::try_from(time_ms).unwrap_or(0);
        // "Now" of a client that rounds is up to a millisecond later than ours.
        if time_ms > now_ms + 1 {
            return Err(Error::parameter("Timestamp should not be in the future"));
        }
        Ok(time_ms)
    }
}

fn invalid_number() -> Error {
    Error::parameter("Invalid SequenceNumber")
}

impl Engine {
    /// Gives an iterator, which can be used for 15 minutes.
    ///
    /// # Errors
    /// ValidationException for a request that contradicts itself, or a sequence number that the shard cannot have;
    /// ResourceNotFoundException for an unknown stream or shard, TrimmedDataAccessException for a record that is 24 hours
    /// old.
    pub fn get_shard_iterator(&self, caller: &Caller<'_>, request: &GetShardIterator<'_>) -> Result<String> {
        let now_ms = self.clock.now_ms();
        let start = request.check(now_ms)?;
        let stream = self.find_stream(&request.arn, now_ms)?;
        stream.refresh(&*self.store, now_ms)?;
        let shard = stream.shard(&request.shard_id, now_ms).ok_or_else(Error::shard_not_found)?;
        let position = self.position(&stream, &shard, &start, now_ms)?;
        Ok(stream.print_iterator(caller.region, &shard.iterator(position, now_ms)))
    }

    fn position(&self, stream: &Stream, shard: &Shard, start: &Start, now_ms: u64) -> Result<Position> {
        let store = &*self.store;
        let known = |number: SequenceNumber| {
            let end = shard.end().unwrap_or_else(|| stream.last_sequence_number());
            if number < shard.start() || number > end {
                return Err(invalid_number());
            }
            stream.check_untrimmed(store, shard, number, now_ms)
        };
        Ok(match *start {
            Start::Horizon => Position::Horizon,
            Start::Latest => Position::From(stream.latest(store, shard)?),
            Start::At(number) => {
                known(number)?;
                Position::From(number)
            }
            Start::After(number) => {
                known(number)?;
                Position::From(number.next())
            }
            Start::AtTime(time_ms) if time_ms < now_ms.saturating_sub(STREAM_MS_MAX) => Position::Horizon,
            Start::AtTime(time_ms) => Position::From(stream.at_time(store, shard, time_ms)?),
        })
    }
}
