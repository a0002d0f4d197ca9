//! What updates do.

use std::collections::BTreeMap;

use statordb_engine::error::{Error, Result};
use statordb_engine::expr::Update;
use statordb_engine::value::{Builder, Item, Value};

use crate::notation::{Usage, item, substitutions};

const MISSING: &str = "The provided expression refers to an attribute that does not exist in the item";
const TYPE: &str = "An operand in the update expression has an incorrect data type";
const PATH: &str = "The document path provided in the update expression is invalid for update";
const OVERFLOW: &str = "Number overflow. Attempting to store a number with magnitude larger than supported range";
const NESTING: &str = "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond \
                       supported limit";

/// The item of the rows below.
const ITEM: &str = r#"{"a":{"S":"u"},"s":{"S":"hello"},"n":{"N":"5"},"ss":{"SS":["x","y"]},"ns":{"NS":["1","2"]},
    "l":{"L":[{"N":"1"},{"N":"2"},{"N":"3"}]},"m":{"M":{"k":{"S":"v"},"z":{"M":{"q":{"N":"9"}}}}}}"#;

fn apply(text: &str, names: &str, values: &str, base: &Item, exists: bool) -> Result<Option<Item>> {
    let subs = substitutions(names, values);
    let mut usage = Usage::default();
    let update = Update::parse(text).expect(text);
    let bound = update.bind(&subs, &mut usage).expect(text);
    assert_eq!(subs.check_all_used(&usage), Ok(()), "{text}");
    bound.apply(base.view(), exists)
}

/// `base` with the attributes of `changed` and without those that `gone` names.
fn changed(base: &Item, changed: &Item, gone: &str) -> Item {
    let mut attributes: BTreeMap<String, Value> = BTreeMap::new();
    for (name, value) in base.view().iter().chain(changed.view()) {
        attributes.insert(name.to_owned(), value.to_value());
    }
    gone.split_whitespace().for_each(|name| assert!(attributes.remove(name).is_some()));
    let mut builder = Builder::item();
    for (name, value) in &attributes {
        builder.name(name);
        builder.decoded(value);
    }
    builder.finish_item().unwrap()
}

#[test]
fn updates_change_what_they_name() {
    let base = item(ITEM);
    for (text, names, values, written, gone) in ROWS {
        let wanted = changed(&base, &item(written), gone);
        assert_eq!(apply(text, names, values, &base, true), Ok(Some(wanted)), "{text} {values}");
    }
}

#[test]
fn updates_that_do_not_fit_the_item_are_refused_bare() {
    let base = item(ITEM);
    for (text, values, message) in ERRORS {
        assert_eq!(apply(text, "", values, &base, true), Err(Error::validation(*message)), "{text} {values}");
    }
}

/// Removing from an item that does not exist makes none, whatever the path; anything else makes one of the key.
#[test]
fn a_missing_item_is_made_only_to_hold_something() {
    let key = item(r#"{"a":{"S":"u"}}"#);
    for text in ["REMOVE x", "REMOVE x.y.z", "REMOVE x[0], y", "DELETE x :v", "REMOVE z DELETE x.y :v"] {
        let values = if text.contains(":v") { r#"{":v":{"SS":["x"]}}"# } else { "" };
        assert_eq!(apply(text, "", values, &key, false), Ok(None), "{text}");
    }
    let made = [
        ("SET x = :v REMOVE y.z", r#"{":v":{"N":"1"}}"#, r#"{"a":{"S":"u"},"x":{"N":"1"}}"#),
        ("ADD x :v", r#"{":v":{"N":"1"}}"#, r#"{"a":{"S":"u"},"x":{"N":"1"}}"#),
        ("ADD x :v DELETE y[1] :v", r#"{":v":{"SS":["q"]}}"#, r#"{"a":{"S":"u"},"x":{"SS":["q"]}}"#),
        ("SET x = a", "", r#"{"a":{"S":"u"},"x":{"S":"u"}}"#),
    ];
    for (text, values, wanted) in made {
        assert_eq!(apply(text, "", values, &key, false), Ok(Some(item(wanted))), "{text}");
    }
    let refused = [("SET x.y = :v", r#"{":v":{"N":"1"}}"#, PATH), ("SET x = y", "", MISSING)];
    for (text, values, message) in refused {
        assert_eq!(apply(text, "", values, &key, false), Err(Error::validation(message)), "{text}");
    }
}

#[test]
fn the_result_nests_no_deeper_than_an_item_may() {
    let list = |depth: usize| format!("{}{{\"N\":\"1\"}}{}", "{\"L\":[".repeat(depth), "]}".repeat(depth));
    let base = item(&format!("{{\"d\":{}}}", list(31)));
    let value = |depth: usize| format!("{{\":v\":{}}}", list(depth));
    let inner = format!("d{}", "[0]".repeat(31));
    assert!(apply("SET e = :v", "", &value(31), &base, true).is_ok());
    assert!(apply(&format!("SET {inner} = :v"), "", &value(0), &base, true).is_ok());
    assert!(apply("SET d[0] = :v", "", &value(30), &base, true).is_ok());
    assert_eq!(apply("SET d[0] = :v", "", &value(31), &base, true), Err(Error::validation(NESTING)));
    assert_eq!(apply(&format!("SET {inner} = :v"), "", &value(1), &base, true), Err(Error::validation(NESTING)));
    assert_eq!(apply("SET d[7] = d", "", "", &base, true), Err(Error::validation(NESTING)));
}

fn updated(text: &str, values: &str) -> (Item, Item) {
    let base = item(ITEM);
    let subs = substitutions("", values);
    let update = Update::parse(text).expect(text);
    let bound = update.bind(&subs, &mut Usage::default()).expect(text);
    let new = bound.apply(base.view(), true).unwrap().unwrap();
    (bound.updated(base.view()), bound.updated(new.view()))
}

#[test]
fn updated_attributes_are_the_named_leaves() {
    for (text, values, old, new) in UPDATED {
        assert_eq!(updated(text, values), (item(old), item(new)), "{text} {values}");
    }
}

#[test]
fn targets_are_what_is_written() {
    let subs = substitutions(r##"{"#d":"dotted.name"}"##, r#"{":v":{"NS":["1"]}}"#);
    let text = "SET #d = b, c[1].x = if_not_exists(e.f, :v) REMOVE g.h ADD i :v DELETE j :v";
    let update = Update::parse(text).unwrap();
    let bound = update.bind(&subs, &mut Usage::default()).unwrap();
    let targets: Vec<_> = bound.targets().map(|path| (path.name, path.is_nested)).collect();
    assert_eq!(targets, [("dotted.name", false), ("c", true), ("g", true), ("i", false), ("j", false)]);
    let paths: Vec<_> = bound.paths().map(|path| path.name).collect();
    assert_eq!(paths, ["dotted.name", "b", "c", "e", "g", "i", "j"]);
}

/// Text, names, values, and what the update weighs: 3, and for each action what it writes with its costs.
#[rustfmt::skip]
const WEIGHTS: &[(&str, &str, &str, usize)] = &[
    ("SET a = :v", "", r#"{":v":{"S":"12345"}}"#, 3 + 19 + 1 + 5),
    ("SET a = :v, bb = :v", "", r#"{":v":{"S":"12345"}}"#, 3 + 19 + 1 + 5 + 19 + 2 + 5),
    ("SET #a = :v", r##"{"#a":"seven_7"}"##, r#"{":v":{"N":"1"}}"#, 3 + 19 + 7 + 2),
    ("SET m.kez = :v", "", r#"{":v":{"BOOL":true}}"#, 3 + 19 + 1 + (4 + 3) + 1),
    ("SET l[10].x = :v", "", r#"{":v":{"NULL":true}}"#, 3 + 19 + 1 + (4 + 2) + (4 + 1) + 1),
    ("SET a = bcd", "", "", 3 + 19 + 1 + 1 + (14 + 3)),
    ("SET a = m.kez", "", "", 3 + 19 + 1 + 1 + (14 + 1) + (14 + 3)),
    ("SET a = a + :one", "", r#"{":one":{"N":"1"}}"#, 3 + 19 + 1 + 34 + (1 + 14 + 1) + 2),
    ("SET a = a - :one", "", r#"{":one":{"N":"1"}}"#, 3 + 19 + 1 + 37 + (1 + 14 + 1) + 2),
    ("SET a = if_not_exists(a, :v)", "", r#"{":v":{"S":""}}"#, 3 + 19 + 1 + 39 + (1 + 14 + 1)),
    ("SET l = list_append(l, :v)", "", r#"{":v":{"L":[{"S":"x"}]}}"#, 3 + 19 + 1 + 37 + (1 + 14 + 1) + (3 + 1 + 1)),
    ("SET a = if_not_exists(a, :v) + :v", "", r#"{":v":{"N":"1"}}"#, 3 + 19 + 1 + 34 + 39 + (1 + 14 + 1) + 2 + 2),
    ("ADD n :v", "", r#"{":v":{"N":"100"}}"#, 3 + 19 + 1 + 2),
    ("REMOVE a", "", "", 3 + 1 + 1),
    ("REMOVE m.kez, bb", "", "", 3 + 1 + 1 + (4 + 3) + 1 + 2),
    ("DELETE s :v", "", r#"{":v":{"SS":["a"]}}"#, 3 + 1 + 1),
];

#[test]
fn the_text_of_an_update_has_a_weight() {
    for (text, names, values, weight) in WEIGHTS {
        let subs = substitutions(names, values);
        let update = Update::parse(text).expect(text);
        let bound = update.bind(&subs, &mut Usage::default()).expect(text);
        assert_eq!(bound.written_bytes(), *weight, "{text} {values}");
    }
}

type Row = (&'static str, &'static str, &'static str, &'static str, &'static str);

/// Text, names, values, attributes that were written, attributes that are gone.
#[rustfmt::skip]
const ROWS: &[Row] = &[
    ("SET s = :v, n = n + :one", "", r#"{":v":{"S":"bye"},":one":{"N":"1"}}"#, r#"{"s":{"S":"bye"},"n":{"N":"6"}}"#, ""),
    ("SET n = n - :one", "", r#"{":one":{"N":"0.5"}}"#, r#"{"n":{"N":"4.5"}}"#, ""),
    ("SET n = :one + :two", "", r#"{":one":{"N":"1"},":two":{"N":"2"}}"#, r#"{"n":{"N":"3"}}"#, ""),
    ("SET n = (n + :one)", "", r#"{":one":{"N":"1"}}"#, r#"{"n":{"N":"6"}}"#, ""),
    ("SET n = if_not_exists(n, :one) + :one", "", r#"{":one":{"N":"1"}}"#, r#"{"n":{"N":"6"}}"#, ""),
    ("SET x = if_not_exists(x, :zero) + :one", "", r#"{":zero":{"N":"0"},":one":{"N":"1"}}"#, r#"{"x":{"N":"1"}}"#, ""),
    ("SET x = if_not_exists(x, n)", "", "", r#"{"x":{"N":"5"}}"#, ""),
    ("SET l = list_append(l, :v)", "", r#"{":v":{"L":[{"N":"4"}]}}"#, r#"{"l":{"L":[{"N":"1"},{"N":"2"},{"N":"3"},{"N":"4"}]}}"#, ""),
    ("SET l = list_append(:v, l)", "", r#"{":v":{"L":[{"N":"0"}]}}"#, r#"{"l":{"L":[{"N":"0"},{"N":"1"},{"N":"2"},{"N":"3"}]}}"#, ""),
    ("SET l = list_append(if_not_exists(x, :e), :v)", "", r#"{":e":{"L":[]},":v":{"L":[{"N":"4"}]}}"#, r#"{"l":{"L":[{"N":"4"}]}}"#, ""),
    ("SET l[0] = :v", "", r#"{":v":{"N":"10"}}"#, r#"{"l":{"L":[{"N":"10"},{"N":"2"},{"N":"3"}]}}"#, ""),
    ("SET l[10] = :v, l[20] = :w, l[1] = :x", "", r#"{":v":{"S":"ten"},":w":{"S":"twenty"},":x":{"S":"one"}}"#, r#"{"l":{"L":[{"N":"1"},{"S":"one"},{"N":"3"},{"S":"ten"},{"S":"twenty"}]}}"#, ""),
    ("SET l[20] = :w, l[10] = :v", "", r#"{":v":{"S":"ten"},":w":{"S":"twenty"}}"#, r#"{"l":{"L":[{"N":"1"},{"N":"2"},{"N":"3"},{"S":"ten"},{"S":"twenty"}]}}"#, ""),
    ("REMOVE l[0]", "", "", r#"{"l":{"L":[{"N":"2"},{"N":"3"}]}}"#, ""),
    ("REMOVE l[0], l[2]", "", "", r#"{"l":{"L":[{"N":"2"}]}}"#, ""),
    ("REMOVE l[9]", "", "", "{}", ""),
    ("REMOVE l[1] SET l[3] = :v", "", r#"{":v":{"S":"n"}}"#, r#"{"l":{"L":[{"N":"1"},{"N":"3"},{"S":"n"}]}}"#, ""),
    ("SET l[1] = l[0], l[0] = l[1]", "", "", r#"{"l":{"L":[{"N":"2"},{"N":"1"},{"N":"3"}]}}"#, ""),
    ("SET m.k = :v, m.nw = :v", "", r#"{":v":{"S":"nv"}}"#, r#"{"m":{"M":{"nw":{"S":"nv"},"z":{"M":{"q":{"N":"9"}}},"k":{"S":"nv"}}}}"#, ""),
    ("REMOVE m.nope", "", "", "{}", ""),
    ("REMOVE nope", "", "", "{}", ""),
    ("REMOVE m.k, m.z", "", "", r#"{"m":{"M":{}}}"#, ""),
    ("SET s = n, n = s", "", "", r#"{"s":{"N":"5"},"n":{"S":"hello"}}"#, ""),
    ("REMOVE s SET x = s", "", "", r#"{"x":{"S":"hello"}}"#, "s"),
    ("SET x = m.z, m.z = :v", "", r#"{":v":{"S":"r"}}"#, r#"{"x":{"M":{"q":{"N":"9"}}},"m":{"M":{"z":{"S":"r"},"k":{"S":"v"}}}}"#, ""),
    ("ADD n :v", "", r#"{":v":{"N":"7"}}"#, r#"{"n":{"N":"12"}}"#, ""),
    ("ADD nn :v", "", r#"{":v":{"N":"7"}}"#, r#"{"nn":{"N":"7"}}"#, ""),
    ("ADD n :v", "", r#"{":v":{"N":"-5"}}"#, r#"{"n":{"N":"0"}}"#, ""),
    ("ADD ss :v", "", r#"{":v":{"SS":["y","z"]}}"#, r#"{"ss":{"SS":["x","y","z"]}}"#, ""),
    ("ADD ns :v", "", r#"{":v":{"NS":["2.0","3"]}}"#, r#"{"ns":{"NS":["1","2","3"]}}"#, ""),
    ("ADD newset :v", "", r#"{":v":{"SS":["q"]}}"#, r#"{"newset":{"SS":["q"]}}"#, ""),
    ("ADD m.cnt :v", "", r#"{":v":{"N":"1"}}"#, r#"{"m":{"M":{"cnt":{"N":"1"},"z":{"M":{"q":{"N":"9"}}},"k":{"S":"v"}}}}"#, ""),
    ("ADD m.z.q :v", "", r#"{":v":{"N":"1"}}"#, r#"{"m":{"M":{"z":{"M":{"q":{"N":"10"}}},"k":{"S":"v"}}}}"#, ""),
    ("ADD l[0] :v", "", r#"{":v":{"N":"1"}}"#, r#"{"l":{"L":[{"N":"2"},{"N":"2"},{"N":"3"}]}}"#, ""),
    ("ADD l[9] :v", "", r#"{":v":{"N":"1"}}"#, r#"{"l":{"L":[{"N":"1"},{"N":"2"},{"N":"3"},{"N":"1"}]}}"#, ""),
    ("DELETE ss :v", "", r#"{":v":{"SS":["y","z"]}}"#, r#"{"ss":{"SS":["x"]}}"#, ""),
    ("DELETE ss :v", "", r#"{":v":{"SS":["x","y"]}}"#, "{}", "ss"),
    ("DELETE nope :v", "", r#"{":v":{"SS":["x"]}}"#, "{}", ""),
    ("DELETE ns :v", "", r#"{":v":{"NS":["1.0"]}}"#, r#"{"ns":{"NS":["2"]}}"#, ""),
    ("set s = :v remove n", "", r#"{":v":{"S":"val"}}"#, r#"{"s":{"S":"val"}}"#, "n"),
    ("SET s=:v", "", r#"{":v":{"S":"val"}}"#, r#"{"s":{"S":"val"}}"#, ""),
    ("SET s = (:v)", "", r#"{":v":{"S":"val"}}"#, r#"{"s":{"S":"val"}}"#, ""),
    ("REMOVE l [0]", "", "", r#"{"l":{"L":[{"N":"2"},{"N":"3"}]}}"#, ""),
    ("SET m . k = :v", "", r#"{":v":{"S":"val"}}"#, r#"{"m":{"M":{"z":{"M":{"q":{"N":"9"}}},"k":{"S":"val"}}}}"#, ""),
    ("SET #s = :v", r##"{"#s":"dotted.name"}"##, r#"{":v":{"S":"x"}}"#, r#"{"dotted.name":{"S":"x"}}"#, ""),
    ("SET x = (n + :v) - :w", "", r#"{":v":{"N":"1"},":w":{"N":"0.5"}}"#, r#"{"x":{"N":"5.5"}}"#, ""),
    ("SET x = n - (n - :v)", "", r#"{":v":{"N":"1"}}"#, r#"{"x":{"N":"1"}}"#, ""),
    ("SET x = if_not_exists(y, if_not_exists(m.nope, if_not_exists(l[9], l[2])))", "", "", r#"{"x":{"N":"3"}}"#, ""),
    ("SET n = if_not_exists(n, nope)", "", "", "{}", ""),
    ("SET l = list_append(l, l)", "", "", r#"{"l":{"L":[{"N":"1"},{"N":"2"},{"N":"3"},{"N":"1"},{"N":"2"},{"N":"3"}]}}"#, ""),
    ("SET x = list_append((l), (:v))", "", r#"{":v":{"L":[{"S":"q"}]}}"#, r#"{"x":{"L":[{"N":"1"},{"N":"2"},{"N":"3"},{"S":"q"}]}}"#, ""),
    ("SET l[1] = :v REMOVE l[0], l[2], l[7]", "", r#"{":v":{"S":"q"}}"#, r#"{"l":{"L":[{"S":"q"}]}}"#, ""),
    ("REMOVE l[0], l[1], l[2]", "", "", r#"{"l":{"L":[]}}"#, ""),
    ("SET m.z.r = m.k, m.a = m.z REMOVE m.k", "", "", r#"{"m":{"M":{"a":{"M":{"q":{"N":"9"}}},"z":{"M":{"q":{"N":"9"},"r":{"S":"v"}}}}}}"#, ""),
    ("DELETE ss :v ADD ns :w", "", r#"{":v":{"SS":["x","q"]},":w":{"NS":["0","1.0","3"]}}"#, r#"{"ss":{"SS":["y"]},"ns":{"NS":["0","1","2","3"]}}"#, ""),
    ("SET aa = :v, zz = :v REMOVE b", "", r#"{":v":{"NULL":true}}"#, r#"{"aa":{"NULL":true},"zz":{"NULL":true}}"#, ""),
    ("REMOVE l, m, n, ns, s, ss", "", "", "{}", "l m n ns s ss"),
    ("SET n = n - :v", "", r#"{":v":{"N":"5"}}"#, r#"{"n":{"N":"0"}}"#, ""),
    ("SET n = :v", "", r#"{":v":{"N":"1.50"}}"#, r#"{"n":{"N":"1.5"}}"#, ""),
];

/// Text, values, message.
#[rustfmt::skip]
const ERRORS: &[(&str, &str, &str)] = &[
    ("SET x = y", "", MISSING),
    ("SET x = if_not_exists(x, y)", "", MISSING),
    ("SET s = s + :one", r#"{":one":{"N":"1"}}"#, TYPE),
    ("SET n = nope + :one", r#"{":one":{"N":"1"}}"#, MISSING),
    ("SET n = n + :big", r#"{":big":{"N":"1e50"}}"#, OVERFLOW),
    ("SET n = :a + :a", r#"{":a":{"N":"9e125"}}"#, OVERFLOW),
    ("SET l = list_append(s, :v)", r#"{":v":{"L":[]}}"#, TYPE),
    ("SET l = list_append(nope, :v)", r#"{":v":{"L":[]}}"#, MISSING),
    ("SET m.a.b = :v", r#"{":v":{"S":"nv"}}"#, PATH),
    ("SET nope.k = :v", r#"{":v":{"S":"nv"}}"#, PATH),
    ("SET s.k = :v", r#"{":v":{"S":"nv"}}"#, PATH),
    ("SET l.k = :v", r#"{":v":{"S":"nv"}}"#, PATH),
    ("SET m[0] = :v", r#"{":v":{"S":"nv"}}"#, PATH),
    ("SET nope[0] = :v", r#"{":v":{"S":"nv"}}"#, PATH),
    ("REMOVE nope.x", "", PATH),
    ("REMOVE s.x", "", PATH),
    ("REMOVE m[0]", "", PATH),
    ("ADD s :v", r#"{":v":{"N":"1"}}"#, TYPE),
    ("ADD ss :v", r#"{":v":{"NS":["1"]}}"#, TYPE),
    ("DELETE ss :v", r#"{":v":{"NS":["1"]}}"#, TYPE),
    ("DELETE s :v", r#"{":v":{"SS":["x"]}}"#, TYPE),
    ("DELETE ss[0] :v", r#"{":v":{"SS":["x"]}}"#, PATH),
    ("SET l[3].x = :v", r#"{":v":{"N":"1"}}"#, PATH),
    ("SET l[0].x = :v", r#"{":v":{"N":"1"}}"#, PATH),
    ("REMOVE l[3].x", "", PATH),
    ("ADD nope.x :v", r#"{":v":{"N":"1"}}"#, PATH),
    ("DELETE nope.x :v", r#"{":v":{"SS":["1"]}}"#, PATH),
    ("SET x = nope, nope.x = n", "", MISSING),
    ("SET x = n - ss", "", TYPE),
    ("SET x = if_not_exists(s, n) + n", "", TYPE),
    ("SET x = list_append(l, if_not_exists(x, :v))", r#"{":v":{"N":"1"}}"#, TYPE),
    ("ADD n :v", r#"{":v":{"NS":["1"]}}"#, TYPE),
    ("ADD l :v", r#"{":v":{"N":"1"}}"#, TYPE),
    ("DELETE ns :v", r#"{":v":{"SS":["1"]}}"#, TYPE),
    ("ADD n :v", r#"{":v":{"N":"1e40"}}"#, OVERFLOW),
    ("ADD n :v", r#"{":v":{"N":"1e-100"}}"#, OVERFLOW),
];

/// Text, values, the updated attributes as they were and as they are.
#[rustfmt::skip]
const UPDATED: &[(&str, &str, &str, &str)] = &[
    ("SET s = :v, new1 = :v", r#"{":v":{"S":"x"}}"#, r#"{"s":{"S":"hello"}}"#, r#"{"new1":{"S":"x"},"s":{"S":"x"}}"#),
    ("SET m.k = :v", r#"{":v":{"S":"x"}}"#, r#"{"m":{"M":{"k":{"S":"v"}}}}"#, r#"{"m":{"M":{"k":{"S":"x"}}}}"#),
    ("SET m.nw = :v", r#"{":v":{"S":"x"}}"#, "{}", r#"{"m":{"M":{"nw":{"S":"x"}}}}"#),
    ("SET l[1] = :v", r#"{":v":{"S":"x"}}"#, r#"{"l":{"L":[{"N":"2"}]}}"#, r#"{"l":{"L":[{"S":"x"}]}}"#),
    ("SET l[1] = :v, l[0] = :v", r#"{":v":{"S":"x"}}"#, r#"{"l":{"L":[{"N":"1"},{"N":"2"}]}}"#, r#"{"l":{"L":[{"S":"x"},{"S":"x"}]}}"#),
    ("SET l[7] = :v", r#"{":v":{"S":"x"}}"#, "{}", "{}"),
    ("REMOVE s", "", r#"{"s":{"S":"hello"}}"#, "{}"),
    ("REMOVE l[1]", "", r#"{"l":{"L":[{"N":"2"}]}}"#, r#"{"l":{"L":[{"N":"3"}]}}"#),
    ("REMOVE m.k", "", r#"{"m":{"M":{"k":{"S":"v"}}}}"#, "{}"),
    ("ADD n :v", r#"{":v":{"N":"1"}}"#, r#"{"n":{"N":"5"}}"#, r#"{"n":{"N":"6"}}"#),
    ("DELETE ss :v", r#"{":v":{"SS":["x"]}}"#, r#"{"ss":{"SS":["x","y"]}}"#, r#"{"ss":{"SS":["y"]}}"#),
    ("DELETE ss :v", r#"{":v":{"SS":["x","y"]}}"#, r#"{"ss":{"SS":["x","y"]}}"#, "{}"),
    ("SET s = :v", r#"{":v":{"S":"hello"}}"#, r#"{"s":{"S":"hello"}}"#, r#"{"s":{"S":"hello"}}"#),
    ("REMOVE nope", "", "{}", "{}"),
    ("SET m.z.q = :v REMOVE l[2] ADD n :v", r#"{":v":{"N":"1"}}"#, r#"{"l":{"L":[{"N":"3"}]},"m":{"M":{"z":{"M":{"q":{"N":"9"}}}}},"n":{"N":"5"}}"#, r#"{"m":{"M":{"z":{"M":{"q":{"N":"1"}}}}},"n":{"N":"6"}}"#),
];
