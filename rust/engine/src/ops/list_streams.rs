//! ListStreams: the streams of a table, or all of them, by pages.

use std::borrow::Cow;

use super::Caller;
use crate::Engine;
use crate::error::{Error, Result};
use crate::limits::LIST_STREAMS_MAX;

/// The request.
#[derive(Debug, Default)]
pub struct ListStreams<'a> {
    /// `TableName`; a table that does not exist has no streams.
    pub table: Option<Cow<'a, str>>,
    /// `Limit`, 1 to 100.
    pub limit: Option<u32>,
    /// `ExclusiveStartStreamArn`; the stream need not exist.
    pub exclusive_start: Option<Cow<'a, str>>,
}

/// One stream of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedStream {
    /// `StreamArn`.
    pub arn: String,
    /// `TableName`.
    pub table: String,
    /// `StreamLabel`.
    pub label: String,
}

/// The answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StreamList {
    /// `Streams`, by table and then by label.
    pub streams: Vec<ListedStream>,
    /// `LastEvaluatedStreamArn`, when there are more.
    pub last_evaluated: Option<String>,
}

impl Engine {
    /// A page of streams: those that are enabled, and those that ended less than 24 hours ago.
    ///
    /// # Errors
    /// ValidationException for a start that is no ARN of a stream.
    pub fn list_streams(&self, caller: &Caller<'_>, request: &ListStreams<'_>) -> Result<StreamList> {
        let limit = request.limit.map_or(LIST_STREAMS_MAX, |limit| limit as usize).min(LIST_STREAMS_MAX);
        let (table, start) = (request.table.as_deref(), request.exclusive_start.as_deref());
        let page = self.streams.page(table, start, limit, self.clock.now_ms());
        let (streams, more) = page.ok_or_else(Error::invalid_stream_arn)?;
        let listed = |stream: &crate::stream::Stream| ListedStream {
            arn: stream.arn(caller.region),
            table: stream.table().to_owned(),
            label: stream.label().to_owned(),
        };
        let streams: Vec<_> = streams.iter().map(|stream| listed(stream)).collect();
        let last_evaluated = if more { streams.last().map(|last| last.arn.clone()) } else { None };
        Ok(StreamList { streams, last_evaluated })
    }
}
