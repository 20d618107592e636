//! Time zones by their name in the bundled tz database.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};

/// A time zone. Prints as the name it was parsed from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    name: Arc<str>,
    rules: TimeZone,
}

/// A stretch of time in which a zone's offset stays the same.
pub(crate) struct Stretch {
    pub(crate) offset: Offset,
    /// The first instant after it; `None` when nothing changes any more.
    pub(crate) end: Option<Timestamp>,
}

impl Zone {
    /// Coordinated Universal Time, the zone of a job that names none.
    pub fn utc() -> Self {
        Self { name: "UTC".into(), rules: TimeZone::UTC }
    }

    /// Parses a name of the tz database, spelled as it is there, or `utc` in any case (Cloud Scheduler,
    /// `Job.time_zone`).
    ///
    /// # Errors
    ///
    /// A name that the database does not have, or has in another spelling, which the error gives.
    pub fn parse(name: &str) -> Result<Self, ZoneError> {
        if name.eq_ignore_ascii_case("utc") {
            return Ok(Self { name: name.into(), rules: TimeZone::UTC });
        }
        let unknown =
            || ZoneError::Unknown { found: name.chars().take(80).flat_map(char::escape_default).collect() };
        if name.len() > MAX_BYTES || name.eq_ignore_ascii_case("Factory") {
            return Err(unknown());
        }
        let rules = TimeZoneDatabase::bundled().get(name).map_err(|_| unknown())?;
        match rules.iana_name() {
            Some(spelled) if spelled == name && !rules.is_unknown() => Ok(Self { name: name.into(), rules }),
            Some(spelled) if !rules.is_unknown() => {
                Err(ZoneError::Spelling { found: name.to_owned(), expected: spelled.to_owned() })
            }
            _ => Err(unknown()),
        }
    }

    /// The name as it was written.
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// An instant in RFC 3339 with this zone's offset, as `X-CloudScheduler-ScheduleTime` carries it:
    /// `2023-04-13T12:00:00-07:00`.
    pub fn rfc_3339(&self, instant: Timestamp) -> String {
        instant.display_with_offset(self.rules.to_offset(instant)).to_string()
    }

    /// The stretch that `instant` lies in, from `instant` on.
    pub(crate) fn stretch_at(&self, instant: Timestamp) -> Stretch {
        let end = self.rules.following(instant).next().map(|change| change.timestamp());
        Stretch { offset: self.rules.to_offset(instant), end }
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.name)
    }
}

/// Why a text is not a time zone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ZoneError {
    /// The database has the name, spelled differently.
    #[error("time zone \"{found}\" is spelled \"{expected}\" in the tz database")]
    Spelling {
        /// The text that was given.
        found: String,
        /// The name as the database has it.
        expected: String,
    },
    /// The database has no such name.
    #[error("time zone \"{found}\" is not in the tz database; expected a name such as Europe/Berlin, or UTC")]
    Unknown {
        /// The text that was given, cut to 80 characters, control characters escaped.
        found: String,
    },
}

/// The longest name in the database has 32 bytes.
const MAX_BYTES: usize = 64;
