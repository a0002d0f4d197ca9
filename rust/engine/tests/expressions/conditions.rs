//! What conditions mean.

use statordb_engine::expr::{Condition, ExpressionKind};
use statordb_engine::value::Item;

use crate::notation::{Usage, item, substitutions};

/// The item of the rows below.
const ITEM: &str = r#"{"a":{"S":"c"},"s":{"S":"hello"},"n":{"N":"5"},"b":{"B":"gAE="},"bool":{"BOOL":true},"nul":{"NULL":true},
    "ss":{"SS":["x","y"]},"ns":{"NS":["1","2"]},"l":{"L":[{"S":"x"},{"N":"1"},{"L":[{"N":"2"}]}]},
    "m":{"M":{"k":{"S":"v"},"z":{"M":{"q":{"N":"9"}}}}},"bs":{"BS":["AQ==","Ag=="]},"emo":{"S":"é😀"},"e":{"S":""}}"#;

fn matches(text: &str, names: &str, values: &str, item: &Item) -> bool {
    let subs = substitutions(names, values);
    let mut usage = Usage::default();
    let condition = Condition::parse(ExpressionKind::Condition, text).expect(text);
    let bound = condition.bind(&subs, &mut usage).expect(text);
    assert_eq!(subs.check_all_used(&usage), Ok(()), "{text}");
    bound.matches(item.view())
}

type Row = (&'static str, &'static str, &'static str, bool);

#[test]
fn conditions_hold_or_not() {
    let item = item(ITEM);
    for (text, names, values, holds) in ROWS {
        assert_eq!(matches(text, names, values, &item), *holds, "{text} {values}");
    }
}

#[test]
fn a_missing_item_has_no_attributes() {
    let missing = Item::empty();
    let positive = |text: &str| !text.to_uppercase().contains("NOT") && !text.contains("<>");
    for (text, names, values, _) in ROWS.iter().filter(|row| positive(row.0)) {
        let holds_of_constants = text.contains("(:s, :t)") || text.contains("size(:s)");
        assert_eq!(matches(text, names, values, &missing), holds_of_constants, "{text}");
    }
    assert!(matches("attribute_not_exists(a)", "", "", &missing));
    assert!(matches("a <> :a", "", r#"{":a":{"S":"x"}}"#, &missing));
}

#[test]
fn paths_are_those_of_the_text() {
    let subs = substitutions(r##"{"#a":"x.y","#b":"q"}"##, r#"{":n":{"N":"1"}}"#);
    let condition =
        Condition::parse(ExpressionKind::Filter, "b = :n AND size(#a.#b[1]) > :n OR #b IN (c, d[0])").unwrap();
    let bound = condition.bind(&subs, &mut Usage::default()).unwrap();
    let paths: Vec<_> = bound.paths().map(|path| (path.name, path.is_nested)).collect();
    assert_eq!(paths, [("b", false), ("x.y", true), ("q", false), ("c", false), ("d", true)]);
}

#[rustfmt::skip]
const ROWS: &[Row] = &[
    ("s = :s", "", r#"{":s":{"S":"hello"}}"#, true),
    ("s = :s", "", r#"{":s":{"S":"x"}}"#, false),
    ("n = :n", "", r#"{":n":{"N":"5.0"}}"#, true),
    ("n <> :s", "", r#"{":s":{"S":"x"}}"#, true),
    ("nope <> :s", "", r#"{":s":{"S":"x"}}"#, true),
    ("nope = nope2", "", "", false),
    ("nope <> nope2", "", "", true),
    ("nope < :n", "", r#"{":n":{"N":"1"}}"#, false),
    ("s < :s", "", r#"{":s":{"S":"zz"}}"#, true),
    ("n < :s", "", r#"{":s":{"S":"z"}}"#, false),
    ("b > :b", "", r#"{":b":{"B":"fw=="}}"#, true),
    ("n BETWEEN :l AND :h", "", r#"{":l":{"N":"1"},":h":{"N":"9"}}"#, true),
    ("n IN (:x, :y)", "", r#"{":x":{"S":"q"},":y":{"N":"5"}}"#, true),
    ("attribute_exists(m.k)", "", "", true),
    ("attribute_exists(m.nope)", "", "", false),
    ("attribute_not_exists(l[9])", "", "", true),
    ("attribute_type(s, :t)", "", r#"{":t":{"S":"S"}}"#, true),
    ("attribute_type(:s, :t)", "", r#"{":t":{"S":"S"},":s":{"S":"x"}}"#, true),
    ("begins_with(s, :s)", "", r#"{":s":{"S":"he"}}"#, true),
    ("begins_with(n, :s)", "", r#"{":s":{"S":"he"}}"#, false),
    ("contains(s, :s)", "", r#"{":s":{"S":"ell"}}"#, true),
    ("contains(ss, :s)", "", r#"{":s":{"S":"x"}}"#, true),
    ("contains(ns, :s)", "", r#"{":s":{"N":"1.0"}}"#, true),
    ("contains(l, :s)", "", r#"{":s":{"N":"1"}}"#, true),
    ("contains(l, :s)", "", r#"{":s":{"L":[{"N":"2"}]}}"#, true),
    ("contains(n, :s)", "", r#"{":s":{"N":"5"}}"#, false),
    ("contains(:s, s)", "", r#"{":s":{"S":"hello world"}}"#, true),
    ("size(s) = :n", "", r#"{":n":{"N":"5"}}"#, true),
    ("size(m) = :n", "", r#"{":n":{"N":"2"}}"#, true),
    ("size(l) = :n", "", r#"{":n":{"N":"3"}}"#, true),
    ("size(ss) = :n", "", r#"{":n":{"N":"2"}}"#, true),
    ("size(b) = :n", "", r#"{":n":{"N":"2"}}"#, true),
    ("size(n) = :n", "", r#"{":n":{"N":"1"}}"#, false),
    ("size(s) < n", "", "", false),
    ("size(:s) = :n", "", r#"{":s":{"S":"abc"},":n":{"N":"3"}}"#, true),
    ("s = :s AND n = :n", "", r#"{":s":{"S":"hello"},":n":{"N":"5"}}"#, true),
    ("s = :s OR n = :m", "", r#"{":s":{"S":"q"},":m":{"N":"5"}}"#, true),
    ("NOT s = :s", "", r#"{":s":{"S":"q"}}"#, true),
    ("NOT NOT s = :s", "", r#"{":s":{"S":"hello"}}"#, true),
    ("(s = :s)", "", r#"{":s":{"S":"hello"}}"#, true),
    ("((s = :s) AND n = :n)", "", r#"{":s":{"S":"hello"},":n":{"N":"5"}}"#, true),
    ("s = (:s)", "", r#"{":s":{"S":"hello"}}"#, true),
    ("s = :s OR s = :x AND n = :x", "", r#"{":s":{"S":"hello"},":x":{"S":"no"}}"#, true),
    ("m = :m", "", r#"{":m":{"M":{"z":{"M":{"q":{"N":"9"}}},"k":{"S":"v"}}}}"#, true),
    ("ss = :x", "", r#"{":x":{"SS":["y","x"]}}"#, true),
    ("ns = :x", "", r#"{":x":{"NS":["2.0","1"]}}"#, true),
    ("bool = :x", "", r#"{":x":{"BOOL":true}}"#, true),
    ("nul = :x", "", r#"{":x":{"NULL":true}}"#, true),
    ("l[0] = s", "", "", false),
    ("l[2][0] = :n", "", r#"{":n":{"N":"2"}}"#, true),
    ("not(s = :s)", "", r#"{":s":{"S":"q"}}"#, true),
    ("s=:s AND(n=:n)", "", r#"{":s":{"S":"hello"},":n":{"N":"5"}}"#, true),
    ("s = :s\tAND\nn = :n", "", r#"{":s":{"S":"hello"},":n":{"N":"5"}}"#, true),
    ("#n1 = :s", r##"{"#n1":"s"}"##, r#"{":s":{"S":"hello"}}"#, true),
    ("#dot = :s", r##"{"#dot":"m.k"}"##, r#"{":s":{"S":"hello"}}"#, false),
    // Missing attributes and other types.
    ("NOT nope = :s", "", r#"{":s":{"S":"x"}}"#, true),
    ("NOT nope < :n", "", r#"{":n":{"N":"1"}}"#, true),
    ("nope IN (:n)", "", r#"{":n":{"N":"1"}}"#, false),
    ("nope BETWEEN :n AND :n", "", r#"{":n":{"N":"1"}}"#, false),
    ("n BETWEEN nope AND :n", "", r#"{":n":{"N":"9"}}"#, false),
    ("n BETWEEN s AND :n", "", r#"{":n":{"N":"9"}}"#, false),
    (":n BETWEEN n AND n", "", r#"{":n":{"N":"5.00"}}"#, true),
    (":n IN (s, n)", "", r#"{":n":{"N":"5"}}"#, true),
    ("ss <> :s", "", r#"{":s":{"SS":["y","x"]}}"#, false),
    ("ss = :s", "", r#"{":s":{"L":[{"S":"x"},{"S":"y"}]}}"#, false),
    ("n = :s", "", r#"{":s":{"S":"5"}}"#, false),
    ("attribute_exists(s.k)", "", "", false),
    ("attribute_exists(m[0])", "", "", false),
    ("attribute_exists(l.k)", "", "", false),
    ("attribute_exists(l[2][0])", "", "", true),
    ("attribute_exists(nul)", "", "", true),
    // Order.
    ("n > :n", "", r#"{":n":{"N":"-10"}}"#, true),
    ("n < :n", "", r#"{":n":{"N":"40"}}"#, true),
    ("n <= :n AND n >= :n", "", r#"{":n":{"N":"5e0"}}"#, true),
    ("s > :s", "", r#"{":s":{"S":"hell"}}"#, true),
    ("s < :s", "", r#"{":s":{"S":"z"}}"#, true),
    ("s BETWEEN :s AND :t", "", r#"{":s":{"S":"h"},":t":{"S":"hello"}}"#, true),
    ("b BETWEEN :s AND :t", "", r#"{":s":{"B":"gA=="},":t":{"B":"gAE="}}"#, true),
    // Precedence.
    ("NOT s = :x AND n = :n", "", r#"{":x":{"S":"q"},":n":{"N":"5"}}"#, true),
    ("NOT (s = :x AND n = :n)", "", r#"{":x":{"S":"q"},":n":{"N":"5"}}"#, true),
    ("NOT (s = :x OR n = :n)", "", r#"{":x":{"S":"q"},":n":{"N":"5"}}"#, false),
    ("n = :n OR n = :n AND s = :x", "", r#"{":x":{"S":"q"},":n":{"N":"5"}}"#, true),
    ("(n = :n OR n = :n) AND s = :x", "", r#"{":x":{"S":"q"},":n":{"N":"5"}}"#, false),
    ("n BETWEEN :n AND :n AND s <> :x", "", r#"{":x":{"S":"q"},":n":{"N":"5"}}"#, true),
    ("nOt s = :x aNd n BeTwEeN :n aNd :n oR n iN (:n)", "", r#"{":x":{"S":"q"},":n":{"N":"5"}}"#, true),
    // Functions.
    ("begins_with(b, :b)", "", r#"{":b":{"B":"gA=="}}"#, true),
    ("begins_with(b, :b)", "", r#"{":b":{"S":""}}"#, false),
    ("begins_with(:s, s)", "", r#"{":s":{"S":"hello world"}}"#, true),
    ("begins_with(s, e)", "", "", true),
    ("begins_with(nope, :s)", "", r#"{":s":{"S":"h"}}"#, false),
    ("contains(b, :b)", "", r#"{":b":{"B":"AQ=="}}"#, true),
    ("contains(b, :b)", "", r#"{":b":{"B":"AYA="}}"#, false),
    ("contains(bs, :b)", "", r#"{":b":{"B":"Ag=="}}"#, true),
    ("contains(bs, :b)", "", r#"{":b":{"S":"x"}}"#, false),
    ("contains(ss, :s)", "", r#"{":s":{"SS":["x"]}}"#, false),
    ("contains(s, :n)", "", r#"{":n":{"N":"1"}}"#, false),
    ("contains(l, size(nul))", "", "", false),
    ("contains(ns, size(b))", "", "", true),
    ("contains(nope, :s)", "", r#"{":s":{"S":"x"}}"#, false),
    ("contains(m, :s)", "", r#"{":s":{"S":"k"}}"#, false),
    ("attribute_type(m, :t)", "", r#"{":t":{"S":"M"}}"#, true),
    ("attribute_type(nul, :t)", "", r#"{":t":{"S":"NULL"}}"#, true),
    ("attribute_type(bool, :t)", "", r#"{":t":{"S":"NULL"}}"#, false),
    ("attribute_type(size(s), :t)", "", r#"{":t":{"S":"N"}}"#, true),
    ("attribute_type(nope, :t)", "", r#"{":t":{"S":"N"}}"#, false),
    ("size(emo) = :n", "", r#"{":n":{"N":"3"}}"#, true),
    ("size(e) = :n", "", r#"{":n":{"N":"0"}}"#, true),
    ("size(bs) BETWEEN size(b) AND :n", "", r#"{":n":{"N":"2"}}"#, true),
    ("size(ns) IN (:n, size(ss))", "", r#"{":n":{"N":"7"}}"#, true),
    ("size(l[2]) < size(m)", "", "", true),
    ("(size(s)) = (:n)", "", r#"{":n":{"N":"5"}}"#, true),
    ("size(nul) = :n", "", r#"{":n":{"N":"0"}}"#, false),
    ("size(bool) <> :n", "", r#"{":n":{"N":"1"}}"#, true),
    // Names.
    ("#m.#k[0] <> :s", r##"{"#m":"m","#k":"k"}"##, r#"{":s":{"S":"x"}}"#, true),
    ("#m.#k = :s", r##"{"#m":"m","#k":"k"}"##, r#"{":s":{"S":"v"}}"#, true),
];
