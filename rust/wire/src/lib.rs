//! The protocol.
pub mod answer;
mod attribute;
mod check;
pub mod error;
mod mismatch;
pub mod operation;
mod params;
mod parse;
mod print;
mod run;
mod shape;
mod shapes;
pub use run::run_json;
pub use shapes::{Request, parse};
