//! DescribeKinesisStreamingDestination: no table has one.

use std::borrow::Cow;

use crate::Engine;
use crate::error::Result;

/// The request.
#[derive(Clone, Debug)]
pub struct DescribeKinesisStreamingDestination<'a> {
    /// Name or ARN of the table.
    pub table: Cow<'a, str>,
}

/// The answer: no destinations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoDestinations {
    /// `TableName`.
    pub table: String,
}

impl Engine {
    /// Tells that a table has no destination.
    ///
    /// # Errors
    /// ResourceNotFoundException for an unknown table.
    pub fn describe_kinesis_streaming_destination(
        &self,
        request: &DescribeKinesisStreamingDestination<'_>,
    ) -> Result<NoDestinations> {
        let table = self.listed_table(&request.table, self.clock.now_ms())?;
        Ok(NoDestinations { table: table.name().to_owned() })
    }
}
