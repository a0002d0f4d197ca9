//! The protocol's part of what AWS reworded in mid-2026, as data: how constraints are told today, and how before.
//!
//! The shapes say where today's words differ from the general form; the rules here say whether that holds.

use statordb_engine::Wording;

/// One set of rules.
pub(crate) struct Rules {
    /// What is said, alone, of the name of a table that is too short or too long; its constraint where there is no text.
    pub(crate) name_length: Option<&'static str>,
    /// What is said, alone, when an operation on items names no table; a constraint like any other where there is none.
    pub(crate) name_absent: Option<&'static str>,
    /// Whether a bad name of a table keeps everything else from being told.
    pub(crate) names_stand_alone: bool,
    /// The fewest letters of the name of a table that should exist.
    pub(crate) name_min: usize,
    /// Whether an empty map has the text of its member.
    pub(crate) empty_maps_have_texts: bool,
    /// Whether the members that say so are told without their value, as the wire spells them.
    pub(crate) has_bare_members: bool,
    /// Whether only the first bad enum value is told where the operation says so.
    pub(crate) first_choice_only: bool,
}

/// Captured on AWS in 2026.
const CURRENT: Rules = Rules {
    name_length: None,
    name_absent: None,
    names_stand_alone: true,
    name_min: 1,
    empty_maps_have_texts: true,
    has_bare_members: true,
    first_choice_only: true,
};

/// Recorded on AWS until 2025.
const CLASSIC: Rules = Rules {
    name_length: Some("TableName must be at least 3 characters long and at most 255 characters long"),
    name_absent: Some("The parameter 'TableName' is required but was not present in the request"),
    names_stand_alone: false,
    name_min: 3,
    empty_maps_have_texts: false,
    has_bare_members: false,
    first_choice_only: false,
};

impl Rules {
    pub(crate) fn of(wording: Wording) -> &'static Self {
        match wording {
            Wording::Current => &CURRENT,
            Wording::Classic => &CLASSIC,
        }
    }
}
