//! Everything that can be seen of a database through its operations, to be compared before and after.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::database::Database;

fn call(database: &Database, operation: &str, body: &Value) -> Value {
    match database.call(operation, &body.to_string()) {
        Ok(answer) => answer,
        Err(message) => json!({ "error": message }),
    }
}

/// The names of all tables.
pub(crate) fn tables(database: &Database) -> Vec<String> {
    let names = call(database, "ListTables", &json!({}));
    names["TableNames"].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect()
}

/// The ARNs of all streams.
pub(crate) fn streams(database: &Database) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    loop {
        let mut body = json!({});
        if let Some(last) = found.last() {
            body["ExclusiveStartStreamArn"] = json!(last);
        }
        let page = call(database, "ListStreams", &body);
        let arns = page["Streams"].as_array().unwrap().iter().map(|stream| stream["StreamArn"].as_str().unwrap());
        found.extend(arns.map(str::to_owned));
        if page.get("LastEvaluatedStreamArn").is_none() {
            return found;
        }
    }
}

/// Rows, by their keys: the order of a Scan is that of hashes.
fn scan(database: &Database, table: &str, index: Option<&str>) -> Value {
    let mut body = json!({ "TableName": table });
    if let Some(index) = index {
        body["IndexName"] = json!(index);
    }
    call(database, "Scan", &body)
}

fn table(database: &Database, name: &str) -> Value {
    let described = call(database, "DescribeTable", &json!({ "TableName": name }));
    let arn = &described["Table"]["TableArn"];
    let indexes = ["LocalSecondaryIndexes", "GlobalSecondaryIndexes"].map(|kind| described["Table"][kind].clone());
    let names = indexes.iter().filter_map(Value::as_array).flatten().filter_map(|index| index["IndexName"].as_str());
    let entries: BTreeMap<&str, Value> = names.map(|index| (index, scan(database, name, Some(index)))).collect();
    json!({
        "described": described,
        "expiry": call(database, "DescribeTimeToLive", &json!({ "TableName": name })),
        "tags": call(database, "ListTagsOfResource", &json!({ "ResourceArn": arn })),
        "policy": call(database, "GetResourcePolicy", &json!({ "ResourceArn": arn })),
        "insights": call(database, "ListContributorInsights", &json!({ "TableName": name })),
        "items": scan(database, name, None),
        "entries": entries,
    })
}

/// Every table, by name.
pub(crate) fn all_tables(database: &Database) -> BTreeMap<String, Value> {
    tables(database).into_iter().map(|name| (name.clone(), table(database, &name))).collect()
}

/// The shards of a stream, all pages.
pub(crate) fn shards(database: &Database, arn: &str) -> Vec<Value> {
    let mut shards: Vec<Value> = Vec::new();
    loop {
        let mut body = json!({ "StreamArn": arn });
        if let Some(last) = shards.last() {
            body["ExclusiveStartShardId"] = last["ShardId"].clone();
        }
        let stream = call(database, "DescribeStream", &body)["StreamDescription"].clone();
        shards.extend_from_slice(stream["Shards"].as_array().unwrap());
        if stream.get("LastEvaluatedShardId").is_none() {
            return shards;
        }
    }
}

/// Everything that an iterator leads to now.
pub(crate) fn records_from(database: &Database, iterator: &str) -> Vec<Value> {
    let (mut records, mut next) = (Vec::new(), Some(iterator.to_owned()));
    while let Some(iterator) = next {
        let page = call(database, "GetRecords", &json!({ "ShardIterator": iterator }));
        let Some(found) = page["Records"].as_array().filter(|found| !found.is_empty()) else {
            // The end, or what is wrong with the iterator.
            records.extend(page.get("error").cloned());
            return records;
        };
        records.extend_from_slice(found);
        next = page["NextShardIterator"].as_str().map(str::to_owned);
    }
    records
}

/// An iterator of a shard.
pub(crate) fn iterator(database: &Database, arn: &str, shard: &Value, kind: &str) -> String {
    let body = json!({ "StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": kind });
    call(database, "GetShardIterator", &body)["ShardIterator"].as_str().unwrap().to_owned()
}

/// A stream: its description, its shards, and the records of each.
fn stream(database: &Database, arn: &str) -> Value {
    let mut described = call(database, "DescribeStream", &json!({ "StreamArn": arn, "Limit": 1 }));
    described["StreamDescription"]["Shards"] = Value::Null;
    described["StreamDescription"]["LastEvaluatedShardId"] = Value::Null;
    let read = |shard: &Value| {
        let records = records_from(database, &iterator(database, arn, shard, "TRIM_HORIZON"));
        json!({ "shard": shard, "records": records })
    };
    let shards: Vec<Value> = shards(database, arn).iter().map(read).collect();
    json!({ "described": described, "shards": shards })
}

/// Every stream, by ARN.
pub(crate) fn all_streams(database: &Database) -> BTreeMap<String, Value> {
    streams(database).into_iter().map(|arn| (arn.clone(), stream(database, &arn))).collect()
}

/// How many trees a store has for these tables and so many streams, where no table is being deleted: the catalog, those of
/// tables, their indexes, their collections, their expiry and their streams. Those of tokens are not counted.
pub(crate) fn trees<'t>(tables: impl IntoIterator<Item = &'t Value>, streams: usize) -> usize {
    let of_table = |table: &Value| {
        let described = &table["described"]["Table"];
        let count = |kind: &str| described[kind].as_array().map_or(0, Vec::len);
        let (local, global) = (count("LocalSecondaryIndexes"), count("GlobalSecondaryIndexes"));
        let expires = table["expiry"]["TimeToLiveDescription"]["TimeToLiveStatus"] == "ENABLED";
        1 + local + usize::from(local > 0) + global + usize::from(expires)
    };
    1 + tables.into_iter().map(of_table).sum::<usize>() + streams
}
