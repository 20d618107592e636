//! Conditions: what else must be true for a binding to grant, or for a rule to deny.
//!
//! An expression in the Common Expression Language, as Google's IAM has it: `request.time`, `resource.name`,
//! `resource.service` and `resource.type`, compared and combined; functions of instants, durations and strings. It is
//! parsed and its types are checked when it is written, once, and evaluated in a time that its size bounds.
//! docs/decisions/0008-conditions-are-read-here.md says why the language is read here.

mod check;
mod circumstances;
mod functions;
mod lint;
mod program;
mod syntax;
mod token;

use std::fmt;
use std::sync::Arc;

pub(crate) use circumstances::Circumstances;
pub use lint::{Finding, Part, Severity, Unit};
pub use program::EvaluationError;
use program::{Attribute, Expression};

/// The most characters of a title. Google publishes no limit; theirs for other titles is the same.
pub const MAX_TITLE: usize = 100;
/// The most characters of a description. Google publishes no limit; theirs for other descriptions is the same.
pub const MAX_DESCRIPTION: usize = 256;
/// The most bytes of an expression. Google publishes no limit but that of operators.
pub const MAX_EXPRESSION: usize = 4096;
/// The most `&&`, `||` and `!` in an expression (Google, "IAM quotas and limits").
pub const MAX_LOGIC_OPERATORS: usize = 12;

/// A condition, checked and ready to be evaluated.
#[derive(Clone, serde::Serialize, serde::Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct Condition {
    text: Arc<Stored>,
    /// `None` for an expression that an earlier version took and this one cannot read.
    program: Option<Arc<Expression>>,
}

/// What is kept, and shown.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
struct Stored {
    title: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    description: String,
    expression: String,
}

/// Why a condition cannot be written.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ConditionError {
    /// Longer than its limit.
    #[error("The {part} of a condition has at most {most} {unit}.")]
    TooLong {
        /// Which part.
        part: &'static str,
        /// The limit.
        most: usize,
        /// Of what.
        unit: &'static str,
    },
    /// Too many `&&`, `||` and `!`.
    #[error("A condition has at most 12 logic operators (&&, || and !); this one has {found}.")]
    TooManyOperators {
        /// How many there are.
        found: usize,
    },
    /// No title.
    #[error("A condition needs a title.")]
    Untitled,
    /// Something in the expression is not as it must be.
    #[error("The expression of the condition is not valid at line {line}, column {column}: {fault}.")]
    Unusable {
        /// The line, from 1.
        line: usize,
        /// The column in characters, from 1.
        column: usize,
        /// What is wrong.
        fault: Fault,
    },
}

/// What is wrong with an expression.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Fault {
    /// It is no expression.
    #[error("{0}")]
    Syntax(String),
    /// It nests too deeply or has too many parts.
    #[error("it is too complex here")]
    TooComplex,
    /// The types do not fit.
    #[error("{0}")]
    Type(String),
    /// There is no such attribute, function or zone.
    #[error("{0} is not known")]
    Unknown(String),
    /// Google's conditions, or the language, have it, and it is not here.
    #[error("{0} is not supported here")]
    Unsupported(String),
}

/// How a condition came out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It cannot be evaluated.
    Failed(Option<EvaluationError>),
    /// It is true.
    Met,
    /// It is false.
    Unmet,
}

impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(None) => formatter.write_str("cannot be read"),
            Self::Failed(Some(error)) => write!(formatter, "cannot be evaluated: {error}"),
            Self::Met => formatter.write_str("is met"),
            Self::Unmet => formatter.write_str("is not met"),
        }
    }
}

impl Condition {
    /// Checks a condition that somebody wants to write: its title, its limits, its grammar and its types.
    pub fn parse(title: &str, description: &str, expression: &str) -> Result<Self, ConditionError> {
        if title.trim().is_empty() {
            return Err(ConditionError::Untitled);
        }
        for (part, text, most) in [("title", title, MAX_TITLE), ("description", description, MAX_DESCRIPTION)]
        {
            if text.chars().count() > most {
                return Err(ConditionError::TooLong { part, most, unit: "characters" });
            }
        }
        let program = compile(expression)?;
        let text = Stored {
            title: title.to_owned(),
            description: description.to_owned(),
            expression: expression.to_owned(),
        };
        Ok(Self { text: Arc::new(text), program: Some(Arc::new(program)) })
    }

    /// What people call it.
    pub fn title(&self) -> &str {
        &self.text.title
    }

    /// What it is for; may be empty.
    pub fn description(&self) -> &str {
        &self.text.description
    }

    /// The expression as it was written.
    pub fn expression(&self) -> &str {
        &self.text.expression
    }

    /// Whether nothing is asked but tags: all that the condition of a deny rule may do at Google
    /// (`google.iam.v2.DenyRule.denial_condition`).
    pub fn asks_only_about_tags(&self) -> bool {
        self.program.as_ref().is_some_and(|program| program.asks_only_about_tags())
    }

    /// Evaluates it.
    pub(crate) fn evaluate(&self, circumstances: &Circumstances<'_>) -> Verdict {
        let Some(program) = &self.program else { return Verdict::Failed(None) };
        match program.holds(circumstances) {
            Ok(true) => Verdict::Met,
            Ok(false) => Verdict::Unmet,
            Err(error) => Verdict::Failed(Some(error)),
        }
    }
}

fn compile(expression: &str) -> Result<Expression, ConditionError> {
    if expression.len() > MAX_EXPRESSION {
        return Err(ConditionError::TooLong { part: "expression", most: MAX_EXPRESSION, unit: "bytes" });
    }
    let tokens = token::tokens(expression)?;
    let found = tokens.iter().filter(|token| token.is_logic_operator()).count();
    if found > MAX_LOGIC_OPERATORS {
        return Err(ConditionError::TooManyOperators { found });
    }
    check::check(expression, &syntax::parse(expression, &tokens)?)
}

impl ConditionError {
    fn at(text: &str, at: usize, fault: Fault) -> Self {
        let before = text.get(..at).unwrap_or(text);
        let line = before.rsplit('\n').next().unwrap_or(before);
        Self::Unusable { line: before.matches('\n').count() + 1, column: line.chars().count() + 1, fault }
    }
}

impl From<Stored> for Condition {
    fn from(text: Stored) -> Self {
        let program = compile(&text.expression).ok().map(Arc::new);
        Self { text: Arc::new(text), program }
    }
}

impl From<Condition> for Stored {
    fn from(condition: Condition) -> Self {
        Stored::clone(&condition.text)
    }
}

/// Two conditions that say the same in the same words are one.
impl PartialEq for Condition {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Condition {}

impl fmt::Debug for Condition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(formatter)
    }
}
