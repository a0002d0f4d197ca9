//! Statements of PartiQL: what a text comes to, kept by its text, and given its parameters.
//!
//! What a text means is not understood here: a [`Planner`] is passed in, which makes an [`Outline`] of it. An outline
//! speaks of tables, keys, expressions and values only, so that a statement is carried out by what carries out GetItem,
//! Query, Scan, PutItem, UpdateItem, DeleteItem and the transactions. A text is planned once, and again when the table or
//! the index that it names is another one.
//!
//! ```text
//! text --Planner--> Outline --compile--> Plan (kept) --bind(parameters)--> Bound --run (ops)--> rows, writes
//! ```

mod bound;
mod next_token;
mod outline;
mod plan;
mod template;

pub(crate) use bound::{Bound, check_parameters};
pub(crate) use next_token::{NextToken, fingerprint};
pub use outline::{Access, Outline, Planner, Projected, SortCondition, SourceKeys, StatementKind};
pub(crate) use plan::{Plan, Statements};
pub use template::Template;
