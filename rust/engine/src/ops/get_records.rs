//! GetRecords: the records of a shard from an iterator on.

use std::borrow::Cow;

use super::Caller;
use crate::Engine;
use crate::error::{Error, Result};
use crate::limits::{GET_RECORDS_MAX, ITERATOR_MS_MAX};
use crate::stream::{Found, Position, StreamRecord, StreamView, Unchecked};

/// The request.
#[derive(Debug)]
pub struct GetRecords<'a> {
    /// `ShardIterator`.
    pub iterator: Cow<'a, str>,
    /// `Limit`, 1 to 1000.
    pub limit: Option<u32>,
}

/// The answer.
#[derive(Clone, Debug)]
pub struct GotRecords {
    /// `Records`, in the order of the changes.
    pub records: Vec<StreamRecord>,
    /// `StreamViewType` of every record.
    pub view: StreamView,
    /// `awsRegion` of every record: the one in which the request was received.
    pub region: String,
    /// `NextShardIterator`; absent when the shard is closed and read to its end.
    pub next: Option<String>,
}

fn invalid() -> Error {
    Error::validation("Invalid ShardIterator")
}

impl Engine {
    /// Reads a page of records: up to `limit`, or 1 MB.
    ///
    /// # Errors
    /// ValidationException for a text that is no iterator, ExpiredIteratorException, TrimmedDataAccessException,
    /// ResourceNotFoundException when the stream has been forgotten meanwhile.
    pub fn get_records(&self, caller: &Caller<'_>, request: &GetRecords<'_>) -> Result<GotRecords> {
        let now_ms = self.clock.now_ms();
        let text = Unchecked::parse(&request.iterator).ok_or_else(invalid)?;
        let stream = match self.streams.find(text.arn, now_ms) {
            Found::Stream(stream) => stream,
            Found::Nothing => return Err(Error::stream_not_found(text.arn)),
            Found::NoArn => return Err(invalid()),
        };
        let iterator = stream.check_iterator(&text).ok_or_else(invalid)?;
        if now_ms.saturating_sub(iterator.issued_ms) > ITERATOR_MS_MAX {
            return Err(Error::expired_iterator());
        }
        let limit = request.limit.map_or(GET_RECORDS_MAX, |limit| limit as usize).min(GET_RECORDS_MAX);
        let Some(shard) = stream.shard_of(&iterator, now_ms) else {
            // All of it is past. Who wanted only what is left gets that; who wanted more is told.
            return match iterator.position {
                Position::Horizon => Ok(GotRecords::none(stream.view(), caller)),
                Position::From(_) => Err(Error::trimmed()),
            };
        };
        let page = stream.page(&*self.store, &shard, iterator.position, limit, now_ms)?;
        let next = page.next.map(|position| stream.print_iterator(caller.region, &shard.iterator(position, now_ms)));
        Ok(GotRecords { records: page.records, next, ..GotRecords::none(stream.view(), caller) })
    }
}

impl GotRecords {
    fn none(view: StreamView, caller: &Caller<'_>) -> Self {
        Self { records: Vec::new(), view, region: caller.region.to_owned(), next: None }
    }
}
