//! Update expressions.
//!
//! ```text
//! update := (SET set (',' set)* | REMOVE path (',' path)* | ADD path :v (',' path :v)* | DELETE path :v (',' path :v)*)+
//! set    := path '=' sum        sum := val (('+' | '-') val)?
//! val    := path | :value | function '(' val (',' val)* ')' | '(' sum ')'
//! ```

use super::super::ast::{Operand, Operator};
use super::super::lex::{Span, TokenKind};
use super::{NO_NAME, Parser};
use crate::error::Result;

/// The four sections of an update expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Section {
    Set,
    Remove,
    Add,
    Delete,
}

impl Section {
    /// The name in messages.
    pub(in super::super) fn name(self) -> &'static str {
        match self {
            Self::Set => "SET",
            Self::Remove => "REMOVE",
            Self::Add => "ADD",
            Self::Delete => "DELETE",
        }
    }

    fn of(kind: TokenKind) -> Option<Self> {
        Some(match kind {
            TokenKind::Set => Self::Set,
            TokenKind::Remove => Self::Remove,
            TokenKind::Add => Self::Add,
            TokenKind::Delete => Self::Delete,
            _ => return None,
        })
    }
}

/// One thing to do with one path.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Action {
    pub(in super::super) section: Section,
    pub(in super::super) path: u16,
    /// Nothing for REMOVE.
    pub(in super::super) value: Option<Operand>,
}

/// The actions in the order of the text.
#[derive(Debug, Default)]
pub(in super::super) struct Updates {
    pub(in super::super) actions: Vec<Action>,
    /// The first section that stands twice.
    pub(in super::super) repeated: Option<Section>,
}

/// What is open on the right side of a SET.
#[derive(Clone, Copy)]
enum Frame {
    Group,
    /// A function, and where its operands start on the stack.
    Call {
        name: Span,
        mark: usize,
    },
    /// A sum or difference with its left side on the stack.
    Sum(Operator),
}

/// A complete value.
#[derive(Clone, Copy)]
struct Part {
    operand: Operand,
    /// Whether parentheses stand around it.
    is_grouped: bool,
    /// Whether it is a sum without parentheses, to which nothing can be added.
    is_sum: bool,
}

enum Next {
    Part(Part),
    Open,
    End(Operand),
}

impl Parser<'_> {
    /// Reads an update expression that is the whole text.
    pub(super) fn updates(&mut self) -> Result<Updates> {
        let mut updates = Updates::default();
        let mut seen: Vec<Section> = Vec::with_capacity(4);
        loop {
            let section = Section::of(self.peek()).ok_or_else(|| self.syntax_error())?;
            self.advance();
            if seen.contains(&section) {
                updates.repeated.get_or_insert(section);
            }
            seen.push(section);
            self.actions(section, &mut updates.actions)?;
            if self.peek() == TokenKind::End {
                return Ok(updates);
            }
        }
    }

    fn actions(&mut self, section: Section, actions: &mut Vec<Action>) -> Result<()> {
        loop {
            let path = self.path()?;
            let value = match section {
                Section::Remove => None,
                Section::Add | Section::Delete => Some(self.value()?),
                Section::Set => {
                    self.expect(TokenKind::Equal)?;
                    Some(SumParser { parser: self, frames: Vec::new(), operands: Vec::new() }.read()?)
                }
            };
            actions.push(Action { section, path, value });
            if self.peek() != TokenKind::Comma {
                return Ok(());
            }
            self.advance();
        }
    }
}

/// Reads the right side of one SET.
struct SumParser<'p, 't> {
    parser: &'p mut Parser<'t>,
    frames: Vec<Frame>,
    operands: Vec<Operand>,
}

impl SumParser<'_, '_> {
    fn read(mut self) -> Result<Operand> {
        loop {
            let Some(mut part) = self.start()? else { continue };
            loop {
                match self.place(part)? {
                    Next::Part(larger) => part = larger,
                    Next::Open => break,
                    Next::End(operand) => return Ok(operand),
                }
            }
        }
    }

    /// Reads a path or a value, or opens something.
    fn start(&mut self) -> Result<Option<Part>> {
        let operand = match self.parser.peek() {
            TokenKind::Open => {
                self.parser.advance();
                self.frames.push(Frame::Group);
                return Ok(None);
            }
            TokenKind::Identifier if self.parser.peek_second() == TokenKind::Open => {
                let name = self.parser.advance().span;
                self.parser.advance();
                self.frames.push(Frame::Call { name, mark: self.operands.len() });
                return Ok(None);
            }
            TokenKind::Value => self.parser.value()?,
            _ => Operand::Path(self.parser.path()?),
        };
        Ok(Some(Part { operand, is_grouped: false, is_sum: false }))
    }

    fn place(&mut self, part: Part) -> Result<Next> {
        match self.frames.last().copied() {
            Some(Frame::Call { name, mark }) => self.take_argument(part, name, mark),
            Some(Frame::Sum(operator)) => Ok(self.close_sum(part, operator)),
            frame => self.follow(frame, part),
        }
    }

    fn take_argument(&mut self, part: Part, name: Span, mark: usize) -> Result<Next> {
        self.operands.push(part.operand);
        if self.parser.peek() == TokenKind::Comma {
            self.parser.advance();
            return Ok(Next::Open);
        }
        self.parser.expect(TokenKind::Close)?;
        self.frames.pop();
        let operand = Operand::Term(self.parser.call(name, &mut self.operands, mark));
        Ok(Next::Part(Part { operand, is_grouped: false, is_sum: false }))
    }

    fn close_sum(&mut self, part: Part, operator: Operator) -> Next {
        self.operands.push(part.operand);
        self.frames.pop();
        let mark = self.operands.len().saturating_sub(2);
        let operand = Operand::Term(self.parser.term(operator, NO_NAME, &mut self.operands, mark));
        Next::Part(Part { operand, is_grouped: false, is_sum: true })
    }

    /// A value that is not inside a function: a sign may follow, or the end of what holds it.
    fn follow(&mut self, frame: Option<Frame>, part: Part) -> Result<Next> {
        let operator = match self.parser.peek() {
            TokenKind::Plus if !part.is_sum => Operator::Plus,
            TokenKind::Minus if !part.is_sum => Operator::Minus,
            _ if frame.is_none() => return self.end(part),
            _ => return self.close_group(part),
        };
        self.parser.advance();
        self.parser.findings.operators += 1;
        self.operands.push(part.operand);
        self.frames.push(Frame::Sum(operator));
        Ok(Next::Open)
    }

    fn close_group(&mut self, part: Part) -> Result<Next> {
        self.parser.expect(TokenKind::Close)?;
        self.frames.pop();
        self.parser.findings.has_redundant_parentheses |= part.is_grouped;
        Ok(Next::Part(Part { is_grouped: true, is_sum: false, ..part }))
    }

    /// Behind a whole right side stands another action, another section, or nothing.
    fn end(&mut self, part: Part) -> Result<Next> {
        let next = self.parser.peek();
        if matches!(next, TokenKind::Comma | TokenKind::End) || Section::of(next).is_some() {
            return Ok(Next::End(part.operand));
        }
        Err(self.parser.syntax_error())
    }
}
