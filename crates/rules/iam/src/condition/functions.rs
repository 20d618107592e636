//! Functions of instants, durations and strings (Google, "Attribute reference for IAM Conditions").

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

/// A part of an instant, or of a duration.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Part {
    Date,
    DayOfMonth,
    DayOfWeek,
    DayOfYear,
    FullYear,
    Hours,
    Milliseconds,
    Minutes,
    Month,
    Seconds,
}

impl Part {
    /// The part that a function gives.
    pub(super) fn named(function: &str) -> Option<Self> {
        Some(match function {
            "getDate" => Self::Date,
            "getDayOfMonth" => Self::DayOfMonth,
            "getDayOfWeek" => Self::DayOfWeek,
            "getDayOfYear" => Self::DayOfYear,
            "getFullYear" => Self::FullYear,
            "getHours" => Self::Hours,
            "getMilliseconds" => Self::Milliseconds,
            "getMinutes" => Self::Minutes,
            "getMonth" => Self::Month,
            "getSeconds" => Self::Seconds,
            _ => return None,
        })
    }

    /// Of an instant as clocks and calendars somewhere show it. Months, days of the year and days of the month count from
    /// 0, dates from 1; the week begins with Sunday, 0.
    pub(super) fn of(self, local: &DateTime) -> i64 {
        i64::from(match self {
            Self::Date => i16::from(local.day()),
            Self::DayOfMonth => i16::from(local.day()) - 1,
            Self::DayOfWeek => i16::from(local.weekday().to_sunday_zero_offset()),
            Self::DayOfYear => local.day_of_year() - 1,
            Self::FullYear => local.year(),
            Self::Hours => i16::from(local.hour()),
            Self::Milliseconds => local.millisecond(),
            Self::Minutes => i16::from(local.minute()),
            Self::Month => i16::from(local.month()) - 1,
            Self::Seconds => i16::from(local.second()),
        })
    }

    /// Of a duration: all of it in this unit, except that milliseconds are what is left of the last second.
    pub(super) fn in_whole(self, span: SignedDuration) -> i64 {
        match self {
            Self::Hours => span.as_hours(),
            Self::Milliseconds => i64::from(span.subsec_millis()),
            Self::Minutes => span.as_mins(),
            _ => span.as_secs(),
        }
    }
}

/// RFC 3339.
pub(super) fn timestamp(text: &str) -> Option<Timestamp> {
    // jiff takes other forms too: no seconds, an annotation with a zone.
    let fits = text.len() >= 20 && text.as_bytes().get(10) == Some(&b'T') && !text.contains('[');
    fits.then(|| text.parse().ok()).flatten()
}

/// Numbers with the units `h`, `m`, `s`, `ms`, `us`, `ns`, such as `1h30m` or `-1.5s`.
pub(super) fn duration(text: &str) -> Option<SignedDuration> {
    let (negative, mut rest) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    if rest.is_empty() {
        return None;
    }
    let mut nanoseconds: i128 = 0;
    while !rest.is_empty() {
        let end = rest.find(|character: char| !(character.is_ascii_digit() || character == '.'))?;
        let (number, tail) = rest.split_at(end);
        // The long units first: `ms` begins with `m`.
        let (unit, length) = UNITS.iter().find(|(unit, _)| tail.starts_with(unit))?;
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.len() + fraction.len() == 0
            || whole.len() > 18
            || fraction.len() > 9
            || fraction.contains('.')
        {
            return None;
        }
        let digits: i128 = format!("{whole}{fraction:0<9}").parse().ok()?;
        nanoseconds = nanoseconds.checked_add(digits.checked_mul(*length)? / 1_000_000_000)?;
        rest = &tail[unit.len()..];
    }
    let nanoseconds = if negative { -nanoseconds } else { nanoseconds };
    let seconds = i64::try_from(nanoseconds / 1_000_000_000).ok()?;
    // What the protocol can carry in a Duration: 10,000 years either way.
    (seconds.abs() <= 315_576_000_000)
        .then(|| SignedDuration::new(seconds, (nanoseconds % 1_000_000_000) as i32))
}

const UNITS: [(&str, i128); 6] = [
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
];

/// `+02:00` as a time zone.
pub(super) fn offset(text: &str) -> Option<TimeZone> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'+' => (1, &text[1..]),
        b'-' => (-1, &text[1..]),
        b'0'..=b'9' => (1, text),
        _ => return None,
    };
    let (hours, minutes) = digits.split_once(':')?;
    let number = |part: &str, most: i32| {
        let fits = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        fits.then(|| part.parse().ok()).flatten().filter(|value: &i32| *value <= most)
    };
    let seconds = sign * (number(hours, 14)? * 3600 + number(minutes, 59)? * 60);
    Offset::from_seconds(seconds).ok().map(TimeZone::fixed)
}

/// The template of `extract`: what stands before and after the `{name}`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Extract {
    before: Box<str>,
    after: Box<str>,
}

impl Extract {
    /// `None` unless there is exactly one `{name}`.
    pub(super) fn parse(template: &str) -> Option<Self> {
        let (before, rest) = template.split_once('{')?;
        let (name, after) = rest.split_once('}')?;
        let fits = !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && ![before, after].iter().any(|part| part.contains(['{', '}']));
        fits.then(|| Self { before: before.into(), after: after.into() })
    }

    /// What stands between: after the first `before`, and before the first `after` that follows. Empty where they do not.
    pub(super) fn of<'a>(&self, text: &'a str) -> &'a str {
        let Some((_, rest)) = text.split_once(&*self.before) else { return "" };
        if self.after.is_empty() {
            return rest;
        }
        rest.split_once(&*self.after).map_or("", |(found, _)| found)
    }
}
