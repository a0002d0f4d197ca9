//! BatchExecuteStatement.

use statordb_engine::limits::BATCH_STATEMENTS_MAX;
use statordb_engine::ops::batch_execute_statement::{BatchExecuteStatement, BatchStatement};

use super::execute_statement::{PARAMETERS, STATEMENT};
use super::member;
use crate::params::{Fields, Param};
use crate::shape::{ListRule, Member, Shape, Structure};

const BATCH_STATEMENT: Structure = Structure::new(
    "BatchStatementRequest",
    &[STATEMENT, PARAMETERS, member::CONSISTENT_READ, member::RETURN_ON_FAILURE],
);

pub(super) const SHAPE: Structure = Structure::new(
    "BatchExecuteStatementInput",
    &[
        Member::required(
            "Statements",
            &Shape::List(ListRule {
                element: &Shape::Structure(&BATCH_STATEMENT),
                min: 1,
                max: BATCH_STATEMENTS_MAX,
                max_is_bare: false,
            }),
        ),
        member::RETURN_CONSUMED_CAPACITY,
    ],
);

pub(super) fn request<'a>(fields: &mut Fields<'a>) -> BatchExecuteStatement<'a> {
    let one = |param: Param<'a>| param.into_structure().map(statement);
    BatchExecuteStatement {
        statements: fields.list(const { SHAPE.place("Statements") }, one).unwrap_or_default(),
        return_consumed_capacity: member::return_consumed_capacity(
            fields,
            const { SHAPE.place("ReturnConsumedCapacity") },
        ),
    }
}

fn statement(mut fields: Fields<'_>) -> BatchStatement<'_> {
    BatchStatement {
        statement: fields.text(const { BATCH_STATEMENT.place("Statement") }).unwrap_or_default(),
        parameters: fields.list(const { BATCH_STATEMENT.place("Parameters") }, Param::into_value),
        consistent_read: fields.boolean(const { BATCH_STATEMENT.place("ConsistentRead") }).unwrap_or(false),
        return_old_on_failure: fields.word(const { BATCH_STATEMENT.place("ReturnValuesOnConditionCheckFailure") })
            == Some("ALL_OLD"),
    }
}
