//! When a schedule fires next, on the wall clock of a time zone.
//!
//! A schedule is a text that people know from cron, and a time zone says whose wall clock it is read on. Given an
//! instant, the next firing is a pure function of the two: no clock is read here, and the time zone rules come
//! from the database bundled into the program, so every machine gives the same answer.
//!
//! Ada in Berlin has a report made at half past two each night. In the night of 31 March 2024 the clocks went from
//! 02:00 to 03:00: there was no half past two, and no report. In the night of 27 October there were two of both:
//!
//! ```
//! use schedule::{Schedule, Zone};
//!
//! let nightly = Schedule::parse("30 2 * * *")?;
//! let berlin = Zone::parse("Europe/Berlin")?;
//! let next = |after: &str| nightly.next_after(after.parse().unwrap(), &berlin).unwrap().to_string();
//!
//! assert_eq!(next("2024-03-30T12:00:00Z"), "2024-04-01T00:30:00Z"); // 31 March is skipped
//! assert_eq!(next("2024-10-26T12:00:00Z"), "2024-10-27T00:30:00Z"); // 02:30 summer time
//! assert_eq!(next("2024-10-27T00:30:00Z"), "2024-10-27T01:30:00Z"); // 02:30 again, winter time
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Invariants: a firing is later than the instant asked about and stands on a whole minute of the wall clock; its
//! wall time is one that the schedule names; no such instant lies between the two. A wall time that does not exist
//! is skipped, one that occurs twice fires twice. Every question is answered in bounded time.

mod cron;
mod english;
mod error;
mod parse;
mod zone;

#[doc(hidden)]
pub mod fuzz;

use std::fmt;
use std::sync::Arc;

use jiff::{Timestamp, civil};

use cron::Cron;
pub use error::{Error, Field, Reason};
pub use zone::{Zone, ZoneError};

/// A parsed schedule. Prints as the text it was parsed from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    text: Arc<str>,
    grammar: Grammar,
}

/// The grammars that a schedule can be written in.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Grammar {
    /// unix-cron.
    Cron(Cron),
}

impl Schedule {
    /// Parses a unix-cron schedule: minute, hour, day of month, month and day of week, separated by blanks.
    ///
    /// Each field is a list of `*`, values, ranges `a-b` and steps `*/n`, `a-b/n`; months may be written `JAN` to
    /// `DEC`, days of the week `SUN` to `SAT` in any case, and Sunday is 0 or 7. When both day fields are
    /// restricted, a day matches that matches either (crontab(5); Cloud Scheduler, "Cron job format"). A field is
    /// restricted unless it contains a bare `*`; `*/2` restricts.
    ///
    /// # Errors
    ///
    /// Every part that is not unix-cron, by field, column and reason: six fields, `L`, `W`, `#`, `?`, nicknames such
    /// as `@daily`. The English grammar of App Engine (`every 5 minutes`) has an error of its own.
    pub fn parse(text: &str) -> Result<Self, Error> {
        if text.len() > MAX_BYTES {
            return Err(Error::TooLong { found_bytes: text.len(), allowed_bytes: MAX_BYTES });
        }
        if english::looks_english(text) {
            return Err(Error::EnglishUnimplemented);
        }
        Ok(Self { text: text.into(), grammar: Grammar::Cron(parse::cron(text)?) })
    }

    /// The schedule as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The first firing strictly after `instant`, or `None` when there is none within 40 years. The longest a
    /// schedule that fires at all makes one wait is eight years, from one 29 February to the next.
    pub fn next_after(&self, instant: Timestamp, zone: &Zone) -> Option<Timestamp> {
        let Grammar::Cron(cron) = &self.grammar;
        let mut second = floor_second(instant).checked_add(1)?;
        let end = second.saturating_add(HORIZON_SECONDS).min(Timestamp::MAX.as_second());
        // Between two changes of its offset a zone's wall clock runs evenly. Searching each such stretch by itself
        // meets every wall time exactly as often as it occurs: never, once or twice.
        while second < end {
            let first = Timestamp::from_second(second).ok()?;
            let stretch = zone.stretch_at(first);
            let next = stretch.end.map_or(end, |change| change.as_second().min(end));
            let last = Timestamp::from_second(next - 1).ok()?;
            let walls = stretch.offset.to_datetime(first)..=stretch.offset.to_datetime(last);
            if let Some(wall) = cron.first_within(&walls) {
                return stretch.offset.to_timestamp(wall).ok();
            }
            second = next;
        }
        None
    }

    /// Whether the schedule names this wall time. Seconds and below must be zero.
    pub fn names(&self, wall: civil::DateTime) -> bool {
        let Grammar::Cron(cron) = &self.grammar;
        cron.names(wall)
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

/// The second that an instant lies in; jiff's own conversion rounds towards 1970.
fn floor_second(instant: Timestamp) -> i64 {
    let second = instant.as_second();
    if instant.subsec_nanosecond() < 0 { second.saturating_sub(1) } else { second }
}

/// A text that lists every value of every field is about 500 bytes long.
const MAX_BYTES: usize = 1024;

const HORIZON_SECONDS: i64 = 40 * 366 * 24 * 60 * 60;
