//! Constraints: `N validation errors detected: ...`, from the tables of `shapes/`.
//!
//! Runs when a request has been read whole, before anything is made of it. AWS collects violations in no particular order
//! and lists at most ten; here they stand in the order of the tables. What is wrong with a table's name is reported alone.

use std::fmt::{self, Write as _};

use serde::de::IgnoredAny;

use crate::arn;
use crate::bounds;
use crate::error::Failure;
use crate::params::{Fields, Param};
use crate::print;
use crate::shape::{ListRule, MapRule, Member, Presence, Shape, Structure, TextRule};
use crate::wording::Rules;

/// Most violations that are listed.
const VIOLATIONS_MAX: usize = 10;
/// Longest name of a table or an index.
pub(crate) const NAME_MAX: usize = 255;
/// Longest ARN in the place of a table's name.
pub(crate) const ARN_MAX: usize = 1_024;

const NOT_NULL: &str = "Member must not be null";
const PATTERN: &str = "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+";
const TABLE_KEYS: &str = "Map keys must satisfy constraint: [Member must have length less than or equal to 255, Member must \
                          have length greater than or equal to 3, Member must satisfy regular expression pattern: \
                          [a-zA-Z0-9_.-]+]";

/// Checks the parameters of `operation` against its table.
pub(crate) fn check(
    operation: &str,
    structure: &'static Structure,
    fields: &Fields<'_>,
    rules: &'static Rules,
) -> Result<(), Failure> {
    check_first(structure, fields, rules)?;
    let mut violations = Violations::new(structure.first_choice_only, rules);
    for (member, param) in structure.members.iter().zip(fields.iter()) {
        violations.member(member, param, None);
    }
    violations.finish()?;
    check_last(operation, structure, fields)
}

/// What is reported alone: the table's name, and members with a text of their own.
fn check_first(structure: &'static Structure, fields: &Fields<'_>, rules: &'static Rules) -> Result<(), Failure> {
    for (member, param) in structure.members.iter().zip(fields.iter()) {
        match (param, member.presence, member.empty) {
            (Param::Absent, Presence::RequiredFirst(text), _) => return Err(Failure::validation(text)),
            (Param::Map(entries), _, Some(text)) if entries.is_empty() && rules.empty_maps_have_texts => {
                return Err(Failure::validation(text));
            }
            _ => {}
        }
        if matches!(member.shape, Shape::Table | Shape::NewTable) {
            check_name(member, param, rules)?;
            if !rules.names_stand_alone {
                continue;
            }
            let mut violations = Violations::new(false, rules);
            if !matches!(param, Param::Absent) {
                violations.member(member, param, None);
            }
            violations.finish()?;
        }
    }
    Ok(())
}

/// Documents are objects of JSON.
fn check_document(text: &str) -> Result<(), Failure> {
    let is_object = text.trim_start().starts_with('{') && bounds::are_kept(text.as_bytes());
    if is_object && serde_json::from_str::<IgnoredAny>(text).is_ok() {
        return Ok(());
    }
    Err(Failure::validation(
        "One or more parameter values were invalid: Invalid policy document: This policy contains invalid Json",
    ))
}

/// What is told when all constraints are kept: words and members of elements that have texts of their own, documents.
/// Members that this version does not honour are refused, never ignored.
fn check_last(operation: &str, structure: &'static Structure, fields: &Fields<'_>) -> Result<(), Failure> {
    for (member, param) in structure.members.iter().zip(fields.iter()) {
        match (param, member.shape) {
            (Param::Text(text), Shape::Document) => check_document(text)?,
            (Param::Text(word), Shape::Word(words, text)) if !words.contains(&word.as_ref()) => {
                return Err(Failure::validation(*text));
            }
            (Param::List(elements), Shape::List(rule)) => check_elements(rule.element, elements)?,
            (Param::Refused, _) => {
                let text = format!("`{}` of {operation} is not supported by this version of StatorDB", member.name);
                return Err(Failure::validation(text));
            }
            _ => {}
        }
    }
    Ok(())
}

fn check_elements(element: &'static Shape, elements: &[Param<'_>]) -> Result<(), Failure> {
    let Shape::Structure(structure) = element else { return Ok(()) };
    for fields in elements.iter().filter_map(|element| match element {
        Param::Structure(fields) => Some(fields),
        _ => None,
    }) {
        for (member, param) in structure.members.iter().zip(fields.iter()) {
            if let (Param::Absent, Presence::RequiredFirst(text)) = (param, member.presence) {
                return Err(Failure::validation(text));
            }
        }
    }
    Ok(())
}

/// What is said of a table's name in a text of its own, where the words are those of before 2026.
fn check_name(member: &Member, param: &Param<'_>, rules: &Rules) -> Result<(), Failure> {
    let text = match param {
        Param::Absent => rules.name_absent.filter(|_| matches!(member.presence, Presence::Required)),
        Param::Text(name) if name.starts_with("arn:") => None,
        Param::Text(name) => rules.name_length.filter(|_| !(rules.name_min..=NAME_MAX).contains(&java_length(name))),
        _ => None,
    };
    text.map_or(Ok(()), |text| Err(Failure::validation(text)))
}

/// Where a value stands, as a chain on the stack; it becomes text only when something is wrong.
#[derive(Clone, Copy)]
struct Path<'p> {
    parent: Option<&'p Path<'p>>,
    segment: Segment<'p>,
}

#[derive(Clone, Copy)]
enum Segment<'p> {
    Member(&'static str),
    /// Counted from one.
    Element(usize),
    Key(&'p str),
}

/// A path as messages spell it: `requestItems.films.member.keys`, or with the wire's capitals.
struct Spelled<'p> {
    path: Path<'p>,
    as_on_the_wire: bool,
}

impl fmt::Display for Spelled<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.path.parent {
            write!(formatter, "{}.", Spelled { path: *parent, as_on_the_wire: self.as_on_the_wire })?;
        }
        match self.path.segment {
            Segment::Member(name) if self.as_on_the_wire => formatter.write_str(name),
            Segment::Member(name) => print::write_camel(name, formatter),
            Segment::Element(number) => write!(formatter, "{number}.member"),
            Segment::Key(key) => write!(formatter, "{key}.member"),
        }
    }
}

struct Violations {
    texts: Vec<String>,
    first_choice_only: bool,
    has_choice: bool,
    rules: &'static Rules,
}

impl Violations {
    fn new(first_choice_only: bool, rules: &'static Rules) -> Self {
        let first_choice_only = first_choice_only && rules.first_choice_only;
        Self { texts: Vec::new(), first_choice_only, has_choice: false, rules }
    }

    fn finish(self) -> Result<(), Failure> {
        let count = self.texts.len();
        if count == 0 {
            return Ok(());
        }
        let plural = if count == 1 { "" } else { "s" };
        Err(Failure::validation(format!("{count} validation error{plural} detected: {}", self.texts.join("; "))))
    }

    /// `Value 'v' at 'path' failed to satisfy constraint: text`.
    fn add(&mut self, shape: &'static Shape, param: &Param<'_>, path: Path<'_>, text: &str) {
        let value = match param {
            Param::Absent => "Value null".to_owned(),
            _ => format!("Value '{}'", print::Printed { shape, param }),
        };
        self.push(&value, &Spelled { path, as_on_the_wire: false }, text);
    }

    /// `Value at 'Path' failed to satisfy constraint: text`.
    fn add_bare(&mut self, path: &Spelled<'_>, text: &str) {
        self.push("Value", path, text);
    }

    fn push(&mut self, value: &str, path: &Spelled<'_>, text: &str) {
        if self.texts.len() < VIOLATIONS_MAX {
            self.texts.push(format!("{value} at '{path}' failed to satisfy constraint: {text}"));
        }
    }

    fn member(&mut self, member: &'static Member, param: &Param<'_>, parent: Option<&Path<'_>>) {
        let path = Path { parent, segment: Segment::Member(member.name) };
        match (param, member.presence) {
            (Param::Absent, Presence::Required) => self.add(member.shape, param, path, NOT_NULL),
            (Param::Absent, _) => {}
            (Param::Number(number), _) if member.bare && self.rules.has_bare_members => {
                self.bare_range(member.shape, *number, path)
            }
            _ => self.value(member.shape, param, path),
        }
    }

    fn value(&mut self, shape: &'static Shape, param: &Param<'_>, path: Path<'_>) {
        match (shape, param) {
            (Shape::Text(rule), Param::Text(text)) => self.text(shape, param, path, *rule, text),
            (Shape::NewTable, Param::Text(text)) => self.text(shape, param, path, TextRule::NAME, text),
            (Shape::Table, Param::Text(text)) => self.table(shape, param, path, text),
            (Shape::Choice(words), Param::Text(text)) => self.choice(shape, param, path, words, text),
            (Shape::Integer(min, max) | Shape::Long(min, max), Param::Number(number)) => {
                for text in range_texts(*min, *max, *number) {
                    self.add(shape, param, path, &text);
                }
            }
            (Shape::List(rule), Param::List(elements)) => self.list(shape, param, path, rule, elements),
            (Shape::Map(rule), Param::Map(entries)) => {
                self.map_itself(shape, param, path, rule, entries);
                for (key, value) in entries {
                    self.element(rule.value, value, Path { parent: Some(&path), segment: Segment::Key(key) });
                }
            }
            (Shape::Structure(structure), Param::Structure(fields)) => {
                for (member, param) in structure.members.iter().zip(fields.iter()) {
                    self.member(member, param, Some(&path));
                }
            }
            _ => {}
        }
    }

    fn bare_range(&mut self, shape: &'static Shape, number: i64, path: Path<'_>) {
        if let Shape::Integer(min, max) | Shape::Long(min, max) = shape {
            for text in range_texts(*min, *max, number) {
                self.add_bare(&Spelled { path, as_on_the_wire: true }, &text);
            }
        }
    }

    fn text(&mut self, shape: &'static Shape, param: &Param<'_>, path: Path<'_>, rule: TextRule, text: &str) {
        let length = java_length(text);
        if rule.is_name && length > 0 && !is_name(text) {
            self.add(shape, param, path, PATTERN);
        }
        for text in length_texts(rule.min, rule.max, length) {
            self.add(shape, param, path, &text);
        }
    }

    /// A name may be short, since an ARN may stand in its place; a short name is then just not found (captured in 2026).
    fn table(&mut self, shape: &'static Shape, param: &Param<'_>, path: Path<'_>, text: &str) {
        let is_arn = text.starts_with("arn:");
        let max = if is_arn { ARN_MAX } else { NAME_MAX };
        if is_arn && text.len() <= ARN_MAX && !arn::is_table(text) {
            self.add(shape, param, path, PATTERN);
        }
        self.text(
            shape,
            param,
            path,
            TextRule { min: if is_arn { 1 } else { self.rules.name_min }, max, is_name: !is_arn },
            text,
        );
    }

    fn choice(&mut self, shape: &'static Shape, param: &Param<'_>, path: Path<'_>, words: &[&str], text: &str) {
        if words.contains(&text) || (self.first_choice_only && self.has_choice) {
            return;
        }
        self.has_choice = true;
        let set = words.join(", ");
        self.add(shape, param, path, &format!("Member must satisfy enum value set: [{set}]"));
    }

    fn list(
        &mut self,
        shape: &'static Shape,
        param: &Param<'_>,
        path: Path<'_>,
        rule: &'static ListRule,
        elements: &[Param<'_>],
    ) {
        let count = elements.len();
        if rule.max_is_bare && self.rules.has_bare_members && count > rule.max {
            self.add_bare(&Spelled { path, as_on_the_wire: true }, &at_most(rule.max));
        } else {
            for text in length_texts(rule.min, rule.max, count) {
                self.add(shape, param, path, &text);
            }
        }
        for (index, element) in elements.iter().enumerate() {
            self.element(rule.element, element, Path { parent: Some(&path), segment: Segment::Element(index + 1) });
        }
    }

    fn element(&mut self, shape: &'static Shape, param: &Param<'_>, path: Path<'_>) {
        match param {
            Param::Absent => self.add(shape, param, path, NOT_NULL),
            _ => self.value(shape, param, path),
        }
    }

    fn map_itself(
        &mut self,
        shape: &'static Shape,
        param: &Param<'_>,
        path: Path<'_>,
        rule: &'static MapRule,
        entries: &[(std::borrow::Cow<'_, str>, Param<'_>)],
    ) {
        for text in length_texts(rule.min, rule.max, entries.len()) {
            self.add(shape, param, path, &text);
        }
        if rule.keys_are_tables && entries.iter().any(|(key, _)| !is_table(key, self.rules)) {
            self.add(shape, param, path, TABLE_KEYS);
        }
        if let (Some((min, max)), false) = (rule.value_lengths, entries.is_empty())
            && entries
                .iter()
                .any(|(_, value)| matches!(value, Param::List(list) if list.len() > max || list.len() < min))
        {
            let mut text = String::new();
            let _ = write!(text, "Map value must satisfy constraint: [{}, {}]", at_most(max), at_least(min));
            self.add(shape, param, path, &text);
        }
    }
}

fn at_least(min: usize) -> String {
    format!("Member must have length greater than or equal to {min}")
}

fn at_most(max: usize) -> String {
    format!("Member must have length less than or equal to {max}")
}

fn length_texts(min: usize, max: usize, length: usize) -> impl Iterator<Item = String> {
    let short = (length < min).then(|| at_least(min));
    let long = (length > max).then(|| at_most(max));
    short.into_iter().chain(long)
}

fn range_texts(min: i64, max: i64, number: i64) -> impl Iterator<Item = String> {
    let small = (number < min).then(|| format!("Member must have value greater than or equal to {min}"));
    let large = (number > max).then(|| format!("Member must have value less than or equal to {max}"));
    small.into_iter().chain(large)
}

/// UTF-16 units, as Java counts.
fn java_length(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.encode_utf16().count() }
}

/// Whether a text is made of the letters of names.
pub(crate) fn is_name(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
}

fn is_table(key: &str, rules: &Rules) -> bool {
    let is_long_enough = || (rules.name_min..=NAME_MAX).contains(&key.len());
    if key.starts_with("arn:") { arn::is_table(key) } else { is_long_enough() && is_name(key) }
}
