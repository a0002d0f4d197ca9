//! The engine as a crate: a table, an item put and read again.
//!
//! `cargo run -p statordb-engine --example embedded`

#![allow(clippy::print_stdout, reason = "a program that prints its result")]
#![allow(clippy::disallowed_methods, reason = "the program is where clock and chance come from")]

use std::borrow::Cow;
use std::collections::hash_map::RandomState;
use std::error::Error;
use std::hash::BuildHasher;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use statordb_engine::catalog::{BillingMode, KeyRole};
use statordb_engine::clock::{Clock, Random};
use statordb_engine::expr::Substitutions;
use statordb_engine::ops::create_table::CreateTable;
use statordb_engine::ops::get_item::GetItem;
use statordb_engine::ops::put_item::PutItem;
use statordb_engine::ops::{Caller, ConditionParameters, ReturnConsumedCapacity, ReturnValues};
use statordb_engine::value::{Builder, Item, Kind};
use statordb_engine::{Engine, EngineOptions};
use statordb_store::{MemoryOptions, MemoryStore};

const CALLER: Caller<'static> = Caller { region: "eu-central-1" };

/// The clock of the system, and chance for identifiers.
#[derive(Debug)]
struct System;

impl Clock for System {
    fn now_ms(&self) -> u64 {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_millis() as u64)
    }
}

impl Random for System {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let random = RandomState::new().hash_one(0).to_ne_bytes();
            chunk.iter_mut().zip(random).for_each(|(to, from)| *to = from);
        }
    }
}

fn users() -> CreateTable<'static> {
    CreateTable {
        table: Cow::Borrowed("users"),
        definitions: vec![(Cow::Borrowed("id"), Kind::S)],
        key_schema: vec![(Cow::Borrowed("id"), KeyRole::Hash)],
        billing_mode: Some(BillingMode::PayPerRequest),
        throughput: None,
        table_class: None,
        deletion_protection: false,
        ..CreateTable::default()
    }
}

fn user(id: &str) -> Result<Item, Box<dyn Error>> {
    let mut builder = Builder::item();
    builder.name("id");
    builder.string(id);
    builder.finish_item().map_err(|error| format!("{error:?}").into())
}

fn main() -> Result<(), Box<dyn Error>> {
    let store = Arc::new(MemoryStore::new(MemoryOptions::default()));
    let engine = Engine::open(store, Arc::new(System), Arc::new(System), EngineOptions::default())?;
    engine.create_table(&CALLER, users())?;
    engine.put_item(&PutItem {
        table: Cow::Borrowed("users"),
        item: Ok(user("ada")?),
        condition: ConditionParameters::default(),
        substitutions: Substitutions::default(),
        return_values: ReturnValues::None,
        return_consumed_capacity: ReturnConsumedCapacity::None,
        return_item_collection_metrics: false,
    })?;
    let answer = engine.get_item(GetItem {
        table: Cow::Borrowed("users"),
        key: Ok(user("ada")?),
        attributes_to_get: None,
        consistent_read: true,
        return_consumed_capacity: ReturnConsumedCapacity::None,
        projection_expression: None,
        names: None,
    })?;
    println!("{} bytes", answer.item.map_or(0, |item| item.view().size()));
    Ok(())
}
