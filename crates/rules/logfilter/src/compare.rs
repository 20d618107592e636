//! One comparison of one entry.

use std::cmp::Ordering;

use jiff::{SignedDuration, Timestamp};
use percent_encoding::percent_decode_str;
use regex::Regex;
use serde_json::Value;

use crate::Severity;
use crate::field::{Field, Kind};
use crate::token::Operator;

/// One comparison.
#[derive(Clone, Debug)]
pub(crate) enum Leaf {
    /// Some field of the entry has this in its text. In lower case.
    Anywhere(String),
    /// A field passes a test.
    Compare { field: Field, test: Test },
    /// The entry is of the log with this ID, decoded.
    LogId(String),
}

/// What a field is put to.
#[derive(Clone, Debug)]
pub(crate) enum Test {
    /// It is there.
    Exists,
    /// It is text that a regular expression finds something in, or nothing.
    Matches { regex: Regex, wanted: bool },
    /// It compares so.
    With(Operator, Operand),
}

/// What a field is compared with.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Operand {
    Bool(bool),
    Duration(SignedDuration),
    /// The whole name, decoded, and the ID of the log where it is one of a project's.
    LogName {
        name: String,
        log_id: Option<String>,
    },
    Number(f64),
    /// As text in lower case, and as what else it may be read.
    Open {
        text: String,
        number: Option<f64>,
        bool: Option<bool>,
        null: bool,
    },
    Severity(Severity),
    /// In lower case.
    Text(String),
    Time(Timestamp),
}

impl Leaf {
    pub fn matches(&self, entry: &Value) -> bool {
        match self {
            Self::Anywhere(needle) => contains(entry, needle),
            Self::Compare { field, test } => test.passes(field, entry),
            Self::LogId(id) => {
                entry["logName"].as_str().and_then(log_id).is_some_and(|encoded| decoded(encoded) == *id)
            }
        }
    }
}

impl Test {
    fn passes(&self, field: &Field, entry: &Value) -> bool {
        let found = field.path.iter().try_fold(entry, |value, part| value.get(part));
        match (self, found) {
            (Self::Exists, found) => found.is_some(),
            (Self::With(operator, Operand::Severity(severity)), found) => {
                let found = found.and_then(Value::as_str).and_then(Severity::parse).unwrap_or_default();
                ordered(*operator, found.cmp(severity))
            }
            (_, None) => false,
            (Self::Matches { regex, wanted }, Some(found)) => {
                found.as_str().is_some_and(|text| regex.is_match(text) == *wanted)
            }
            (Self::With(operator, operand), Some(found)) => operand.compares(*operator, found),
        }
    }
}

impl Operand {
    /// What a value written after a field of this kind means; `None` when it means nothing there.
    pub fn of(kind: Kind, text: &str, quoted: bool) -> Option<Self> {
        Some(match kind {
            Kind::Bool => Self::Bool(bool_of(text)?),
            Kind::Duration => Self::Duration(duration(text)?),
            Kind::LogName => {
                let name = decoded(text);
                let log_id = log_id(&name).map(str::to_owned);
                Self::LogName { name, log_id }
            }
            Kind::Number => Self::Number(number(text)?),
            Kind::Open => Self::Open {
                text: text.to_lowercase(),
                number: number(text),
                bool: bool_of(text),
                null: !quoted && text == "NULL_VALUE",
            },
            Kind::Severity => Self::Severity(Severity::parse(text)?),
            Kind::Text => Self::Text(text.to_lowercase()),
            Kind::Time => Self::Time(instant(text)?),
        })
    }

    fn compares(&self, operator: Operator, found: &Value) -> bool {
        if let Value::Array(items) = found {
            return items.iter().any(|item| self.compares(operator, item));
        }
        let order = match (self, found) {
            (Self::Bool(wanted), Value::Bool(found)) => Some(found.cmp(wanted)),
            (Self::Duration(wanted), Value::String(found)) => duration(found).map(|found| found.cmp(wanted)),
            (Self::LogName { name, .. }, Value::String(found)) => {
                let found = decoded(found);
                if operator == Operator::Has {
                    return found.to_lowercase().contains(&name.to_lowercase());
                }
                Some(found.as_str().cmp(name))
            }
            (Self::Number(wanted), found) => of_number(found).and_then(|found| found.partial_cmp(wanted)),
            (Self::Text(wanted), Value::String(found)) => return of_text(operator, found, wanted),
            (Self::Time(wanted), Value::String(found)) => {
                found.parse::<Timestamp>().ok().map(|found| found.cmp(wanted))
            }
            (Self::Open { text, number, bool, null }, found) => match found {
                Value::Array(_) => None,
                Value::Bool(found) => bool.map(|wanted| found.cmp(&wanted)),
                Value::Null => null.then_some(Ordering::Equal),
                Value::Number(found) => {
                    found.as_f64().zip(*number).and_then(|(found, wanted)| found.partial_cmp(&wanted))
                }
                Value::Object(_) => return operator == Operator::Has && contains(found, text),
                Value::String(found) => return of_text(operator, found, text),
            },
            _ => None,
        };
        order.is_some_and(|order| ordered(operator, order))
    }
}

/// What stands behind `projects/P/logs/`: an ID may hold slashes once it is decoded, and a project may be called `logs`.
fn log_id(name: &str) -> Option<&str> {
    let mut parts = name.splitn(4, '/').skip(2);
    (parts.next() == Some("logs")).then(|| parts.next()).flatten()
}

/// The ID or name of a log, without its percent-encoding.
fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

fn of_text(operator: Operator, found: &str, wanted: &str) -> bool {
    let found = found.to_lowercase();
    match operator {
        Operator::Has => found.contains(wanted),
        _ => ordered(operator, found.as_str().cmp(wanted)),
    }
}

/// Whether an order is one that the operator asks for.
fn ordered(operator: Operator, order: Ordering) -> bool {
    match operator {
        Operator::Equal | Operator::Has | Operator::Matches => order.is_eq(),
        Operator::Greater => order.is_gt(),
        Operator::GreaterOrEqual => order.is_ge(),
        Operator::Less => order.is_lt(),
        Operator::LessOrEqual => order.is_le(),
        Operator::NotEqual | Operator::NotMatches => order.is_ne(),
    }
}

/// Whether a needle, in lower case, stands in any text or number of a value. What entries are read from bounds its depth.
fn contains(value: &Value, needle: &str) -> bool {
    match value {
        Value::Array(items) => items.iter().any(|item| contains(item, needle)),
        Value::Bool(_) | Value::Null => false,
        Value::Number(number) => number.to_string().contains(needle),
        Value::Object(members) => members.values().any(|member| contains(member, needle)),
        Value::String(text) => text.to_lowercase().contains(needle),
    }
}

fn bool_of(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// 64-bit numbers are text in the JSON of protocol buffers.
fn of_number(found: &Value) -> Option<f64> {
    found.as_f64().or_else(|| found.as_str().and_then(number))
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// `1.5s`, `300ms`, `2h`: one number and its unit.
fn duration(text: &str) -> Option<SignedDuration> {
    let unit = text.find(|letter: char| letter.is_ascii_alphabetic())?;
    let (count, unit) = text.split_at(unit);
    let seconds = match unit {
        "h" => 3600.0,
        "m" => 60.0,
        "s" => 1.0,
        "ms" => 1e-3,
        "us" => 1e-6,
        "ns" => 1e-9,
        _ => return None,
    };
    SignedDuration::try_from_secs_f64(number(count)? * seconds).ok()
}

/// An instant as in RFC 3339, or the beginning of a day in UTC.
fn instant(text: &str) -> Option<Timestamp> {
    text.parse().ok().or_else(|| format!("{text}T00:00:00Z").parse().ok())
}
