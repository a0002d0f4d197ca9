//! What DynamoDB means: values and items, keys, expressions, tables, reads and writes.
//!
//! The engine owns every rule and every limit. It takes typed requests and gives typed answers; it parses no JSON, opens no
//! socket, and reads no clock and no randomness but those passed in.

pub mod error;
pub mod expr;
pub mod limits;
pub mod value;
