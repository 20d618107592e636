//! The part of the logging query language that is here: a time to begin at and a log, joined by `AND`.

use jiff::Timestamp;
use names::ProjectRef;
use percent_encoding::percent_decode_str;
use problem::{Problem, Reason};

use crate::refusal::{invalid, malformed};

/// Which entries are wanted.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Filter {
    /// At or after this instant.
    pub since: Option<Timestamp>,
    /// Of this log only.
    pub log: Option<LogName>,
}

/// `projects/P/logs/ID`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct LogName {
    /// The project.
    pub project: ProjectRef,
    /// The log's short ID, decoded.
    pub id: String,
}

impl Filter {
    /// Reads a filter. What the language has and this server has not is `UNIMPLEMENTED`, and the answer says what there
    /// is.
    pub(crate) fn parse(text: &str) -> Result<Self, Problem> {
        if text.len() > LONGEST {
            return Err(invalid(
                "filter",
                format!("it has {} bytes, at most {LONGEST} are allowed", text.len()),
            ));
        }
        let mut filter = Self::default();
        let mut rest = text.trim();
        if rest.is_empty() {
            return Ok(filter);
        }
        loop {
            rest = filter.comparison(rest)?.trim_start();
            match rest.strip_prefix("AND").filter(|rest| rest.starts_with(char::is_whitespace)) {
                Some(next) => rest = next.trim_start(),
                None if rest.is_empty() => return Ok(filter),
                None => return Err(unsupported()),
            }
        }
    }

    /// The short ID of the wanted log.
    pub(crate) fn log_id(&self) -> Option<String> {
        self.log.as_ref().map(|log| log.id.clone())
    }

    /// Takes one `field operator "value"`, and gives back what follows.
    fn comparison<'a>(&mut self, text: &'a str) -> Result<&'a str, Problem> {
        let name = text.bytes().take_while(u8::is_ascii_alphanumeric).count();
        let (field, text) = text.split_at(name);
        let text = text.trim_start();
        let symbol = text.bytes().take_while(|byte| b"<>=!:~".contains(byte)).count();
        let (operator, text) = text.split_at(symbol);
        let quoted = text.trim_start().strip_prefix('"').ok_or_else(unsupported)?;
        let (value, rest) = quoted.split_once('"').ok_or_else(unsupported)?;
        // An escaped quotation mark would end the value too early.
        if value.contains('\\') {
            return Err(unsupported());
        }
        match (field, operator) {
            ("timestamp", ">=") => self.begin_at(instant(value)?),
            ("timestamp", ">") => self.begin_at(after(instant(value)?)),
            ("logName", "=") if self.log.is_none() => self.log = Some(LogName::parse(value)?),
            _ => return Err(unsupported()),
        }
        Ok(rest)
    }

    fn begin_at(&mut self, instant: Timestamp) {
        self.since = self.since.max(Some(instant));
    }
}

impl LogName {
    fn parse(text: &str) -> Result<Self, Problem> {
        let (project, id) = text
            .strip_prefix("projects/")
            .and_then(|rest| rest.split_once("/logs/"))
            .ok_or_else(|| invalid("filter", "a logName is projects/PROJECT/logs/LOG"))?;
        let project = ProjectRef::parse(project).map_err(|error| malformed("filter", &error))?;
        let id = percent_decode_str(id).decode_utf8();
        let id = id.map_err(|_| invalid("filter", "a logName is text, percent-encoded"))?.into_owned();
        Ok(Self { project, id })
    }
}

fn instant(text: &str) -> Result<Timestamp, Problem> {
    text.parse().map_err(|_| {
        invalid("filter", "a timestamp is written as in RFC 3339, such as \"2027-01-15T08:00:00Z\"")
    })
}

/// The first instant that is later, in the resolution of stored entries.
fn after(instant: Timestamp) -> Timestamp {
    let microsecond = instant.as_nanosecond().div_euclid(1000) + 1;
    Timestamp::from_nanosecond(microsecond * 1000).unwrap_or(Timestamp::MAX)
}

fn unsupported() -> Problem {
    Problem::new(Reason::METHOD_UNIMPLEMENTED, SUPPORTED).at_field("filter", SUPPORTED)
}

const SUPPORTED: &str = "Of the logging query language, these comparisons are implemented here, joined by AND: timestamp>=\"RFC 3339\", timestamp>\"RFC 3339\", logName=\"projects/PROJECT/logs/LOG\".";
/// As at Google.
const LONGEST: usize = 20_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Option<Timestamp> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn comparisons_are_read_and_joined() {
        assert_eq!(Filter::parse("  ").unwrap(), Filter::default());
        let filter = Filter::parse(
            "timestamp >= \"2027-01-15T08:00:00+01:00\" AND logName=\"projects/demo/logs/cloudscheduler.googleapis.com%2Fexecutions\"\n  AND timestamp>\"2020-01-01T00:00:00Z\"",
        )
        .unwrap();
        assert_eq!(filter.since, at("2027-01-15T07:00:00Z"));
        assert_eq!(filter.log_id().as_deref(), Some("cloudscheduler.googleapis.com/executions"));
    }

    #[test]
    fn later_is_later_than_every_entry_of_that_instant() {
        let since = |text| Filter::parse(text).unwrap().since;
        assert_eq!(since("timestamp>\"2027-01-15T08:00:00.000001Z\""), at("2027-01-15T08:00:00.000002Z"));
        assert_eq!(since("timestamp>\"2027-01-15T08:00:00.0000015Z\""), at("2027-01-15T08:00:00.000002Z"));
    }

    #[test]
    fn rest_of_the_language_is_refused_with_what_there_is() {
        for text in [
            "severity>=ERROR",
            "timestamp>=2027-01-15T08:00:00Z",
            "timestamp<\"2027-01-15T08:00:00Z\"",
            "NOT timestamp>\"2027-01-15T08:00:00Z\"",
            "(timestamp>\"2027-01-15T08:00:00Z\")",
            "timestamp>\"2027-01-15T08:00:00Z\" OR timestamp>\"2027-01-15T08:00:00Z\"",
            "timestamp>\"2027-01-15T08:00:00Z\" ANDtimestamp>\"2027-01-15T08:00:00Z\"",
            "timestamp>\"2027-01-15T08:00:00Z\" AND",
            "timestamp>\"2027-01-15T08:00:00Z",
            "logName=\"projects/demo/logs/b\" AND logName=\"projects/demo/logs/c\"",
            "logName=\"projects/a/logs/\\\"\"",
            "text",
            "\"text\"",
            "=",
            "ü",
        ] {
            let problem = Filter::parse(text).unwrap_err();
            assert_eq!(problem.reason, Reason::METHOD_UNIMPLEMENTED, "{text}");
            assert!(problem.message.contains("timestamp>="), "{text}");
        }
    }

    #[test]
    fn values_that_are_none_are_refused() {
        for text in [
            "timestamp>=\"yesterday\"",
            "logName=\"executions\"",
            "logName=\"projects/P P/logs/x\"",
            "logName=\"projects/demo/logs/%ff\"",
        ] {
            assert_eq!(Filter::parse(text).unwrap_err().reason, Reason::FIELD_INVALID, "{text}");
        }
        assert_eq!(Filter::parse(&"x".repeat(20_001)).unwrap_err().reason, Reason::FIELD_INVALID);
    }
}
