//! DescribeStream: a stream and its shards, by pages.

use std::borrow::Cow;
use std::sync::Arc;

use super::Caller;
use crate::Engine;
use crate::catalog::KeyRole;
use crate::error::{Error, Result};
use crate::limits::DESCRIBE_SHARDS_MAX;
use crate::stream::{Found, SequenceNumber, Shard, Stream, StreamStatus, StreamView};

/// The request.
#[derive(Debug)]
pub struct DescribeStream<'a> {
    /// `StreamArn`.
    pub arn: Cow<'a, str>,
    /// `Limit`, 1 to 100.
    pub limit: Option<u32>,
    /// `ExclusiveStartShardId`; the shard need not exist.
    pub exclusive_start: Option<Cow<'a, str>>,
    /// `ShardFilter.ShardId` of a filter of type CHILD_SHARDS, the only one: only the children of that shard.
    pub children_of: Option<Cow<'a, str>>,
}

/// One shard of a description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShardDescription {
    /// `ShardId`.
    pub id: String,
    /// `ParentShardId`.
    pub parent: Option<String>,
    /// `StartingSequenceNumber`.
    pub start: SequenceNumber,
    /// `EndingSequenceNumber`, of a closed shard.
    pub end: Option<SequenceNumber>,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamDescription {
    /// `StreamArn`.
    pub arn: String,
    /// `StreamLabel`.
    pub label: String,
    /// `StreamStatus`.
    pub status: StreamStatus,
    /// `StreamViewType`.
    pub view: StreamView,
    /// `CreationRequestDateTime`, in milliseconds since 1970.
    pub created_ms: u64,
    /// `TableName`.
    pub table: String,
    /// `KeySchema`.
    pub key_schema: Vec<(String, KeyRole)>,
    /// `Shards`, in the order in which they were opened: parents before their children.
    pub shards: Vec<ShardDescription>,
    /// `LastEvaluatedShardId`, when there are more.
    pub last_evaluated: Option<String>,
}

impl Engine {
    /// Describes a stream and a page of its shards.
    ///
    /// # Errors
    /// ValidationException for what is no ARN of a stream, ResourceNotFoundException for an unknown stream.
    pub fn describe_stream(&self, caller: &Caller<'_>, request: &DescribeStream<'_>) -> Result<StreamDescription> {
        let now_ms = self.clock.now_ms();
        let stream = self.find_stream(&request.arn, now_ms)?;
        stream.refresh(&*self.store, now_ms)?;
        let limit = request.limit.map_or(DESCRIBE_SHARDS_MAX, |limit| limit as usize).min(DESCRIBE_SHARDS_MAX);
        let is_asked = |shard: &&Arc<Shard>| {
            request.exclusive_start.as_deref().is_none_or(|start| shard.id() > start)
                && request.children_of.as_deref().is_none_or(|parent| shard.parent() == Some(parent))
        };
        let shards = stream.shards(now_ms);
        let mut asked = shards.iter().filter(is_asked);
        let page: Vec<_> = asked.by_ref().take(limit).map(|shard| describe(shard)).collect();
        let last_evaluated = if asked.next().is_some() { page.last().map(|last| last.id.clone()) } else { None };
        Ok(StreamDescription {
            arn: stream.arn(caller.region),
            label: stream.label().to_owned(),
            status: stream.told_status(now_ms, self.options.control_plane_delay_ms),
            view: stream.view(),
            created_ms: stream.created_ms(),
            table: stream.table().to_owned(),
            key_schema: stream.keys().to_vec(),
            shards: page,
            last_evaluated,
        })
    }

    /// The stream of an ARN, unless it ended 24 hours ago.
    pub(crate) fn find_stream(&self, arn: &str, now_ms: u64) -> Result<Arc<Stream>> {
        match self.streams.find(arn, now_ms) {
            Found::Stream(stream) => Ok(stream),
            Found::Nothing => Err(Error::stream_not_found(arn)),
            Found::NoArn => Err(Error::invalid_stream_arn()),
        }
    }
}

fn describe(shard: &Shard) -> ShardDescription {
    ShardDescription {
        id: shard.id().to_owned(),
        parent: shard.parent().map(str::to_owned),
        start: shard.start(),
        end: shard.end(),
    }
}
