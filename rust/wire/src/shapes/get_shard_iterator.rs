//! GetShardIterator.

use statordb_engine::ops::get_shard_iterator::{GetShardIterator, ShardIteratorType};

use super::member;
use crate::params::Fields;
use crate::shape::{Member, Shape, Structure, TextRule};

const TYPES: Shape =
    Shape::Choice(&["AFTER_SEQUENCE_NUMBER", "LATEST", "AT_TIMESTAMP", "AT_SEQUENCE_NUMBER", "TRIM_HORIZON"]);

pub(super) const SHAPE: Structure = Structure::new(
    "GetShardIteratorInput",
    &[
        Member::required("StreamArn", &member::STREAM_ARN),
        Member::required("ShardId", &member::SHARD_ID),
        Member::required("ShardIteratorType", &TYPES),
        Member::optional("SequenceNumber", &Shape::Text(TextRule { min: 21, max: 40, is_name: false })),
        Member::optional("Timestamp", &Shape::Timestamp),
    ],
);

pub(super) fn request<'a>(fields: &mut Fields<'a>) -> GetShardIterator<'a> {
    GetShardIterator {
        arn: fields.text(const { SHAPE.place("StreamArn") }).unwrap_or_default(),
        shard_id: fields.text(const { SHAPE.place("ShardId") }).unwrap_or_default(),
        kind: kind(fields.word(const { SHAPE.place("ShardIteratorType") }).unwrap_or_default()),
        sequence_number: fields.text(const { SHAPE.place("SequenceNumber") }),
        timestamp_ms: fields.number(const { SHAPE.place("Timestamp") }),
    }
}

fn kind(word: &str) -> ShardIteratorType {
    match word {
        "LATEST" => ShardIteratorType::Latest,
        "AT_SEQUENCE_NUMBER" => ShardIteratorType::AtSequenceNumber,
        "AFTER_SEQUENCE_NUMBER" => ShardIteratorType::AfterSequenceNumber,
        "AT_TIMESTAMP" => ShardIteratorType::AtTimestamp,
        _ => ShardIteratorType::TrimHorizon,
    }
}
