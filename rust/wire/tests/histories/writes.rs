//! Random writes to `things` by every operation that writes: to a small space of keys that is always hot and moves on
//! slowly, so that entries of indexes come, go and move, and partitions split as long as the history lasts.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use serde_json::Value;

use super::database::{Chance, Database};

const THREADS: u64 = 4;
/// Partition keys and sort keys that are in use at a time.
const PARTITIONS: usize = 10;
const SORTS: usize = 6;

/// What a history of writes is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Anything goes, also writes that change nothing.
    State,
    /// The same, with partition keys that move on fast, so that shards of the stream end often.
    Shards,
    /// Every write that a record does not tell of is counted. Those that it tells of leave a number in `u` that is odd
    /// in transactions; deletions in transactions go to even sort keys, others to odd ones.
    Capacity,
}

impl Purpose {
    /// The operations, of so many, after which the partition keys in use move on by one.
    fn stay(self, operations: usize) -> usize {
        if self == Self::Shards { 100.max(operations / 1_000) } else { 1_000 }
    }
}

/// One request.
#[derive(Debug, Default)]
pub(crate) struct Request {
    pub(crate) operation: &'static str,
    pub(crate) body: String,
    /// Deletions, of items that may be missing.
    pub(crate) deletes: usize,
    /// Conditions on the item that nothing changes, and puts that leave it as it is.
    pub(crate) checks: usize,
    pub(crate) repeats: usize,
}

impl Request {
    pub(crate) fn is_transaction(&self) -> bool {
        self.operation == "TransactWriteItems"
    }
}

/// The attributes of the item that nothing changes, and its key.
const FIXED_KEY: &str = r#""p":{"S":"fixed"},"s":{"N":"0"}"#;

fn fixed() -> String {
    format!(
        r#""Item":{{{FIXED_KEY},"a":{{"S":"a0"}},"b":{{"N":"0"}},"c":{{"S":"c0"}},"x":{{"S":"{}"}}}}"#,
        "x".repeat(2_500)
    )
}

/// Writes the item that nothing changes.
pub(crate) fn put_fixed(database: &Database) {
    database.ok("PutItem", &format!(r#"{{"TableName":"things",{}}}"#, fixed()));
}

/// One client.
pub(crate) struct Writer {
    chance: Chance,
    purpose: Purpose,
    stay: usize,
    /// The operation that is being made.
    number: usize,
    is_transaction: bool,
}

impl Writer {
    /// One that makes its requests until the operation `end` has come.
    pub(crate) fn new(seed: u64, purpose: Purpose, end: usize) -> Self {
        let chance = Chance::new(seed ^ end as u64);
        Self { chance, purpose, stay: purpose.stay(end), number: 0, is_transaction: false }
    }

    /// The request of an operation.
    pub(crate) fn request(&mut self, number: usize) -> Request {
        self.number = number;
        self.is_transaction = false;
        let mut request = Request::default();
        let (operation, body) = match self.chance.below(20) {
            0..5 => ("PutItem", self.put_item(&mut request)),
            5..10 => ("UpdateItem", self.update(true)),
            10..13 => ("DeleteItem", self.delete(&mut request)),
            13..16 => ("BatchWriteItem", self.batch(&mut request)),
            _ => ("TransactWriteItems", self.transaction(&mut request)),
        };
        let table = if self.is_transaction || operation == "BatchWriteItem" { "" } else { r#""TableName":"things","# };
        let capacity = if self.purpose == Purpose::Capacity { r#","ReturnConsumedCapacity":"INDEXES""# } else { "" };
        request.operation = operation;
        request.body = format!("{{{table}{body}{capacity}}}");
        request
    }

    fn key_of(&self, place: usize) -> String {
        let first = self.number / self.stay;
        format!(r#""p":{{"S":"p{}"}},"s":{{"N":"{}"}}"#, first + place / SORTS, place % SORTS)
    }

    fn key(&mut self) -> String {
        let place = self.chance.below(PARTITIONS * SORTS);
        self.key_of(place)
    }

    /// A place that a deletion may go to.
    fn allows_delete(&self, place: usize) -> bool {
        self.purpose != Purpose::Capacity || (place.is_multiple_of(2) == self.is_transaction)
    }

    /// A value of an attribute.
    fn value(&mut self, name: &str) -> String {
        let chance = &mut self.chance;
        match name {
            "a" | "c" | "d" => format!(r#"{{"S":"{name}{}"}}"#, chance.below(3)),
            "b" => format!(r#"{{"N":"{}"}}"#, ["0", "10", "-1.5"][chance.below(3)]),
            "n" => format!(r#"{{"N":"{}"}}"#, chance.below(2_000)),
            "t" => {
                ["{\"S\":\"never\"}", "{\"N\":\"1795412000\"}", "{\"N\":\"1795412700.5\"}", "{\"N\":\"1895412000\"}"]
                    [chance.below(4)]
                .to_owned()
            }
            "x" => {
                let most = [60, 60, 60, 700, 2_500][chance.below(5)];
                format!(r#"{{"S":"{}"}}"#, "x".repeat(1 + chance.below(most)))
            }
            _ => [
                r#"{"L":[{"S":"x"},{"N":"12"}]}"#,
                r#"{"M":{"k":{"BOOL":true},"m":{"NULL":true}}}"#,
                r#"{"SS":["x","yy"]}"#,
                r#"{"NS":["1","-20.5"]}"#,
                r#"{"B":"AAEC"}"#,
            ][chance.below(5)]
            .to_owned(),
        }
    }

    /// The mark that an operation leaves in the items that it writes, if it is to.
    fn mark(&mut self) -> Option<String> {
        let is_left = self.purpose == Purpose::Capacity || self.chance.below(2) == 0;
        is_left.then(|| format!(r#"{{"N":"{}"}}"#, 2 * self.number + usize::from(self.is_transaction)))
    }

    fn item(&mut self, key: &str) -> String {
        let mut item = key.to_owned();
        for name in ["a", "b", "c", "d", "n", "t", "x", "e"] {
            if self.chance.below(4) > 0 {
                item += &format!(r#","{name}":{}"#, self.value(name));
            }
        }
        if let Some(mark) = self.mark() {
            item += &format!(r#","u":{mark}"#);
        }
        format!(r#""Item":{{{item}}}"#)
    }

    fn condition(&mut self) -> &'static str {
        match self.chance.below(12) {
            0 => r#","ConditionExpression":"attribute_exists(a)""#,
            1 => r#","ConditionExpression":"attribute_not_exists(c)""#,
            2 => r#","ConditionExpression":"attribute_exists(p)""#,
            _ => "",
        }
    }

    fn put_item(&mut self, request: &mut Request) -> String {
        if self.chance.below(10) == 0 {
            request.repeats += 1;
            return fixed();
        }
        let key = self.key();
        self.item(&key) + self.condition()
    }

    fn update(&mut self, may_be_nothing: bool) -> String {
        let key = self.key();
        self.update_of(&key, may_be_nothing)
    }

    /// An update that sets some attributes, removes others, and perhaps adds to one.
    fn update_of(&mut self, key: &str, may_be_nothing: bool) -> String {
        let (mut set, mut removed, mut values) = (Vec::new(), Vec::new(), Vec::new());
        for name in ["a", "b", "c", "d", "t", "x", "e"] {
            match self.chance.below(8) {
                0 => removed.push(name),
                1..4 => {
                    set.push(format!("{name} = :{name}"));
                    values.push(format!(r#"":{name}":{}"#, self.value(name)));
                }
                _ => {}
            }
        }
        if let Some(mark) = self.mark() {
            set.push("u = :u".to_owned());
            values.push(format!(r#"":u":{mark}"#));
        }
        let mut clauses = Vec::new();
        if !set.is_empty() {
            clauses.push(format!("SET {}", set.join(", ")));
        }
        if !removed.is_empty() {
            clauses.push(format!("REMOVE {}", removed.join(", ")));
        }
        if self.chance.below(3) == 0 || (clauses.is_empty() && !may_be_nothing) {
            clauses.push("ADD n :n".to_owned());
            values.push(r#"":n":{"N":"7"}"#.to_owned());
        }
        let condition = self.condition();
        let mut update = format!(r#""Key":{{{key}}}{condition}"#);
        if !clauses.is_empty() {
            update += &format!(r#","UpdateExpression":"{}""#, clauses.join(" "));
        }
        if !values.is_empty() {
            update += &format!(r#","ExpressionAttributeValues":{{{}}}"#, values.join(","));
        }
        update
    }

    fn delete(&mut self, request: &mut Request) -> String {
        let mut place = self.chance.below(PARTITIONS * SORTS);
        if !self.allows_delete(place) {
            place ^= 1;
        }
        request.deletes += 1;
        format!(r#""Key":{{{}}}{}"#, self.key_of(place), self.condition())
    }

    fn places(&mut self, most: usize) -> Vec<usize> {
        let count = 1 + self.chance.below(most);
        self.chance.several(count, PARTITIONS * SORTS)
    }

    fn batch(&mut self, request: &mut Request) -> String {
        let mut requests = Vec::new();
        for place in self.places(6) {
            let key = self.key_of(place);
            if self.chance.below(3) == 0 && self.allows_delete(place) {
                request.deletes += 1;
                requests.push(format!(r#"{{"DeleteRequest":{{"Key":{{{key}}}}}}}"#));
            } else {
                requests.push(format!(r#"{{"PutRequest":{{{}}}}}"#, self.item(&key)));
            }
        }
        if self.chance.below(5) == 0 {
            request.repeats += 1;
            requests.push(format!(r#"{{"PutRequest":{{{}}}}}"#, fixed()));
        }
        format!(r#""RequestItems":{{"things":[{}]}}"#, requests.join(","))
    }

    fn transaction(&mut self, request: &mut Request) -> String {
        self.is_transaction = true;
        let mut actions = Vec::new();
        for place in self.places(5) {
            let key = self.key_of(place);
            let (kind, content) = match self.chance.below(4) {
                0 if self.allows_delete(place) => {
                    request.deletes += 1;
                    ("Delete", format!(r#""Key":{{{key}}}{}"#, self.condition()))
                }
                0 | 1 => ("Put", self.item(&key) + self.condition()),
                _ => ("Update", self.update_of(&key, false)),
            };
            actions.push(format!(r#"{{"{kind}":{{"TableName":"things",{content}}}}}"#));
        }
        match self.chance.below(6) {
            0 => {
                request.repeats += 1;
                actions.push(format!(r#"{{"Put":{{"TableName":"things",{}}}}}"#, fixed()));
            }
            1 => {
                request.checks += 1;
                let condition = r#""ConditionExpression":"attribute_exists(a)""#;
                actions.push(format!(
                    r#"{{"ConditionCheck":{{"TableName":"things","Key":{{{FIXED_KEY}}},{condition}}}}}"#
                ));
            }
            _ => {}
        }
        format!(r#""TransactItems":[{}]"#, actions.join(","))
    }
}

/// Sends a request; nothing where a condition has refused it. Nothing else may.
pub(crate) fn send(database: &Database, request: &Request) -> Option<Value> {
    match database.call(request.operation, &request.body) {
        Ok(answer) => Some(answer),
        Err(error) => {
            let is_condition = error == "The conditional request failed"
                || (error.contains("ConditionalCheckFailed") && !error.contains("ValidationError"));
            assert!(is_condition, "{error}: {} {}", request.operation, request.body);
            None
        }
    }
}

/// Sets a flag when it is dropped, also where a panic does that, so that nobody waits for ever.
pub(crate) struct SetAtEnd<'f>(pub(crate) &'f AtomicBool);

impl Drop for SetAtEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

/// Lets all clients write until `next` has come to `end` and `enough` is set; `each` is shown what was answered.
pub(crate) fn write_all<T: Default + Send>(
    database: &Database,
    purpose: Purpose,
    (next, end): (&AtomicUsize, usize),
    enough: &AtomicBool,
    each: impl Fn(&mut T, &Request, &Value) + Sync,
) -> Vec<T> {
    let client = &|seed: u64| {
        let mut writer = Writer::new(seed, purpose, end);
        let mut kept = T::default();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= end && enough.load(Ordering::Acquire) {
                return kept;
            }
            let request = writer.request(number);
            if let Some(answer) = send(database, &request) {
                each(&mut kept, &request, &answer);
            }
        }
    };
    thread::scope(|scope| {
        let clients: Vec<_> = (0..THREADS).map(|seed| scope.spawn(move || client(seed))).collect();
        clients.into_iter().map(|client| client.join().unwrap()).collect()
    })
}
