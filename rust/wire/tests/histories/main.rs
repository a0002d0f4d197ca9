//! Long random histories from many threads, and what must be true of every one of them.
//!
//! `STATORDB_HISTORY_OPERATIONS` sets how many operations each history has.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests"
)]

mod appends;
mod capacity;
mod changes;
mod crashes;
mod database;
mod failing;
mod follower;
mod indexes;
mod order;
mod restarts;
mod seen;
mod sizes;
mod streams;
mod things;
mod transfers;
mod watched;
mod writes;
