//! What a request may look like, as data: members, their types and their constraints.
//!
//! The tables in `shapes/` are made of these; `parse.rs` follows them while it reads, `check.rs` when all is read. A shape
//! knows the names that DynamoDB's Java classes have, because its messages do.

/// The package of DynamoDB's shapes, as messages print it.
pub(crate) const PACKAGE: &str = "com.amazonaws.dynamodb.v20120810.";

/// A structure of the API.
pub(crate) struct Structure {
    /// The name of its class.
    pub(crate) name: &'static str,
    /// Its members; a request may hold others, which are ignored.
    pub(crate) members: &'static [Member],
    /// Whether only the first bad enum value is reported (UpdateItem, recorded in 2026).
    pub(crate) first_choice_only: bool,
}

/// A member of a structure.
#[derive(Clone, Copy)]
pub(crate) struct Member {
    /// The name on the wire.
    pub(crate) name: &'static str,
    /// Its type.
    pub(crate) shape: &'static Shape,
    /// What its absence means.
    pub(crate) presence: Presence,
    /// The text that takes the place of the constraint's own when the member is an empty map.
    pub(crate) empty: Option<&'static str>,
    /// Whether a violation is reported without the value and under the member's own spelling (recorded in 2026).
    pub(crate) bare: bool,
}

/// What the absence of a member means.
#[derive(Clone, Copy)]
pub(crate) enum Presence {
    /// Nothing.
    Optional,
    /// `Member must not be null`.
    Required,
    /// A text of its own, reported alone and before everything else.
    RequiredFirst(&'static str),
}

/// A type, with its constraints.
pub(crate) enum Shape {
    /// A text.
    Text(TextRule),
    /// The name or the ARN of a table that should exist. What is wrong with it is reported alone.
    Table,
    /// The name of a table to be made. What is wrong with it is reported alone.
    NewTable,
    /// One of several words, in the order in which DynamoDB prints them.
    Choice(&'static [&'static str]),
    /// One of several words; another is told, by a text of its own, when all else is well.
    Word(&'static [&'static str], &'static str),
    /// A 32-bit integer and its smallest and largest value.
    Integer(i64, i64),
    /// A 64-bit integer and its smallest and largest value.
    Long(i64, i64),
    /// A text that is a document of JSON, an object; what is wrong with it is reported when all else is well.
    Document,
    /// A moment: seconds since 1970, with a fraction. Read, it is a number of milliseconds.
    Timestamp,
    /// A truth value.
    Boolean,
    /// A map of attribute values that is one item (or a key), built while it is read.
    Item,
    /// A key of BatchGetItem: an item, and how its numbers were spelled.
    SpelledKey,
    /// One attribute value, built while it is read.
    Value,
    /// A list.
    List(ListRule),
    /// A map from texts.
    Map(MapRule),
    /// A structure.
    Structure(&'static Structure),
    /// Anything that this version does not honour, unless it asks for nothing.
    Refused(Idle),
}

/// What of a refused member asks for nothing, beside its absence.
#[derive(Clone, Copy)]
pub(crate) enum Idle {
    /// Nothing does.
    Nothing,
    /// An empty list.
    EmptyList,
}

/// Constraints of a text. Lengths are UTF-16 units, as in Java.
#[derive(Clone, Copy)]
pub(crate) struct TextRule {
    /// Shortest length.
    pub(crate) min: usize,
    /// Longest length.
    pub(crate) max: usize,
    /// Whether it must match `[a-zA-Z0-9_.-]+`.
    pub(crate) is_name: bool,
}

/// Constraints of a list.
pub(crate) struct ListRule {
    /// The type of its elements.
    pub(crate) element: &'static Shape,
    /// Fewest elements.
    pub(crate) min: usize,
    /// Most elements.
    pub(crate) max: usize,
    /// Most elements, when exceeding it is reported without the value and under the wire's spelling (recorded in 2026).
    pub(crate) max_is_bare: bool,
}

/// Constraints of a map.
pub(crate) struct MapRule {
    /// The type of its values.
    pub(crate) value: &'static Shape,
    /// Fewest entries.
    pub(crate) min: usize,
    /// Most entries.
    pub(crate) max: usize,
    /// Whether its keys are names or ARNs of tables.
    pub(crate) keys_are_tables: bool,
    /// Lengths of its values, lists that are judged as part of the map: `Map value must satisfy constraint`.
    pub(crate) value_lengths: Option<(usize, usize)>,
}

impl TextRule {
    /// Any text.
    pub(crate) const ANY: Self = Self { min: 0, max: usize::MAX, is_name: false };
    /// The name of a table or an index.
    pub(crate) const NAME: Self = Self { min: 3, max: 255, is_name: true };
}

impl Structure {
    /// A structure whose violations are all reported.
    pub(crate) const fn new(name: &'static str, members: &'static [Member]) -> Self {
        Self { name, members, first_choice_only: false }
    }

    /// The place of the member `name`, found while compiling.
    pub(crate) const fn place(&self, name: &str) -> usize {
        let mut rest = self.members;
        let mut place = 0;
        while let Some((member, tail)) = rest.split_first() {
            if same(member.name.as_bytes(), name.as_bytes()) {
                return place;
            }
            rest = tail;
            place += 1;
        }
        assert!(place < self.members.len(), "no member of this name");
        place
    }
}

/// Equality that a constant can use.
const fn same(mut one: &[u8], mut other: &[u8]) -> bool {
    while let (Some((a, one_rest)), Some((b, other_rest))) = (one.split_first(), other.split_first()) {
        if *a != *b {
            return false;
        }
        (one, other) = (one_rest, other_rest);
    }
    one.is_empty() && other.is_empty()
}

impl Member {
    /// A member that may be absent.
    pub(crate) const fn optional(name: &'static str, shape: &'static Shape) -> Self {
        Self { name, shape, presence: Presence::Optional, empty: None, bare: false }
    }

    /// A member that must not be absent.
    pub(crate) const fn required(name: &'static str, shape: &'static Shape) -> Self {
        Self { name, shape, presence: Presence::Required, empty: None, bare: false }
    }

    /// `text` instead of a constraint's own when the member is an empty map.
    pub(crate) const fn with_empty_text(self, text: &'static str) -> Self {
        Self { empty: Some(text), ..self }
    }

    /// Violations are reported without the value.
    pub(crate) const fn bare(self) -> Self {
        Self { bare: true, ..self }
    }
}
