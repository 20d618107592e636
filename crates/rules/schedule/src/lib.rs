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
//! Grace writes hers in English, as App Engine did, and reads in plain words what anybody wrote:
//!
//! ```
//! # use schedule::Schedule;
//! let meeting = Schedule::parse("1st,third monday of month 09:00")?;
//! assert_eq!(meeting.describe(), "at 09:00 on the first and third Monday of the month");
//! assert_eq!(Schedule::parse("30 2 * * MON-FRI")?.describe(), "at 02:30 on Monday to Friday");
//! # Ok::<(), schedule::Error>(())
//! ```
//!
//! Invariants: a firing is later than the instant asked about and stands on a whole minute of the wall clock, or, of an
//! interval, on a whole second; its wall time is one that the schedule names; no such instant lies between the two. A
//! wall time that does not exist is skipped, one that occurs twice fires twice, whatever the grammar; an interval is
//! elapsed time and no wall clock moves it. Every question is answered in bounded time.

mod calendar;
mod describe;
mod english;
mod error;
mod parse;
mod zone;

#[doc(hidden)]
pub mod fuzz;

use std::fmt;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp, civil};

use calendar::Calendar;
pub use error::{EnglishReason, Error, Field, Reason};
pub use zone::{Zone, ZoneError};

/// A parsed schedule. Prints as the text it was parsed from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    text: Arc<str>,
    grammar: Grammar,
}

/// The grammars that a schedule can be written in, and what they come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Grammar {
    /// App Engine's English, at times on the wall clock.
    Calendar(Calendar),
    /// unix-cron.
    Cron(Calendar),
    /// App Engine's English, so long after the end of the execution before.
    Interval { seconds: i64 },
}

impl Schedule {
    /// Parses a schedule in unix-cron or in App Engine's English.
    ///
    /// **unix-cron**: minute, hour, day of month, month and day of week, separated by blanks. Each field is a list of
    /// `*`, values, ranges `a-b` and steps `*/n`, `a-b/n`; months may be written `JAN` to `DEC`, days of the week
    /// `SUN` to `SAT` in any case, and Sunday is 0 or 7. When both day fields are restricted, a day matches that
    /// matches either (crontab(5); Cloud Scheduler, "Cron job format"). A field is restricted unless it contains a
    /// bare `*`; `*/2` restricts.
    ///
    /// **English** (App Engine, "The schedule format"): `every 5 minutes`, `every 2 hours synchronized`,
    /// `every 10 mins from 10:00 to 14:00`, `every day 00:00`, `every mon,wed 09:00`,
    /// `1st,third monday of sep,oct 17:00`, `15th day of month 08:00`. A window ends on the next day where it ends
    /// before it begins; `synchronized` counts from midnight and takes intervals that divide a day. Without either, an
    /// interval counts from the end of the execution before: see [`Schedule::interval`].
    ///
    /// # Errors
    ///
    /// Every part that is not of the grammar, by place and reason: of cron six fields, `L`, `W`, `#`, `?`, nicknames
    /// such as `@daily`; of English any other word.
    pub fn parse(text: &str) -> Result<Self, Error> {
        if text.len() > MAX_BYTES {
            return Err(Error::TooLong { found_bytes: text.len(), allowed_bytes: MAX_BYTES });
        }
        let grammar = if english::looks_english(text) {
            english::english(text)?
        } else {
            Grammar::Cron(parse::cron(text)?)
        };
        Ok(Self { text: text.into(), grammar })
    }

    /// The schedule as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The schedule in plain words: `at 09:00 on Monday to Friday`.
    pub fn describe(&self) -> String {
        describe::describe(&self.grammar)
    }

    /// Whether it is written in unix-cron.
    pub fn is_unix_cron(&self) -> bool {
        matches!(self.grammar, Grammar::Cron(_))
    }

    /// How long after the end of one execution the next one begins, for `every N minutes` without a window: such a
    /// schedule names no wall times. [`Schedule::next_after`] then takes the instant asked about for that end.
    pub fn interval(&self) -> Option<SignedDuration> {
        match self.grammar {
            Grammar::Calendar(_) | Grammar::Cron(_) => None,
            Grammar::Interval { seconds } => Some(SignedDuration::from_secs(seconds)),
        }
    }

    /// The first firing strictly after `instant`, or `None` when there is none within 40 years. The longest a
    /// schedule that fires at all makes one wait is eight years, from one 29 February to the next, or forty for one
    /// that wants it to be a certain day of the week.
    pub fn next_after(&self, instant: Timestamp, zone: &Zone) -> Option<Timestamp> {
        let calendar = match &self.grammar {
            Grammar::Calendar(calendar) | Grammar::Cron(calendar) => calendar,
            Grammar::Interval { seconds } => {
                return Timestamp::from_second(floor_second(instant).checked_add(*seconds)?).ok();
            }
        };
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
            if let Some(wall) = calendar.first_within(&walls) {
                return stretch.offset.to_timestamp(wall).ok();
            }
            second = next;
        }
        None
    }

    /// Whether the schedule names this wall time: its seconds and below must be zero. An interval names every second.
    pub fn names(&self, wall: civil::DateTime) -> bool {
        match &self.grammar {
            Grammar::Calendar(calendar) | Grammar::Cron(calendar) => calendar.names(wall),
            Grammar::Interval { .. } => wall.subsec_nanosecond() == 0,
        }
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
