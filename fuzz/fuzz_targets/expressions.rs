//! Any text, as every kind of expression: parsed, bound, and applied to one item.

#![no_main]

use std::borrow::Cow;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use statordb_engine::error::{Error, ErrorKind};
use statordb_engine::expr::{Condition, ExpressionKind, KeyCondition, Projection, Substitutions, Update, Usage};
use statordb_engine::value::{Builder, EncodedValue, Item, Kind};

fn value(build: impl FnOnce(&mut Builder)) -> EncodedValue {
    let mut builder = Builder::value();
    build(&mut builder);
    builder.finish_value().expect("a valid value")
}

fn list(builder: &mut Builder) {
    builder.begin_list();
    builder.number_text("1");
    builder.string("q");
    builder.begin_map();
    builder.name("x");
    builder.null();
    builder.end_map();
    builder.end_list();
}

fn set(builder: &mut Builder) {
    builder.begin_set(Kind::Ss);
    builder.set_element(b"x");
    builder.set_element(b"y");
    builder.end_set();
}

static ITEM: LazyLock<Item> = LazyLock::new(|| {
    let mut builder = Builder::item();
    builder.name("a");
    builder.string("text");
    builder.name("b");
    builder.binary(&[1, 2, 3]);
    builder.name("n");
    builder.number_text("-12.5");
    builder.name("l");
    list(&mut builder);
    builder.name("m");
    builder.begin_map();
    builder.name("k");
    list(&mut builder);
    builder.name("x");
    set(&mut builder);
    builder.end_map();
    builder.name("s");
    set(&mut builder);
    builder.finish_item().expect("a valid item")
});

static SUBSTITUTIONS: LazyLock<Substitutions<'static>> = LazyLock::new(|| {
    let names = [("#a", "a"), ("#m", "m"), ("#d", "dotted.name"), ("#n", "name")];
    let values = [
        (":s", value(|builder| builder.string("S"))),
        (":n", value(|builder| builder.number_text("9.9e125"))),
        (":i", value(|builder| builder.number_text("1"))),
        (":l", value(list)),
        (":t", value(set)),
        (":b", value(|builder| builder.boolean(true))),
    ];
    Substitutions {
        names: Some(names.into_iter().map(|(key, name)| (Cow::Borrowed(key), Cow::Borrowed(name))).collect()),
        values: Some(values.into_iter().map(|(key, value)| (Cow::Borrowed(key), Ok(value))).collect()),
    }
});

fn use_condition(text: &str, usage: &mut Usage) -> Result<(), Error> {
    let condition = Condition::parse(ExpressionKind::Filter, text)?;
    let bound = condition.bind(&SUBSTITUTIONS, usage)?;
    bound.matches(ITEM.view());
    bound.matches(Item::empty().view());
    assert!(bound.paths().count() <= text.len());
    Ok(())
}

fn use_key_condition(text: &str, usage: &mut Usage) -> Result<(), Error> {
    let condition = KeyCondition::parse(text)?;
    assert!(!condition.bind(&SUBSTITUTIONS, usage)?.terms()?.is_empty());
    Ok(())
}

fn use_projection(text: &str, usage: &mut Usage) -> Result<(), Error> {
    let projection = Projection::parse(text)?;
    let bound = projection.bind(&SUBSTITUTIONS, usage)?;
    let part = bound.project(ITEM.view());
    check(&part);
    assert_eq!(bound.project(part.view()).view().len(), bound.project(part.view()).view().iter().count());
    Ok(())
}

fn use_update(text: &str, usage: &mut Usage) -> Result<(), Error> {
    let update = Update::parse(text)?;
    let bound = update.bind(&SUBSTITUTIONS, usage)?;
    for exists in [true, false] {
        if let Ok(Some(new)) = bound.apply(ITEM.view(), exists) {
            check(&new);
            check(&bound.updated(new.view()));
        }
    }
    Ok(())
}

/// An item that was written part by part has the bytes of the same item built anew.
fn check(item: &Item) {
    let mut builder = Builder::item();
    for (name, value) in item.view() {
        builder.name(name);
        builder.decoded(&value.to_value());
    }
    assert_eq!(&builder.finish_item().expect("a valid item"), item);
}

fuzz_target!(|text: &str| {
    let usage = &mut Usage::default();
    let uses = [use_condition, use_key_condition, use_projection, use_update];
    for result in uses.map(|use_text| use_text(text, usage)) {
        if let Err(error) = result {
            assert_eq!(error.kind(), ErrorKind::Validation);
        }
    }
    let _ = SUBSTITUTIONS.check_all_used(usage);
});
