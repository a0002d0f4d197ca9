//! Text to tokens.
//!
//! Every text has tokens: a character that no expression may contain is a token of its own, which the parser then refuses
//! in the way it refuses any other. So the lexer never fails, and an error can always quote the tokens around it.

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// `[A-Za-z][A-Za-z0-9_]*` that is no keyword.
    Identifier,
    /// `#name`.
    Name,
    /// `:value`.
    Value,
    /// Digits without a leading zero.
    Number,
    And,
    Or,
    Not,
    In,
    Between,
    Set,
    Remove,
    Add,
    Delete,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Plus,
    Minus,
    Open,
    Close,
    OpenBracket,
    CloseBracket,
    Dot,
    Comma,
    /// A character that belongs to no expression.
    Illegal,
    /// The end of the text.
    End,
}

/// A part of an expression's text, in bytes. Texts have at most 65,535.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: u16,
    pub(super) end: u16,
}

impl Span {
    /// The part of `text`.
    pub(super) fn of(self, text: &str) -> &str {
        text.get(usize::from(self.start)..usize::from(self.end)).unwrap_or_default()
    }
}

/// A token and where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) span: Span,
}

/// The tokens of `text`, with an [`TokenKind::End`] behind the last one.
pub(super) fn lex(text: &str) -> Vec<Token> {
    let mut tokens = Vec::with_capacity(text.len() / 3 + 2);
    let mut at = 0;
    while let Some(rest) = text.get(at..)
        && let Some(first) = rest.chars().next()
    {
        if matches!(first, ' ' | '\t' | '\r' | '\n') {
            at += 1;
            continue;
        }
        let (kind, length) = token(rest, first);
        tokens.push(Token { kind, span: Span { start: at as u16, end: (at + length) as u16 } });
        at += length;
    }
    let end = text.len() as u16;
    tokens.push(Token { kind: TokenKind::End, span: Span { start: end, end } });
    tokens
}

/// The token at the start of `rest`, and its length in bytes.
fn token(rest: &str, first: char) -> (TokenKind, usize) {
    match first {
        'a'..='z' | 'A'..='Z' => {
            let length = word_length(rest);
            (keyword(rest.get(..length).unwrap_or_default()), length)
        }
        '#' | ':' => substitution(rest, first),
        '0' => (TokenKind::Number, 1),
        '1'..='9' => (TokenKind::Number, rest.bytes().take_while(u8::is_ascii_digit).count()),
        _ => sign(rest, first),
    }
}

fn word_length(rest: &str) -> usize {
    rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count()
}

fn substitution(rest: &str, first: char) -> (TokenKind, usize) {
    match word_length(rest.get(1..).unwrap_or_default()) {
        0 => (TokenKind::Illegal, 1),
        length if first == '#' => (TokenKind::Name, length + 1),
        length => (TokenKind::Value, length + 1),
    }
}

fn sign(rest: &str, first: char) -> (TokenKind, usize) {
    let second = rest.as_bytes().get(1);
    match (first, second) {
        ('<', Some(b'>')) => (TokenKind::NotEqual, 2),
        ('<', Some(b'=')) => (TokenKind::LessOrEqual, 2),
        ('>', Some(b'=')) => (TokenKind::GreaterOrEqual, 2),
        ('<', _) => (TokenKind::Less, 1),
        ('>', _) => (TokenKind::Greater, 1),
        ('=', _) => (TokenKind::Equal, 1),
        ('+', _) => (TokenKind::Plus, 1),
        ('-', _) => (TokenKind::Minus, 1),
        ('(', _) => (TokenKind::Open, 1),
        (')', _) => (TokenKind::Close, 1),
        ('[', _) => (TokenKind::OpenBracket, 1),
        (']', _) => (TokenKind::CloseBracket, 1),
        ('.', _) => (TokenKind::Dot, 1),
        (',', _) => (TokenKind::Comma, 1),
        _ => (TokenKind::Illegal, first.len_utf8()),
    }
}

fn keyword(word: &str) -> TokenKind {
    const KEYWORDS: [(&str, TokenKind); 9] = [
        ("AND", TokenKind::And),
        ("OR", TokenKind::Or),
        ("NOT", TokenKind::Not),
        ("IN", TokenKind::In),
        ("BETWEEN", TokenKind::Between),
        ("SET", TokenKind::Set),
        ("REMOVE", TokenKind::Remove),
        ("ADD", TokenKind::Add),
        ("DELETE", TokenKind::Delete),
    ];
    let found = KEYWORDS.iter().find(|(keyword, _)| keyword.eq_ignore_ascii_case(word));
    found.map_or(TokenKind::Identifier, |(_, kind)| *kind)
}
