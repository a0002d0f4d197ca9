//! A bare server for measurements: an empty in-memory engine behind HTTP, until standard input ends.
//!
//! `cargo run --release -p statordb-wire --example wire_server -- 127.0.0.1:8000` prints the address it listens on.

#![allow(clippy::print_stdout, clippy::disallowed_methods, reason = "a program, not library code")]

use std::error::Error;
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use statordb_engine::clock::{Clock, Random};
use statordb_engine::{Engine, EngineOptions};
use statordb_store::{MemoryOptions, MemoryStore};
use statordb_wire::http::{Server, ServerOptions};
use statordb_wire::{Service, ServiceOptions};

#[derive(Debug)]
struct System;

impl Clock for System {
    fn now_ms(&self) -> u64 {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_millis() as u64)
    }
}

/// A sequence that looks random enough for ids.
#[derive(Debug)]
struct Mixed(AtomicU64);

impl Random for Mixed {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let mut word = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
            word = (word ^ word >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            word = (word ^ word >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
            for (to, from) in chunk.iter_mut().zip((word ^ word >> 31).to_le_bytes()) {
                *to = from;
            }
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:0".into()).parse()?;
    let workers = std::env::args().nth(2).map_or(Ok(2), |workers| workers.parse())?;
    let random = Arc::new(Mixed(AtomicU64::new(System.now_ms())));
    let store = Arc::new(MemoryStore::new(MemoryOptions::default()));
    let engine = Arc::new(Engine::open(store, Arc::new(System), random.clone(), EngineOptions::default())?);
    let service = Arc::new(Service::new(engine, Arc::new(System), random, ServiceOptions::default()));
    let server = Server::bind(ServerOptions { address, workers, ..ServerOptions::default() }, service)?;
    println!("{}", server.address());
    let handle = server.shutdown_handle();
    std::thread::spawn(move || {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        handle.shutdown();
    });
    server.run()?;
    Ok(())
}
