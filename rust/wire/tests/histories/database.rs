//! A database for histories: requests in JSON, small partitions, so that they split while the history runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::Value;
use statordb_engine::clock::{Clock, Random};
use statordb_engine::ops::Caller;
use statordb_engine::{Checkup, Engine, EngineOptions};
use statordb_store::{MemoryOptions, MemoryStore, Store};
use statordb_wire::operation::Operation;
use statordb_wire::{parse_json, run_json};

const CALLER: Caller<'static> = Caller { region: "eu-west-2" };

/// How many operations a history has.
pub(crate) fn operations(usual: usize) -> usize {
    std::env::var("STATORDB_HISTORY_OPERATIONS").ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// A clock that stands still until it is moved, and a sequence of bytes.
#[derive(Debug)]
struct Fixed {
    now_ms: AtomicU64,
    next: AtomicU64,
}

impl Clock for Fixed {
    fn now_ms(&self) -> u64 {
        self.now_ms.load(Ordering::Relaxed)
    }
}

impl Random for Fixed {
    fn fill(&self, bytes: &mut [u8]) {
        for byte in bytes {
            *byte = (self.next.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8;
        }
    }
}

/// Partitions so small that they split all the time.
pub(crate) const SMALL: MemoryOptions = MemoryOptions { partition_bytes_max: 2_048 };

/// An engine that is spoken to in JSON.
pub(crate) struct Database {
    engine: Engine,
    fixed: Arc<Fixed>,
}

impl Database {
    /// With one table, `lists`, of the partition key `k`.
    pub(crate) fn new() -> Self {
        let database = Self::over(Box::new(MemoryStore::new(SMALL)), EngineOptions::default());
        database.ok(
            "CreateTable",
            r#"{"TableName":"lists","AttributeDefinitions":[{"AttributeName":"k","AttributeType":"S"}],
                "KeySchema":[{"AttributeName":"k","KeyType":"HASH"}],"BillingMode":"PAY_PER_REQUEST"}"#,
        );
        database
    }

    /// Without a table.
    pub(crate) fn over(store: Box<dyn Store>, options: EngineOptions) -> Self {
        let fixed = Arc::new(Fixed { now_ms: AtomicU64::new(1_795_412_760_123), next: AtomicU64::new(0) });
        Self { engine: Engine::open(store.into(), fixed.clone(), fixed.clone(), options).unwrap(), fixed }
    }

    /// Opened again, over the store that it was over or one like it; its clock and its chance go on.
    pub(crate) fn again(self, store: Box<dyn Store>, options: EngineOptions) -> Self {
        let Self { engine, fixed } = self;
        drop(engine);
        let engine = Engine::open(store.into(), fixed.clone(), fixed.clone(), options);
        Self { engine: engine.unwrap_or_else(|error| panic!("{error}")), fixed }
    }

    /// Another one over a copy of its store, with a clock and a chance that begin where its own are.
    pub(crate) fn beside(&self, store: Box<dyn Store>) -> Result<Self, String> {
        let [now_ms, next] = [&self.fixed.now_ms, &self.fixed.next].map(|word| word.load(Ordering::Relaxed));
        let fixed = Arc::new(Fixed { now_ms: AtomicU64::new(now_ms), next: AtomicU64::new(next) });
        let engine = Engine::open(store.into(), fixed.clone(), fixed.clone(), EngineOptions::default());
        Ok(Self { engine: engine.map_err(|error| error.message().to_owned())?, fixed })
    }

    /// Moves the clock back.
    pub(crate) fn earlier(&self, by_ms: u64) {
        self.fixed.now_ms.fetch_sub(by_ms, Ordering::Relaxed);
    }

    /// Moves the clock.
    pub(crate) fn later(&self, by_ms: u64) {
        self.fixed.now_ms.fetch_add(by_ms, Ordering::Relaxed);
    }

    /// Does what is due by the clock, and tells how many items have expired.
    pub(crate) fn upkeep(&self) -> usize {
        self.try_upkeep().unwrap()
    }

    /// The same where the store may fail.
    pub(crate) fn try_upkeep(&self) -> Result<usize, String> {
        self.engine.upkeep().map(|upkeep| upkeep.expired).map_err(|error| error.message().to_owned())
    }

    /// Looks at all that is stored. Nothing may be wrong with it, whatever others do meanwhile.
    pub(crate) fn check(&self) -> Checkup {
        let checkup = self.engine.check().unwrap();
        assert!(checkup.violations.is_empty(), "{:#?}", checkup.violations);
        checkup
    }

    /// The answer, or the exception's message.
    pub(crate) fn call(&self, operation: &str, body: &str) -> Result<Value, String> {
        let request =
            parse_json(Operation::from_name(operation).unwrap(), body).unwrap_or_else(|error| panic!("{error}"));
        let mut out = Vec::new();
        run_json(&self.engine, &CALLER, request, &mut out).map_err(|error| error.message().to_owned())?;
        // Some operations answer with nothing.
        Ok(if out.is_empty() { Value::Null } else { serde_json::from_slice(&out).unwrap() })
    }

    /// The answer of a call that must succeed.
    pub(crate) fn ok(&self, operation: &str, body: &str) -> Value {
        self.call(operation, body).unwrap_or_else(|error| panic!("{operation} {body}: {error}"))
    }
}

/// A small generator of numbers, so that a history has a seed.
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % end
    }

    /// So many different numbers below `end`.
    pub(crate) fn several(&mut self, count: usize, end: usize) -> Vec<usize> {
        let mut numbers = Vec::with_capacity(count);
        while numbers.len() < count {
            let number = self.below(end);
            if !numbers.contains(&number) {
                numbers.push(number);
            }
        }
        numbers
    }
}
