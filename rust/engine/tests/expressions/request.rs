//! Names and values of requests, before and after their expressions.

use std::borrow::Cow;

use statordb_engine::error::Error;
use statordb_engine::expr::{Condition, ExpressionKind, Projection, Update};

use crate::notation::{Substitutions, Usage, substitutions};

const PUT: &[(&str, bool)] = &[("ConditionExpression", true)];

#[test]
fn maps_have_no_use_without_expressions() {
    let update = |one: bool, two: bool| vec![("UpdateExpression", one), ("ConditionExpression", two)];
    let query = |filter: bool, key: bool, projection: bool| {
        vec![("FilterExpression", filter), ("KeyConditionExpression", key), ("ProjectionExpression", projection)]
    };
    let names = "ExpressionAttributeNames can only be specified when using expressions";
    let values = |rest: &str| format!("ExpressionAttributeValues can only be specified when using expressions: {rest}");
    let null_update = values("UpdateExpression and ConditionExpression are null");
    let null_query = values("FilterExpression and KeyConditionExpression are null");
    let cases = [
        (update(false, false), "{}", "", Some(names.to_owned())),
        (update(false, false), r##"{"#a":"b"}"##, "{}", Some(names.to_owned())),
        (update(false, false), "", r#"{":a":{"S":"b"}}"#, Some(null_update)),
        (update(false, true), "", r#"{":a":{"S":"b"}}"#, None),
        (query(false, false, true), r##"{"#a":"b"}"##, "", None),
        (query(false, false, true), "", "{}", Some(null_query)),
        (vec![("ConditionExpression", false)], "", "{}", Some(values("ConditionExpression is null"))),
        (
            vec![("FilterExpression", false), ("ProjectionExpression", true)],
            "",
            "{}",
            Some(values("FilterExpression is null")),
        ),
        (vec![("ProjectionExpression", false)], "{}", "", Some(names.to_owned())),
        (vec![("ProjectionExpression", true)], "{}", "", Some("ExpressionAttributeNames must not be empty".to_owned())),
        (query(true, true, false), "", "{}", Some("ExpressionAttributeValues must not be empty".to_owned())),
        (update(true, true), "{}", "{}", Some("ExpressionAttributeNames must not be empty".to_owned())),
        (update(false, false), "", "", None),
    ];
    for (parameters, names, values, message) in cases {
        let found = substitutions(names, values).check(&parameters, true);
        assert_eq!(
            found,
            message.map_or(Ok(()), |message| Err(Error::request(message))),
            "{parameters:?} {names} {values}"
        );
    }
}

#[test]
fn keys_of_maps_are_placeholders() {
    for key in ["n1", "#", "#a.b", "#a-b", "##a", "", ":a", "#\u{e9}"] {
        let names = format!("{{\"{key}\":\"s\"}}");
        let message = format!("ExpressionAttributeNames contains invalid key: Syntax error; key: \"{key}\"");
        assert_eq!(substitutions(&names, "").check(PUT, true), Err(Error::validation(message)));
    }
    for key in ["s", ":", ":a.b", "#a"] {
        let values = format!("{{\"{key}\":{{\"S\":\"s\"}}}}");
        let message = format!("ExpressionAttributeValues contains invalid key: Syntax error; key: \"{key}\"");
        assert_eq!(substitutions("", &values).check(PUT, true), Err(Error::validation(message)));
    }
    let good = substitutions(r##"{"#0":"a","#_a9":"b"}"##, r#"{":1a":{"S":""},":_":{"NULL":true}}"#);
    assert_eq!(good.check(PUT, true), Ok(()));
}

#[test]
fn invalid_values_are_reported_with_and_without_their_key() {
    let empty = "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes";
    let set = "One or more parameter values were invalid: An string set  may not be empty";
    let duplicates = "Input collection contains duplicates";
    let number = "The parameter cannot be converted to a numeric value: abc";
    let cases = [
        ("{}", empty, Error::validation(empty)),
        (r#"{"SS":[]}"#, set, Error::request(set)),
        (r#"{"NS":["1","1.0"]}"#, duplicates, Error::request(duplicates)),
        (r#"{"N":"abc"}"#, number, Error::validation(number)),
    ];
    for (value, message, alone) in cases {
        let subs = substitutions("", &format!("{{\":v\":{value}}}"));
        let wrapped = format!("ExpressionAttributeValues contains invalid value: {message} for key :v");
        assert_eq!(subs.check(PUT, true), Err(Error::request(wrapped)), "{value}");
        assert_eq!(subs.check(PUT, false), Err(alone), "{value}");
    }
}

#[test]
fn names_that_no_attribute_can_have_are_refused() {
    for name in [String::new(), "x".repeat(65_536)] {
        let names = vec![(Cow::Borrowed("#a"), Cow::Owned(name))];
        assert!(Substitutions { names: Some(names), values: None }.check(PUT, true).is_err());
    }
}

#[test]
fn maps_have_a_largest_size() {
    let names = |length: usize| {
        let names = (0..40).map(|number| (Cow::Owned(format!("#{number}")), Cow::Owned("x".repeat(length)))).collect();
        Substitutions { names: Some(names), values: None }
    };
    assert_eq!(names(50_000).check(PUT, true), Ok(()));
    assert!(names(60_000).check(PUT, true).is_err());
}

/// Placeholders count as used when the text names them, whether or not their part is ever evaluated.
#[test]
fn everything_given_must_be_used() {
    let subs = substitutions(r##"{"#b":"b","#a":"a","#c":"c"}"##, r#"{":x":{"N":"1"},":y":{"N":"1"}}"#);
    let mut usage = Usage::default();
    let unused = |map: &str, keys: &str| {
        Err(Error::request(format!("Value provided in {map} unused in expressions: keys: {{{keys}}}")))
    };
    assert_eq!(subs.check_all_used(&usage), unused("ExpressionAttributeNames", "#b, #a, #c"));
    let condition = Condition::parse(ExpressionKind::Condition, "attribute_exists(#a) OR x = :y").unwrap();
    condition.bind(&subs, &mut usage).unwrap();
    assert_eq!(subs.check_all_used(&usage), unused("ExpressionAttributeNames", "#b, #c"));
    Projection::parse("#c.#b").unwrap().bind(&subs, &mut usage).unwrap();
    assert_eq!(subs.check_all_used(&usage), unused("ExpressionAttributeValues", ":x"));
    Update::parse("SET x = :x").unwrap().bind(&subs, &mut usage).unwrap();
    assert_eq!(subs.check_all_used(&usage), Ok(()));
}

#[test]
fn many_placeholders_are_told_apart() {
    let keys: Vec<String> = (0..300).map(|number| format!("#n{number}")).collect();
    let entries =
        keys.iter().rev().map(|key| (Cow::Borrowed(key.as_str()), Cow::Owned(key.replace('#', "x")))).collect();
    let subs = Substitutions { names: Some(entries), values: None };
    let mut usage = Usage::default();
    let projection = Projection::parse(&keys[..299].join(",")).unwrap();
    let bound = projection.bind(&subs, &mut usage).unwrap();
    assert_eq!(bound.paths().count(), 299);
    let message = "Value provided in ExpressionAttributeNames unused in expressions: keys: {#n299}";
    assert_eq!(subs.check_all_used(&usage), Err(Error::request(message)));
}
