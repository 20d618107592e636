//! The error that people see: one shape for every edge, one catalogue of reasons.
//!
//! Ada creates a job with a schedule of six fields. The scheduler's own error says which field was wrong; the
//! edge turns it into a [`Problem`], and gRPC, REST, the gate and the terminal all show the same thing:
//!
//! ```
//! use problem::{Code, Problem, Reason};
//!
//! let problem = Problem::new(Reason::FIELD_INVALID, "Schedule or time zone is invalid.")
//!     .at_field("job.schedule", "six fields were given, unix-cron has five");
//! assert_eq!(problem.code(), Code::InvalidArgument);
//! assert_eq!(problem.reason.name(), "FIELD_INVALID");
//! assert_eq!(problem.code().http_status(), 400);
//! ```
//!
//! Invariants: a reason never changes its name or its canonical code; every reason has a page under
//! `docs/problems/`; no problem holds a secret.

mod code;
mod envelope;
mod reason;

use std::collections::BTreeMap;

pub use code::Code;
pub use envelope::envelope;
pub use reason::Reason;

/// What happened, why, and what to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// The stable name of the cause.
    pub reason: Reason,
    /// One sentence; where Google's wording is known, Google's.
    pub message: String,
    /// The fields that were wrong, in the request's own spelling.
    pub violations: Vec<Violation>,
    /// Facts for programs, such as `permission` and `resource`.
    pub metadata: BTreeMap<String, String>,
    /// The resource that the problem is about, by name.
    pub resource: Option<String>,
    /// The exact next command, where one is known.
    pub command: Option<String>,
}

/// One wrong field.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Violation {
    /// Where, such as `job.schedule`.
    pub field: String,
    /// What was wrong with it.
    pub description: String,
}

impl Problem {
    /// What stands in place of the next command where none is known: the page that the link leads to says it.
    pub const NO_COMMAND: &str = "What this means and what to do";

    /// A problem of this reason.
    pub fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self {
            reason,
            message: message.into(),
            violations: Vec::new(),
            metadata: BTreeMap::new(),
            resource: None,
            command: None,
        }
    }

    /// The canonical code of its reason.
    pub fn code(&self) -> Code {
        self.reason.code()
    }

    /// Adds a wrong field.
    pub fn at_field(mut self, field: impl Into<String>, description: impl Into<String>) -> Self {
        self.violations.push(Violation { field: field.into(), description: description.into() });
        self
    }

    /// Adds a fact for programs.
    pub fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        self.metadata.insert(key.to_owned(), value.into());
        self
    }

    /// Names the resource.
    pub fn about(mut self, resource: impl Into<String>) -> Self {
        self.resource = Some(resource.into());
        self
    }

    /// Adds the next command.
    pub fn try_command(mut self, command: impl Into<String>) -> Self {
        self.command = Some(command.into());
        self
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}", self.message)?;
        for violation in &self.violations {
            write!(formatter, " {}: {}.", violation.field, violation.description)?;
        }
        Ok(())
    }
}
