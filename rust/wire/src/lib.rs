//! The protocol: bytes in, bytes out.
//!
//! [`handle`] answers one HTTP request with one reply, whichever door it came through; [`http`] is the only part with a
//! socket. [`parse()`] reads a request from any deserializer and [`answer::Answer`] goes to any serializer, so that a binding
//! can do without JSON. This crate knows the names on the wire and the order of checks; what a request means is the
//! engine's.

pub mod answer;
mod arn;
mod attribute;
mod bounds;
mod call;
mod check;
mod date;
mod encoding;
pub mod error;
mod host;
pub mod http;
pub mod limits;
mod mismatch;
pub mod operation;
mod origins;
mod params;
mod parse;
mod print;
mod reply;
mod rows;
mod run;
mod service;
mod shape;
mod shapes;
mod sigv4;
mod streams;
pub mod tables;
mod wording;

pub use call::{Call, Headers, Reply};
pub use origins::Origins;
pub use run::run_json;
pub use service::{FaultReport, Service, ServiceOptions, handle, parse_json, parse_json_worded};
pub use shapes::{Request, members, parse, parse_worded};
