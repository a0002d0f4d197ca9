//! What DynamoDB means: values and items, keys, expressions, tables, reads and writes.
//!
//! The engine owns every rule and every limit. It takes typed requests and gives typed answers; it parses no JSON, opens no
//! socket, and reads no clock and no randomness but those passed in.

pub mod capacity;
pub mod catalog;
mod check;
pub mod clock;
mod documents;
mod engine;
pub mod error;
pub mod expr;
mod index;
pub mod insights;
pub mod key;
mod legacy;
pub mod limits;
mod ongoing;
pub mod ops;
mod past;
mod read;

mod record;
mod settling;
pub mod statement;
pub mod stream;
pub mod throttle;
mod tokens;
mod traffic;
mod upkeep;
pub mod value;
mod wording;
mod write;

pub use check::Checkup;
pub use engine::{Engine, EngineOptions};
pub use settling::Unsettled;
pub use wording::Wording;
