//! The names of logs: `projects/P/logs/ID`, the ID percent-encoded.

use std::fmt;

use names::{ProjectId, ProjectRef};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::request_entry::REQUESTS;

/// A log of a project.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct LogName {
    /// The project.
    pub project: ProjectId,
    /// The log's short ID, decoded.
    pub id: LogId,
}

/// The short ID of a log, such as `cloudscheduler.googleapis.com/executions`: 1 to 511 letters, digits and `/_-.`
/// (google.logging.v2.LogEntry, `log_name`).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct LogId(String);

/// What is no name of a log.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "a log is named projects/PROJECT/logs/LOG; LOG has 1 to 511 letters, digits and /_-. and is percent-encoded"
)]
pub struct LogNameError;

impl LogId {
    /// Whether it is made of what the gate decided: a log of requests.
    pub fn is_of_requests(&self) -> bool {
        REQUESTS.iter().any(|requests| requests.log_id == self.as_str())
    }

    /// The ID of an entry that is stored.
    pub fn of_entry(id: String) -> Self {
        Self(id)
    }

    /// Reads an ID as it stands in a name, percent-encoded.
    pub fn parse_encoded(text: &str) -> Result<Self, LogNameError> {
        let id = percent_decode_str(text).decode_utf8().map_err(|_| LogNameError)?;
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"/_-.".contains(&byte);
        // A slash is encoded in a name: what follows a bare one would be of another resource.
        if text.contains('/') || !(1..=LONGEST).contains(&id.len()) || !id.bytes().all(allowed) {
            return Err(LogNameError);
        }
        Ok(Self(id.into_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether Doorward alone writes to it, so that what stands there can be relied on.
    pub fn is_reserved(&self) -> bool {
        RESERVED.contains(&self.as_str()) || self.is_of_requests()
    }

    /// The ID as it stands in a name.
    pub fn encoded(&self) -> String {
        utf8_percent_encode(&self.0, ENCODED).to_string()
    }
}

impl fmt::Display for LogName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "projects/{}/logs/{}", self.project, self.id.encoded())
    }
}

/// The parts of a log's name: the project as it is written, which may be a number.
pub fn parse_log_name(text: &str) -> Result<(ProjectRef, LogId), LogNameError> {
    let (project, id) =
        text.strip_prefix("projects/").and_then(|rest| rest.split_once("/logs/")).ok_or(LogNameError)?;
    Ok((ProjectRef::parse(project).map_err(|_| LogNameError)?, LogId::parse_encoded(id)?))
}

/// The name of the log that an entry is in.
pub(crate) fn of_entry(entry: &store::LogEntry) -> String {
    format!("projects/{}/logs/{}", entry.project, utf8_percent_encode(&entry.log_id, ENCODED))
}

/// IDs of logs are percent-encoded in names: `cloudscheduler.googleapis.com%2Fexecutions`.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_');
const RESERVED: [&str; 1] = ["cloudscheduler.googleapis.com/executions"];
const LONGEST: usize = 511;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back() {
        let text = "projects/demo/logs/cloudscheduler.googleapis.com%2Fexecutions";
        let (project, id) = parse_log_name(text).unwrap();
        assert_eq!(id.as_str(), "cloudscheduler.googleapis.com/executions");
        let ProjectRef::Id(project) = project else { panic!("an ID") };
        assert_eq!(LogName { project, id: id.clone() }.to_string(), text);
        assert!(id.is_reserved() && !id.is_of_requests());
        for requests in ["run.googleapis.com%2Frequests", "cloudfunctions.googleapis.com%2Fcloud-functions"] {
            let id = LogId::parse_encoded(requests).unwrap();
            assert!(id.is_reserved() && id.is_of_requests(), "{requests}");
        }
        assert!(!LogId::parse_encoded("run.googleapis.com%2Fstdout").unwrap().is_reserved());
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for text in [
            "",
            "my-log",
            "projects/demo",
            "projects/demo/logs/",
            "projects/P P/logs/x",
            "projects/demo/logs/%ff",
            "projects/demo/logs/a/b",
            "projects/demo/logs/a%20b",
            "folders/1/logs/a",
            &format!("projects/demo/logs/{}", "a".repeat(512)),
        ] {
            assert_eq!(parse_log_name(text), Err(LogNameError), "{text}");
        }
    }
}
