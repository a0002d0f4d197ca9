//! What projections return.

use statordb_engine::expr::{BoundProjection, Projection};
use statordb_engine::value::Item;

use crate::notation::{Usage, item, substitutions};

/// The item of the rows below.
const ITEM: &str = r#"{"a":{"S":"c"},"s":{"S":"hello"},"n":{"N":"5"},"l":{"L":[{"S":"x"},{"N":"1"},{"L":[{"N":"2"}]}]},
    "m":{"M":{"k":{"S":"v"},"z":{"M":{"q":{"N":"9"}}}}},"p":{"L":[{"M":{"x":{"N":"1"},"y":{"N":"2"}}},{"M":{"x":{"N":"3"}}}]}}"#;

fn project(text: &str, names: &str, item: &Item) -> Item {
    let subs = substitutions(names, "");
    let mut usage = Usage::default();
    let projection = Projection::parse(text).expect(text);
    let bound = projection.bind(&subs, &mut usage).expect(text);
    assert_eq!(subs.check_all_used(&usage), Ok(()), "{text}");
    bound.project(item.view())
}

#[test]
fn projections_keep_what_surrounds_the_parts() {
    let base = item(ITEM);
    for (text, names, wanted) in ROWS {
        assert_eq!(project(text, names, &base), item(wanted), "{text}");
    }
}

#[test]
fn attributes_to_get_are_literal_names() {
    let base = item(r#"{"a":{"S":"c"},"m.k":{"N":"1"},"m":{"M":{"k":{"S":"v"}}}}"#);
    let projection = BoundProjection::top_level(["m.k", "nope", "a"]);
    assert_eq!(projection.project(base.view()), item(r#"{"a":{"S":"c"},"m.k":{"N":"1"}}"#));
    let paths: Vec<_> = projection.paths().map(|path| (path.name, path.is_nested)).collect();
    assert_eq!(paths, [("a", false), ("m.k", false), ("nope", false)]);
}

#[test]
fn paths_come_in_the_order_of_names() {
    let subs = substitutions(r##"{"#z":"a.b"}"##, "");
    let projection = Projection::parse("q, c[0], #z, b.x").unwrap();
    let bound = projection.bind(&subs, &mut Usage::default()).unwrap();
    let paths: Vec<_> = bound.paths().map(|path| (path.name, path.is_nested)).collect();
    assert_eq!(paths, [("a.b", false), ("b", true), ("c", true), ("q", false)]);
}

#[rustfmt::skip]
const ROWS: &[(&str, &str, &str)] = &[
    ("s", "", r#"{"s":{"S":"hello"}}"#),
    ("s, n", "", r#"{"n":{"N":"5"},"s":{"S":"hello"}}"#),
    ("m.k", "", r#"{"m":{"M":{"k":{"S":"v"}}}}"#),
    ("m.z.q", "", r#"{"m":{"M":{"z":{"M":{"q":{"N":"9"}}}}}}"#),
    ("l[0]", "", r#"{"l":{"L":[{"S":"x"}]}}"#),
    ("l[2][0]", "", r#"{"l":{"L":[{"L":[{"N":"2"}]}]}}"#),
    ("l[1], l[0]", "", r#"{"l":{"L":[{"S":"x"},{"N":"1"}]}}"#),
    ("l[2][0], l[0]", "", r#"{"l":{"L":[{"S":"x"},{"L":[{"N":"2"}]}]}}"#),
    ("l[9]", "", "{}"),
    ("m.nope", "", "{}"),
    ("nope", "", "{}"),
    ("m", "", r#"{"m":{"M":{"z":{"M":{"q":{"N":"9"}}},"k":{"S":"v"}}}}"#),
    ("s.x", "", "{}"),
    ("m.k, m.z", "", r#"{"m":{"M":{"z":{"M":{"q":{"N":"9"}}},"k":{"S":"v"}}}}"#),
    ("a", "", r#"{"a":{"S":"c"}}"#),
    ("#s, #m.#k", r##"{"#s":"s","#m":"m","#k":"k"}"##, r#"{"m":{"M":{"k":{"S":"v"}}},"s":{"S":"hello"}}"#),
    ("l[2], l[0]", "", r#"{"l":{"L":[{"S":"x"},{"L":[{"N":"2"}]}]}}"#),
    ("l[2][0], l[0], l[7], l[2][5]", "", r#"{"l":{"L":[{"S":"x"},{"L":[{"N":"2"}]}]}}"#),
    ("l[2][5], n", "", r#"{"n":{"N":"5"}}"#),
    ("l.k, m[0], s[0]", "", "{}"),
    ("p[1].x, p[0].y, p[0].nope", "", r#"{"p":{"L":[{"M":{"y":{"N":"2"}}},{"M":{"x":{"N":"3"}}}]}}"#),
    ("p[0].x, p[0].y, p[1].y", "", r#"{"p":{"L":[{"M":{"x":{"N":"1"},"y":{"N":"2"}}}]}}"#),
    ("m.z, m.nope, zz.top, s", "", r#"{"m":{"M":{"z":{"M":{"q":{"N":"9"}}}}},"s":{"S":"hello"}}"#),
    ("s, a, nope, n", "", r#"{"a":{"S":"c"},"n":{"N":"5"},"s":{"S":"hello"}}"#),
    ("#d", r##"{"#d":"m.k"}"##, "{}"),
];
