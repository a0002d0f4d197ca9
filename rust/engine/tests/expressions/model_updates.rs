//! Random updates and projections of random items, against the same on plain trees.
//!
//! The model removes nothing from a list until everything else is done: it puts a mark in its place, so that indexes keep
//! their meaning, and sweeps the marks out in the end.

use proptest::prelude::*;
use statordb_engine::expr::{Projection, Update, Usage};
use statordb_engine::value::{Number, Value};

use crate::model::{Path, Printer, Step, Tree, follow, item, items, number, path, project, set, tree, value};

#[derive(Clone, Debug)]
enum Term {
    Path(Path),
    Value(Value),
    IfNotExists(Path, Box<Term>),
    ListAppend(Box<Term>, Box<Term>),
    Plus(Box<Term>, Box<Term>),
    Minus(Box<Term>, Box<Term>),
}

#[derive(Clone, Debug)]
enum Action {
    Set(Path, Term),
    Remove(Path),
    Add(Path, Value),
    Delete(Path, Value),
}

impl Action {
    fn path(&self) -> &Path {
        match self {
            Self::Set(path, _) | Self::Remove(path) | Self::Add(path, _) | Self::Delete(path, _) => path,
        }
    }

    fn writes(&self) -> bool {
        matches!(self, Self::Set(..) | Self::Add(..))
    }
}

const MISSING: &str = "The provided expression refers to an attribute that does not exist in the item";
const TYPE: &str = "An operand in the update expression has an incorrect data type";
const PATH: &str = "The document path provided in the update expression is invalid for update";

type Outcome<T> = Result<T, String>;

fn calculate(term: &Term, old: &Tree) -> Outcome<Value> {
    let numbers = |one: &Term, two: &Term| -> Outcome<(Number, Number)> {
        match (calculate(one, old)?, calculate(two, old)?) {
            (Value::N(one), Value::N(two)) => Ok((one, two)),
            _ => Err(TYPE.to_owned()),
        }
    };
    match term {
        Term::Path(path) => follow(old, path).cloned().ok_or_else(|| MISSING.to_owned()),
        Term::Value(value) => Ok(value.clone()),
        Term::IfNotExists(path, term) => follow(old, path).cloned().map_or_else(|| calculate(term, old), Ok),
        Term::ListAppend(one, two) => match (calculate(one, old)?, calculate(two, old)?) {
            (Value::L(one), Value::L(two)) => Ok(Value::L([one, two].concat())),
            _ => Err(TYPE.to_owned()),
        },
        Term::Plus(one, two) => numbers(one, two).map(|(one, two)| Value::N(one.checked_add(&two).unwrap())),
        Term::Minus(one, two) => numbers(one, two).map(|(one, two)| Value::N(one.checked_sub(&two).unwrap())),
    }
}

fn add(old: Option<&Value>, value: &Value) -> Outcome<Value> {
    match (old, value) {
        (None, value) => Ok(value.clone()),
        (Some(Value::N(old)), Value::N(value)) => Ok(Value::N(old.checked_add(value).unwrap())),
        (Some(Value::Ss(old)), Value::Ss(value)) => Ok(Value::Ss(old.union(value).cloned().collect())),
        (Some(Value::Ns(old)), Value::Ns(value)) => Ok(Value::Ns(old.union(value).copied().collect())),
        (Some(Value::Bs(old)), Value::Bs(value)) => Ok(Value::Bs(old.union(value).cloned().collect())),
        _ => Err(TYPE.to_owned()),
    }
}

fn delete(old: Option<&Value>, value: &Value) -> Outcome<Option<Value>> {
    let left = match (old, value) {
        (None, _) => return Ok(None),
        (Some(Value::Ss(old)), Value::Ss(value)) => Value::Ss(old.difference(value).cloned().collect()),
        (Some(Value::Ns(old)), Value::Ns(value)) => Value::Ns(old.difference(value).copied().collect()),
        (Some(Value::Bs(old)), Value::Bs(value)) => Value::Bs(old.difference(value).cloned().collect()),
        _ => return Err(TYPE.to_owned()),
    };
    let is_empty = match &left {
        Value::Ss(left) => left.is_empty(),
        Value::Ns(left) => left.is_empty(),
        Value::Bs(left) => left.is_empty(),
        _ => false,
    };
    Ok((!is_empty).then_some(left))
}

/// The mark in the place of what is removed; no generator makes it.
fn mark() -> Value {
    Value::S("removed".to_owned())
}

fn put(root: &mut Value, path: &[Step], new: Option<Value>) -> Outcome<()> {
    let (last, surroundings) = path.split_last().unwrap();
    let mut place = root;
    for step in surroundings {
        place = match (place, step) {
            (Value::M(members), Step::Name(name)) => members.get_mut(*name).ok_or(PATH)?,
            (Value::L(elements), Step::Index(index)) => elements.get_mut(*index).ok_or(PATH)?,
            _ => return Err(PATH.to_owned()),
        };
    }
    match (place, last, new) {
        (Value::M(members), Step::Name(name), Some(new)) => drop(members.insert((*name).to_owned(), new)),
        (Value::M(members), Step::Name(name), None) => drop(members.remove(*name)),
        (Value::L(elements), Step::Index(index), new) if *index < elements.len() => {
            elements[*index] = new.unwrap_or_else(mark);
        }
        (Value::L(elements), Step::Index(_), Some(new)) => elements.push(new),
        (Value::L(_), Step::Index(_), None) => {}
        _ => return Err(PATH.to_owned()),
    }
    Ok(())
}

fn sweep(value: &mut Value) {
    match value {
        Value::L(elements) => {
            elements.retain(|element| *element != mark());
            elements.iter_mut().for_each(sweep);
        }
        Value::M(members) => members.values_mut().for_each(sweep),
        _ => {}
    }
}

fn apply(actions: &[Action], old: &Tree, exists: bool) -> Outcome<Option<Tree>> {
    let actions: Vec<&Action> = actions.iter().filter(|action| exists || action.writes()).collect();
    if actions.is_empty() {
        return Ok(None);
    }
    let mut changes = Vec::new();
    for action in actions {
        let new = match action {
            Action::Set(_, term) => Some(calculate(term, old)?),
            Action::Remove(_) => None,
            Action::Add(path, value) => Some(add(follow(old, path), value)?),
            Action::Delete(path, value) => delete(follow(old, path), value)?,
        };
        changes.push((action.path(), new));
    }
    changes.sort_by_key(|(path, _)| (*path).clone());
    let mut root = Value::M(old.clone());
    for (path, new) in changes {
        put(&mut root, path, new)?;
    }
    sweep(&mut root);
    match root {
        Value::M(tree) => Ok(Some(tree)),
        other => panic!("not a tree: {other:?}"),
    }
}

fn print_term(printer: &mut Printer, term: &Term, is_argument: bool) {
    let is_sum = matches!(term, Term::Plus(..) | Term::Minus(..));
    let is_grouped = (is_sum && is_argument) || printer.now_and_then();
    printer.push(if is_grouped { "(" } else { "" });
    let call = |printer: &mut Printer, name: &str, one: &Term, two: &Term| {
        printer.push(name);
        printer.push("(");
        print_term(printer, one, true);
        printer.push(",");
        print_term(printer, two, true);
        printer.push(")");
    };
    match term {
        Term::Path(path) => printer.path(path),
        Term::Value(value) => printer.value(value),
        Term::IfNotExists(path, term) => {
            printer.push("if_not_exists(");
            printer.path(path);
            printer.push(", ");
            print_term(printer, term, true);
            printer.push(")");
        }
        Term::ListAppend(one, two) => call(printer, "list_append", one, two),
        Term::Plus(one, two) | Term::Minus(one, two) => {
            print_term(printer, one, true);
            printer.push(if matches!(term, Term::Plus(..)) { " + " } else { "-" });
            print_term(printer, two, true);
        }
    }
    printer.push(if is_grouped { ")" } else { "" });
}

fn print(printer: &mut Printer, actions: &[Action]) {
    let mut section = "";
    for action in actions {
        let name = match action {
            Action::Set(..) => " SET ",
            Action::Remove(_) => " remove ",
            Action::Add(..) => " ADD ",
            Action::Delete(..) => " DELETE ",
        };
        printer.push(if name == section { ", " } else { name });
        section = name;
        printer.path(action.path());
        match action {
            Action::Set(_, term) => {
                printer.push(" = ");
                print_term(printer, term, false);
            }
            Action::Remove(_) => {}
            Action::Add(_, value) | Action::Delete(_, value) => {
                printer.push(" ");
                printer.value(value);
            }
        }
    }
}

fn numbers() -> impl Strategy<Value = Value> {
    (-3_i64..12).prop_map(|value| Value::N(number(value)))
}

fn terms() -> impl Strategy<Value = Term> {
    let paths = || path().prop_map(Term::Path);
    let list = prop::collection::vec(value(), 0..3).prop_map(Value::L);
    let or_path =
        |constant: BoxedStrategy<Value>| prop_oneof![path().prop_map(Term::Path), constant.prop_map(Term::Value)];
    let optional = move |constant: BoxedStrategy<Value>| {
        let inner = or_path(constant.clone());
        // A path does not fall back to itself: that is refused.
        let nested = (path(), or_path(constant))
            .prop_filter("distinct", |(path, term)| !matches!(term, Term::Path(other) if other == path))
            .prop_map(|(path, term)| Term::IfNotExists(path, Box::new(term)));
        prop_oneof![3 => inner, 1 => nested].prop_map(Box::new).boxed()
    };
    let lists = optional(list.boxed());
    let sums = optional(numbers().boxed());
    prop_oneof![
        paths(),
        value().prop_map(Term::Value),
        (path(), value()).prop_map(|(path, value)| Term::IfNotExists(path, Box::new(Term::Value(value)))),
        (lists.clone(), lists).prop_map(|(one, two)| Term::ListAppend(one, two)),
        (sums.clone(), sums.clone()).prop_map(|(one, two)| Term::Plus(one, two)),
        (sums.clone(), sums.clone()).prop_map(|(one, two)| Term::Minus(one, two)),
        (sums.clone(), sums.clone(), sums)
            .prop_map(|(one, two, three)| Term::Minus(Box::new(Term::Plus(one, two)), three)),
    ]
}

/// In the order of sections, because each stands once in a text.
fn updates() -> impl Strategy<Value = Vec<Action>> {
    let action = prop_oneof![
        4 => (path(), terms()).prop_map(|(path, term)| Action::Set(path, term)),
        2 => path().prop_map(Action::Remove),
        1 => (path(), prop_oneof![numbers(), set()]).prop_map(|(path, value)| Action::Add(path, value)),
        1 => (path(), set()).prop_map(|(path, value)| Action::Delete(path, value)),
    ];
    let rank = |action: &Action| match action {
        Action::Set(..) => 0,
        Action::Remove(_) => 1,
        Action::Add(..) => 2,
        Action::Delete(..) => 3,
    };
    prop::collection::vec(action, 1..5).prop_map(move |mut actions| {
        actions.sort_by_key(rank);
        actions
    })
}

/// Whether two paths lie on each other or take a value for different things.
fn meet(one: &Path, two: &Path) -> bool {
    let differing = one.iter().zip(two).find(|(one, two)| one != two);
    !matches!(differing, Some((Step::Name(_), Step::Name(_)) | (Step::Index(_), Step::Index(_))))
}

fn any_meet(paths: &[Path]) -> bool {
    (0..paths.len()).any(|place| paths[..place].iter().any(|path| meet(path, &paths[place])))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6_000))]

    #[test]
    fn updates_do_what_the_model_says(actions in updates(), old in items(), exists in prop::bool::weighted(0.9)) {
        let mut printer = Printer::default();
        print(&mut printer, &actions);
        let subs = printer.substitutions();
        let mut usage = Usage::default();
        let text = printer.text.as_str();
        let update = Update::parse(text).unwrap();
        let paths: Vec<Path> = actions.iter().map(|action| action.path().clone()).collect();
        let bound = match update.bind(&subs, &mut usage) {
            Ok(bound) => bound,
            Err(error) => {
                prop_assert!(any_meet(&paths), "{text}: {error}");
                return Ok(());
            }
        };
        prop_assert!(!any_meet(&paths), "{text}");
        prop_assert_eq!(subs.check_all_used(&usage), Ok(()));
        let base = item(&old);
        match (bound.apply(base.view(), exists), apply(&actions, &old, exists)) {
            (Ok(Some(new)), Ok(Some(wanted))) => {
                // The bytes are those of an item built anew: order, count and size.
                prop_assert_eq!(&new, &item(&wanted), "{}", text);
                prop_assert_eq!(tree(bound.updated(new.view()).view()), project(&wanted, &paths));
                prop_assert_eq!(tree(bound.updated(base.view()).view()), project(&old, &paths));
            }
            (Ok(None), Ok(None)) => {}
            (Err(error), Err(wanted)) => prop_assert_eq!(error.message(), wanted, "{}", text),
            (found, wanted) => prop_assert!(false, "{text}: {found:?}, not {wanted:?}"),
        }
    }

    #[test]
    fn projections_return_what_the_model_says(paths in prop::collection::vec(path(), 1..6), tree in items()) {
        let mut printer = Printer::default();
        for (place, path) in paths.iter().enumerate() {
            printer.push(if place > 0 { " , " } else { "" });
            printer.path(path);
        }
        let subs = printer.substitutions();
        let text = printer.text.as_str();
        let projection = Projection::parse(text).unwrap();
        match projection.bind(&subs, &mut Usage::default()) {
            Ok(bound) => {
                prop_assert!(!any_meet(&paths), "{text}");
                prop_assert_eq!(bound.project(item(&tree).view()), item(&project(&tree, &paths)), "{}", text);
            }
            Err(error) => prop_assert!(any_meet(&paths), "{text}: {error}"),
        }
    }
}
