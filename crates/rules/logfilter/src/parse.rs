//! The grammar: `AND` or nothing joins what `OR` joins, and `NOT` binds tightest.

use regex::RegexBuilder;

use crate::compare::{Leaf, Operand, Test};
use crate::field::{Field, Kind as FieldKind};
use crate::token::{self, Kind, Operator, Token, place, shortened};
use crate::{Error, Node};

/// The filter that a text says, and how many comparisons are in it.
pub(crate) fn filter(text: &str) -> Result<(Node, usize), Error> {
    if text.len() > LONGEST {
        return Err(Error::TooLong { found: text.len(), most: LONGEST });
    }
    let mut parser =
        Parser { text, tokens: token::tokens(text)?, next: 0, depth: 0, comparisons: 0, patterns: 0 };
    if parser.tokens.is_empty() {
        return Ok((Node::All(Vec::new()), 0));
    }
    let node = parser.all(Of::Terms)?;
    match parser.peek() {
        None => Ok((node, parser.comparisons)),
        Some(_) => Err(parser.unexpected("AND, OR or the end")),
    }
}

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token<'a>>,
    next: usize,
    depth: usize,
    comparisons: usize,
    patterns: usize,
}

/// What is joined: whole terms, or the values that one field is compared with.
#[derive(Clone, Copy)]
enum Of<'f> {
    Terms,
    Values { field: &'f Field, operator: Operator },
}

/// A field or a text, as it is written.
struct Written {
    at: usize,
    parts: Vec<String>,
    text: String,
    quoted: bool,
}

impl<'a> Parser<'a> {
    fn all(&mut self, of: Of<'_>) -> Result<Node, Error> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Error::TooDeep { at: self.here(), most: DEEPEST });
        }
        let mut nodes = vec![self.any(of)?];
        loop {
            match self.peek() {
                Some(Kind::Word("AND")) => self.next += 1,
                None | Some(Kind::Close | Kind::Comma) => break,
                Some(Kind::Open | Kind::Operator(_) | Kind::Quoted(_) | Kind::Word(_)) => {}
            }
            nodes.push(self.any(of)?);
        }
        self.depth -= 1;
        Ok(only(nodes, Node::All))
    }

    fn any(&mut self, of: Of<'_>) -> Result<Node, Error> {
        let mut nodes = vec![self.negation(of)?];
        while self.peek() == Some(Kind::Word("OR")) {
            self.next += 1;
            nodes.push(self.negation(of)?);
        }
        Ok(only(nodes, Node::Any))
    }

    fn negation(&mut self, of: Of<'_>) -> Result<Node, Error> {
        let mut negated = false;
        loop {
            match self.peek() {
                Some(Kind::Word("NOT")) => self.next += 1,
                // Of what is written as one word, the minus in front is an operator.
                Some(Kind::Word(word)) if matches!(of, Of::Terms) && word.starts_with('-') => {
                    self.shave(word);
                }
                _ => break,
            }
            negated = !negated;
        }
        let node = match self.peek() {
            Some(Kind::Open) => {
                self.next += 1;
                let node = self.all(of)?;
                self.close()?;
                node
            }
            _ => match of {
                Of::Terms => self.term()?,
                Of::Values { field, operator } => self.value(field, operator)?,
            },
        };
        Ok(if negated { Node::Not(Box::new(node)) } else { node })
    }

    fn term(&mut self) -> Result<Node, Error> {
        let written = self.written("a comparison or text")?;
        let Some(token) = self.tokens.get(self.next).copied() else { return self.anywhere(written) };
        match token.kind {
            Kind::Operator(operator) => {
                self.next += 1;
                let name = || shortened(&written.text);
                let field = Field::of(&written.parts)
                    .ok_or_else(|| Error::FieldUnknown { at: written.at, name: name() })?;
                self.compared(&field, operator)
            }
            Kind::Open if !written.quoted && self.touches(token) => self.function(written),
            _ => self.anywhere(written),
        }
    }

    fn compared(&mut self, field: &Field, operator: Operator) -> Result<Node, Error> {
        if self.peek() != Some(Kind::Open) {
            return self.value(field, operator);
        }
        self.next += 1;
        let node = self.all(Of::Values { field, operator })?;
        self.close()?;
        Ok(node)
    }

    fn value(&mut self, field: &Field, operator: Operator) -> Result<Node, Error> {
        let token = self.tokens.get(self.next).copied();
        let (raw, quoted) = match token.map(|token| token.kind) {
            Some(Kind::Word("AND" | "OR" | "NOT")) | None => return Err(self.unexpected("a value")),
            Some(Kind::Word(text)) => (text, false),
            Some(Kind::Quoted(text)) => (text, true),
            Some(Kind::Close | Kind::Comma | Kind::Open | Kind::Operator(_)) => {
                return Err(self.unexpected("a value"));
            }
        };
        let at = self.here();
        self.next += 1;
        self.count(at)?;
        // `abc:def` would read as a value and then as a comparison of nothing.
        if let Some(Kind::Operator(_)) = self.peek() {
            return Err(self.unexpected("AND, OR or the end (a value that holds an operator is quoted)"));
        }
        let test = match operator {
            Operator::Matches | Operator::NotMatches => self.pattern(field, operator, raw, quoted, at)?,
            Operator::Has if raw == "*" && !quoted => Test::Exists,
            operator => {
                let text = if quoted { token::unescaped(raw) } else { raw.to_owned() };
                let operand = Operand::of(field.kind, &text, quoted);
                let operand = operand.ok_or_else(|| Error::Value {
                    at,
                    field: field.name(),
                    expected: expected(field.kind),
                    found: shortened(&text),
                })?;
                Test::With(operator, operand)
            }
        };
        Ok(Node::Leaf(Leaf::Compare { field: field.clone(), test }))
    }

    fn pattern(
        &mut self,
        field: &Field,
        operator: Operator,
        raw: &str,
        quoted: bool,
        at: usize,
    ) -> Result<Test, Error> {
        match field.kind {
            FieldKind::LogName | FieldKind::Open | FieldKind::Severity | FieldKind::Text => {}
            FieldKind::Bool | FieldKind::Duration | FieldKind::Number | FieldKind::Time => {
                return Err(Error::Incomparable { at, field: field.name(), operator: operator.symbol() });
            }
        }
        self.patterns += 1;
        if self.patterns > MOST_PATTERNS {
            return Err(Error::TooMany { at, what: "regular expressions", most: MOST_PATTERNS });
        }
        let source = if quoted { token::pattern(raw) } else { raw.to_owned() };
        let regex = RegexBuilder::new(&source)
            .size_limit(PATTERN_BYTES)
            .dfa_size_limit(PATTERN_BYTES)
            .nest_limit(DEEPEST as u32)
            .build();
        let regex = regex.map_err(|error| Error::Pattern { at, reason: one_line(&error) })?;
        Ok(Test::Matches { regex, wanted: operator == Operator::Matches })
    }

    fn function(&mut self, name: Written) -> Result<Node, Error> {
        if !name.text.eq_ignore_ascii_case("log_id") {
            return Err(Error::FunctionUnknown { at: name.at, name: shortened(&name.text) });
        }
        self.next += 1;
        let argument = self.written("the ID of a log")?;
        self.close()?;
        self.count(argument.at)?;
        let id = percent_encoding::percent_decode_str(&argument.text).decode_utf8_lossy().into_owned();
        Ok(Node::Leaf(Leaf::LogId(id)))
    }

    fn anywhere(&mut self, written: Written) -> Result<Node, Error> {
        self.count(written.at)?;
        Ok(Node::Leaf(Leaf::Anywhere(written.text.to_lowercase())))
    }

    /// Words and quotations that touch each other: `labels."a/b".c`.
    fn written(&mut self, expected: &'static str) -> Result<Written, Error> {
        let at = self.here();
        let (mut parts, mut text, mut open, mut quoted) = (Vec::new(), String::new(), true, false);
        let first = self.next;
        while let Some(token) = self.tokens.get(self.next).copied() {
            if self.next > first && !self.touches(token) {
                break;
            }
            match token.kind {
                Kind::Word("AND" | "OR" | "NOT") if self.next == first => break,
                // After a quotation only a further part may follow without a blank.
                Kind::Word(word) if self.next > first && !word.starts_with('.') => break,
                Kind::Word(word) => {
                    text.push_str(word);
                    let word = if open { word } else { word.strip_prefix('.').unwrap_or(word) };
                    open = word.ends_with('.');
                    let names = word.strip_suffix('.').unwrap_or(word);
                    parts.extend(names.split('.').map(str::to_owned));
                }
                Kind::Quoted(raw) if open => {
                    text.push_str(&token::unescaped(raw));
                    parts.push(token::unescaped(raw));
                    (open, quoted) = (false, quoted || self.next == first);
                }
                Kind::Close | Kind::Comma | Kind::Open | Kind::Operator(_) | Kind::Quoted(_) => break,
            }
            self.next += 1;
        }
        if self.next == first {
            return Err(self.unexpected(expected));
        }
        Ok(Written { at, parts, text, quoted })
    }

    fn close(&mut self) -> Result<(), Error> {
        if self.peek() != Some(Kind::Close) {
            return Err(self.unexpected("a closing parenthesis"));
        }
        self.next += 1;
        Ok(())
    }

    /// Takes the minus off the word that comes next.
    fn shave(&mut self, word: &'a str) {
        if word == "-" {
            self.next += 1;
        } else if let Some(token) = self.tokens.get_mut(self.next) {
            *token = Token { kind: Kind::Word(&word[1..]), start: token.start + 1, end: token.end };
        }
    }

    fn count(&mut self, at: usize) -> Result<(), Error> {
        self.comparisons += 1;
        if self.comparisons > MOST_COMPARISONS {
            return Err(Error::TooMany { at, what: "comparisons", most: MOST_COMPARISONS });
        }
        Ok(())
    }

    fn peek(&self) -> Option<Kind<'a>> {
        self.tokens.get(self.next).map(|token| token.kind)
    }

    /// Whether nothing stands between this token, which comes next, and the one before.
    fn touches(&self, token: Token<'_>) -> bool {
        self.next > 0 && self.tokens[self.next - 1].end == token.start
    }

    fn here(&self) -> usize {
        let byte = self.tokens.get(self.next).map_or(self.text.len(), |token| token.start);
        place(self.text, byte)
    }

    fn unexpected(&self, expected: &'static str) -> Error {
        let found = self.peek().map_or_else(|| "the end".to_owned(), Kind::named);
        Error::Expected { at: self.here(), found, expected }
    }
}

/// One node is itself, whatever would join it to others.
fn only(mut nodes: Vec<Node>, join: fn(Vec<Node>) -> Node) -> Node {
    match nodes.pop() {
        Some(node) if nodes.is_empty() => node,
        Some(node) => {
            nodes.push(node);
            join(nodes)
        }
        None => join(nodes),
    }
}

fn expected(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Bool => "true or false",
        FieldKind::Duration => "a duration, such as 1.5s",
        FieldKind::LogName | FieldKind::Open | FieldKind::Text => "text",
        FieldKind::Number => "a number",
        FieldKind::Severity => "a name, such as ERROR, or a number",
        FieldKind::Time => "an instant as in RFC 3339, such as \"2027-01-15T08:00:00Z\"",
    }
}

/// What a regular expression lacks, without the picture that the library draws of it.
fn one_line(error: &regex::Error) -> String {
    let text = error.to_string();
    text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

/// As at Google, there in characters.
const LONGEST: usize = 20_000;
const DEEPEST: usize = 32;
const MOST_COMPARISONS: usize = 1000;
const MOST_PATTERNS: usize = 8;
/// Of one regular expression, compiled.
const PATTERN_BYTES: usize = 1 << 20;
