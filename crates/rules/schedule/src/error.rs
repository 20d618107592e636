//! Every way in which a text is not a schedule.

use std::fmt;

/// Why a text is not a schedule that Doorward runs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The text is empty or blank.
    #[error("the schedule is empty; expected five fields such as \"0 9 * * MON-FRI\"")]
    Empty,
    /// The text begins like a schedule in App Engine's English grammar and does not go on like one.
    #[error("column {column}: {reason}")]
    English {
        /// Where in the text, in characters counted from 1.
        column: usize,
        /// What is wrong there.
        reason: EnglishReason,
    },
    /// One field is wrong.
    #[error("{field} at column {column}: {reason}")]
    Field {
        /// Which field.
        field: Field,
        /// Where in the text, in characters counted from 1.
        column: usize,
        /// What is wrong there.
        reason: Reason,
    },
    /// Not five fields. A sixth would be seconds or years, which unix-cron does not have.
    #[error("found {found} fields, expected five: minute, hour, day of month, month, day of week")]
    FieldCount {
        /// How many there are.
        found: usize,
    },
    /// A nickname such as `@daily`.
    #[error("nicknames such as @daily are not unix-cron fields; write \"0 0 * * *\"")]
    Nickname,
    /// Longer than any schedule needs to be.
    #[error("the schedule has {found_bytes} bytes, at most {allowed_bytes} are allowed")]
    TooLong {
        /// Its length in bytes.
        found_bytes: usize,
        /// The longest that is accepted, in bytes.
        allowed_bytes: usize,
    },
}

/// A field of a unix-cron schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// 1 to 31.
    DayOfMonth,
    /// 0 to 7 or `SUN` to `SAT`; 0 and 7 are Sunday.
    DayOfWeek,
    /// 0 to 23.
    Hour,
    /// 0 to 59.
    Minute,
    /// 1 to 12 or `JAN` to `DEC`.
    Month,
}

impl fmt::Display for Field {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::DayOfMonth => "day of month",
            Self::DayOfWeek => "day of week",
            Self::Hour => "hour",
            Self::Minute => "minute",
            Self::Month => "month",
        })
    }
}

/// What is wrong with a schedule in English.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnglishReason {
    /// Another word should stand here.
    #[error("expected {expected}, found \"{found}\"")]
    Expected {
        /// What may stand here.
        expected: &'static str,
        /// The word that does, cut to 40 characters, control characters escaped.
        found: String,
    },
    /// The text ends too early.
    #[error("expected {expected}, found the end")]
    Incomplete {
        /// What may stand here.
        expected: &'static str,
    },
    /// An interval of nothing, or one longer than the schedule allows.
    #[error("the interval is {found_minutes} minutes, expected 1 to {most_minutes}")]
    IntervalOutOfRange {
        /// Its length in minutes; longer ones than fit are cut down.
        found_minutes: u32,
        /// The longest in minutes.
        most_minutes: u32,
    },
    /// An ordinal beyond those that a month has of such a day.
    #[error("the ordinal is {found}, a month has at most {most} of such days")]
    OrdinalOutOfRange {
        /// The ordinal.
        found: u32,
        /// The largest.
        most: u32,
    },
    /// `synchronized` with an interval that does not divide a day.
    #[error("{found_minutes} minutes do not divide a day of 24 hours evenly, as \"synchronized\" needs")]
    Uneven {
        /// The interval.
        found_minutes: u32,
    },
    /// `from` and `to` name the same time.
    #[error("the window begins when it ends")]
    WindowEmpty,
}

/// What is wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// A range that ends before it begins.
    #[error("the range runs backwards, from {from} to {to}")]
    Backwards {
        /// Its first value.
        from: u32,
        /// Its last value.
        to: u32,
    },
    /// A value, or the number of a step, is missing.
    #[error("a value is missing")]
    Missing,
    /// `L`, `W`, `#` or `?`: extensions of other schedulers.
    #[error("'{found}' is not part of unix-cron")]
    NotUnixCron {
        /// The character.
        found: char,
    },
    /// A value outside the field.
    #[error("{found} is outside {low} to {high}")]
    OutOfRange {
        /// The value; larger ones than fit are cut down to the largest.
        found: u32,
        /// The smallest allowed.
        low: u32,
        /// The largest allowed.
        high: u32,
    },
    /// A step behind a single value. It needs `*` or a range before it.
    #[error("a step needs * or a range before it")]
    StepWithoutRange,
    /// A character that does not belong here.
    #[error("unexpected {found:?}")]
    Unexpected {
        /// The character.
        found: char,
    },
    /// A name that the field does not have.
    #[error("the name is not one of this field")]
    UnknownName,
    /// A step of zero.
    #[error("a step is at least 1")]
    ZeroStep,
}
