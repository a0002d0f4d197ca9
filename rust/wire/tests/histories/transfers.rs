//! Money moves between accounts; whoever looks at all of them at once always finds the same sum.

use std::thread;

use serde_json::Value;

use super::database::{Chance, Database, operations};

const ACCOUNTS: usize = 60;
const START: i64 = 100;
const THREADS: u64 = 4;

fn key(account: usize) -> String {
    format!(r#""TableName":"lists","Key":{{"k":{{"S":"account {account}"}}}}"#)
}

fn transfer(database: &Database, from: usize, to: usize, amount: usize) -> Result<Value, String> {
    let update = |account, sign: &str, condition: &str| {
        format!(
            r#"{{"Update":{{{},"UpdateExpression":"SET balance = balance {sign} :a"{condition},
               "ExpressionAttributeValues":{{":a":{{"N":"{amount}"}}}}}}}}"#,
            key(account)
        )
    };
    let covered = r#","ConditionExpression":"balance >= :a""#;
    let (from, to) = (update(from, "-", covered), update(to, "+", ""));
    database.call("TransactWriteItems", &format!(r#"{{"TransactItems":[{from},{to}]}}"#))
}

fn balance(item: &Value) -> i64 {
    item["Item"]["balance"]["N"].as_str().unwrap().parse().unwrap()
}

fn sum(database: &Database) -> i64 {
    let gets: Vec<String> = (0..ACCOUNTS).map(|account| format!(r#"{{"Get":{{{}}}}}"#, key(account))).collect();
    let answer = database.ok("TransactGetItems", &format!(r#"{{"TransactItems":[{}]}}"#, gets.join(",")));
    let balances: Vec<i64> = answer["Responses"].as_array().unwrap().iter().map(balance).collect();
    assert!(balances.iter().all(|balance| *balance >= 0), "{balances:?}");
    balances.iter().sum()
}

#[test]
fn transfers_keep_the_sum_and_cover_their_accounts() {
    let database = Database::new();
    for account in 0..ACCOUNTS {
        let item = format!(
            r#"{{"TableName":"lists","Item":{{"k":{{"S":"account {account}"}},"balance":{{"N":"{START}"}},"pad":{{"S":"{}"}}}}}}"#,
            "x".repeat(100)
        );
        database.ok("PutItem", &item);
    }
    let per_thread = operations(60_000) / THREADS as usize;
    let total = ACCOUNTS as i64 * START;
    thread::scope(|scope| {
        for seed in 0..THREADS {
            let database = &database;
            scope.spawn(move || {
                let mut chance = Chance::new(seed);
                for _ in 0..per_thread {
                    if chance.below(20) == 0 {
                        assert_eq!(sum(database), total);
                        continue;
                    }
                    let pair = chance.several(2, ACCOUNTS);
                    let refused = transfer(database, pair[0], pair[1], 1 + chance.below(80)).err();
                    assert!(refused.is_none_or(|error| error.ends_with("[ConditionalCheckFailed, None]")));
                }
            });
        }
    });
    assert_eq!(sum(&database), total);
}
