//! Values: numbers, canonical bytes, sizes.

#![allow(clippy::unwrap_used, reason = "a test says what it expects")]

use proptest::prelude::*;
use statordb_engine::value::{Builder, EncodedValue, Item, Kind, Number, NumberError, Value, ValueError};

fn canonical(text: &str) -> String {
    Number::parse(text).unwrap().to_string()
}

#[test]
fn numbers_are_written_plainly() {
    let cases = [
        ("1", "1"),
        ("01", "1"),
        ("+5", "5"),
        ("1.0", "1"),
        ("-0", "0"),
        ("0e10", "0"),
        ("1e3", "1000"),
        (".5", "0.5"),
        ("5.", "5"),
        ("00.100", "0.1"),
        ("1.5e40", "15000000000000000000000000000000000000000"),
        ("1e-7", "0.0000001"),
        ("123e-10", "0.0000000123"),
        ("-1e-20", "-0.00000000000000000001"),
        ("0.0e126", "0"),
        ("-12.34", "-12.34"),
        ("99999999999999999999999999999999999999", "99999999999999999999999999999999999999"),
        ("0.99999999999999999999999999999999999999", "0.99999999999999999999999999999999999999"),
        ("9.9999999999999999999999999999999999999", "9.9999999999999999999999999999999999999"),
    ];
    for (text, plain) in cases {
        assert_eq!(canonical(text), plain, "{text}");
    }
    assert_eq!(canonical("1e125"), format!("1{}", "0".repeat(125)));
    assert_eq!(canonical("1e-130"), format!("0.{}1", "0".repeat(129)));
}

#[test]
fn texts_that_are_no_numbers_are_refused() {
    for text in ["", "abc", "NaN", "Infinity", " 1", "1 ", "0x10", "1_000", "--1", "1e", ".", "+", "e5", "1e+", "1.2.3"]
    {
        assert_eq!(Number::parse(text).unwrap_err(), NumberError::Syntax(text.into()), "{text}");
    }
    assert_eq!(Number::parse(&"1".repeat(39)).unwrap_err(), NumberError::Precision);
    for text in ["1e126", "-1e126", "0e126", "1e999999999999"] {
        assert_eq!(Number::parse(text).unwrap_err(), NumberError::Overflow, "{text}");
    }
    assert_eq!(Number::parse("1e-131").unwrap_err(), NumberError::Underflow);
}

/// Recorded sizes (DYNAMODB: consumed capacity of items of known size).
#[test]
fn sizes_of_numbers_are_those_aws_charges() {
    let sizes = [
        ("0", 1),
        ("1", 2),
        ("10", 2),
        ("12", 2),
        ("100", 2),
        ("1000", 2),
        ("0.1", 2),
        ("0.01", 2),
        ("0.0012", 2),
        ("1e125", 2),
        ("120", 3),
        ("0.012", 3),
        ("1001", 3),
        ("10.01", 3),
        ("1.5", 3),
        ("123", 3),
        ("-1", 3),
        ("12.3456", 4),
        ("999.9", 4),
        ("1234567890123456789012345678901234567", 20),
        ("12345678901234567890123456789012345678", 20),
        ("1.2345678901234567890123456789012345678", 21),
        ("-123456789012345678901234567890123456", 20),
        ("-12345678901234567890123456789012345678", 21),
        ("-1234567890123456789.0123456789012345678", 22),
        ("-1.2345678901234567890123456789012345678", 22),
    ];
    for (text, size) in sizes {
        assert_eq!(encoded(&Value::N(Number::parse(text).unwrap())).view().size(), size, "{text}");
    }
}

#[test]
fn sums_are_exact_or_refused() {
    let number = |text: &str| Number::parse(text).unwrap();
    assert_eq!(number("5").checked_sub(&number("0.5")).unwrap().to_string(), "4.5");
    assert_eq!(number("1e38").checked_sub(&number("1")).unwrap().to_string(), "9".repeat(38));
    assert_eq!(number("5").checked_add(&number("-5")).unwrap().to_string(), "0");
    assert_eq!(number("5").checked_add(&number("1e50")).unwrap_err(), NumberError::Overflow);
    assert_eq!(number("9e125").checked_add(&number("9e125")).unwrap_err(), NumberError::Overflow);
}

fn encoded(value: &Value) -> EncodedValue {
    EncodedValue::of(value).unwrap()
}

fn numbers() -> impl Strategy<Value = Number> {
    let scaled = (any::<i64>(), -60..60_i32).prop_map(|(digits, exponent)| format!("{digits}e{exponent}"));
    let long = "-?[0-9]{1,20}(\\.[0-9]{1,18})?";
    prop_oneof![scaled, long, "-?[0-9]{1,3}"].prop_map(|text| Number::parse(&text).unwrap())
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        ".{0,8}".prop_map(Value::S),
        numbers().prop_map(Value::N),
        proptest::collection::vec(any::<u8>(), 0..6).prop_map(Value::B),
        any::<bool>().prop_map(Value::Bool),
        Just(Value::Null),
        proptest::collection::btree_set(".{0,4}", 1..4).prop_map(Value::Ss),
        proptest::collection::btree_set(numbers(), 1..4).prop_map(Value::Ns),
        proptest::collection::btree_set(proptest::collection::vec(any::<u8>(), 0..4), 1..4).prop_map(Value::Bs),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::L),
            proptest::collection::btree_map(".{1,4}", inner, 0..4).prop_map(Value::M),
        ]
    })
}

fn slow_size(value: &Value) -> usize {
    let number = |number: &Number| {
        let text = number.to_string();
        let digits = text.trim_start_matches('-');
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let mut padded = format!("{}{whole}{fraction}{}", "0".repeat(whole.len() % 2), "0".repeat(fraction.len() % 2));
        while padded.starts_with("00") {
            padded.drain(..2);
        }
        while padded.ends_with("00") {
            padded.truncate(padded.len() - 2);
        }
        // A negative number of 20 groups has no byte for its end.
        (1 + padded.len() / 2 + usize::from(text.starts_with('-'))).min(21)
    };
    match value {
        Value::S(text) => text.len(),
        Value::N(value) => number(value),
        Value::B(bytes) => bytes.len(),
        Value::Bool(_) | Value::Null => 1,
        Value::Ss(set) => set.iter().map(String::len).sum(),
        Value::Ns(set) => set.iter().map(number).sum(),
        Value::Bs(set) => set.iter().map(Vec::len).sum(),
        Value::L(list) => 3 + list.iter().map(|value| 1 + slow_size(value)).sum::<usize>(),
        Value::M(map) => 3 + map.iter().map(|(name, value)| 1 + name.len() + slow_size(value)).sum::<usize>(),
    }
}

proptest! {
    #[test]
    fn numbers_survive_their_text(number in numbers()) {
        prop_assert_eq!(Number::parse(&number.to_string()).unwrap(), number);
    }

    #[test]
    fn number_bytes_order_as_the_numbers_do(one in -1_000_000_i64..1_000_000, two in -1_000_000_i64..1_000_000, exponent in -20..20_i32) {
        let number = |value: i64| Number::parse(&format!("{value}e{exponent}")).unwrap();
        prop_assert_eq!(number(one).cmp(&number(two)), one.cmp(&two));
    }

    #[test]
    fn differently_scaled_numbers_order_by_magnitude(one in 1_u64..1_000, up in 0..20_i32, two in 1_u64..1_000) {
        let big = Number::parse(&format!("{one}e{}", up + 3)).unwrap();
        let small = Number::parse(&format!("{two}e{}", -1)).unwrap();
        prop_assert!(small < big);
        let negative = |number: &Number| Number::from(0).checked_sub(number).unwrap();
        prop_assert!(negative(&big) < negative(&small));
    }

    #[test]
    fn sums_of_integers_are_those_of_i128(one in any::<i64>(), two in any::<i64>()) {
        let number = |value: i64| Number::parse(&value.to_string()).unwrap();
        let sum = number(one).checked_add(&number(two)).unwrap();
        prop_assert_eq!(sum.to_string(), (i128::from(one) + i128::from(two)).to_string());
        let difference = number(one).checked_sub(&number(two)).unwrap();
        prop_assert_eq!(difference.to_string(), (i128::from(one) - i128::from(two)).to_string());
    }

    #[test]
    fn values_survive_their_bytes(value in values()) {
        prop_assert_eq!(encoded(&value).view().to_value(), value);
    }

    #[test]
    fn equal_values_and_only_they_have_equal_bytes(one in values(), two in values()) {
        prop_assert_eq!(encoded(&one).view() == encoded(&two).view(), one == two);
    }

    #[test]
    fn sizes_equal_a_slow_calculation(value in values()) {
        prop_assert_eq!(encoded(&value).view().size(), slow_size(&value));
    }

    #[test]
    fn items_do_not_depend_on_the_order_of_their_attributes(
        members in proptest::collection::btree_map(".{1,6}", values(), 0..6),
        seed in any::<usize>(),
    ) {
        let build = |names: &[&String]| {
            let mut builder = Builder::item();
            for name in names {
                builder.name(name);
                builder.decoded(&members[*name]);
            }
            builder.finish_item().unwrap()
        };
        let mut names: Vec<_> = members.keys().collect();
        let item = build(&names);
        if !names.is_empty() {
            let middle = seed % names.len();
            names.rotate_left(middle);
        }
        prop_assert_eq!(&build(&names), &item);
        prop_assert_eq!(item.view().len(), members.len());
        for (name, value) in &members {
            prop_assert_eq!(&item.view().get(name).unwrap().to_value(), value);
        }
        prop_assert!(item.view().get("no such attribute").is_none());
    }

    #[test]
    fn views_of_any_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut bytes = bytes;
        if let Some(first) = bytes.first_mut() {
            *first = 1;
        }
        if let Some(item) = Item::from_bytes(bytes.as_slice().into()) {
            for (_, value) in item.view() {
                let _ = (value.size(), value.to_value());
            }
        }
    }
}

#[test]
fn the_last_of_equal_names_stays() {
    let mut builder = Builder::item();
    for text in ["one", "two"] {
        builder.name("a");
        builder.string(text);
    }
    let item = builder.finish_item().unwrap();
    assert_eq!((item.view().len(), item.view().get("a").unwrap().as_str()), (1, Some("two")));
    assert_eq!(item.view().size(), 4);
}

#[test]
fn thirty_one_containers_may_be_open_and_no_more() {
    let nested = |depth: usize| {
        let mut builder = Builder::value();
        (0..depth).for_each(|_| builder.begin_list());
        (0..depth).for_each(|_| builder.end_list());
        builder.finish_value()
    };
    assert!(nested(31).is_ok());
    assert_eq!(nested(32).unwrap_err(), ValueError::Nesting);
}

#[test]
fn sets_refuse_equal_elements_and_emptiness() {
    let set = |kind: Kind, elements: &[&str]| {
        let mut builder = Builder::value();
        builder.begin_set(kind);
        for element in elements {
            if kind == Kind::Ns { builder.set_number_text(element) } else { builder.set_element(element.as_bytes()) }
        }
        builder.end_set();
        builder.finish_value().map(|_| ()).map_err(|error| error.message())
    };
    let prefix = "One or more parameter values were invalid: ";
    assert_eq!(set(Kind::Ss, &["a", "a"]), Err(format!("{prefix}Input collection [a, a] contains duplicates.")));
    assert_eq!(set(Kind::Ns, &["1", "1.0"]), Err("Input collection contains duplicates".into()));
    assert_eq!(
        set(Kind::Bs, &["b", "b"]),
        Err(format!("{prefix}Input collection [Yg==, Yg==]of type BS contains duplicates."))
    );
    assert_eq!(set(Kind::Ss, &[]), Err(format!("{prefix}An string set  may not be empty")));
    assert_eq!(set(Kind::Ns, &[]), Err(format!("{prefix}An number set  may not be empty")));
    assert_eq!(set(Kind::Bs, &[]), Err(format!("{prefix}Binary sets should not be empty")));
    assert_eq!(set(Kind::Ss, &["", "a"]), Ok(()));
}
