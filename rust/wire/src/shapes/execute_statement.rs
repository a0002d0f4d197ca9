//! ExecuteStatement.

use statordb_engine::limits::{NEXT_TOKEN_CHARS_MAX, STATEMENT_CHARS_MAX};
use statordb_engine::ops::execute_statement::ExecuteStatement;

use super::member;
use crate::params::{Fields, Param};
use crate::shape::{ListRule, Member, Shape, Structure, TextRule};

/// `Statement` of every operation of PartiQL.
pub(super) const STATEMENT: Member =
    Member::required("Statement", &Shape::Text(TextRule { min: 1, max: STATEMENT_CHARS_MAX, is_name: false }));

/// `Parameters` of every operation of PartiQL.
pub(super) const PARAMETERS: Member = Member::optional(
    "Parameters",
    &Shape::List(ListRule { element: &Shape::Value, min: 1, max: usize::MAX, max_is_bare: false }),
);

pub(super) const SHAPE: Structure = Structure::new(
    "ExecuteStatementInput",
    &[
        STATEMENT,
        PARAMETERS,
        member::CONSISTENT_READ,
        Member::optional("NextToken", &Shape::Text(TextRule { min: 1, max: NEXT_TOKEN_CHARS_MAX, is_name: false })),
        member::RETURN_CONSUMED_CAPACITY,
        member::LIMIT,
        member::RETURN_ON_FAILURE,
    ],
);

pub(super) fn request<'a>(fields: &mut Fields<'a>) -> ExecuteStatement<'a> {
    ExecuteStatement {
        statement: fields.text(const { SHAPE.place("Statement") }).unwrap_or_default(),
        parameters: fields.list(const { SHAPE.place("Parameters") }, Param::into_value),
        consistent_read: fields.boolean(const { SHAPE.place("ConsistentRead") }).unwrap_or(false),
        next_token: fields.text(const { SHAPE.place("NextToken") }),
        return_consumed_capacity: member::return_consumed_capacity(
            fields,
            const { SHAPE.place("ReturnConsumedCapacity") },
        ),
        limit: fields.number(const { SHAPE.place("Limit") }),
        return_old_on_failure: fields.word(const { SHAPE.place("ReturnValuesOnConditionCheckFailure") })
            == Some("ALL_OLD"),
    }
}
