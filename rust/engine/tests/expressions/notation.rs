//! Items, names and values of the tests, written as DynamoDB's JSON.

use std::borrow::Cow;
use std::iter::Peekable;
use std::str::Chars;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use statordb_engine::value::{Builder, EncodedValue, Item, Kind, ValueError};

pub(crate) use statordb_engine::expr::{Substitutions, Usage};

#[derive(Debug, Clone)]
enum Json {
    Text(String),
    Truth(bool),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

struct Reader<'a>(Peekable<Chars<'a>>);

impl Reader<'_> {
    fn blanks(&mut self) {
        while self.0.next_if(|next| next.is_whitespace()).is_some() {}
    }

    fn take(&mut self, wanted: char) {
        self.blanks();
        assert_eq!(self.0.next(), Some(wanted));
    }

    fn has(&mut self, wanted: char) -> bool {
        self.blanks();
        self.0.next_if_eq(&wanted).is_some()
    }

    fn text(&mut self) -> String {
        self.take('"');
        let mut text = String::new();
        loop {
            match self.0.next().expect("a closing quote") {
                '"' => return text,
                '\\' => text.push(self.0.next().expect("an escaped character")),
                other => text.push(other),
            }
        }
    }

    fn json(&mut self) -> Json {
        self.blanks();
        match self.0.peek() {
            Some('"') => Json::Text(self.text()),
            Some('[') => {
                self.take('[');
                let mut elements = Vec::new();
                while !self.has(']') {
                    elements.push(self.json());
                    self.has(',');
                }
                Json::List(elements)
            }
            Some('{') => {
                self.take('{');
                let mut members = Vec::new();
                while !self.has('}') {
                    let name = self.text();
                    self.take(':');
                    members.push((name, self.json()));
                    self.has(',');
                }
                Json::Object(members)
            }
            _ => {
                let word: String = std::iter::from_fn(|| self.0.next_if(char::is_ascii_alphabetic)).collect();
                Json::Truth(word == "true")
            }
        }
    }
}

fn object(json: &str) -> Vec<(String, Json)> {
    match Reader(json.chars().peekable()).json() {
        Json::Object(members) => members,
        other => panic!("not an object: {other:?}"),
    }
}

fn build(builder: &mut Builder, value: &Json) {
    let Json::Object(members) = value else { panic!("not a value: {value:?}") };
    let Some((kind, content)) = members.first() else { return builder.fail(ValueError::Empty) };
    match (Kind::from_name(kind).expect("a type"), content) {
        (Kind::S, Json::Text(text)) => builder.string(text),
        (Kind::N, Json::Text(text)) => builder.number_text(text),
        (Kind::B, Json::Text(text)) => builder.binary(&STANDARD.decode(text).expect("base64")),
        (Kind::Bool, Json::Truth(value)) => builder.boolean(*value),
        (Kind::Null, Json::Truth(_)) => builder.null(),
        (Kind::L, Json::List(elements)) => {
            builder.begin_list();
            elements.iter().for_each(|element| build(builder, element));
            builder.end_list();
        }
        (Kind::M, Json::Object(members)) => {
            builder.begin_map();
            for (name, value) in members {
                builder.name(name);
                build(builder, value);
            }
            builder.end_map();
        }
        (kind, Json::List(elements)) => {
            builder.begin_set(kind);
            for element in elements {
                let Json::Text(text) = element else { panic!("not an element: {element:?}") };
                match kind {
                    Kind::Ns => builder.set_number_text(text),
                    Kind::Bs => builder.set_element(&STANDARD.decode(text).expect("base64")),
                    _ => builder.set_element(text.as_bytes()),
                }
            }
            builder.end_set();
        }
        other => panic!("not a value: {other:?}"),
    }
}

/// An item.
pub(crate) fn item(json: &str) -> Item {
    let mut builder = Builder::item();
    for (name, value) in object(json) {
        builder.name(&name);
        build(&mut builder, &value);
    }
    builder.finish_item().expect("a valid item")
}

fn value(json: &Json) -> Result<EncodedValue, ValueError> {
    let mut builder = Builder::value();
    build(&mut builder, json);
    builder.finish_value()
}

/// Names and values; an empty text for none.
pub(crate) fn substitutions(names: &str, values: &str) -> Substitutions<'static> {
    let name = |(key, name): (String, Json)| match name {
        Json::Text(name) => (Cow::Owned(key), Cow::Owned(name)),
        other => panic!("not a name: {other:?}"),
    };
    Substitutions {
        names: (!names.is_empty()).then(|| object(names).into_iter().map(name).collect()),
        values: (!values.is_empty())
            .then(|| object(values).into_iter().map(|(key, json)| (Cow::Owned(key), value(&json))).collect()),
    }
}
