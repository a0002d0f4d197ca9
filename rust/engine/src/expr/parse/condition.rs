//! Conditions, filters and key conditions.
//!
//! ```text
//! condition := or        or := and (OR and)*        and := not (AND not)*        not := NOT not | test
//! test      := operand cmp operand | operand BETWEEN operand AND operand | operand IN '(' operand (',' operand)* ')'
//!            | function | '(' condition ')'
//! operand   := path | :value | function | '(' operand ')'
//! ```
//! Whether a parenthesis holds a condition or an operand is known only when it closes, and whether a function is a
//! condition or an operand only from what follows it; a [`Part`] says what is known so far.

use super::super::ast::{Node, Operand, Operator};
use super::super::lex::{Span, TokenKind};
use super::{NO_NAME, Parser};
use crate::error::Result;

/// What is open.
#[derive(Clone, Copy)]
enum Frame {
    /// A parenthesis, and whether a condition may stand in it.
    Group {
        takes_condition: bool,
    },
    /// A function, and where its operands start on the stack.
    Call {
        name: Span,
        mark: usize,
    },
    Not,
    And(u16),
    Or(u16),
    /// A comparison with its left side on the stack.
    Compare(Operator),
    /// BETWEEN before its AND.
    BetweenLow,
    /// BETWEEN behind its AND.
    BetweenHigh,
    /// The list of IN, with the left side on the stack at the mark.
    In {
        mark: usize,
    },
}

impl Frame {
    fn takes_condition(self) -> bool {
        matches!(self, Self::Group { takes_condition: true } | Self::Not | Self::And(_) | Self::Or(_))
    }
}

#[derive(Clone, Copy)]
enum Item {
    /// A path or a value.
    Operand(Operand),
    /// A function: an operand or a condition.
    Call(u16),
    Condition(u16),
}

/// Something complete.
#[derive(Clone, Copy)]
struct Part {
    item: Item,
    /// Whether parentheses stand around it.
    is_grouped: bool,
}

impl Part {
    fn new(item: Item) -> Self {
        Self { item, is_grouped: false }
    }
}

enum Next {
    /// The part was taken into this larger one.
    Part(Part),
    /// The part was taken; another operand or condition must follow.
    Open,
    /// The whole text is this condition.
    End,
}

struct ConditionParser<'p, 't> {
    parser: &'p mut Parser<'t>,
    frames: Vec<Frame>,
    operands: Vec<Operand>,
    nodes: Vec<Node>,
}

impl Parser<'_> {
    /// Reads a condition that is the whole text; its last node is the root.
    pub(super) fn condition(&mut self) -> Result<Vec<Node>> {
        let mut parser = ConditionParser { parser: self, frames: Vec::new(), operands: Vec::new(), nodes: Vec::new() };
        while !parser.read()? {}
        Ok(parser.nodes)
    }
}

fn comparison(kind: TokenKind) -> Option<Operator> {
    Some(match kind {
        TokenKind::Equal => Operator::Equal,
        TokenKind::NotEqual => Operator::NotEqual,
        TokenKind::Less => Operator::Less,
        TokenKind::LessOrEqual => Operator::LessOrEqual,
        TokenKind::Greater => Operator::Greater,
        TokenKind::GreaterOrEqual => Operator::GreaterOrEqual,
        _ => return None,
    })
}

impl ConditionParser<'_, '_> {
    /// Reads up to the next place where an operand or a condition may start; true at the end of the text.
    fn read(&mut self) -> Result<bool> {
        let Some(mut part) = self.start()? else { return Ok(false) };
        loop {
            match self.place(part)? {
                Next::Part(larger) => part = larger,
                Next::Open => return Ok(false),
                Next::End => return Ok(true),
            }
        }
    }

    fn takes_condition(&self) -> bool {
        self.frames.last().is_none_or(|frame| frame.takes_condition())
    }

    /// Reads a path or a value, or opens something.
    fn start(&mut self) -> Result<Option<Part>> {
        let item = match self.parser.peek() {
            TokenKind::Not if self.takes_condition() => return self.open(Frame::Not),
            TokenKind::Open => {
                let takes_condition = self.takes_condition();
                return self.open(Frame::Group { takes_condition });
            }
            TokenKind::Identifier if self.parser.peek_second() == TokenKind::Open => {
                let name = self.parser.advance().span;
                let mark = self.operands.len();
                return self.open(Frame::Call { name, mark });
            }
            TokenKind::Value => self.parser.value()?,
            _ => Operand::Path(self.parser.path()?),
        };
        Ok(Some(Part::new(Item::Operand(item))))
    }

    /// Takes the token that opens `frame`.
    fn open(&mut self, frame: Frame) -> Result<Option<Part>> {
        self.parser.advance();
        self.parser.findings.operators += usize::from(matches!(frame, Frame::Not));
        self.frames.push(frame);
        Ok(None)
    }

    fn place(&mut self, part: Part) -> Result<Next> {
        match (self.frames.last().copied(), part.item) {
            (Some(frame), Item::Operand(operand)) if !frame.takes_condition() => {
                self.take_operand(frame, part, operand)
            }
            (Some(frame), Item::Call(term)) if !frame.takes_condition() => {
                self.take_operand(frame, part, Operand::Term(term))
            }
            (_, Item::Condition(node)) => self.place_condition(part, node),
            (_, Item::Operand(operand)) => self.place_operand(part, operand),
            (_, Item::Call(term)) => self.place_operand(part, Operand::Term(term)),
        }
    }

    /// Gives an operand to what is open and takes operands alone.
    fn take_operand(&mut self, frame: Frame, part: Part, operand: Operand) -> Result<Next> {
        if matches!(frame, Frame::Group { .. }) {
            return self.close_group(part);
        }
        self.operands.push(operand);
        let (operator, mark) = match (frame, self.parser.peek()) {
            (Frame::Compare(operator), _) => (operator, self.operands.len().saturating_sub(2)),
            (Frame::BetweenHigh, _) => (Operator::Between, self.operands.len().saturating_sub(3)),
            (Frame::BetweenLow, TokenKind::And) => return Ok(self.change(Frame::BetweenHigh)),
            (Frame::In { .. } | Frame::Call { .. }, TokenKind::Comma) => return Ok(self.change(frame)),
            (Frame::In { mark }, TokenKind::Close) => {
                self.parser.advance();
                (Operator::In, mark)
            }
            (Frame::Call { name, mark }, TokenKind::Close) => return Ok(self.close_call(name, mark)),
            _ => return Err(self.parser.syntax_error()),
        };
        self.frames.pop();
        let term = self.parser.term(operator, NO_NAME, &mut self.operands, mark);
        Ok(self.condition_of(term, false))
    }

    /// Takes a token after which the innermost open thing goes on as `frame`.
    fn change(&mut self, frame: Frame) -> Next {
        self.parser.advance();
        self.frames.pop();
        self.frames.push(frame);
        Next::Open
    }

    fn close_call(&mut self, name: Span, mark: usize) -> Next {
        self.parser.advance();
        self.frames.pop();
        Next::Part(Part::new(Item::Call(self.parser.call(name, &mut self.operands, mark))))
    }

    fn close_group(&mut self, part: Part) -> Result<Next> {
        self.parser.expect(TokenKind::Close)?;
        self.frames.pop();
        self.parser.findings.has_redundant_parentheses |= part.is_grouped;
        Ok(Next::Part(Part { is_grouped: true, ..part }))
    }

    fn condition_of(&mut self, term: u16, is_grouped: bool) -> Next {
        if let Some(term) = self.parser.pool.terms.get_mut(usize::from(term)) {
            term.is_condition = true;
        }
        let item = Item::Condition(self.node(Node::Term(term)));
        Next::Part(Part { item, is_grouped })
    }

    fn node(&mut self, node: Node) -> u16 {
        self.nodes.push(node);
        self.nodes.len() as u16 - 1
    }

    /// An operand where a condition may stand: it starts a comparison, or is a function that is a condition.
    fn place_operand(&mut self, part: Part, operand: Operand) -> Result<Next> {
        let next = self.parser.peek();
        if let Some(operator) = comparison(next) {
            return Ok(self.open_test(operand, Frame::Compare(operator)));
        }
        match (next, operand, self.frames.last()) {
            (TokenKind::Between, ..) => Ok(self.open_test(operand, Frame::BetweenLow)),
            (TokenKind::In, ..) => {
                let mark = self.operands.len();
                let opened = self.open_test(operand, Frame::In { mark });
                self.parser.expect(TokenKind::Open)?;
                Ok(opened)
            }
            (TokenKind::Close, _, Some(Frame::Group { .. })) => self.close_group(part),
            (_, Operand::Term(term), _) => Ok(self.condition_of(term, part.is_grouped)),
            _ => Err(self.parser.syntax_error()),
        }
    }

    /// Takes the operator of a test whose left side is `operand`.
    fn open_test(&mut self, operand: Operand, frame: Frame) -> Next {
        self.parser.advance();
        self.parser.findings.operators += 1;
        self.operands.push(operand);
        self.frames.push(frame);
        Next::Open
    }

    /// A condition: joins it with what is open to its left, unless what follows binds tighter.
    fn place_condition(&mut self, part: Part, node: u16) -> Result<Next> {
        let next = self.parser.peek();
        let joined = match self.frames.last().copied() {
            Some(Frame::Not) => Node::Not(node),
            Some(Frame::And(left)) => Node::And(left, node),
            Some(Frame::Or(left)) if next != TokenKind::And => Node::Or(left, node),
            frame => return self.follow_condition(frame, part, node),
        };
        self.frames.pop();
        Ok(Next::Part(Part::new(Item::Condition(self.node(joined)))))
    }

    fn follow_condition(&mut self, frame: Option<Frame>, part: Part, node: u16) -> Result<Next> {
        let frame = match (self.parser.peek(), frame) {
            (TokenKind::And, _) => Frame::And(node),
            (TokenKind::Or, _) => Frame::Or(node),
            (TokenKind::End, None) => return Ok(Next::End),
            (TokenKind::Close, Some(_)) => return self.close_group(part),
            _ => return Err(self.parser.syntax_error()),
        };
        self.parser.advance();
        self.parser.findings.operators += 1;
        self.frames.push(frame);
        Ok(Next::Open)
    }
}
