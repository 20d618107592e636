//! What is wrong, or likely not meant, with a condition that somebody is about to write (Google, "Linting policies").

use jiff::Timestamp;

use super::program::{Attribute, Expression, Order};
use super::{Condition, ConditionError};

/// One finding.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// Which look at the condition found it.
    pub unit: Unit,
    /// What it is about.
    pub part: Part,
    /// Where in the part, in characters from 0.
    pub offset: usize,
    /// For people.
    pub message: String,
}

/// How bad a finding is; worst first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Severity {
    /// The condition cannot be written.
    Error,
    /// It can be written, and will likely not do what is meant.
    Warning,
    /// Something was not looked at.
    Notice,
}

/// A look at a condition from one side. The first is named as Google's is seen to be; the others are our own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unit {
    /// Whether the expression can be read and its types fit.
    Compile,
    /// Whether it stays within the limits.
    Complexity,
    /// Whether instants that it compares the time of a request with are past already.
    DateTime,
    /// Whether it says something at all.
    Effectiveness,
    /// Whether title and description can be kept.
    Text,
}

/// A part of a condition.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// The description.
    Description,
    /// The expression.
    Expression,
    /// The title.
    Title,
}

impl Condition {
    /// Looks at a condition from every side, as of `now`; what was found, worst first. No error is found exactly where
    /// [`Condition::parse`] takes the condition.
    pub fn lint(title: &str, description: &str, expression: &str, now: Timestamp) -> Vec<Finding> {
        let mut findings = Vec::new();
        // Title, description and expression are looked at apart, so that a missing title hides nothing.
        if let Err(error) = Self::parse(title, description, "true") {
            findings.push(of_error(&error, description, expression));
        }
        match Self::parse("linted", "", expression) {
            Ok(condition) => findings.extend(condition.suspicions(now)),
            Err(error) => {
                let finding = of_error(&error, "", expression);
                if finding.unit == Unit::Compile {
                    findings.extend([Unit::DateTime, Unit::Effectiveness].map(skipped));
                }
                findings.push(finding);
            }
        }
        findings.sort_by_key(|finding| finding.severity);
        findings
    }

    fn suspicions(&self, now: Timestamp) -> Vec<Finding> {
        let Some(program) = &self.program else { return Vec::new() };
        let warning = |unit, message: String| Finding {
            severity: Severity::Warning,
            unit,
            part: Part::Expression,
            offset: 0,
            message,
        };
        let mut findings = Vec::new();
        match &**program {
            Expression::Bool(value) => {
                let message = format!("The expression is always {value}.");
                findings.push(warning(Unit::Effectiveness, message));
            }
            program if program.asks_only_about_tags() => {
                let message = "The expression asks about tags, and resources here have none.".to_owned();
                findings.push(warning(Unit::Effectiveness, message));
            }
            _ => {}
        }
        if let Some(end) = ended(program, now) {
            let message = format!("The condition is not met any more: it ended at {end}.");
            findings.push(warning(Unit::DateTime, message));
        }
        findings
    }
}

impl Unit {
    /// Its name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Compile => "LintValidationUnits/ConditionCompileCheck",
            Self::Complexity => "LintValidationUnits/ConditionComplexityCheck",
            Self::DateTime => "LintValidationUnits/DateTimeRangeCheck",
            Self::Effectiveness => "LintValidationUnits/ConditionEffectivenessCheck",
            Self::Text => "LintValidationUnits/ConditionTextCheck",
        }
    }
}

impl Part {
    /// Its name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Description => "condition.description",
            Self::Expression => "condition.expression",
            Self::Title => "condition.title",
        }
    }
}

fn of_error(error: &ConditionError, description: &str, expression: &str) -> Finding {
    let (unit, part, offset) = match error {
        ConditionError::TooLong { part: "description", .. } => {
            (Unit::Text, Part::Description, description.chars().count())
        }
        ConditionError::TooLong { part: "expression", .. } => (Unit::Complexity, Part::Expression, 0),
        ConditionError::TooLong { .. } | ConditionError::Untitled => (Unit::Text, Part::Title, 0),
        ConditionError::TooManyOperators { .. } => (Unit::Complexity, Part::Expression, 0),
        ConditionError::Unusable { line, column, .. } => {
            (Unit::Compile, Part::Expression, offset(expression, *line, *column))
        }
    };
    Finding { severity: Severity::Error, unit, part, offset, message: format!("ERROR: {error}") }
}

fn skipped(unit: Unit) -> Finding {
    Finding {
        severity: Severity::Notice,
        unit,
        part: Part::Expression,
        offset: 0,
        message: "The validation unit is skipped due to absence of a required object: CheckedExpr".to_owned(),
    }
}

/// Where a line and a column, both from 1, are in a text, in characters from 0.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let before: usize =
        text.split('\n').take(line.saturating_sub(1)).map(|line| line.chars().count() + 1).sum();
    before + column.saturating_sub(1)
}

/// The instant since which a program cannot be true, where that is plain: a request's time must be before an instant that
/// is past. In a conjunction one such part is enough, in a disjunction every part must be so.
fn ended(program: &Expression, now: Timestamp) -> Option<Timestamp> {
    match program {
        Expression::And(parts) => parts.iter().filter_map(|part| ended(part, now)).min(),
        Expression::Or(parts) => {
            let ends: Option<Vec<_>> = parts.iter().map(|part| ended(part, now)).collect();
            ends?.into_iter().max()
        }
        Expression::Compare(order, left, right) => {
            let end = match (order, &**left, &**right) {
                (
                    Order::Less | Order::AtMost | Order::Equal,
                    Expression::Attribute(Attribute::RequestTime),
                    Expression::Instant(end),
                )
                | (
                    Order::Greater | Order::AtLeast | Order::Equal,
                    Expression::Instant(end),
                    Expression::Attribute(Attribute::RequestTime),
                ) => *end,
                _ => return None,
            };
            (end < now).then_some(end)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lint(expression: &str) -> Vec<Finding> {
        Condition::lint("a title", "", expression, "2026-03-02T09:00:00Z".parse().expect("valid"))
    }

    fn found(expression: &str) -> Vec<(Severity, Unit)> {
        lint(expression).iter().map(|finding| (finding.severity, finding.unit)).collect()
    }

    #[test]
    fn what_is_meant_well_is_not_found_fault_with() {
        for expression in [
            "request.time < timestamp('2030-01-01T00:00:00Z')",
            "request.time > timestamp('2020-01-01T00:00:00Z')",
            "resource.type == 'run.googleapis.com/Service' && request.time.getHours() < 12",
            "request.time < timestamp('2020-01-01T00:00:00Z') || resource.name.startsWith('projects/demo')",
            "!(request.time < timestamp('2020-01-01T00:00:00Z'))",
        ] {
            assert_eq!(lint(expression), [], "{expression}");
        }
    }

    #[test]
    fn what_cannot_be_written_is_an_error_at_its_place() {
        for (expression, offset) in [("request.tme == 1", 0), ("true &&\n  1 + 'é' == 2", 10), ("true ||", 7)]
        {
            let findings = lint(expression);
            let [error, skipped @ ..] = &findings[..] else { panic!("{expression}") };
            assert_eq!((error.severity, error.unit), (Severity::Error, Unit::Compile), "{findings:?}");
            assert_eq!(
                (error.part, error.offset),
                (Part::Expression, offset),
                "{expression}: {}",
                error.message
            );
            assert!(error.message.starts_with("ERROR: "));
            let skipped: Vec<_> = skipped.iter().map(|finding| (finding.severity, finding.unit)).collect();
            assert_eq!(
                skipped,
                [(Severity::Notice, Unit::DateTime), (Severity::Notice, Unit::Effectiveness)]
            );
        }
        assert_eq!(
            found(&"!".repeat(13).chars().chain("true".chars()).collect::<String>())[0].0,
            Severity::Error
        );
        assert_eq!(found(&format!("'{}' == ''", "a".repeat(5000))), [(Severity::Error, Unit::Complexity)]);
    }

    #[test]
    fn what_will_never_be_met_or_says_nothing_is_a_warning() {
        let past = "request.time < timestamp('2020-01-01T00:00:00Z')";
        for (expression, unit) in [
            (past.to_owned(), Unit::DateTime),
            ("timestamp('2020-01-01T00:00:00Z') >= request.time".to_owned(), Unit::DateTime),
            (format!("resource.type == 'x' && {past}"), Unit::DateTime),
            (format!("{past} || request.time == timestamp('2021-01-01T00:00:00Z')"), Unit::DateTime),
            ("true".to_owned(), Unit::Effectiveness),
            ("resource.matchTag('1/env', 'test')".to_owned(), Unit::Effectiveness),
        ] {
            assert_eq!(found(&expression), [(Severity::Warning, unit)], "{expression}");
        }
    }

    #[test]
    fn an_error_is_found_exactly_where_the_condition_would_be_refused() {
        let long = "x".repeat(101);
        let now = Timestamp::UNIX_EPOCH;
        for (title, description) in [("", ""), ("a title", ""), (&*long, ""), ("a title", &*"y".repeat(257))]
        {
            for expression in ["request.time.getHours() < 3", "true", "1", "", "request.host == ''"] {
                let findings = Condition::lint(title, description, expression, now);
                let is_error = findings.iter().any(|finding| finding.severity == Severity::Error);
                assert_eq!(
                    is_error,
                    Condition::parse(title, description, expression).is_err(),
                    "{expression}"
                );
                assert!(findings.is_sorted_by_key(|finding| finding.severity));
            }
        }
    }
}
