//! What the text of an update weighs: UpdateItem counts it against the limit of an item, beside the item that it makes.
//!
//! Measured on AWS: in 22 Regions an UpdateItem is refused when what it writes, with a cost for each action, operand and
//! element of a path, is more than an item may have, even where the item that comes of it is smaller. In the other 10
//! Regions, and in transactions and PartiQL everywhere, only the item counts.

use super::ast::{Operand, Operator, Step};
use super::parse::{Action, Section};
use super::substitutions::Slot;
use super::update::BoundUpdate;

/// Of an update.
const BASE: usize = 3;
/// Of an action that writes a value, beside its target and the value.
const WRITE: usize = 19;
/// Of an action that clears something, beside its target.
const CLEAR: usize = 1;
/// Of each element of a target behind the attribute's name, beside the element itself.
const TARGET_ELEMENT: usize = 4;
/// Of a path that is read.
const PATH: usize = 1;
/// Of each of its elements, beside the element itself.
const PATH_ELEMENT: usize = 14;

/// Of an operator or function, beside its operands.
fn weight(operator: Operator) -> usize {
    match operator {
        Operator::Plus => 34,
        Operator::Minus | Operator::ListAppend => 37,
        Operator::IfNotExists => 39,
        // No other operator stands in an update.
        _ => 0,
    }
}

impl BoundUpdate<'_> {
    /// The same update as one of an UpdateItem: its text counts.
    #[must_use]
    pub(crate) fn weighed(self) -> Self {
        Self { is_weighed: true, ..self }
    }

    /// What counts against the size of an item beside the item itself.
    pub(crate) fn weight(&self) -> usize {
        if self.is_weighed { self.written_bytes() } else { 0 }
    }

    /// What the update weighs, in bytes.
    pub fn written_bytes(&self) -> usize {
        BASE + self.update.actions.iter().map(|action| self.action_bytes(action)).sum::<usize>()
    }

    fn action_bytes(&self, action: &Action) -> usize {
        let mut steps = self.steps(action.path);
        let name = steps.next().unwrap_or(0);
        let target = name + steps.map(|bytes| TARGET_ELEMENT + bytes).sum::<usize>();
        match (&action.section, action.value) {
            (Section::Set | Section::Add, Some(operand)) => WRITE + target + self.operand_bytes(operand),
            _ => CLEAR + target,
        }
    }

    /// Operands nest no deeper than the text of an expression allows, some 250 calls.
    fn operand_bytes(&self, operand: Operand) -> usize {
        let pool = &self.update.pool;
        match operand {
            Operand::Path(path) => PATH + self.steps(path).map(|bytes| PATH_ELEMENT + bytes).sum::<usize>(),
            Operand::Value(slot) => match self.slots.get(usize::from(slot)) {
                Some(Slot::Value(value)) => value.size(),
                _ => 0,
            },
            Operand::Term(term) => pool.term(term).map_or(0, |term| {
                let operands = pool.operands_of(term).iter().map(|operand| self.operand_bytes(*operand));
                weight(term.operator) + operands.sum::<usize>()
            }),
        }
    }

    /// The bytes of each element of a path: of its name, or of its index as digits.
    fn steps(&self, path: u16) -> impl Iterator<Item = usize> {
        self.update.pool.steps(path, &self.slots).map(|step| match step {
            Step::Name(name) => name.len(),
            Step::Index(index) => index.checked_ilog10().map_or(1, |digits| digits as usize + 1),
        })
    }
}
