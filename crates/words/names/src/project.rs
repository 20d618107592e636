//! Projects and what stands above them.

use std::fmt;
use std::sync::Arc;

use crate::text::{is_label, text_name};
use crate::{NameError, ServiceAgent};

text_name!(
    /// A project ID: 4 to 30 lower-case letters, digits and hyphens, starting with a letter. Google asks for at
    /// least 6; Doorward takes 4, so that the default project can be called `demo`. What stands in the e-mails of
    /// service agents (`gcp-sa-…`, `serverless-robot-prod`) is no project: its accounts would have the agents' names.
    ProjectId, "project ID", "4 to 30 lower-case letters, digits and hyphens, starting with a letter and not ending with a hyphen; not gcp-sa-…",
    is_project_id
);
text_name!(
    /// An organisation's number: 1 to 19 digits.
    OrganizationId, "organization ID", "1 to 19 digits", is_number
);
text_name!(
    /// A folder's number: 1 to 19 digits.
    FolderId, "folder ID", "1 to 19 digits", is_number
);

fn is_project_id(text: &str) -> bool {
    is_label(text, 4..=30, |byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && !text.starts_with("gcp-sa-")
        && text != ServiceAgent::CLOUD_RUN.domain_label
}

fn is_number(text: &str) -> bool {
    (1..=19).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0')
}

/// A project's number, as it stands in host names, service agents and federation audiences.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, serde::Serialize, serde::Deserialize)]
#[serde(into = "u64", try_from = "u64")]
pub struct ProjectNumber(u64);

impl ProjectNumber {
    /// The largest number that is given out: twelve digits.
    pub const MAX: u64 = 999_999_999_999;

    /// Parses 1 to 12 digits without a leading zero: more would not fit into the host name of every service
    /// (a DNS label has at most 63 bytes, RFC 1035 §2.3.4).
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let number = Some(text).filter(|text| is_number(text)).and_then(|text| text.parse().ok());
        match number {
            Some(number @ 1..=Self::MAX) => Ok(Self(number)),
            _ => Err(NameError::new("project number", text, "1 to 12 digits without a leading zero")),
        }
    }

    /// A twelve-digit number made from chance.
    pub fn from_chance(chance: u64) -> Self {
        const FLOOR: u64 = 100_000_000_000;
        Self(FLOOR + chance % (Self::MAX - FLOOR))
    }

    /// The number itself.
    pub fn get(self) -> u64 {
        self.0
    }
}

impl TryFrom<u64> for ProjectNumber {
    type Error = NameError;

    fn try_from(number: u64) -> Result<Self, NameError> {
        Self::parse(&number.to_string())
    }
}

impl From<ProjectNumber> for u64 {
    fn from(number: ProjectNumber) -> Self {
        number.0
    }
}

impl fmt::Display for ProjectNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// A project as a caller names it: by ID, by number, or `-` where the API allows any project.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum ProjectRef {
    /// `-`: whichever project the rest of the name belongs to.
    Any,
    /// By ID.
    Id(ProjectId),
    /// By number.
    Number(ProjectNumber),
}

impl ProjectRef {
    /// Parses an ID, a number or `-`.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        match text.as_bytes().first() {
            Some(b'-') if text.len() == 1 => Ok(Self::Any),
            Some(byte) if byte.is_ascii_digit() => ProjectNumber::parse(text).map(Self::Number),
            _ => ProjectId::parse(text).map(Self::Id),
        }
    }
}

impl fmt::Display for ProjectRef {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => formatter.write_str("-"),
            Self::Id(id) => id.fmt(formatter),
            Self::Number(number) => number.fmt(formatter),
        }
    }
}

impl From<ProjectId> for ProjectRef {
    fn from(id: ProjectId) -> Self {
        Self::Id(id)
    }
}
