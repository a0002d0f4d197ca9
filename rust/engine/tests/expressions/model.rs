//! Items as plain trees, paths as lists of steps: what the models of conditions, updates and projections share.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use statordb_engine::expr::Substitutions;
use statordb_engine::value::{Builder, EncodedValue, Item, ItemRef, Number, Value};

pub(crate) type Tree = BTreeMap<String, Value>;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    Name(&'static str),
    Index(usize),
}

pub(crate) type Path = Vec<Step>;

pub(crate) fn item(tree: &Tree) -> Item {
    let mut builder = Builder::item();
    for (name, value) in tree {
        builder.name(name);
        builder.decoded(value);
    }
    builder.finish_item().unwrap()
}

pub(crate) fn tree(item: ItemRef<'_>) -> Tree {
    item.iter().map(|(name, value)| (name.to_owned(), value.to_value())).collect()
}

pub(crate) fn step<'v>(value: &'v Value, step: &Step) -> Option<&'v Value> {
    match (value, step) {
        (Value::M(members), Step::Name(name)) => members.get(*name),
        (Value::L(elements), Step::Index(index)) => elements.get(*index),
        _ => None,
    }
}

pub(crate) fn follow<'v>(tree: &'v Tree, path: &Path) -> Option<&'v Value> {
    let Some((Step::Name(name), rest)) = path.split_first() else { return None };
    rest.iter().try_fold(tree.get(*name)?, step)
}

/// What is left of a value when only what `paths` lead to stays.
pub(crate) fn keep(value: &Value, paths: &[&[Step]]) -> Option<Value> {
    if paths.iter().any(|path| path.is_empty()) {
        return Some(value.clone());
    }
    let into = |wanted: Step| -> Vec<&[Step]> {
        paths.iter().filter(|path| path[0] == wanted).map(|path| &path[1..]).collect()
    };
    let part = |wanted: Step, value: &Value| {
        let paths = into(wanted);
        if paths.is_empty() { None } else { keep(value, &paths) }
    };
    match value {
        Value::M(members) => {
            let kept: BTreeMap<String, Value> = NAMES
                .iter()
                .filter_map(|name| Some(((*name).to_owned(), part(Step::Name(name), members.get(*name)?)?)))
                .collect();
            (!kept.is_empty()).then_some(Value::M(kept))
        }
        Value::L(elements) => {
            let kept: Vec<Value> =
                elements.iter().enumerate().filter_map(|(index, element)| part(Step::Index(index), element)).collect();
            (!kept.is_empty()).then_some(Value::L(kept))
        }
        _ => None,
    }
}

pub(crate) fn project(tree: &Tree, paths: &[Path]) -> Tree {
    let paths: Vec<&[Step]> = paths.iter().map(Vec::as_slice).collect();
    match keep(&Value::M(tree.clone()), &paths) {
        Some(Value::M(members)) => members,
        _ => Tree::new(),
    }
}

pub(crate) const NAMES: [&str; 6] = ["a", "b", "c", "d", "k", "x"];

/// The text of an expression while it is printed, with the placeholders that it uses.
#[derive(Default)]
pub(crate) struct Printer {
    pub(crate) text: String,
    names: BTreeSet<&'static str>,
    values: Vec<Value>,
    turn: usize,
}

impl Printer {
    pub(crate) fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// True every third time: to print the same thing in several ways.
    pub(crate) fn now_and_then(&mut self) -> bool {
        self.turn += 1;
        self.turn.is_multiple_of(3)
    }

    pub(crate) fn path(&mut self, path: &Path) {
        for (place, step) in path.iter().enumerate() {
            match step {
                Step::Index(index) => self.push(&format!("[{index}]")),
                Step::Name(name) => {
                    self.push(if place > 0 { "." } else { "" });
                    if self.now_and_then() {
                        self.names.insert(name);
                        self.push("#");
                    }
                    self.push(name);
                }
            }
        }
    }

    pub(crate) fn value(&mut self, value: &Value) {
        self.push(&format!(":v{}", self.values.len()));
        self.values.push(value.clone());
    }

    pub(crate) fn substitutions(&self) -> Substitutions<'static> {
        let names = self.names.iter().map(|name| (Cow::Owned(format!("#{name}")), Cow::Borrowed(*name)));
        let values = self
            .values
            .iter()
            .zip(0..)
            .map(|(value, number)| (Cow::Owned(format!(":v{number}")), EncodedValue::of(value)));
        Substitutions {
            names: (!self.names.is_empty()).then(|| names.collect()),
            values: (!self.values.is_empty()).then(|| values.collect()),
        }
    }
}

pub(crate) fn number(value: i64) -> Number {
    Number::parse(&value.to_string()).unwrap()
}

pub(crate) fn string() -> impl Strategy<Value = String> {
    "[ab\u{e9}\u{1F600}]{0,3}"
}

pub(crate) fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        string().prop_map(Value::S),
        (-3_i64..12).prop_map(|value| Value::N(number(value))),
        prop::collection::vec(0_u8..3, 0..3).prop_map(Value::B),
        any::<bool>().prop_map(Value::Bool),
        Just(Value::Null),
    ]
}

pub(crate) fn set() -> impl Strategy<Value = Value> {
    prop_oneof![
        prop::collection::btree_set(string(), 1..4).prop_map(Value::Ss),
        prop::collection::btree_set((-3_i64..12).prop_map(number), 1..4).prop_map(Value::Ns),
        prop::collection::btree_set(prop::collection::vec(0_u8..3, 0..3), 1..4).prop_map(Value::Bs),
    ]
}

pub(crate) fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![4 => scalar(), 1 => set()];
    leaf.prop_recursive(3, 16, 4, |inner| {
        let name = prop::sample::select(NAMES.to_vec()).prop_map(str::to_owned);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::L),
            prop::collection::btree_map(name, inner, 0..4).prop_map(Value::M),
        ]
    })
}

pub(crate) fn items() -> impl Strategy<Value = Tree> {
    let name = prop::sample::select(NAMES.to_vec()).prop_map(str::to_owned);
    prop::collection::btree_map(name, value(), 0..6)
}

/// Mostly short paths, so that many of them lead somewhere.
pub(crate) fn path() -> impl Strategy<Value = Path> {
    let name = || prop::sample::select(NAMES.to_vec()).prop_map(Step::Name);
    let step = prop_oneof![1 => name(), 1 => (0_usize..5).prop_map(Step::Index)];
    (name(), prop::collection::vec(step, 0..3)).prop_map(|(first, mut rest)| {
        rest.insert(0, first);
        rest
    })
}
