//! Expressions: conditions, filters, key conditions, projections and updates, as text with placeholders.
//!
//! A text is parsed once and kept ([`ExpressionCache`]); what was parsed knows no names and no values. Binding it to the
//! names and values of one request ([`Substitutions`]) gives what can be applied to items. Items are read as bytes; nothing
//! is decoded but what an update computes with.
//!
//! ```text
//! text --lex--> tokens --parse--> pool of parts --check--> Condition, Update, Projection, KeyCondition
//!      --bind(names, values)--> BoundCondition (eval), BoundUpdate, BoundProjection, BoundKeyCondition
//! ```
//!
//! Texts and messages are AWS's. Errors of the families that PutItem and UpdateItem report in an envelope are made with
//! [`Error::request`], the others with [`Error::validation`].

mod ast;
mod cache;
mod check;
pub mod compare;
mod eval;
mod key_condition;
mod lex;
mod parse;
mod paths;
mod project;
pub mod reserved;
mod substitutions;
mod update;
mod written;

use std::fmt;

pub use ast::PathRef;
pub use cache::ExpressionCache;
pub(crate) use cache::Texts;
pub(crate) use check::refused_bounds;
pub use eval::{BoundCondition, Condition};
pub use key_condition::{BoundKeyCondition, KeyCondition, KeyOperator, KeyTerm};
pub use project::{BoundProjection, Columns, Projection};
pub use substitutions::{NameEntry, Substitutions, Usage, ValueEntry};
pub use update::{BoundUpdate, Update};

use crate::error::Error;

/// Which expression of a request a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExpressionKind {
    /// What an UpdateItem does.
    Update,
    /// When a write is done.
    Condition,
    /// Where a Query reads.
    KeyCondition,
    /// Which items a read returns.
    Filter,
    /// Which attributes a read returns.
    Projection,
    /// A part of a statement of PartiQL: what is wrong with it is told without the name of a parameter.
    Statement,
}

impl ExpressionKind {
    /// The parameter's name in requests and messages.
    pub fn parameter(self) -> &'static str {
        match self {
            Self::Update => "UpdateExpression",
            Self::Condition => "ConditionExpression",
            Self::KeyCondition => "KeyConditionExpression",
            Self::Filter => "FilterExpression",
            Self::Projection => "ProjectionExpression",
            Self::Statement => "Statement",
        }
    }

    /// An error of the families with an envelope.
    fn error(self, rest: impl fmt::Display) -> Error {
        if self == Self::Statement {
            return Error::validation(rest.to_string());
        }
        Error::request(format!("Invalid {}: {rest}", self.parameter()))
    }

    /// An error of the families without one.
    fn bare_error(self, rest: impl fmt::Display) -> Error {
        if self == Self::Statement {
            return Error::validation(rest.to_string());
        }
        Error::validation(format!("Invalid {}: {rest}", self.parameter()))
    }
}
