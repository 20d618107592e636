//! From the grammar to a program whose types fit: what is wrong with an expression is said when it is written.

use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::functions::{self, Extract, Part};
use super::program::{Expression, Expression as Is, Order, Type};
use super::syntax::{Form, Node};
use super::{Attribute, ConditionError, Fault};

/// The program of a whole expression, which gives a bool.
pub(super) fn check(text: &str, node: &Node) -> Result<Expression, ConditionError> {
    let checker = Checker { text };
    let (program, kind) = checker.typed(node)?;
    match kind {
        Type::Bool => Ok(program),
        other => Err(checker.wrong(node, format!("a condition is a bool, and this is {other}"))),
    }
}

struct Checker<'a> {
    text: &'a str,
}

type Typed = (Expression, Type);

impl Checker<'_> {
    fn typed(&self, node: &Node) -> Result<Typed, ConditionError> {
        Ok(match &node.form {
            Form::And(parts) => (Is::And(self.all_bool("&&", parts)?), Type::Bool),
            Form::Bool(value) => (Is::Bool(*value), Type::Bool),
            Form::Call { receiver: None, function, arguments } => self.function(node, function, arguments)?,
            Form::Call { receiver: Some(receiver), function, arguments } => {
                self.method(node, receiver, function, arguments)?
            }
            Form::Compare("in", left, right) => self.membership(left, right)?,
            Form::Compare(operator, left, right) => self.comparison(node, operator, left, right)?,
            Form::Integer(value) => (Is::Integer(*value), Type::Int),
            Form::List(_) => {
                return Err(self.fault(node, Fault::Unsupported("a list, except after `in`,".to_owned())));
            }
            Form::Name(name) => self.attribute(node, name)?,
            Form::Negative(inner) => match self.typed(inner)? {
                (inner, Type::Int) => (Is::Negative(Box::new(inner)), Type::Int),
                (_, kind) => return Err(self.wrong(node, format!("`-` does not apply to {kind}"))),
            },
            Form::Not(inner) => match self.typed(inner)? {
                (inner, Type::Bool) => (Is::Not(Box::new(inner)), Type::Bool),
                (_, kind) => return Err(self.wrong(node, format!("`!` does not apply to {kind}"))),
            },
            Form::Or(parts) => (Is::Or(self.all_bool("||", parts)?), Type::Bool),
            Form::Sum(operator, left, right) => self.sum(node, operator, left, right)?,
            Form::Text(text) => (Is::Text(text.as_str().into()), Type::String),
        })
    }

    fn all_bool(&self, operator: &str, parts: &[Node]) -> Result<Box<[Expression]>, ConditionError> {
        let part = |part| match self.typed(part)? {
            (program, Type::Bool) => Ok(program),
            (_, kind) => Err(self.wrong(part, format!("`{operator}` does not apply to {kind}"))),
        };
        parts.iter().map(part).collect()
    }

    fn attribute(&self, node: &Node, name: &str) -> Result<Typed, ConditionError> {
        if let Some(attribute) = Attribute::named(name) {
            return Ok((Is::Attribute(attribute), attribute.kind()));
        }
        let elsewhere = ELSEWHERE.iter().any(|known| {
            name.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        });
        Err(self.fault(
            node,
            if elsewhere {
                Fault::Unsupported(format!("`{name}`"))
            } else {
                Fault::Unknown(format!("`{name}`"))
            },
        ))
    }

    fn comparison(
        &self,
        node: &Node,
        operator: &str,
        left: &Node,
        right: &Node,
    ) -> Result<Typed, ConditionError> {
        let ((left, kind), (right, other)) = (self.typed(left)?, self.typed(right)?);
        let order = match operator {
            "==" => Order::Equal,
            "!=" => Order::Unequal,
            "<" => Order::Less,
            "<=" => Order::AtMost,
            ">" => Order::Greater,
            _ => Order::AtLeast,
        };
        if kind != other {
            return Err(self.wrong(node, format!("`{operator}` does not compare {kind} with {other}")));
        }
        Ok((Is::Compare(order, Box::new(left), Box::new(right)), Type::Bool))
    }

    fn membership(&self, left: &Node, right: &Node) -> Result<Typed, ConditionError> {
        let (wanted, kind) = self.typed(left)?;
        let Form::List(elements) = &right.form else {
            let (_, kind) = self.typed(right)?;
            return Err(self.wrong(right, format!("`in` needs a list, and this is {kind}")));
        };
        let element = |element| match self.typed(element)? {
            (program, found) if found == kind => Ok(program),
            (_, found) => Err(self.wrong(element, format!("`in` does not compare {kind} with {found}"))),
        };
        let elements = elements.iter().map(element).collect::<Result<_, _>>()?;
        Ok((Is::In(Box::new(wanted), elements), Type::Bool))
    }

    fn sum(&self, node: &Node, operator: &str, left: &Node, right: &Node) -> Result<Typed, ConditionError> {
        let ((left, kind), (right, other)) = (self.typed(left)?, self.typed(right)?);
        let result = match (operator, kind, other) {
            (_, Type::Int, Type::Int) => Type::Int,
            ("+", Type::String, Type::String) => Type::String,
            (_, Type::Duration, Type::Duration) | ("-", Type::Timestamp, Type::Timestamp) => Type::Duration,
            (_, Type::Timestamp, Type::Duration) | ("+", Type::Duration, Type::Timestamp) => Type::Timestamp,
            _ => {
                return Err(self.wrong(node, format!("`{operator}` does not apply to {kind} and {other}")));
            }
        };
        let (left, right) = (Box::new(left), Box::new(right));
        let sum = if operator == "+" { Is::Plus(left, right) } else { Is::Minus(left, right) };
        Ok((sum, result))
    }

    /// `timestamp`, `duration`, `size`: the functions without a receiver.
    fn function(&self, node: &Node, name: &str, arguments: &[Node]) -> Result<Typed, ConditionError> {
        let unusable = |what: &str| self.wrong(node, format!("`{name}` needs {what}"));
        match (name, arguments) {
            ("timestamp", [argument]) => match self.typed(argument)? {
                (Is::Text(text), _) => {
                    let instant = functions::timestamp(&text);
                    let instant = instant
                        .ok_or_else(|| unusable("an RFC 3339 instant such as \"2030-01-01T00:00:00Z\""))?;
                    Ok((Is::Instant(instant), Type::Timestamp))
                }
                (text, Type::String) => Ok((Is::ToInstant(Box::new(text)), Type::Timestamp)),
                (same, Type::Timestamp) => Ok((same, Type::Timestamp)),
                _ => Err(unusable("a string")),
            },
            ("duration", [argument]) => match self.typed(argument)? {
                (Is::Text(text), _) => {
                    let span = functions::duration(&text);
                    let span = span.ok_or_else(|| {
                        unusable("a number of hours, minutes and seconds such as \"1h30m\"")
                    })?;
                    Ok((Is::Span(span), Type::Duration))
                }
                (text, Type::String) => Ok((Is::ToSpan(Box::new(text)), Type::Duration)),
                (same, Type::Duration) => Ok((same, Type::Duration)),
                _ => Err(unusable("a string")),
            },
            ("size", [argument]) => self.size(node, argument),
            ("timestamp" | "duration" | "size", _) => Err(unusable("one argument")),
            _ => Err(self.fault(node, Fault::Unknown(format!("the function `{name}`")))),
        }
    }

    fn size(&self, node: &Node, of: &Node) -> Result<Typed, ConditionError> {
        match self.typed(of)? {
            (text, Type::String) => Ok((Is::Size(Box::new(text)), Type::Int)),
            (_, kind) => Err(self.wrong(node, format!("`size` does not apply to {kind}"))),
        }
    }

    fn method(
        &self,
        node: &Node,
        receiver: &Node,
        name: &str,
        arguments: &[Node],
    ) -> Result<Typed, ConditionError> {
        if let Form::Name(object) = &receiver.form {
            match (object.as_str(), name) {
                ("resource", "hasTagKey" | "hasTagKeyId" | "matchTag" | "matchTagId") => {
                    return self.tag(node, name, arguments);
                }
                ("api", "getAttribute") => {
                    return Err(self.fault(node, Fault::Unsupported("`api.getAttribute`".to_owned())));
                }
                _ => {}
            }
        }
        let (object, kind) = self.typed(receiver)?;
        let object = Box::new(object);
        match (kind, name, arguments) {
            (Type::String, "size", []) => Ok((Is::Size(object), Type::Int)),
            (Type::String, "startsWith" | "endsWith" | "contains", [part]) => {
                let (part, Type::String) = self.typed(part)? else {
                    return Err(self.wrong(node, format!("`{name}` needs a string")));
                };
                let part = Box::new(part);
                let call = match name {
                    "startsWith" => Is::StartsWith(object, part),
                    "endsWith" => Is::EndsWith(object, part),
                    _ => Is::Contains(object, part),
                };
                Ok((call, Type::Bool))
            }
            (Type::String, "extract", [template]) => match &template.form {
                Form::Text(text) => {
                    let extract = Extract::parse(text);
                    let extract = extract.ok_or_else(|| {
                        self.wrong(template, "`extract` needs a template with one `{name}`".to_owned())
                    })?;
                    Ok((Is::Extract(object, extract), Type::String))
                }
                _ => Err(self.wrong(template, "`extract` needs a template in quotes".to_owned())),
            },
            (Type::String, "matches", _) => Err(self.fault(node, Fault::Unsupported("`matches`".to_owned()))),
            (Type::Timestamp, _, [] | [_]) if Part::named(name).is_some() => {
                let zone = arguments.first().map_or(Ok(TimeZone::UTC), |zone| self.zone(zone))?;
                let part = Part::named(name).ok_or_else(|| self.wrong(node, name.to_owned()))?;
                Ok((Is::Part(object, part, zone), Type::Int))
            }
            (Type::Duration, "getHours" | "getMinutes" | "getSeconds" | "getMilliseconds", []) => {
                let part = Part::named(name).ok_or_else(|| self.wrong(node, name.to_owned()))?;
                Ok((Is::InWhole(object, part), Type::Int))
            }
            _ => {
                Err(self.wrong(node, format!("{kind} has no `{name}` with {} argument(s)", arguments.len())))
            }
        }
    }

    /// No resource has tags here: such a function is checked, and says no.
    fn tag(&self, node: &Node, name: &str, arguments: &[Node]) -> Result<Typed, ConditionError> {
        let wanted = if name.starts_with("match") { 2 } else { 1 };
        let strings = arguments.iter().all(|argument| matches!(argument.form, Form::Text(_)));
        if arguments.len() != wanted || !strings {
            return Err(self.wrong(node, format!("`{name}` needs {wanted} string(s)")));
        }
        Ok((Is::Tag, Type::Bool))
    }

    /// A zone of the tz database, or an offset such as `+02:00`.
    fn zone(&self, node: &Node) -> Result<TimeZone, ConditionError> {
        let Form::Text(name) = &node.form else {
            return Err(self.wrong(node, "a time zone is named by a string in quotes".to_owned()));
        };
        let zone = functions::offset(name).or_else(|| TimeZoneDatabase::bundled().get(name).ok());
        zone.ok_or_else(|| {
            self.fault(node, Fault::Unknown(format!("the time zone `{}`", name.escape_default())))
        })
    }

    fn wrong(&self, node: &Node, what: String) -> ConditionError {
        self.fault(node, Fault::Type(what))
    }

    fn fault(&self, node: &Node, fault: Fault) -> ConditionError {
        ConditionError::at(self.text, node.at, fault)
    }
}

/// What Google's conditions can ask about, and these cannot.
const ELSEWHERE: [&str; 5] = ["api", "destination", "request.auth", "request.host", "request.path"];
