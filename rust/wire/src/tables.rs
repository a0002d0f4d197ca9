//! What DynamoDB can be asked, and how much of it this version takes: the tables of `shapes/` laid flat.
//!
//! For documents and tests, which compare it with other descriptions of the API. Nothing here is read while a request is
//! answered, and nothing here decides anything: a table that changes changes what this tells.

use crate::check::ARN_MAX;
use crate::operation::{Operation, Target, names};
use crate::shape::{Idle, ListRule, MapRule, Presence, Shape, Structure, TextRule};
use crate::shapes::structure_of;

/// The services, by the names that SDKs give them, and what their targets begin with.
const SERVICES: [(&str, &str); 2] =
    [("dynamodb", "DynamoDB_20120810."), ("dynamodbstreams", "DynamoDBStreams_20120810.")];

/// An operation of DynamoDB's API.
#[derive(Clone, Debug, PartialEq)]
pub struct OperationEntry {
    /// `dynamodb` or `dynamodbstreams`.
    pub service: &'static str,
    /// Its name on the wire.
    pub name: &'static str,
    /// What its requests may hold; nothing when this version does not answer it yet.
    pub members: Option<Vec<MemberEntry>>,
}

/// A place in a request: a member, or what a list or a map holds.
#[derive(Clone, Debug, PartialEq)]
pub struct MemberEntry {
    /// Where it stands: `KeySchema[].KeyType`, with `[]` for each element of a list and `{}` for each value of a map.
    pub path: String,
    /// Its type: `text`, `table`, `choice`, `integer`, `long`, `timestamp`, `boolean`, `item`, `value`, `list`, `map`,
    /// `structure`, or `refused`.
    pub kind: &'static str,
    /// Whether its absence is an error.
    pub is_required: bool,
    /// The words that a choice may be.
    pub choices: &'static [&'static str],
    /// Smallest value or shortest length, where it is more than the type's own.
    pub min: Option<i64>,
    /// Largest value or longest length, where it is less than the type's own.
    pub max: Option<i64>,
    /// What is accepted of a refused member, beside its absence and null.
    pub accepted: Accepted,
}

/// What is accepted of a refused member, because it asks for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// Nothing is.
    Nothing,
    /// An empty list.
    EmptyList,
}

/// Every operation that is known, answered or not yet, by service and name.
pub fn operations() -> Vec<OperationEntry> {
    let mut entries: Vec<_> = SERVICES
        .into_iter()
        .flat_map(|(service, prefix)| names().filter_map(move |name| operation(service, prefix, name)))
        .collect();
    entries.sort_by_key(|entry| (entry.service, entry.name));
    entries.dedup_by_key(|entry| (entry.service, entry.name));
    entries
}

/// The operation that `name` is for one of the services: what its target says, and nothing when that is unknown.
fn operation(service: &'static str, prefix: &str, name: &'static str) -> Option<OperationEntry> {
    let members = match Target::parse(&format!("{prefix}{name}")) {
        Target::Known(operation) => Some(members(operation)),
        Target::NotYet(_) => None,
        Target::Unknown => return None,
    };
    Some(OperationEntry { service, name, members })
}

fn members(operation: Operation) -> Vec<MemberEntry> {
    let mut entries = Vec::new();
    add_members(structure_of(operation), "", &mut entries);
    entries
}

fn add_members(structure: &Structure, prefix: &str, entries: &mut Vec<MemberEntry>) {
    for member in structure.members {
        let is_required = !matches!(member.presence, Presence::Optional);
        add(member.shape, &format!("{prefix}{}", member.name), is_required, None, entries);
    }
}

/// Adds a place and all places in it. `lengths` are those that the surroundings ask for.
fn add(
    shape: &'static Shape,
    path: &str,
    is_required: bool,
    lengths: Option<(usize, usize)>,
    entries: &mut Vec<MemberEntry>,
) {
    let (min, max) = lengths.map_or_else(|| bounds(shape), |(min, max)| length_bounds(min, max));
    let choices = if let Shape::Choice(words) | Shape::Word(words, _) = shape { words } else { &[][..] };
    let kind = kind(shape);
    entries.push(MemberEntry {
        path: path.to_owned(),
        kind,
        is_required,
        choices,
        min,
        max,
        accepted: accepted(shape),
    });
    match shape {
        Shape::Structure(structure) => add_members(structure, &format!("{path}."), entries),
        Shape::List(ListRule { element, .. }) => add(element, &format!("{path}[]"), false, None, entries),
        Shape::Map(MapRule { value, value_lengths, .. }) => {
            add(value, &format!("{path}{{}}"), false, *value_lengths, entries);
        }
        _ => {}
    }
}

fn kind(shape: &Shape) -> &'static str {
    match shape {
        Shape::Text(_) | Shape::Document => "text",
        Shape::Table | Shape::NewTable => "table",
        Shape::Choice(_) | Shape::Word(..) => "choice",
        Shape::Integer(..) => "integer",
        Shape::Long(..) => "long",
        Shape::Timestamp => "timestamp",
        Shape::Boolean => "boolean",
        Shape::Item | Shape::SpelledKey => "item",
        Shape::Value => "value",
        Shape::List(_) => "list",
        Shape::Map(_) => "map",
        Shape::Structure(_) => "structure",
        Shape::Refused(_) => "refused",
    }
}

/// The bounds that are narrower than those of the type.
fn bounds(shape: &Shape) -> (Option<i64>, Option<i64>) {
    match shape {
        Shape::Text(TextRule { min, max, .. })
        | Shape::List(ListRule { min, max, .. })
        | Shape::Map(MapRule { min, max, .. }) => length_bounds(*min, *max),
        Shape::Table => length_bounds(1, ARN_MAX),
        Shape::NewTable => length_bounds(TextRule::NAME.min, TextRule::NAME.max),
        Shape::Integer(min, max) => within(*min, *max, i64::from(i32::MIN), i64::from(i32::MAX)),
        Shape::Long(min, max) => within(*min, *max, i64::MIN, i64::MAX),
        _ => (None, None),
    }
}

fn length_bounds(min: usize, max: usize) -> (Option<i64>, Option<i64>) {
    let bound = |length: usize| i64::try_from(length).unwrap_or(i64::MAX);
    within(bound(min), bound(max), 0, i64::MAX)
}

fn within(min: i64, max: i64, least: i64, most: i64) -> (Option<i64>, Option<i64>) {
    ((min > least).then_some(min), (max < most).then_some(max))
}

fn accepted(shape: &Shape) -> Accepted {
    match shape {
        Shape::Refused(Idle::EmptyList) => Accepted::EmptyList,
        _ => Accepted::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::{Accepted, MemberEntry, OperationEntry, add_members, operations};
    use crate::operation::Operation;
    use crate::shape::{Idle, ListRule, MapRule, Member, Shape, Structure, TextRule};

    const NAME: Shape = Shape::Text(TextRule::NAME);
    const INNER: Structure = Structure::new(
        "Inner",
        &[Member::required("Name", &NAME), Member::optional("Later", &Shape::Refused(Idle::EmptyList))],
    );
    const INNERS: Shape =
        Shape::List(ListRule { element: &Shape::Structure(&INNER), min: 1, max: usize::MAX, max_is_bare: false });
    const BY_TABLE: Shape =
        Shape::Map(MapRule { value: &INNERS, min: 0, max: 25, keys_are_tables: true, value_lengths: Some((2, 7)) });
    const OUTER: Structure = Structure::new(
        "Outer",
        &[
            Member::optional("Requests", &BY_TABLE),
            Member::optional("Count", &Shape::Integer(1, i32::MAX as i64)),
            Member::optional("Units", &Shape::Long(i64::MIN, 9)),
            Member::optional("Mode", &Shape::Choice(&["ON", "OFF"])),
            Member::optional("Policy", &Shape::Document),
            Member::optional("Never", &Shape::Refused(Idle::Nothing)),
        ],
    );

    fn outer() -> Vec<MemberEntry> {
        let mut entries = Vec::new();
        add_members(&OUTER, "", &mut entries);
        entries
    }

    fn find(path: &str) -> MemberEntry {
        outer().into_iter().find(|entry| entry.path == path).unwrap()
    }

    #[test]
    fn places_stand_in_the_order_of_the_table_each_before_what_it_holds() {
        let paths: Vec<_> = outer().into_iter().map(|entry| entry.path).collect();
        let requests = ["Requests", "Requests{}", "Requests{}[]", "Requests{}[].Name", "Requests{}[].Later"];
        assert_eq!(paths[..5], requests);
        assert_eq!(paths[5..], ["Count", "Units", "Mode", "Policy", "Never"]);
    }

    #[test]
    fn bounds_are_told_where_they_are_narrower_than_the_type() {
        let bounds = |path: &str| (find(path).min, find(path).max);
        assert_eq!(bounds("Requests"), (None, Some(25)));
        assert_eq!(bounds("Requests{}"), (Some(2), Some(7)), "of the map's values, before the list's own");
        assert_eq!(bounds("Requests{}[].Name"), (Some(3), Some(255)));
        assert_eq!(bounds("Count"), (Some(1), None));
        assert_eq!(bounds("Units"), (None, Some(9)));
    }

    #[test]
    fn kinds_words_and_presence_are_those_of_the_table() {
        assert_eq!(find("Mode").choices, ["ON", "OFF"]);
        assert_eq!((find("Mode").kind, find("Requests{}").kind, find("Never").kind), ("choice", "list", "refused"));
        assert!(find("Requests{}[].Name").is_required && !find("Requests").is_required);
    }

    #[test]
    fn a_refused_member_tells_what_of_it_is_accepted() {
        assert_eq!(find("Requests{}[].Later").accepted, Accepted::EmptyList);
        assert_eq!(find("Never").accepted, Accepted::Nothing);
    }

    #[test]
    fn every_operation_is_there_once() {
        let entries = operations();
        let answered = |entry: &&OperationEntry| entry.members.is_some();
        assert_eq!(entries.iter().filter(answered).count(), Operation::ALL.len());
        let mut names: Vec<_> = entries.iter().map(|entry| (entry.service, entry.name)).collect();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
        assert!(names.is_sorted() && names.contains(&("dynamodbstreams", "GetRecords")));
        assert!(names.contains(&("dynamodb", "PutItem")) && !names.contains(&("dynamodbstreams", "PutItem")));
    }
}
