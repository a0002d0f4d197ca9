//! One who follows a stream: reads every shard after its parent, replays the records, and finds fault with any that
//! does not follow from those before.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Value;

use super::database::{Chance, Database};
use super::sizes::item_size;
use super::things::key_text;

/// How far a shard has been read.
#[derive(Debug)]
struct Shard {
    parent: Option<String>,
    first: String,
    /// The greatest number that has been read from it.
    last: Option<String>,
    iterator: Option<String>,
    has_ended: bool,
}

/// The reader.
pub(crate) struct Follower<'h> {
    database: &'h Database,
    arn: String,
    chance: Chance,
    shards: BTreeMap<String, Shard>,
    /// What the records come to.
    pub(crate) items: BTreeMap<String, Value>,
    /// The number of the last record of each item.
    last: HashMap<String, String>,
    /// `eventID` of every record.
    pub(crate) events: HashSet<u128>,
    /// Iterators that had to be asked for again.
    pub(crate) renewed: usize,
}

impl<'h> Follower<'h> {
    /// From the oldest record on.
    pub(crate) fn from_horizon(database: &'h Database, arn: &str, seed: u64) -> Self {
        let (shards, items) = (BTreeMap::new(), BTreeMap::new());
        let (last, events) = (HashMap::new(), HashSet::new());
        Self { database, arn: arn.to_owned(), chance: Chance::new(seed), shards, items, last, events, renewed: 0 }
    }

    /// From now on, when nobody writes and the table has `items`.
    pub(crate) fn from_latest(database: &'h Database, arn: &str, items: BTreeMap<String, Value>) -> Self {
        let mut follower = Self { items, ..Self::from_horizon(database, arn, 0) };
        follower.find_shards();
        let open: Vec<String> = follower.shards.keys().cloned().collect();
        let has_ended = follower.ends();
        for id in open {
            let iterator = (!has_ended.contains(&id)).then(|| follower.iterator(&id, r#""LATEST""#));
            let shard = follower.shards.get_mut(&id).unwrap();
            (shard.has_ended, shard.iterator) = (iterator.is_none(), iterator);
        }
        follower
    }

    /// All shards behind one, in the order in which they were opened.
    fn describe(&self, mut start: Option<String>) -> Vec<Value> {
        let mut shards = Vec::new();
        loop {
            let behind = start.map_or(String::new(), |start| format!(r#","ExclusiveStartShardId":"{start}""#));
            let body = format!(r#"{{"StreamArn":"{}"{behind}}}"#, self.arn);
            let answer = self.database.ok("DescribeStream", &body);
            let stream = &answer["StreamDescription"];
            shards.extend_from_slice(stream["Shards"].as_array().unwrap());
            start = stream["LastEvaluatedShardId"].as_str().map(str::to_owned);
            if start.is_none() {
                return shards;
            }
        }
    }

    /// The shards that are closed.
    fn ends(&self) -> HashSet<String> {
        let is_closed = |shard: &Value| {
            let is_closed = shard["SequenceNumberRange"].get("EndingSequenceNumber").is_some();
            is_closed.then(|| shard["ShardId"].as_str().unwrap().to_owned())
        };
        self.describe(None).iter().filter_map(is_closed).collect()
    }

    /// Takes up the shards that are new, and tells how many there are.
    fn find_shards(&mut self) -> usize {
        let found = self.describe(self.shards.keys().next_back().cloned());
        for shard in &found {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            let parent = shard.get("ParentShardId").map(text);
            assert!(
                parent.as_ref().is_none_or(|parent| self.shards.contains_key(parent)),
                "a parent comes before its children: {shard}"
            );
            let first = text(&shard["SequenceNumberRange"]["StartingSequenceNumber"]);
            let shard_read = Shard { parent, first, last: None, iterator: None, has_ended: false };
            self.shards.insert(text(&shard["ShardId"]), shard_read);
        }
        found.len()
    }

    fn iterator(&self, shard: &str, kind: &str) -> String {
        let body = format!(r#"{{"StreamArn":"{}","ShardId":"{shard}","ShardIteratorType":{kind}}}"#, self.arn);
        self.database.ok("GetShardIterator", &body)["ShardIterator"].as_str().unwrap().to_owned()
    }

    /// Goes through all shards once, as far as they can be read now; tells how much there was that is new.
    pub(crate) fn read(&mut self, each: &mut dyn FnMut(&Value)) -> usize {
        let mut news = self.find_shards();
        let unread: Vec<String> =
            self.shards.iter().filter(|(_, shard)| !shard.has_ended).map(|(id, _)| id.clone()).collect();
        for id in unread {
            let parent = self.shards[&id].parent.as_ref();
            if parent.is_none_or(|parent| self.shards[parent].has_ended) {
                news += self.read_shard(&id, each);
            }
        }
        news
    }

    fn read_shard(&mut self, id: &str, each: &mut dyn FnMut(&Value)) -> usize {
        let mut news = 0;
        loop {
            let page = self.page(id);
            let records = page["Records"].as_array().unwrap();
            for record in records {
                self.take(id, record);
                each(record);
            }
            news += records.len();
            let next = page.get("NextShardIterator").map(|next| next.as_str().unwrap().to_owned());
            let shard = self.shards.get_mut(id).unwrap();
            shard.has_ended = next.is_none();
            shard.iterator = next;
            if shard.has_ended {
                return news + 1;
            }
            if records.is_empty() {
                return news;
            }
        }
    }

    /// The next page of a shard. Where the clock has left an iterator behind, there is another one from the same place.
    fn page(&mut self, id: &str) -> Value {
        loop {
            let shard = &self.shards[id];
            let iterator = match (&shard.iterator, &shard.last) {
                (Some(iterator), _) => iterator.clone(),
                (None, None) => self.iterator(id, r#""TRIM_HORIZON""#),
                (None, Some(last)) => {
                    self.iterator(id, &format!(r#""AFTER_SEQUENCE_NUMBER","SequenceNumber":"{last}""#))
                }
            };
            let limit = [1, 3, 50, 1_000][self.chance.below(4)];
            match self.database.call("GetRecords", &format!(r#"{{"ShardIterator":"{iterator}","Limit":{limit}}}"#)) {
                Ok(page) => return page,
                Err(error) => {
                    assert!(error.contains("exceeds the maximum age"), "{error}");
                    self.renewed += 1;
                    self.shards.get_mut(id).unwrap().iterator = None;
                }
            }
        }
    }

    /// Replays a record.
    fn take(&mut self, id: &str, record: &Value) {
        let change = &record["dynamodb"];
        let (old, new) = (change.get("OldImage"), change.get("NewImage"));
        let key = key_text(&change["Keys"]);
        assert_eq!(old, self.items.get(&key), "the old image is the last new one: {record}");
        assert_ne!(old, new, "something has changed: {record}");
        let name = match (old, new) {
            (None, _) => "INSERT",
            (_, None) => "REMOVE",
            _ => "MODIFY",
        };
        assert_eq!(record["eventName"], name, "{record}");
        assert!([old, new].into_iter().flatten().all(|image| key_text(image) == key), "{record}");
        let images = [Some(&change["Keys"]), old, new];
        let size: usize = images.iter().flatten().map(|image| item_size(image.as_object().unwrap())).sum();
        assert_eq!(change["SizeBytes"], size, "{record}");
        self.take_number(id, &key, change["SequenceNumber"].as_str().unwrap());
        let event = u128::from_str_radix(record["eventID"].as_str().unwrap(), 16).unwrap();
        assert!(self.events.insert(event), "an eventID twice: {record}");
        match new {
            Some(new) => drop(self.items.insert(key, new.clone())),
            None => drop(self.items.remove(&key)),
        }
    }

    /// Numbers ascend in a shard and for an item; they have the same length, so as texts, too.
    fn take_number(&mut self, id: &str, key: &str, number: &str) {
        let shard = self.shards.get_mut(id).unwrap();
        assert_eq!(number.len(), shard.first.len());
        assert!(shard.first.as_str() <= number, "{number} in a shard that begins with {}", shard.first);
        assert!(shard.last.as_deref().is_none_or(|last| last < number), "{number} behind {:?}", shard.last);
        shard.last = Some(number.to_owned());
        let last = self.last.insert(key.to_owned(), number.to_owned());
        assert!(last.as_deref().is_none_or(|last| last < number), "{number} behind {last:?} of {key}");
    }

    /// Reads on until there is nothing more, when nobody writes.
    pub(crate) fn catch_up(&mut self, each: &mut dyn FnMut(&Value)) {
        while self.read(each) > 0 {}
    }

    /// Checks what has been read of shards against what a description says of them in the end.
    pub(crate) fn check_shards(&self) {
        let described = self.describe(None);
        assert_eq!(described.len(), self.shards.len());
        for shard in &described {
            let read = &self.shards[shard["ShardId"].as_str().unwrap()];
            let end = shard["SequenceNumberRange"]["EndingSequenceNumber"].as_str();
            assert_eq!(read.has_ended, end.is_some(), "{shard}");
            assert!(read.last.as_deref() <= end || end.is_none(), "{shard} has no record behind its end");
        }
    }

    /// How many shards there were, and how many of them have ended.
    pub(crate) fn shard_counts(&self) -> (usize, usize) {
        (self.shards.len(), self.shards.values().filter(|shard| shard.has_ended).count())
    }
}
