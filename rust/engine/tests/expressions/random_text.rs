//! Any text is answered: with an expression, or with a ValidationException.

use proptest::prelude::*;
use statordb_engine::error::{ErrorKind, Result};
use statordb_engine::expr::{Condition, ExpressionKind, KeyCondition, Projection, Update};

use crate::notation::{Usage, item, substitutions};

const PIECES: [&str; 52] = [
    "a",
    "b",
    "m",
    "l",
    "name",
    "#a",
    "#b",
    "#u",
    ":s",
    ":n",
    ":l",
    ":u",
    "=",
    "<>",
    "<",
    "<=",
    ">",
    ">=",
    "+",
    "-",
    "(",
    ")",
    "((",
    "))",
    "[0]",
    "[1]",
    "[",
    "]",
    ".",
    ",",
    " AND ",
    " OR ",
    " NOT ",
    " IN ",
    " BETWEEN ",
    " SET ",
    " REMOVE ",
    " ADD ",
    " DELETE ",
    "attribute_exists(",
    "size(",
    "contains(",
    "begins_with(",
    "attribute_type(",
    "if_not_exists(",
    "list_append(",
    "foo(",
    "0",
    "12",
    " ",
    "!",
    "\u{e9}",
];

const VALID: [&str; 12] = [
    "a = :s AND NOT (l[0] < :n OR contains(m.k, :s))",
    "size(m) BETWEEN :n AND :n OR begins_with(#a, :s)",
    "a IN (:s, :n, b) AND attribute_not_exists(#b.c[1])",
    "attribute_type(a, :s) OR attribute_exists(b)",
    "a = :s AND b BETWEEN :s AND :s",
    "a, m.k, l[0], #b.c",
    "SET a = :s, m.k = if_not_exists(m.k, :n) + :n REMOVE l[0] ADD n :n DELETE ss :ss",
    "SET l = list_append(l, :l), x = (n - :n)",
    "ADD m.cnt :n",
    "REMOVE a, #b.c, l[3]",
    "SET l[1] = l[0], l[0] = l[1]",
    "b = :s",
];

fn pieces() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(PIECES.to_vec()), 0..24).prop_map(|pieces| pieces.concat())
}

/// A valid text with a part cut out and a piece put in.
fn mutated() -> impl Strategy<Value = String> {
    let text = prop::sample::select(VALID.to_vec());
    (text, any::<prop::sample::Index>(), 0_usize..6, prop::sample::select(PIECES.to_vec())).prop_map(
        |(text, at, cut, piece)| {
            let characters: Vec<char> = text.chars().collect();
            let at = at.index(characters.len());
            let head: String = characters[..at].iter().collect();
            let tail: String = characters[(at + cut).min(characters.len())..].iter().collect();
            format!("{head}{piece}{tail}")
        },
    )
}

/// Uses a text as everything that an expression can be.
fn use_everywhere(text: &str) {
    let base = item(
        r#"{"a":{"S":"x"},"n":{"N":"5"},"l":{"L":[{"N":"1"},{"S":"q"}]},"m":{"M":{"k":{"S":"v"}}},"ss":{"SS":["x"]}}"#,
    );
    let subs = substitutions(
        r##"{"#a":"a","#b":"b"}"##,
        r#"{":s":{"S":"x"},":n":{"N":"1"},":l":{"L":[{"N":"1"}]},":ss":{"SS":["x","y"]}}"#,
    );
    let usage = &mut Usage::default();
    let results: [Result<()>; 5] = [
        Condition::parse(ExpressionKind::Condition, text).and_then(|condition| {
            condition.bind(&subs, usage).map(|bound| assert_eq!(bound.matches(base.view()), bound.matches(base.view())))
        }),
        Condition::parse(ExpressionKind::Filter, text).and_then(|condition| {
            condition.bind(&subs, usage).map(|bound| assert!(bound.paths().count() <= text.len()))
        }),
        KeyCondition::parse(text).and_then(|condition| {
            condition.bind(&subs, usage).map(|bound| {
                assert!(bound.terms().map_or(true, |terms| !terms.is_empty()));
            })
        }),
        Projection::parse(text).and_then(|projection| {
            let bound = projection.bind(&subs, usage)?;
            assert!(bound.project(base.view()).view().size() <= base.view().size());
            Ok(())
        }),
        Update::parse(text).and_then(|update| {
            let bound = update.bind(&subs, usage)?;
            let new = bound.apply(base.view(), true)?;
            if let Some(new) = new {
                bound.updated(new.view());
            }
            bound.apply(base.view(), false).map(|_| ())
        }),
    ];
    for error in results.into_iter().filter_map(Result::err) {
        assert_eq!(error.kind(), ErrorKind::Validation);
        assert!(!error.message().is_empty());
    }
}

#[test]
fn the_valid_texts_are_valid() {
    for text in VALID {
        let kinds = [
            Condition::parse(ExpressionKind::Condition, text).is_ok(),
            Projection::parse(text).is_ok(),
            Update::parse(text).is_ok(),
        ];
        assert!(kinds.contains(&true), "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn texts_of_pieces(text in pieces()) {
        use_everywhere(&text);
    }

    #[test]
    fn mutated_texts(text in mutated()) {
        use_everywhere(&text);
    }

    #[test]
    fn arbitrary_texts(text in "\\PC{0,60}") {
        use_everywhere(&text);
    }
}
