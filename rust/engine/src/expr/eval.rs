//! Conditions and filters: true or false for an item.
//!
//! A condition is evaluated on the item's bytes; only `contains` on long binaries needs memory of its own. A comparison with
//! an attribute that is missing or of another type is false (`<>`: true); nothing is an error any more once it is bound.

use std::cmp::Ordering;

use super::ExpressionKind;
use super::ast::{Node, Operand, Operator, PathRef, Pool, Term};
use super::check::check_condition_term;
use super::compare;
use super::parse::parse_condition;
use super::substitutions::{Binder, Slot, Substitutions, Usage};
use crate::error::Result;
use crate::value::{ItemRef, Number, NumberBuffer, ValueRef};

/// A parsed ConditionExpression, FilterExpression or KeyConditionExpression.
#[derive(Debug)]
pub struct Condition {
    pub(super) pool: Pool,
    /// The last one is the root.
    pub(super) nodes: Vec<Node>,
}

impl Condition {
    /// Reads a text. `kind` is the parameter that messages name.
    ///
    /// # Errors
    /// ValidationException for a text that is empty, too long or malformed, for limits, functions out of place and
    /// reserved words.
    pub fn parse(kind: ExpressionKind, text: &str) -> Result<Self> {
        let (pool, nodes) = parse_condition(kind, text)?;
        Ok(Self { pool, nodes })
    }

    /// Gives the placeholders their names and values.
    ///
    /// # Errors
    /// ValidationException for undefined names and values and for operands that do not fit, from left to right.
    pub fn bind<'a>(&'a self, subs: &'a Substitutions<'_>, usage: &mut Usage) -> Result<BoundCondition<'a>> {
        let mut binder = Binder::new(&self.pool, subs, usage);
        for term in &self.pool.terms {
            binder.resolve_to(usize::from(term.slots_end))?;
            check_condition_term(&self.pool, binder.slots(), term)?;
        }
        Ok(BoundCondition { condition: self, slots: binder.into_slots() })
    }

    pub(super) fn root(&self) -> u16 {
        (self.nodes.len() as u16).saturating_sub(1)
    }
}

/// A condition that can be applied to items.
#[derive(Debug)]
pub struct BoundCondition<'a> {
    pub(super) condition: &'a Condition,
    pub(super) slots: Vec<Slot<'a>>,
}

impl<'a> BoundCondition<'a> {
    /// Whether the condition holds. A missing item is an item without attributes.
    pub fn matches(&self, item: ItemRef<'_>) -> bool {
        self.node(self.condition.root(), item)
    }

    /// The document paths of the condition, in the order of the text.
    pub fn paths(&self) -> impl Iterator<Item = PathRef<'_>> {
        let pool = &self.condition.pool;
        (0..pool.paths.len() as u16).map(move |path| pool.path_ref(path, &self.slots))
    }

    /// Logic nests no deeper than an expression has operators.
    fn node(&self, node: u16, item: ItemRef<'_>) -> bool {
        match self.condition.nodes.get(usize::from(node)) {
            Some(Node::And(left, right)) => self.node(*left, item) && self.node(*right, item),
            Some(Node::Or(left, right)) => self.node(*left, item) || self.node(*right, item),
            Some(Node::Not(inner)) => !self.node(*inner, item),
            Some(Node::Term(term)) => self.condition.pool.term(*term).is_some_and(|term| self.test(term, item)),
            None => false,
        }
    }

    fn test(&self, term: &Term, item: ItemRef<'_>) -> bool {
        let operands = self.condition.pool.operands_of(term);
        match (term.operator, operands) {
            (Operator::AttributeExists, [operand]) => self.exists(*operand, item),
            (Operator::AttributeNotExists, [operand]) => !self.exists(*operand, item),
            (Operator::Between, [value, low, high]) => self.between(*value, *low, *high, item),
            (Operator::In, [value, list @ ..]) => self.is_in(*value, list, item),
            (Operator::NotEqual, [one, two]) => !self.both(*one, *two, item, compare::equal),
            (operator, [one, two]) => self.both(*one, *two, item, relation(operator)),
            _ => false,
        }
    }

    /// Whether both operands have a value and `relation` holds between them.
    fn both(
        &self,
        one: Operand,
        two: Operand,
        item: ItemRef<'_>,
        relation: fn(ValueRef<'_>, ValueRef<'_>) -> bool,
    ) -> bool {
        let (mut first, mut second) = (NumberBuffer::default(), NumberBuffer::default());
        match (self.value(one, item, &mut first), self.value(two, item, &mut second)) {
            (Some(one), Some(two)) => relation(one, two),
            _ => false,
        }
    }

    fn is_in(&self, value: Operand, list: &[Operand], item: ItemRef<'_>) -> bool {
        let mut buffer = NumberBuffer::default();
        let Some(value) = self.value(value, item, &mut buffer) else { return false };
        list.iter().any(|element| {
            let mut buffer = NumberBuffer::default();
            self.value(*element, item, &mut buffer).is_some_and(|element| compare::equal(value, element))
        })
    }

    fn between(&self, value: Operand, low: Operand, high: Operand, item: ItemRef<'_>) -> bool {
        self.both(value, low, item, relation(Operator::GreaterOrEqual))
            && self.both(value, high, item, relation(Operator::LessOrEqual))
    }

    fn exists(&self, operand: Operand, item: ItemRef<'_>) -> bool {
        self.value(operand, item, &mut NumberBuffer::default()).is_some()
    }

    /// What an operand is for this item; a size is a number that was written to `buffer`.
    fn value<'v>(&'v self, operand: Operand, item: ItemRef<'v>, buffer: &'v mut NumberBuffer) -> Option<ValueRef<'v>> {
        let pool = &self.condition.pool;
        match operand {
            Operand::Path(path) => pool.follow(path, &self.slots, item),
            Operand::Value(slot) => match self.slots.get(usize::from(slot)) {
                Some(Slot::Value(value)) => Some(*value),
                _ => None,
            },
            Operand::Term(term) => {
                let [operand] = pool.operands_of(pool.term(term)?) else { return None };
                let measured = match operand {
                    // A size has no size; binding refuses it.
                    Operand::Term(_) => None,
                    operand => self.value(*operand, item, &mut NumberBuffer::default()).and_then(compare::size),
                };
                Some(buffer.write(&Number::from(measured? as u64)))
            }
        }
    }
}

/// What an operator of two operands means.
fn relation(operator: Operator) -> fn(ValueRef<'_>, ValueRef<'_>) -> bool {
    match operator {
        Operator::Equal => compare::equal,
        Operator::Less => |one, two| compare::compare(one, two).is_some_and(Ordering::is_lt),
        Operator::LessOrEqual => |one, two| compare::compare(one, two).is_some_and(Ordering::is_le),
        Operator::Greater => |one, two| compare::compare(one, two).is_some_and(Ordering::is_gt),
        Operator::GreaterOrEqual => |one, two| compare::compare(one, two).is_some_and(Ordering::is_ge),
        Operator::BeginsWith => compare::begins_with,
        Operator::Contains => compare::contains,
        Operator::AttributeType => |one, two| two.as_str() == Some(one.kind().name()),
        _ => |_, _| false,
    }
}
