//! Key conditions: conditions of the one shape that an index can follow.
//!
//! The shape is checked here, without a table; whether the attributes are keys of the table or index that is queried,
//! and how many there may be, is for the query.

use super::ExpressionKind;
use super::ast::{Node, Operand, Operator, Pool, Term};
use super::eval::{BoundCondition, Condition};
use super::substitutions::{Slot, Substitutions, Usage};
use crate::error::{Error, Result};
use crate::value::ValueRef;
use crate::wording::Family;

/// A parsed KeyConditionExpression.
#[derive(Debug)]
pub struct KeyCondition {
    condition: Condition,
}

/// What a key condition asks of an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyOperator {
    /// Equal to the operand.
    Equal,
    /// Less than the operand.
    Less,
    /// Less than the operand, or equal.
    LessOrEqual,
    /// Greater than the operand.
    Greater,
    /// Greater than the operand, or equal.
    GreaterOrEqual,
    /// From the first operand to the second, both included.
    Between,
    /// Starting with the operand.
    BeginsWith,
}

/// The condition on one attribute.
#[derive(Clone, Copy, Debug)]
pub struct KeyTerm<'a> {
    /// The attribute's name.
    pub attribute: &'a str,
    /// What is asked of it.
    pub operator: KeyOperator,
    /// The operand, or the lower bound of BETWEEN.
    pub operand: ValueRef<'a>,
    /// The upper bound of BETWEEN.
    pub upper: Option<ValueRef<'a>>,
}

/// A key condition with its names and values.
#[derive(Debug)]
pub struct BoundKeyCondition<'a> {
    bound: BoundCondition<'a>,
}

impl<'a> BoundKeyCondition<'a> {
    /// The conditions, at most one an attribute, in the order of the text. AWS checks their shape after everything else
    /// that the expressions of a request may have wrong (recorded).
    ///
    /// # Errors
    /// A ValidationException, without the name of the expression, for what an index cannot follow.
    pub fn terms(&self) -> Result<Vec<KeyTerm<'a>>> {
        let mut terms = Vec::with_capacity(2);
        collect(&self.bound, self.bound.condition.root(), &mut terms)?;
        Ok(terms)
    }
}

impl KeyCondition {
    /// Reads a text.
    ///
    /// # Errors
    /// Those of [`Condition::parse`].
    pub fn parse(text: &str) -> Result<Self> {
        Ok(Self { condition: Condition::parse(ExpressionKind::KeyCondition, text)? })
    }

    /// Gives the placeholders their names and values.
    ///
    /// # Errors
    /// Those of [`Condition::bind`].
    pub fn bind<'a>(&'a self, subs: &'a Substitutions<'_>, usage: &mut Usage) -> Result<BoundKeyCondition<'a>> {
        Ok(BoundKeyCondition { bound: self.condition.bind(subs, usage)? })
    }
}

fn invalid_operator(name: &str) -> Error {
    Error::validation(format!("Invalid operator used in KeyConditionExpression: {name}"))
}

fn invalid_condition(rest: &str) -> Error {
    Error::validation(format!("Invalid condition in KeyConditionExpression: {rest}"))
}

/// Walks the condition from left to right. It nests no deeper than an expression has operators.
fn collect<'a>(bound: &BoundCondition<'a>, node: u16, terms: &mut Vec<KeyTerm<'a>>) -> Result<()> {
    match bound.condition.nodes.get(usize::from(node)) {
        Some(Node::And(left, right)) => {
            collect(bound, *left, terms)?;
            collect(bound, *right, terms)
        }
        Some(Node::Or(..)) => Err(invalid_operator("OR")),
        Some(Node::Not(_)) => Err(invalid_operator("NOT")),
        Some(Node::Term(term)) => {
            let pool = &bound.condition.pool;
            let Some(term) = pool.term(*term) else { return Ok(()) };
            let term = key_term(pool, &bound.slots, term)?;
            if terms.iter().any(|other| other.attribute == term.attribute) {
                return Err(Error::validation("KeyConditionExpressions must only contain one condition per key"));
            }
            terms.push(term);
            Ok(())
        }
        None => Ok(()),
    }
}

fn key_term<'a>(pool: &'a Pool, slots: &[Slot<'a>], term: &Term) -> Result<KeyTerm<'a>> {
    let operator = key_operator(term.operator)?;
    let operands = pool.operands_of(term);
    if operands.iter().any(|operand| matches!(operand, Operand::Term(_))) {
        return Err(Error::validation("KeyConditionExpressions cannot contain nested operations"));
    }
    let attribute = key_attribute(pool, slots, term, operands)?;
    let mut values = operands.iter().filter_map(|operand| match operand {
        Operand::Value(slot) => match slots.get(usize::from(*slot)) {
            Some(Slot::Value(value)) => Some(*value),
            _ => None,
        },
        _ => None,
    });
    let is_flipped = matches!(operands.first(), Some(Operand::Value(_)));
    Ok(KeyTerm {
        attribute,
        operator: if is_flipped { flipped(operator) } else { operator },
        operand: values.next().unwrap_or(ValueRef::NULL),
        upper: values.next(),
    })
}

fn key_operator(operator: Operator) -> Result<KeyOperator> {
    Ok(match operator {
        Operator::Equal => KeyOperator::Equal,
        Operator::Less => KeyOperator::Less,
        Operator::LessOrEqual => KeyOperator::LessOrEqual,
        Operator::Greater => KeyOperator::Greater,
        Operator::GreaterOrEqual => KeyOperator::GreaterOrEqual,
        Operator::Between => KeyOperator::Between,
        Operator::BeginsWith => KeyOperator::BeginsWith,
        other => return Err(invalid_operator(other.name())),
    })
}

/// The one path among the operands; it comes first where order matters.
fn key_attribute<'a>(pool: &'a Pool, slots: &[Slot<'a>], term: &Term, operands: &[Operand]) -> Result<&'a str> {
    let mut paths = operands.iter().filter_map(|operand| match operand {
        Operand::Path(path) => Some(pool.path_ref(*path, slots)),
        _ => None,
    });
    let Some(first) = paths.next() else { return Err(invalid_condition("No key attribute specified")) };
    if matches!(term.operator, Operator::Between | Operator::BeginsWith)
        && !matches!(operands.first(), Some(Operand::Path(_)))
    {
        let name = term.operator.name();
        return Err(invalid_condition(&format!("{name} operator must have the key attribute as its first operand")));
    }
    if paths.next().is_some() {
        return Err(invalid_condition("Multiple attribute names used in one condition"));
    }
    if first.is_nested {
        return Err(Error::of_family(
            Family::NestedKeyCondition,
            "Invalid KeyConditionExpression: KeyConditionExpressions cannot have conditions on nested attributes",
        ));
    }
    Ok(first.name)
}

/// The operator with its sides exchanged.
fn flipped(operator: KeyOperator) -> KeyOperator {
    match operator {
        KeyOperator::Less => KeyOperator::Greater,
        KeyOperator::LessOrEqual => KeyOperator::GreaterOrEqual,
        KeyOperator::Greater => KeyOperator::Less,
        KeyOperator::GreaterOrEqual => KeyOperator::LessOrEqual,
        other => other,
    }
}
