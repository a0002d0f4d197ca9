//! Tokens to parts.
//!
//! Descends without recursion: what is open is kept on a stack of frames, so that a text of nothing but parentheses costs
//! memory in proportion to its 4,096 bytes and no more. The parser knows which token may follow which, and nothing of
//! what names and functions mean; that is for `check.rs`, because AWS reports a syntax error before anything else.

mod condition;
mod update;

use std::collections::HashMap;

pub(super) use update::{Action, Section, Updates};

use super::ExpressionKind;
use super::ast::{Element, Node, Operand, Operator, Pool, Term};
use super::check;
use super::lex::{Span, Token, TokenKind, lex};
use crate::error::{Error, Result};
use crate::limits::{EXPRESSION_BYTES_MAX, IN_OPERANDS_MAX, PATH_ELEMENTS_MAX, STATEMENT_PART_BYTES_MAX};

/// What exceeded a limit; reported when the whole text was found to be well formed.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// Comparisons, logic and arithmetic, without functions and parentheses.
    pub(super) operators: usize,
    /// The length of the first list of IN that is too long.
    pub(super) long_in: Option<usize>,
    /// The elements of the first path that is too long.
    pub(super) long_path: Option<usize>,
    /// The first index that is too large.
    pub(super) large_index: Option<Span>,
    /// Parentheses around parentheses.
    pub(super) has_redundant_parentheses: bool,
}

/// Reads one text.
pub(super) struct Parser<'t> {
    text: &'t str,
    tokens: Vec<Token>,
    at: usize,
    pool: Pool,
    slots: HashMap<&'t str, u16>,
    findings: Findings,
}

/// Parses a condition, filter or key condition.
pub(super) fn parse_condition(kind: ExpressionKind, text: &str) -> Result<(Pool, Vec<Node>)> {
    let mut parser = Parser::new(kind, text)?;
    let nodes = parser.condition()?;
    check::check_limits(&parser.pool, &parser.findings)?;
    check::check_condition(&parser.pool, &parser.findings)?;
    Ok((parser.pool, nodes))
}

/// Parses an update expression.
pub(super) fn parse_update(kind: ExpressionKind, text: &str) -> Result<(Pool, Vec<Action>)> {
    let mut parser = Parser::new(kind, text)?;
    let updates = parser.updates()?;
    check::check_limits(&parser.pool, &parser.findings)?;
    check::check_update(&parser.pool, &parser.findings, &updates)?;
    Ok((parser.pool, updates.actions))
}

/// Parses a projection: its paths are those of the pool.
pub(super) fn parse_projection(kind: ExpressionKind, text: &str) -> Result<Pool> {
    let mut parser = Parser::new(kind, text)?;
    loop {
        parser.path()?;
        match parser.peek() {
            TokenKind::Comma => parser.advance(),
            TokenKind::End => break,
            _ => return Err(parser.syntax_error()),
        };
    }
    check::check_limits(&parser.pool, &parser.findings)?;
    check::check_reserved(&parser.pool)?;
    Ok(parser.pool)
}

impl<'t> Parser<'t> {
    fn new(kind: ExpressionKind, text: &'t str) -> Result<Self> {
        if text.is_empty() {
            return Err(kind.error("The expression can not be empty;"));
        }
        let bytes_max = if kind == ExpressionKind::Statement { STATEMENT_PART_BYTES_MAX } else { EXPRESSION_BYTES_MAX };
        if text.len() > bytes_max {
            let size = text.len();
            return Err(kind.error(format_args!(
                "Expression size has exceeded the maximum allowed size; expression size: {size}"
            )));
        }
        let pool = Pool::new(kind, text);
        Ok(Self { text, tokens: lex(text), at: 0, pool, slots: HashMap::new(), findings: Findings::default() })
    }

    fn token(&self, at: usize) -> Token {
        let end = Span { start: self.text.len() as u16, end: self.text.len() as u16 };
        self.tokens.get(at).copied().unwrap_or(Token { kind: TokenKind::End, span: end })
    }

    fn peek(&self) -> TokenKind {
        self.token(self.at).kind
    }

    fn peek_second(&self) -> TokenKind {
        self.token(self.at + 1).kind
    }

    /// Takes the next token; the end of the text stays.
    fn advance(&mut self) -> Token {
        let token = self.token(self.at);
        self.at = (self.at + 1).min(self.tokens.len());
        token
    }

    fn expect(&mut self, kind: TokenKind) -> Result<Token> {
        if self.peek() == kind { Ok(self.advance()) } else { Err(self.syntax_error()) }
    }

    /// The next token should not be there. The text near it is that from the token before it, or from the start, to the
    /// token behind it.
    fn syntax_error(&self) -> Error {
        let token = self.token(self.at);
        let start = self.at.checked_sub(1).map_or(0, |before| self.token(before).span.start);
        let near = Span { start, end: self.token(self.at + 1).span.end }.of(self.text);
        let text = if token.kind == TokenKind::End { "<EOF>" } else { token.span.of(self.text) };
        self.pool.kind.error(format_args!("Syntax error; token: \"{text}\", near: \"{near}\""))
    }

    /// The slot of a placeholder.
    fn slot(&mut self, token: Token) -> u16 {
        let next = self.pool.slots.len() as u16;
        let slot = *self.slots.entry(token.span.of(self.text)).or_insert(next);
        if slot == next {
            self.pool.slots.push(token.span);
        }
        slot
    }

    /// Reads a document path.
    fn path(&mut self) -> Result<u16> {
        let first = self.pool.elements.len();
        self.name_element()?;
        loop {
            match self.peek() {
                TokenKind::Dot => {
                    self.advance();
                    self.name_element()?;
                }
                TokenKind::OpenBracket => self.index_element()?,
                _ => break,
            }
        }
        let end = self.pool.elements.len();
        if end - first > PATH_ELEMENTS_MAX {
            self.findings.long_path.get_or_insert(end - first);
        }
        self.pool.paths.push((first as u16, end as u16));
        Ok(self.pool.paths.len() as u16 - 1)
    }

    fn name_element(&mut self) -> Result<()> {
        let element = match self.peek() {
            TokenKind::Identifier => Element::Name(self.advance().span),
            TokenKind::Name => {
                let token = self.advance();
                Element::Placeholder(self.slot(token))
            }
            _ => return Err(self.syntax_error()),
        };
        self.pool.elements.push(element);
        Ok(())
    }

    fn index_element(&mut self) -> Result<()> {
        self.expect(TokenKind::OpenBracket)?;
        let token = self.expect(TokenKind::Number)?;
        self.expect(TokenKind::CloseBracket)?;
        let index = token.span.of(self.text).parse::<i32>().ok().and_then(|index| u32::try_from(index).ok());
        if index.is_none() {
            self.findings.large_index.get_or_insert(token.span);
        }
        self.pool.elements.push(Element::Index(index.unwrap_or(u32::MAX)));
        Ok(())
    }

    /// Reads a `:value`.
    fn value(&mut self) -> Result<Operand> {
        let token = self.expect(TokenKind::Value)?;
        Ok(Operand::Value(self.slot(token)))
    }

    /// Completes a term: its operands are those of `stack` from `mark` on.
    fn term(&mut self, operator: Operator, name: Span, stack: &mut Vec<Operand>, mark: usize) -> u16 {
        let first = self.pool.operands.len() as u16;
        self.pool.operands.extend(stack.drain(mark.min(stack.len())..));
        let end = self.pool.operands.len() as u16;
        if operator == Operator::In && usize::from(end - first) > IN_OPERANDS_MAX + 1 {
            self.findings.long_in.get_or_insert(usize::from(end - first) - 1);
        }
        let slots_end = self.pool.slots.len() as u16;
        self.pool.terms.push(Term { operator, name, operands: (first, end), slots_end, is_condition: false });
        self.pool.terms.len() as u16 - 1
    }

    /// Completes the call of a function.
    fn call(&mut self, name: Span, stack: &mut Vec<Operand>, mark: usize) -> u16 {
        self.term(Operator::function(name.of(self.text)), name, stack, mark)
    }
}

/// Where an operator other than a function has no name in the text.
const NO_NAME: Span = Span { start: 0, end: 0 };
