//! The grammar: the part of the Common Expression Language that conditions need (CEL specification, "Syntax").

use super::token::{Kind, Token};
use super::{ConditionError, Fault};

/// A part of an expression and where it begins.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) form: Form,
    pub(super) at: usize,
}

/// What a part is.
#[derive(Debug)]
pub(super) enum Form {
    And(Vec<Node>),
    Bool(bool),
    /// `receiver.function(arguments)`, or `function(arguments)` without one.
    Call {
        receiver: Option<Box<Node>>,
        function: String,
        arguments: Vec<Node>,
    },
    Compare(&'static str, Box<Node>, Box<Node>),
    Integer(i64),
    List(Vec<Node>),
    /// `a`, or `a.b.c`.
    Name(String),
    Negative(Box<Node>),
    Not(Box<Node>),
    Or(Vec<Node>),
    Sum(&'static str, Box<Node>, Box<Node>),
    Text(String),
}

/// How deep brackets, calls and signs may nest. Deep enough for people; shallow enough for any stack.
const DEEPEST: usize = 16;
/// How many parts an expression may have: what bounds the time to check and to evaluate it.
const MOST_NODES: usize = 512;

/// Parses a whole expression.
pub(super) fn parse(text: &str, tokens: &[Token]) -> Result<Node, ConditionError> {
    let mut parser = Parser { text, tokens, next: 0, depth: 0, nodes: 0 };
    let node = parser.or()?;
    match parser.tokens.get(parser.next) {
        None => Ok(node),
        Some(token) => Err(parser.unexpected(token)),
    }
}

struct Parser<'a> {
    text: &'a str,
    tokens: &'a [Token],
    next: usize,
    depth: usize,
    nodes: usize,
}

impl Parser<'_> {
    fn or(&mut self) -> Result<Node, ConditionError> {
        let first = self.and()?;
        let at = first.at;
        let mut parts = vec![first];
        while self.take("||").is_some() {
            parts.push(self.and()?);
        }
        if let Some(at) = self.take("?") {
            return Err(self.fault(at, Fault::Unsupported("`? :`".to_owned())));
        }
        self.joined(parts, at, Form::Or)
    }

    fn and(&mut self) -> Result<Node, ConditionError> {
        let first = self.comparison()?;
        let at = first.at;
        let mut parts = vec![first];
        while self.take("&&").is_some() {
            parts.push(self.comparison()?);
        }
        self.joined(parts, at, Form::And)
    }

    fn joined(
        &mut self,
        mut parts: Vec<Node>,
        at: usize,
        form: fn(Vec<Node>) -> Form,
    ) -> Result<Node, ConditionError> {
        match parts.pop() {
            Some(only) if parts.is_empty() => Ok(only),
            last => {
                parts.extend(last);
                self.node(at, form(parts))
            }
        }
    }

    fn comparison(&mut self) -> Result<Node, ConditionError> {
        let left = self.sum()?;
        for operator in ["==", "!=", "<=", ">=", "<", ">"] {
            if self.take(operator).is_some() {
                let right = self.sum()?;
                let at = left.at;
                return self.node(at, Form::Compare(operator, Box::new(left), Box::new(right)));
            }
        }
        if self.peek_name() == Some("in") {
            self.next += 1;
            let right = self.sum()?;
            let at = left.at;
            return self.node(at, Form::Compare("in", Box::new(left), Box::new(right)));
        }
        Ok(left)
    }

    fn sum(&mut self) -> Result<Node, ConditionError> {
        let mut left = self.unary()?;
        // Each round makes the tree one deeper, so rounds count like brackets.
        let mut rounds = 0;
        while let Some((operator, at)) = ["+", "-"].iter().find_map(|sign| Some((*sign, self.take(sign)?))) {
            rounds += 1;
            if rounds > DEEPEST {
                return Err(self.fault(at, Fault::TooComplex));
            }
            let right = self.unary()?;
            let at = left.at;
            left = self.node(at, Form::Sum(operator, Box::new(left), Box::new(right)))?;
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Node, ConditionError> {
        if let Some(at) = self.take("!") {
            let inner = self.deeper(at, Self::unary)?;
            return self.node(at, Form::Not(Box::new(inner)));
        }
        if let Some(at) = self.take("-") {
            let inner = self.deeper(at, Self::unary)?;
            return self.node(at, Form::Negative(Box::new(inner)));
        }
        let mut node = self.primary()?;
        let mut links = 0;
        while let Some(at) = self.take(".") {
            links += 1;
            if links > DEEPEST {
                return Err(self.fault(at, Fault::TooComplex));
            }
            let Some(member) = self.peek_name().map(str::to_owned) else {
                return Err(self.expected("a name"));
            };
            let member_at = self.position();
            self.next += 1;
            node = if self.take("(").is_some() {
                let arguments = self.deeper(member_at, |parser| parser.list(")"))?;
                let call = Form::Call { receiver: Some(Box::new(node)), function: member, arguments };
                self.node(member_at, call)?
            } else {
                match node.form {
                    Form::Name(name) => Node { form: Form::Name(format!("{name}.{member}")), at: node.at },
                    _ => {
                        let fault = Fault::Type(format!("there is no field `{member}`"));
                        return Err(self.fault(member_at, fault));
                    }
                }
            };
        }
        if let Some(at) = self.take("[") {
            return Err(self.fault(at, Fault::Unsupported("`[…]` after a value".to_owned())));
        }
        Ok(node)
    }

    fn primary(&mut self) -> Result<Node, ConditionError> {
        let Some(token) = self.tokens.get(self.next) else {
            return Err(
                self.fault(self.text.len(), Fault::Syntax("the expression ends too early".to_owned()))
            );
        };
        self.next += 1;
        let at = token.at;
        match &token.kind {
            Kind::Integer(value) => self.node(at, Form::Integer(*value)),
            Kind::Text(text) => self.node(at, Form::Text(text.clone())),
            Kind::Name(name) if name == "true" => self.node(at, Form::Bool(true)),
            Kind::Name(name) if name == "false" => self.node(at, Form::Bool(false)),
            Kind::Name(name) if name == "null" => {
                Err(self.fault(at, Fault::Unsupported("`null`".to_owned())))
            }
            Kind::Name(name) if name == "in" => Err(self.unexpected(token)),
            Kind::Name(name) if self.take("(").is_some() => {
                let arguments = self.deeper(at, |parser| parser.list(")"))?;
                self.node(at, Form::Call { receiver: None, function: name.clone(), arguments })
            }
            Kind::Name(name) => self.node(at, Form::Name(name.clone())),
            Kind::Symbol("(") => {
                let inner = self.deeper(at, Self::or)?;
                self.take(")").ok_or_else(|| self.expected("`)`"))?;
                Ok(inner)
            }
            Kind::Symbol("[") => {
                let elements = self.deeper(at, |parser| parser.list("]"))?;
                self.node(at, Form::List(elements))
            }
            Kind::Symbol(_) => Err(self.unexpected(token)),
        }
    }

    /// What stands between the bracket that was taken and `end`, separated by commas.
    fn list(&mut self, end: &'static str) -> Result<Vec<Node>, ConditionError> {
        let mut elements = Vec::new();
        if self.take(end).is_some() {
            return Ok(elements);
        }
        loop {
            elements.push(self.or()?);
            if self.take(",").is_none() {
                let closed = self.take(end);
                closed.ok_or_else(|| self.expected(if end == ")" { "`,` or `)`" } else { "`,` or `]`" }))?;
                return Ok(elements);
            }
        }
    }

    fn deeper<T>(
        &mut self,
        at: usize,
        parse: impl FnOnce(&mut Self) -> Result<T, ConditionError>,
    ) -> Result<T, ConditionError> {
        if self.depth == DEEPEST {
            return Err(self.fault(at, Fault::TooComplex));
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    fn node(&mut self, at: usize, form: Form) -> Result<Node, ConditionError> {
        self.nodes += 1;
        if self.nodes > MOST_NODES {
            return Err(self.fault(at, Fault::TooComplex));
        }
        Ok(Node { form, at })
    }

    /// Takes the symbol if it comes next, and says where it stood.
    fn take(&mut self, symbol: &str) -> Option<usize> {
        let token = self.tokens.get(self.next)?;
        matches!(token.kind, Kind::Symbol(found) if found == symbol).then(|| {
            self.next += 1;
            token.at
        })
    }

    fn peek_name(&self) -> Option<&str> {
        match &self.tokens.get(self.next)?.kind {
            Kind::Name(name) => Some(name),
            _ => None,
        }
    }

    fn position(&self) -> usize {
        self.tokens.get(self.next).map_or(self.text.len(), |token| token.at)
    }

    fn unexpected(&self, token: &Token) -> ConditionError {
        let found = match &token.kind {
            Kind::Integer(value) => value.to_string(),
            Kind::Name(name) => name.clone(),
            Kind::Symbol(symbol) => (*symbol).to_owned(),
            Kind::Text(_) => "a string".to_owned(),
        };
        self.fault(token.at, Fault::Syntax(format!("`{found}` cannot stand here")))
    }

    fn expected(&self, what: &str) -> ConditionError {
        self.fault(self.position(), Fault::Syntax(format!("{what} is missing")))
    }

    fn fault(&self, at: usize, fault: Fault) -> ConditionError {
        ConditionError::at(self.text, at, fault)
    }
}
