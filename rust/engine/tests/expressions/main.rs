//! Expressions: what they mean and what is said of those that mean nothing.
//!
//! Tables hold requests and answers as DynamoDB gives them; models say the same in another way and are compared over random
//! expressions and items.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod conditions;
mod key_conditions;
mod messages;
mod model;
mod model_conditions;
mod model_updates;
mod notation;
mod projections;
mod random_text;
mod request;
mod updates;
