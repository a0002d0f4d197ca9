//! ExecuteTransaction.

use statordb_engine::limits::TRANSACTION_ITEMS_MAX;
use statordb_engine::ops::execute_transaction::{ExecuteTransaction, TransactStatement};

use super::execute_statement::{PARAMETERS, STATEMENT};
use super::member;
use crate::params::{Fields, Param};
use crate::shape::{ListRule, Member, Shape, Structure, TextRule};

const PARAMETERIZED_STATEMENT: Structure =
    Structure::new("ParameterizedStatement", &[STATEMENT, PARAMETERS, member::RETURN_ON_FAILURE]);

pub(super) const SHAPE: Structure = Structure::new(
    "ExecuteTransactionInput",
    &[
        Member::required(
            "TransactStatements",
            &Shape::List(ListRule {
                element: &Shape::Structure(&PARAMETERIZED_STATEMENT),
                min: 1,
                max: TRANSACTION_ITEMS_MAX,
                max_is_bare: false,
            }),
        ),
        Member::optional("ClientRequestToken", &Shape::Text(TextRule { min: 1, max: 36, is_name: false })),
        member::RETURN_CONSUMED_CAPACITY,
    ],
);

pub(super) fn request<'a>(fields: &mut Fields<'a>) -> ExecuteTransaction<'a> {
    let one = |param: Param<'a>| param.into_structure().map(statement);
    ExecuteTransaction {
        statements: fields.list(const { SHAPE.place("TransactStatements") }, one).unwrap_or_default(),
        token: fields.text(const { SHAPE.place("ClientRequestToken") }),
        return_consumed_capacity: member::return_consumed_capacity(
            fields,
            const { SHAPE.place("ReturnConsumedCapacity") },
        ),
    }
}

fn statement(mut fields: Fields<'_>) -> TransactStatement<'_> {
    let on_failure = const { PARAMETERIZED_STATEMENT.place("ReturnValuesOnConditionCheckFailure") };
    TransactStatement {
        statement: fields.text(const { PARAMETERIZED_STATEMENT.place("Statement") }).unwrap_or_default(),
        parameters: fields.list(const { PARAMETERIZED_STATEMENT.place("Parameters") }, Param::into_value),
        return_old_on_failure: fields.word(on_failure) == Some("ALL_OLD"),
    }
}
