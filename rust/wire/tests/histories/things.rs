//! The table that histories of writes are about: a sort key, and indexes of every kind.

use std::collections::BTreeMap;

use serde_json::Value;

use super::database::Database;

/// A secondary index.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Index {
    pub(crate) name: &'static str,
    pub(crate) is_local: bool,
    pub(crate) hash: &'static [&'static str],
    pub(crate) range: &'static [&'static str],
    pub(crate) projected: Projected,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Projected {
    All,
    KeysOnly,
    Include(&'static [&'static str]),
}

/// The key of the table, and the types of all keys.
pub(crate) const TABLE_KEY: [&str; 2] = ["p", "s"];
const KINDS: [(&str, &str); 6] = [("p", "S"), ("s", "N"), ("a", "S"), ("b", "N"), ("c", "S"), ("d", "S")];

/// Those that the table is made with, in that order.
pub(crate) const INDEXES: [Index; 4] = [
    Index { name: "local", is_local: true, hash: &["p"], range: &["c"], projected: Projected::Include(&["d"]) },
    Index { name: "keys", is_local: false, hash: &["a", "b"], range: &["c", "d"], projected: Projected::KeysOnly },
    Index { name: "some", is_local: false, hash: &["c"], range: &[], projected: Projected::Include(&["d", "n", "e"]) },
    Index { name: "all", is_local: false, hash: &["b"], range: &["a"], projected: Projected::All },
];

impl Index {
    /// The names of its keys, and those of the table's.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &'static str> {
        self.hash.iter().chain(self.range).copied()
    }

    /// Whether an entry holds an attribute.
    pub(crate) fn holds(&self, name: &str) -> bool {
        let is_key = || TABLE_KEY.contains(&name) || self.keys().any(|key| key == name);
        match self.projected {
            Projected::All => true,
            Projected::KeysOnly => is_key(),
            Projected::Include(names) => names.contains(&name) || is_key(),
        }
    }

    /// As it stands in a request.
    pub(crate) fn json(&self) -> String {
        let role = |names: &[&str], role: &str| -> Vec<String> {
            names.iter().map(|name| format!(r#"{{"AttributeName":"{name}","KeyType":"{role}"}}"#)).collect()
        };
        let keys = [role(self.hash, "HASH"), role(self.range, "RANGE")].concat().join(",");
        let projection = match self.projected {
            Projected::All => r#""ProjectionType":"ALL""#.to_owned(),
            Projected::KeysOnly => r#""ProjectionType":"KEYS_ONLY""#.to_owned(),
            Projected::Include(names) => format!(r#""ProjectionType":"INCLUDE","NonKeyAttributes":{names:?}"#),
        };
        format!(r#"{{"IndexName":"{}","KeySchema":[{keys}],"Projection":{{{projection}}}}}"#, self.name)
    }
}

/// `AttributeDefinitions`.
pub(crate) fn definitions() -> String {
    let definition = |(name, kind): &(&str, &str)| format!(r#"{{"AttributeName":"{name}","AttributeType":"{kind}"}}"#);
    format!("[{}]", KINDS.iter().map(definition).collect::<Vec<_>>().join(","))
}

/// Makes the table, with a stream of all images.
pub(crate) fn create(database: &Database) {
    let indexes = |is_local: bool| -> String {
        let of_kind = INDEXES.iter().filter(|index| index.is_local == is_local);
        of_kind.map(Index::json).collect::<Vec<_>>().join(",")
    };
    let body = format!(
        r#"{{"TableName":"things","AttributeDefinitions":{},"BillingMode":"PAY_PER_REQUEST",
            "KeySchema":[{{"AttributeName":"p","KeyType":"HASH"}},{{"AttributeName":"s","KeyType":"RANGE"}}],
            "LocalSecondaryIndexes":[{}],"GlobalSecondaryIndexes":[{}],
            "StreamSpecification":{{"StreamEnabled":true,"StreamViewType":"NEW_AND_OLD_IMAGES"}}}}"#,
        definitions(),
        indexes(true),
        indexes(false)
    );
    database.ok("CreateTable", &body);
}

/// The stream of the table.
pub(crate) fn stream_arn(database: &Database) -> String {
    let answer = database.ok("DescribeTable", r#"{"TableName":"things"}"#);
    answer["Table"]["LatestStreamArn"].as_str().unwrap().to_owned()
}

/// A key as a text.
pub(crate) fn key_text(item: &Value) -> String {
    format!("{}/{}", item["p"]["S"].as_str().unwrap(), item["s"]["N"].as_str().unwrap())
}

/// All items, by their keys.
pub(crate) fn scan(database: &Database) -> BTreeMap<String, Value> {
    let mut items = BTreeMap::new();
    let mut start = String::new();
    loop {
        let page = database.ok("Scan", &format!(r#"{{"TableName":"things","ConsistentRead":true{start}}}"#));
        items.extend(page["Items"].as_array().unwrap().iter().map(|item| (key_text(item), item.clone())));
        match page.get("LastEvaluatedKey") {
            Some(last) => start = format!(r#","ExclusiveStartKey":{last}"#),
            None => return items,
        }
    }
}
