//! The access log: one record a request, for whoever wants it. Never items, keys, conditions or credentials.

use std::fmt;
use std::sync::Arc;

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::date::iso_date;

/// Told of every request after its reply was made; runs on the thread that serves, so it should be quick.
pub type AccessLog = Arc<dyn Fn(&AccessRecord<'_>) + Send + Sync>;

/// One request. `Display` writes a line of text, `Serialize` an object for a line of JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccessRecord<'a> {
    /// Milliseconds since 1970, when the reply was made.
    pub time_ms: u64,
    /// The id that the reply carries; empty when a request was refused before it was given one.
    pub request_id: &'a str,
    /// The operation, when it is one of ours.
    pub operation: Option<&'a str>,
    /// The only table it was about.
    pub table: Option<&'a str>,
    /// The status code.
    pub status: u16,
    /// Bytes of the reply's body.
    pub bytes: usize,
    /// From the end of the request's body to the reply; 0 when the request was refused without being read.
    pub microseconds: u64,
}

impl fmt::Display for AccessRecord<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { time_ms, request_id, status, bytes, microseconds, .. } = self;
        let operation = self.operation.unwrap_or("-");
        let request_id = if request_id.is_empty() { "-" } else { request_id };
        write!(formatter, "{} {request_id} {operation} ", iso_date(*time_ms))?;
        match self.table {
            // A name may hold anything before it has been checked; a line stays a line.
            Some(table) => write!(formatter, "{}", table.escape_debug())?,
            None => formatter.write_str("-")?,
        }
        write!(formatter, " {status} {bytes}B {microseconds}us")
    }
}

impl Serialize for AccessRecord<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("time_ms", &self.time_ms)?;
        map.serialize_entry("request_id", self.request_id)?;
        map.serialize_entry("operation", &self.operation)?;
        map.serialize_entry("table", &self.table)?;
        map.serialize_entry("status", &self.status)?;
        map.serialize_entry("bytes", &self.bytes)?;
        map.serialize_entry("microseconds", &self.microseconds)?;
        map.end()
    }
}
