//! Which key conditions an index can follow.

use statordb_engine::error::{Error, ErrorKind};
use statordb_engine::expr::{KeyCondition, KeyOperator};

use crate::notation::{Usage, substitutions};

const VALUES: &str = r#"{":a":{"S":"p"},":b":{"S":"q"},":n":{"N":"1"}}"#;

/// Attribute, operator and operands of each term.
fn terms(text: &str) -> Result<Vec<(String, KeyOperator, Vec<String>)>, Error> {
    let subs = substitutions(r##"{"#k":"name"}"##, VALUES);
    let condition = KeyCondition::parse(text)?;
    let bound = condition.bind(&subs, &mut Usage::default())?;
    let print = |term: &statordb_engine::expr::KeyTerm<'_>| {
        let operands = [Some(term.operand), term.upper].into_iter().flatten();
        let operands = operands.map(|operand| operand.as_str().unwrap_or("?").to_owned()).collect();
        (term.attribute.to_owned(), term.operator, operands)
    };
    Ok(bound.terms()?.iter().map(print).collect())
}

fn one(text: &str, attribute: &str, operator: KeyOperator, operands: &[&str]) {
    let operands = operands.iter().map(|operand| (*operand).to_owned()).collect();
    assert_eq!(terms(text), Ok(vec![(attribute.to_owned(), operator, operands)]), "{text}");
}

#[test]
fn operators_are_told_from_either_side() {
    one("a = :a", "a", KeyOperator::Equal, &["p"]);
    one(":a = a", "a", KeyOperator::Equal, &["p"]);
    one("a < :a", "a", KeyOperator::Less, &["p"]);
    one(":a < a", "a", KeyOperator::Greater, &["p"]);
    one("a <= :a", "a", KeyOperator::LessOrEqual, &["p"]);
    one(":a <= a", "a", KeyOperator::GreaterOrEqual, &["p"]);
    one("a > :a", "a", KeyOperator::Greater, &["p"]);
    one(":a > a", "a", KeyOperator::Less, &["p"]);
    one("a >= :a", "a", KeyOperator::GreaterOrEqual, &["p"]);
    one(":a >= a", "a", KeyOperator::LessOrEqual, &["p"]);
    one("a BETWEEN :a AND :b", "a", KeyOperator::Between, &["p", "q"]);
    one("begins_with(#k, :b)", "name", KeyOperator::BeginsWith, &["q"]);
}

#[test]
fn terms_stand_in_the_order_of_the_text() {
    let names = |text: &str| -> Vec<String> { terms(text).unwrap().into_iter().map(|term| term.0).collect() };
    assert_eq!(names("b = :b AND a = :a"), ["b", "a"]);
    assert_eq!(names("(a = :a) AND (b BETWEEN :a AND :b)"), ["a", "b"]);
    assert_eq!(names("a = :a AND (b = :a AND c = :a) AND d > :a"), ["a", "b", "c", "d"]);
}

#[test]
fn other_shapes_are_refused_bare() {
    let operator = |name: &str| format!("Invalid operator used in KeyConditionExpression: {name}");
    let condition = |rest: &str| format!("Invalid condition in KeyConditionExpression: {rest}");
    let cases = [
        ("a = :a OR b = :a", operator("OR")),
        ("a = :a AND (b = :a OR c = :a)", operator("OR")),
        ("NOT a = :a", operator("NOT")),
        ("a = :a AND b <> :a", operator("<>")),
        ("a = :a AND b IN (:a)", operator("IN")),
        ("a = :a AND attribute_exists(b)", operator("attribute_exists")),
        ("a = :a AND attribute_not_exists(b)", operator("attribute_not_exists")),
        ("a = :a AND attribute_type(b, :s)", operator("attribute_type")),
        ("a = :a AND contains(b, :a)", operator("contains")),
        ("a = :a AND size(b) > :n", "KeyConditionExpressions cannot contain nested operations".to_owned()),
        ("a = :a AND a = :a", "KeyConditionExpressions must only contain one condition per key".to_owned()),
        ("a = :a AND b > :a AND b < :b", "KeyConditionExpressions must only contain one condition per key".to_owned()),
        (
            "a = :a AND b.c = :a",
            "Invalid KeyConditionExpression: KeyConditionExpressions cannot have conditions on nested attributes"
                .to_owned(),
        ),
        (
            "a[0] = :a",
            "Invalid KeyConditionExpression: KeyConditionExpressions cannot have conditions on nested attributes"
                .to_owned(),
        ),
        ("a = b", condition("Multiple attribute names used in one condition")),
        ("a BETWEEN :a AND b", condition("Multiple attribute names used in one condition")),
        (":a = :a AND a = :a", condition("No key attribute specified")),
        (":a BETWEEN :a AND :b", condition("No key attribute specified")),
        (
            "a = :a AND :b BETWEEN b AND b",
            condition("BETWEEN operator must have the key attribute as its first operand"),
        ),
        (
            "a = :a AND begins_with(:b, b)",
            condition("begins_with operator must have the key attribute as its first operand"),
        ),
    ];
    for (text, message) in cases {
        let values = r#"{":a":{"S":"p"},":b":{"S":"q"},":n":{"N":"1"},":s":{"S":"S"}}"#;
        let subs = substitutions("", values);
        let found = KeyCondition::parse(text)
            .unwrap()
            .bind(&subs, &mut Usage::default())
            .and_then(|bound| bound.terms().map(|_| ()));
        let error = found.expect_err(text);
        assert_eq!((error.kind(), error.message()), (ErrorKind::Validation, message.as_ref()), "{text}");
    }
}
