//! What a parsed expression is made of.
//!
//! Everything lies in flat vectors of a [`Pool`] and refers to other parts by number, in the order in which the parts are
//! complete: an operand stands before what uses it. So nothing here is recursive, however deep a text is nested, and
//! checks are loops. The text itself is kept; names and placeholders are parts of it.

use super::ExpressionKind;
use super::lex::Span;
use super::substitutions::Slot;
use crate::value::{ItemRef, ValueRef};

/// One element of a document path, as written.
#[derive(Clone, Copy, Debug)]
pub(super) enum Element {
    /// A bare name.
    Name(Span),
    /// `#name`, by its slot.
    Placeholder(u16),
    /// `[index]`.
    Index(u32),
}

/// One element of a document path, with its placeholder resolved. Indexes sort before names: paths that conflict are
/// neighbours in the sorted order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step<'a> {
    /// `[index]`.
    Index(u32),
    /// An attribute's name.
    Name(&'a str),
}

/// What an operator or function is applied to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operand {
    /// A document path, by number.
    Path(u16),
    /// `:value`, by its slot.
    Value(u16),
    /// The result of an operator or function, by number.
    Term(u16),
}

/// Operators and functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Between,
    In,
    AttributeExists,
    AttributeNotExists,
    AttributeType,
    BeginsWith,
    Contains,
    Size,
    IfNotExists,
    ListAppend,
    Plus,
    Minus,
    /// A function that does not exist.
    Unknown,
}

impl Operator {
    /// The name in messages.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "<>",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Between => "BETWEEN",
            Self::In => "IN",
            Self::AttributeExists => "attribute_exists",
            Self::AttributeNotExists => "attribute_not_exists",
            Self::AttributeType => "attribute_type",
            Self::BeginsWith => "begins_with",
            Self::Contains => "contains",
            Self::Size => "size",
            Self::IfNotExists => "if_not_exists",
            Self::ListAppend => "list_append",
            Self::Plus => "+",
            Self::Minus => "-",
            Self::Unknown => "",
        }
    }

    /// The function of that name. Names of functions are case-sensitive.
    pub(super) fn function(name: &str) -> Self {
        const FUNCTIONS: [Operator; 8] = [
            Operator::AttributeExists,
            Operator::AttributeNotExists,
            Operator::AttributeType,
            Operator::BeginsWith,
            Operator::Contains,
            Operator::Size,
            Operator::IfNotExists,
            Operator::ListAppend,
        ];
        FUNCTIONS.into_iter().find(|function| function.name() == name).unwrap_or(Self::Unknown)
    }

    /// Functions that are true or false.
    pub(super) fn is_predicate(self) -> bool {
        matches!(
            self,
            Self::AttributeExists | Self::AttributeNotExists | Self::AttributeType | Self::BeginsWith | Self::Contains
        )
    }

    /// Functions of update expressions alone.
    pub(super) fn is_update_function(self) -> bool {
        matches!(self, Self::IfNotExists | Self::ListAppend)
    }
}

/// An operator or function with its operands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Term {
    pub(super) operator: Operator,
    /// A function's name as written.
    pub(super) name: Span,
    /// The first of its operands, and the one behind the last.
    pub(super) operands: (u16, u16),
    /// How many of the text's placeholders were seen when the term was complete.
    pub(super) slots_end: u16,
    /// Whether the term stands as a condition, not as an operand.
    pub(super) is_condition: bool,
}

/// A condition: terms joined by logic.
#[derive(Clone, Copy, Debug)]
pub(super) enum Node {
    Term(u16),
    Not(u16),
    And(u16, u16),
    Or(u16, u16),
}

/// The parts of one expression.
#[derive(Debug)]
pub(super) struct Pool {
    pub(super) kind: ExpressionKind,
    pub(super) source: Box<str>,
    pub(super) elements: Vec<Element>,
    /// The first element of each path, and the one behind its last.
    pub(super) paths: Vec<(u16, u16)>,
    /// Each placeholder once, in the order of their first use.
    pub(super) slots: Vec<Span>,
    pub(super) operands: Vec<Operand>,
    pub(super) terms: Vec<Term>,
}

impl Pool {
    pub(super) fn new(kind: ExpressionKind, text: &str) -> Self {
        Self {
            kind,
            source: text.into(),
            elements: Vec::new(),
            paths: Vec::new(),
            slots: Vec::new(),
            operands: Vec::new(),
            terms: Vec::new(),
        }
    }

    /// The text of a part.
    pub(super) fn text(&self, span: Span) -> &str {
        span.of(&self.source)
    }

    pub(super) fn term(&self, term: u16) -> Option<&Term> {
        self.terms.get(usize::from(term))
    }

    pub(super) fn operands_of(&self, term: &Term) -> &[Operand] {
        self.operands.get(range(term.operands)).unwrap_or_default()
    }

    pub(super) fn elements_of(&self, path: u16) -> &[Element] {
        let range = self.paths.get(usize::from(path)).copied().map(range).unwrap_or_default();
        self.elements.get(range).unwrap_or_default()
    }

    fn step<'a>(&'a self, element: Element, slots: &[Slot<'a>]) -> Step<'a> {
        match element {
            Element::Name(span) => Step::Name(self.text(span)),
            Element::Placeholder(slot) => Step::Name(name_of(slots, slot)),
            Element::Index(index) => Step::Index(index),
        }
    }

    /// The steps of a path.
    pub(super) fn steps<'a, 's>(
        &'a self,
        path: u16,
        slots: &'s [Slot<'a>],
    ) -> impl Iterator<Item = Step<'a>> + use<'a, 's> {
        self.elements_of(path).iter().map(|element| self.step(*element, slots))
    }

    /// What a path leads to in an item.
    pub(super) fn follow<'i>(&self, path: u16, slots: &[Slot<'_>], item: ItemRef<'i>) -> Option<ValueRef<'i>> {
        let mut elements = self.elements_of(path).iter();
        let mut value = match self.step(*elements.next()?, slots) {
            Step::Name(name) => item.get(name)?,
            Step::Index(_) => return None,
        };
        for element in elements {
            value = match self.step(*element, slots) {
                Step::Name(name) => value.member(name)?,
                Step::Index(index) => value.element(index as usize)?,
            };
        }
        Some(value)
    }

    /// A path as messages print it: `[a, [1], b]`.
    pub(super) fn print(&self, path: u16, slots: &[Slot<'_>]) -> String {
        let steps = self.steps(path, slots).map(|step| match step {
            Step::Name(name) => name.to_owned(),
            Step::Index(index) => format!("[{index}]"),
        });
        format!("[{}]", steps.collect::<Vec<_>>().join(", "))
    }

    pub(super) fn path_ref<'a>(&'a self, path: u16, slots: &[Slot<'a>]) -> PathRef<'a> {
        let elements = self.elements_of(path);
        let name = match elements.first().map(|element| self.step(*element, slots)) {
            Some(Step::Name(name)) => name,
            _ => "",
        };
        PathRef { name, is_nested: elements.len() > 1 }
    }
}

fn range((first, end): (u16, u16)) -> std::ops::Range<usize> {
    usize::from(first)..usize::from(end)
}

fn name_of<'a>(slots: &[Slot<'a>], slot: u16) -> &'a str {
    match slots.get(usize::from(slot)) {
        Some(Slot::Name(name)) => name,
        _ => "",
    }
}

/// A document path of a bound expression, as far as its surroundings need to know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PathRef<'a> {
    /// The attribute of the item that it starts with.
    pub name: &'a str,
    /// Whether it goes on into that attribute.
    pub is_nested: bool,
}
