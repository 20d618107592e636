//! What an expression is checked into, and evaluated from.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::Circumstances;
use super::functions::{self, Extract, Part};

/// A part of a program. Its types fit: [`super::check`] is the only place that makes one.
#[derive(Debug)]
pub(super) enum Expression {
    And(Box<[Self]>),
    Attribute(Attribute),
    Bool(bool),
    Compare(Order, Box<Self>, Box<Self>),
    Contains(Box<Self>, Box<Self>),
    EndsWith(Box<Self>, Box<Self>),
    Extract(Box<Self>, Extract),
    In(Box<Self>, Box<[Self]>),
    InWhole(Box<Self>, Part),
    Instant(Timestamp),
    Integer(i64),
    Minus(Box<Self>, Box<Self>),
    Negative(Box<Self>),
    Not(Box<Self>),
    Or(Box<[Self]>),
    Part(Box<Self>, Part, TimeZone),
    Plus(Box<Self>, Box<Self>),
    Size(Box<Self>),
    Span(SignedDuration),
    StartsWith(Box<Self>, Box<Self>),
    Tag,
    Text(Box<str>),
    ToInstant(Box<Self>),
    ToSpan(Box<Self>),
}

/// What a condition can ask about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Attribute {
    RequestTime,
    ResourceName,
    ResourceService,
    ResourceType,
}

/// How two values are compared.
#[derive(Clone, Copy, Debug)]
pub(super) enum Order {
    AtLeast,
    AtMost,
    Equal,
    Greater,
    Less,
    Unequal,
}

/// The type of a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Type {
    Bool,
    Duration,
    Int,
    String,
    Timestamp,
}

/// Why a program gave no value.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum EvaluationError {
    /// A sum or difference is outside what can be represented.
    #[error("a sum is out of range")]
    OutOfRange,
    /// The text given to `duration` is none.
    #[error("a text is not a duration")]
    NoDuration,
    /// The text given to `timestamp` is none.
    #[error("a text is not a timestamp")]
    NoTimestamp,
}

#[derive(Clone, PartialEq, PartialOrd, Debug)]
enum Value<'a> {
    Bool(bool),
    Int(i64),
    Instant(Timestamp),
    Span(SignedDuration),
    Text(Cow<'a, str>),
}

impl Expression {
    /// Whether the program gives `true`. Bounded by its size: nothing in it repeats.
    pub(super) fn holds(&self, circumstances: &Circumstances<'_>) -> Result<bool, EvaluationError> {
        match self {
            Self::And(parts) => combined(parts, circumstances, false),
            Self::Or(parts) => combined(parts, circumstances, true),
            other => Ok(other.value(circumstances)? == Value::Bool(true)),
        }
    }

    fn value<'a>(&'a self, circumstances: &'a Circumstances<'_>) -> Result<Value<'a>, EvaluationError> {
        let text = |expression: &'a Self| expression.text(circumstances);
        Ok(match self {
            Self::And(_) | Self::Or(_) => Value::Bool(self.holds(circumstances)?),
            Self::Attribute(attribute) => match attribute {
                Attribute::RequestTime => Value::Instant(circumstances.time),
                Attribute::ResourceName => Value::Text(circumstances.resource_name().into()),
                Attribute::ResourceService => Value::Text(circumstances.resource_service().into()),
                Attribute::ResourceType => Value::Text(circumstances.resource_type().into()),
            },
            Self::Bool(value) => Value::Bool(*value),
            Self::Compare(order, left, right) => {
                let (left, right) = (left.value(circumstances)?, right.value(circumstances)?);
                Value::Bool(order.fits(left.partial_cmp(&right)))
            }
            Self::Contains(whole, part) => Value::Bool(text(whole)?.contains(&*text(part)?)),
            Self::EndsWith(whole, part) => Value::Bool(text(whole)?.ends_with(&*text(part)?)),
            Self::Extract(whole, extract) => Value::Text(extract.of(&text(whole)?).to_owned().into()),
            Self::In(wanted, elements) => {
                let wanted = wanted.value(circumstances)?;
                let mut found = false;
                for element in elements {
                    found |= element.value(circumstances)? == wanted;
                }
                Value::Bool(found)
            }
            Self::InWhole(span, part) => Value::Int(part.in_whole(span.span(circumstances)?)),
            Self::Instant(instant) => Value::Instant(*instant),
            Self::Integer(value) => Value::Int(*value),
            Self::Minus(left, right) => difference(left.value(circumstances)?, right.value(circumstances)?)?,
            Self::Negative(inner) => match inner.value(circumstances)? {
                Value::Int(value) => Value::Int(value.checked_neg().ok_or(EvaluationError::OutOfRange)?),
                other => other,
            },
            Self::Not(inner) => Value::Bool(!inner.holds(circumstances)?),
            Self::Part(instant, part, zone) => match instant.value(circumstances)? {
                Value::Instant(instant) => Value::Int(part.of(&zone.to_datetime(instant))),
                other => other,
            },
            Self::Plus(left, right) => sum(left.value(circumstances)?, right.value(circumstances)?)?,
            Self::Size(inner) => Value::Int(i64::try_from(text(inner)?.chars().count()).unwrap_or(i64::MAX)),
            Self::Span(span) => Value::Span(*span),
            Self::StartsWith(whole, part) => Value::Bool(text(whole)?.starts_with(&*text(part)?)),
            Self::Tag => Value::Bool(false),
            Self::Text(text) => Value::Text(Cow::Borrowed(text)),
            Self::ToInstant(inner) => {
                let instant = functions::timestamp(&text(inner)?);
                Value::Instant(instant.ok_or(EvaluationError::NoTimestamp)?)
            }
            Self::ToSpan(inner) => {
                let span = functions::duration(&text(inner)?);
                Value::Span(span.ok_or(EvaluationError::NoDuration)?)
            }
        })
    }

    fn text<'a>(&'a self, circumstances: &'a Circumstances<'_>) -> Result<Cow<'a, str>, EvaluationError> {
        match self.value(circumstances)? {
            Value::Text(text) => Ok(text),
            _ => Ok(Cow::Borrowed("")),
        }
    }

    fn span(&self, circumstances: &Circumstances<'_>) -> Result<SignedDuration, EvaluationError> {
        match self.value(circumstances)? {
            Value::Span(span) => Ok(span),
            _ => Ok(SignedDuration::ZERO),
        }
    }

    /// Whether nothing is used but functions of tags and what combines them.
    pub(super) fn asks_only_about_tags(&self) -> bool {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().all(Self::asks_only_about_tags),
            Self::Not(inner) => inner.asks_only_about_tags(),
            other => matches!(other, Self::Tag),
        }
    }
}

/// `&&` and `||`: one part that decides is enough, even where another cannot be evaluated (CEL, "Logical Operators").
fn combined(
    parts: &[Expression],
    circumstances: &Circumstances<'_>,
    deciding: bool,
) -> Result<bool, EvaluationError> {
    let mut failed = None;
    for part in parts {
        match part.holds(circumstances) {
            Ok(value) if value == deciding => return Ok(deciding),
            Ok(_) => {}
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    failed.map_or(Ok(!deciding), Err)
}

fn sum<'a>(left: Value<'a>, right: Value<'a>) -> Result<Value<'a>, EvaluationError> {
    let sum = match (left, right) {
        (Value::Int(left), Value::Int(right)) => left.checked_add(right).map(Value::Int),
        (Value::Instant(instant), Value::Span(span)) | (Value::Span(span), Value::Instant(instant)) => {
            instant.checked_add(span).ok().map(Value::Instant)
        }
        (Value::Span(left), Value::Span(right)) => left.checked_add(right).map(Value::Span),
        // Both are parts of one source of 4 KiB, each used once: no text grows beyond that and a name.
        (Value::Text(left), Value::Text(right)) => Some(Value::Text(left + right)),
        (left, _) => Some(left),
    };
    sum.ok_or(EvaluationError::OutOfRange)
}

fn difference<'a>(left: Value<'a>, right: Value<'a>) -> Result<Value<'a>, EvaluationError> {
    let difference = match (left, right) {
        (Value::Int(left), Value::Int(right)) => left.checked_sub(right).map(Value::Int),
        (Value::Instant(left), Value::Instant(right)) => Some(Value::Span(left.duration_since(right))),
        (Value::Instant(instant), Value::Span(span)) => instant.checked_sub(span).ok().map(Value::Instant),
        (Value::Span(left), Value::Span(right)) => left.checked_sub(right).map(Value::Span),
        (left, _) => Some(left),
    };
    difference.ok_or(EvaluationError::OutOfRange)
}

impl Order {
    fn fits(self, found: Option<Ordering>) -> bool {
        match self {
            Self::AtLeast => found.is_some_and(Ordering::is_ge),
            Self::AtMost => found.is_some_and(Ordering::is_le),
            Self::Equal => found.is_some_and(Ordering::is_eq),
            Self::Greater => found.is_some_and(Ordering::is_gt),
            Self::Less => found.is_some_and(Ordering::is_lt),
            Self::Unequal => found.is_none_or(Ordering::is_ne),
        }
    }
}

impl Attribute {
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "request.time" => Some(Self::RequestTime),
            "resource.name" => Some(Self::ResourceName),
            "resource.service" => Some(Self::ResourceService),
            "resource.type" => Some(Self::ResourceType),
            _ => None,
        }
    }

    pub(super) fn kind(self) -> Type {
        match self {
            Self::RequestTime => Type::Timestamp,
            Self::ResourceName | Self::ResourceService | Self::ResourceType => Type::String,
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Bool => "a bool",
            Self::Duration => "a duration",
            Self::Int => "an integer",
            Self::String => "a string",
            Self::Timestamp => "a timestamp",
        })
    }
}
