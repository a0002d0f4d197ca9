//! The numbers of the protocol.

/// Largest body of a request; AWS reads exactly this much and answers 413 to more.
pub const BODY_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Replies up to this size are never compressed.
pub(crate) const COMPRESSED_BYTES_MIN: usize = 4_096;
/// Longest request line, and longest header block.
pub(crate) const HEAD_BYTES_MAX: usize = 16 * 1024;
/// Deepest nesting of a body's lists and objects. An item of DynamoDB's deepest needs about 70; up to here a deeper one is
/// told that it is too deep, since values beyond DynamoDB's limit are skipped without recursion.
pub(crate) const NESTING_MAX: usize = 4_096;
/// Longest number that stands in a body as a JSON number; DynamoDB's own numbers are strings there.
pub(crate) const NUMBER_BYTES_MAX: usize = 64;
