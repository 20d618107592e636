//! App Engine's English grammar: what it names, what is none, and what it is in plain words.

#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]

use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp, ToSpan};
use proptest::prelude::*;
use rstest::rstest;
use schedule::{EnglishReason, Error, Schedule, Zone};

fn next(text: &str, zone: &str, after: &str) -> Option<String> {
    let (schedule, zone) = (Schedule::parse(text).unwrap(), Zone::parse(zone).unwrap());
    schedule.next_after(after.parse().unwrap(), &zone).map(|next| zone.rfc_3339(next))
}

#[rstest]
#[case::each_day("every day 00:00", "2024-01-01T00:00:00Z", "2024-01-02T00:00:00+00:00")]
#[case::weekday("every monday 09:00", "2024-01-01T09:00:00Z", "2024-01-08T09:00:00+00:00")]
#[case::weekdays("every mon,wed 09:00", "2024-01-01T09:00:00Z", "2024-01-03T09:00:00+00:00")]
#[case::blanks_in_a_list("every mon , wed 9:00", "2024-01-01T09:00:00Z", "2024-01-03T09:00:00+00:00")]
#[case::any_case("EVERY Mon OF Feb 09:00", "2024-01-01T09:00:00Z", "2024-02-05T09:00:00+00:00")]
#[case::ordinals("1st,third monday of month 09:00", "2024-01-01T09:00:00Z", "2024-01-15T09:00:00+00:00")]
#[case::ordinals_roll_over(
    "1st,third monday of month 09:00",
    "2024-01-15T09:00:00Z",
    "2024-02-05T09:00:00+00:00"
)]
#[case::without_months("1st monday 17:00", "2024-01-01T17:00:00Z", "2024-02-05T17:00:00+00:00")]
#[case::in_two_months("1st monday of sep,oct 17:00", "2024-01-01T00:00:00Z", "2024-09-02T17:00:00+00:00")]
#[case::several_of_both(
    "2nd,third mon,wed of march 17:00",
    "2024-03-13T17:00:00Z",
    "2024-03-18T17:00:00+00:00"
)]
#[case::a_fifth("fifth fri of month 10:00", "2024-01-01T00:00:00Z", "2024-03-29T10:00:00+00:00")]
#[case::a_rare_fifth("5th monday of feb 10:00", "2044-03-01T00:00:00Z", "2072-02-29T10:00:00+00:00")]
#[case::day_of_month("15th day of month 08:00", "2024-01-15T08:00:00Z", "2024-02-15T08:00:00+00:00")]
#[case::day_that_few_have("31st day of month 08:00", "2024-01-31T08:00:00Z", "2024-03-31T08:00:00+00:00")]
#[case::synchronized("every 2 hours synchronized", "2024-01-01T01:17:00Z", "2024-01-01T02:00:00+00:00")]
#[case::synchronized_minutes(
    "every 90 mins synchronized",
    "2024-01-01T22:30:00Z",
    "2024-01-02T00:00:00+00:00"
)]
#[case::window("every 10 mins from 10:00 to 14:00", "2024-01-01T13:55:00Z", "2024-01-01T14:00:00+00:00")]
#[case::after_its_window(
    "every 10 mins from 10:00 to 14:00",
    "2024-01-01T14:00:00Z",
    "2024-01-02T10:00:00+00:00"
)]
#[case::window_over_midnight(
    "every 40 minutes from 23:00 to 01:00",
    "2024-01-01T23:40:00Z",
    "2024-01-02T00:20:00+00:00"
)]
#[case::interval("every 5 minutes", "2024-01-01T00:01:30.7Z", "2024-01-01T00:06:30+00:00")]
#[case::interval_of_hours("every 24 hours", "2024-01-01T00:01:30Z", "2024-01-02T00:01:30+00:00")]
fn schedule_in_english_fires_next(#[case] text: &str, #[case] after: &str, #[case] expected: &str) {
    assert_eq!(next(text, "UTC", after).as_deref(), Some(expected));
    assert!(!Schedule::parse(text).unwrap().is_unix_cron());
}

#[test]
fn only_an_interval_without_a_window_counts_from_the_end_of_the_one_before() {
    let interval = |text| Schedule::parse(text).unwrap().interval();
    assert_eq!(interval("every 5 minutes"), Some(SignedDuration::from_mins(5)));
    assert_eq!(interval("every 2 hours"), Some(SignedDuration::from_hours(2)));
    for text in [
        "every 5 minutes synchronized",
        "every 5 minutes from 10:00 to 11:00",
        "every day 10:00",
        "* * * * *",
    ] {
        assert_eq!(interval(text), None, "{text}");
    }
}

#[rstest]
#[case::skipped("every day 02:30", "Europe/Berlin", "2024-03-30T12:00:00Z", &["2024-04-01T02:30:00+02:00"])]
#[case::twice("every day 02:30", "Europe/Berlin", "2024-10-26T12:00:00Z",
    &["2024-10-27T02:30:00+02:00", "2024-10-27T02:30:00+01:00"])]
#[case::window_in_the_gap("every 30 mins from 01:30 to 03:30", "Europe/Berlin", "2024-03-31T00:00:00Z",
    &["2024-03-31T01:30:00+01:00", "2024-03-31T03:00:00+02:00", "2024-03-31T03:30:00+02:00"])]
#[case::synchronized_through_both("every 1 hours synchronized", "Europe/Berlin", "2024-10-27T00:00:00Z",
    &["2024-10-27T02:00:00+01:00", "2024-10-27T03:00:00+01:00"])]
fn wall_times_follow_the_clock_of_the_zone(
    #[case] text: &str,
    #[case] zone: &str,
    #[case] after: &str,
    #[case] expected: &[&str],
) {
    let mut after = after.to_owned();
    for expected in expected {
        let found = next(text, zone, &after).unwrap();
        assert_eq!(found, *expected);
        after = found;
    }
}

#[test]
fn no_clock_moves_an_interval() {
    let found = next("every 2 hours", "Europe/Berlin", "2024-03-31T00:30:00Z");
    assert_eq!(
        found.as_deref(),
        Some("2024-03-31T04:30:00+02:00"),
        "two hours have passed, on a clock that jumped"
    );
}

fn expected(expected: &'static str, found: &str) -> EnglishReason {
    EnglishReason::Expected { expected, found: found.to_owned() }
}

const UNITS: &str = "hours, mins or minutes";
const TIME: &str = "a time such as 09:00";
const DAYS: &str = "\"day\" or days of the week";

#[rstest]
#[case("every", 6, EnglishReason::Incomplete { expected: DAYS })]
#[case("every 5", 8, EnglishReason::Incomplete { expected: UNITS })]
#[case("every 5 days", 9, expected(UNITS, "days"))]
#[case("every five minutes", 7, expected(DAYS, "five"))]
#[case("every 0 minutes", 7, EnglishReason::IntervalOutOfRange { found_minutes: 0, most_minutes: 527_040 })]
#[case("every 9000 hours", 7, EnglishReason::IntervalOutOfRange { found_minutes: 540_000, most_minutes: 527_040 })]
#[case("every 99999999999 hours", 7, EnglishReason::IntervalOutOfRange { found_minutes: u32::MAX, most_minutes: 527_040 })]
#[case("every 25 hours synchronized", 7, EnglishReason::IntervalOutOfRange { found_minutes: 1500, most_minutes: 1440 })]
#[case("every 7 minutes synchronized", 7, EnglishReason::Uneven { found_minutes: 7 })]
#[case("every 5 minutes from 10:00 to 10:00", 31, EnglishReason::WindowEmpty)]
#[case("every 5 minutes from 10:00", 27, EnglishReason::Incomplete { expected: "\"to\"" })]
#[case("every 5 minutes from 10 to 11:00", 22, expected(TIME, "10"))]
#[case("every 5 minutes 09:00", 17, expected("the end", "09:00"))]
#[case("every day", 10, EnglishReason::Incomplete { expected: TIME })]
#[case("every day 24:00", 11, expected(TIME, "24:00"))]
#[case("every day 10:5", 11, expected(TIME, "10:5"))]
#[case("every day 10:00 UTC", 17, expected("the end", "UTC"))]
#[case("every day,mon 10:00", 10, expected(TIME, ","))]
#[case("every mon,day 10:00", 11, expected(DAYS, "day"))]
#[case("every mon, 10:00", 12, expected(DAYS, "10:00"))]
#[case("every mon of 10:00", 14, expected("\"month\" or months", "10:00"))]
#[case("every mon of month,jan 10:00", 19, expected(TIME, ","))]
#[case("6th mon of month 10:00", 1, EnglishReason::OrdinalOutOfRange { found: 6, most: 5 })]
#[case("1st,1th mon of month 10:00", 5, expected("every or ordinals such as 1st,third", "1th"))]
#[case("1st of month 10:00", 5, expected(DAYS, "of"))]
fn mistake_names_place_and_reason(#[case] text: &str, #[case] column: usize, #[case] reason: EnglishReason) {
    assert_eq!(Schedule::parse(text), Err(Error::English { column, reason }));
}

#[test]
fn error_reads_as_a_sentence() {
    let error = Schedule::parse("every 5 days").unwrap_err();
    assert_eq!(error.to_string(), "column 9: expected hours, mins or minutes, found \"days\"");
}

#[rstest]
#[case("* * * * *", "every minute")]
#[case("*/5 * * * *", "every 5 minutes")]
#[case("*/7 * * * *", "at minute 0, 7, 14, 21, 28, 35, 42, 49 and 56 of every hour")]
#[case("15 * * * *", "at minute 15 of every hour")]
#[case("0 9 * * *", "at 09:00 every day")]
#[case("0 9 * * MON-FRI", "at 09:00 on Monday to Friday")]
#[case("0,30 9,17 * * *", "at 09:00, 09:30, 17:00 and 17:30 every day")]
#[case("*/10 9-17 * * *", "every 10 minutes of hour 9 to 17 every day")]
#[case("0 0 13 * FRI", "at 00:00 on day 13 of the month or on Friday")]
#[case("0 0 1,15 1-3,12 *", "at 00:00 on day 1 and 15 of the month in January to March and December")]
#[case("every 5 minutes", "5 minutes after the end of the one before")]
#[case("every 1 hours", "hour after the end of the one before")]
#[case("every 2 hours synchronized", "every 2 hours from midnight on")]
#[case("every 10 mins from 10:00 to 14:00", "at 25 times from 10:00 to 14:00 every day")]
#[case(
    "2nd,third mon,wed of march 17:00",
    "at 17:00 on the second and third Monday and Wednesday of the month in March"
)]
#[case("31st day of month 08:00", "at 08:00 on day 31 of the month")]
fn schedule_reads_in_plain_words(#[case] text: &str, #[case] words: &str) {
    assert_eq!(Schedule::parse(text).unwrap().describe(), words);
}

/// A schedule in English as it is meant, for a reference that knows no grammar and looks at every minute.
#[derive(Clone, Debug)]
struct Meant {
    every_minutes: Option<(u32, u32, u32)>,
    ordinals: Vec<u32>,
    weekdays: Vec<u32>,
    months: Vec<u32>,
    at: u32,
}

const WEEKDAYS: [&str; 7] = ["sun", "monday", "tue", "Wednesday", "thu", "fri", "SATURDAY"];
const MONTHS: [&str; 12] =
    ["jan", "feb", "march", "apr", "May", "june", "jul", "august", "sep", "oct", "november", "DEC"];
const SUFFIXES: [&str; 32] = [
    "th", "st", "nd", "rd", "th", "th", "th", "th", "th", "th", "th", "th", "th", "th", "th", "th", "th",
    "th", "th", "th", "th", "st", "nd", "rd", "th", "th", "th", "th", "th", "th", "th", "st",
];

impl Meant {
    fn text(&self) -> String {
        let clock = |minute: u32| format!("{:02}:{:02}", minute / 60, minute % 60);
        if let Some((step, from, to)) = self.every_minutes {
            return format!("every {step} minutes from {} to {}", clock(from), clock(to));
        }
        let words = |numbers: &[u32], word: &dyn Fn(u32) -> String| {
            numbers.iter().map(|number| word(*number)).collect::<Vec<_>>().join(",")
        };
        let ordinals = match self.ordinals.as_slice() {
            [] => "every".to_owned(),
            listed => words(listed, &|number| format!("{number}{}", SUFFIXES[number as usize])),
        };
        let days = match self.weekdays.as_slice() {
            [] => "day".to_owned(),
            listed => words(listed, &|number| WEEKDAYS[number as usize].to_owned()),
        };
        let months = match self.months.as_slice() {
            [] => "month".to_owned(),
            listed => words(listed, &|number| MONTHS[number as usize - 1].to_owned()),
        };
        format!("{ordinals} {days} of {months} {}", clock(self.at))
    }

    fn means(&self, wall: DateTime) -> bool {
        let minute = wall.hour() as u32 * 60 + wall.minute() as u32;
        if let Some((step, from, to)) = self.every_minutes {
            let since = (minute + 1440 - from) % 1440;
            let length = (to + 1440 - from) % 1440;
            return since <= length && since.is_multiple_of(step);
        }
        let (day, month) = (wall.day() as u32, wall.month() as u32);
        let weekday = wall.date().weekday().to_sunday_zero_offset() as u32;
        let place = if self.weekdays.is_empty() { day } else { (day - 1) / 7 + 1 };
        minute == self.at
            && (self.ordinals.is_empty() || self.ordinals.contains(&place))
            && (self.weekdays.is_empty() || self.weekdays.contains(&weekday))
            && (self.months.is_empty() || self.months.contains(&month))
    }
}

fn meant() -> impl Strategy<Value = Meant> {
    let some = |range: std::ops::RangeInclusive<u32>| prop::collection::vec(range, 0..4);
    let specific =
        (some(1..=5), some(0..=6), some(1..=12), 0..1440u32).prop_map(|(ordinals, weekdays, months, at)| {
            Meant { every_minutes: None, ordinals, weekdays, months, at }
        });
    let of_month = (some(1..=31), some(1..=12), 0..1440u32).prop_map(|(ordinals, months, at)| Meant {
        every_minutes: None,
        ordinals,
        weekdays: Vec::new(),
        months,
        at,
    });
    let window = (1..=1440u32, 0..1440u32, 1..1440u32).prop_map(|(step, from, length)| Meant {
        every_minutes: Some((step, from, (from + length) % 1440)),
        ordinals: Vec::new(),
        weekdays: Vec::new(),
        months: Vec::new(),
        at: 0,
    });
    prop_oneof![2 => specific, 1 => of_month, 2 => window]
}

fn zones() -> impl Strategy<Value = &'static str> {
    prop::sample::select(
        &["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"][..],
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// The reference walks from minute to minute, on a wall clock that jumps where the zone's does.
    #[test]
    fn agrees_with_a_reference_that_looks_at_every_minute(
        meant in meant(), zone in zones(), day in 0i64..20_000, minute in 0i64..1440,
    ) {
        let text = meant.text();
        let schedule = Schedule::parse(&text).unwrap();
        let rules = jiff::tz::TimeZoneDatabase::bundled().get(zone).unwrap();
        let after = Timestamp::from_second(day * 86_400 + minute * 60).unwrap();
        let found = schedule.next_after(after, &Zone::parse(zone).unwrap());
        let mut at = after;
        for _ in 0..4000 {
            at = at.checked_add(1.minute()).unwrap();
            if meant.means(rules.to_datetime(at)) {
                prop_assert_eq!(found, Some(at), "{}", text);
                return Ok(());
            }
        }
        prop_assert!(found.is_none_or(|found| found > at), "{} fires too early, at {:?}", text, found);
        if let Some(found) = found {
            prop_assert!(meant.means(rules.to_datetime(found)), "{} does not mean {}", text, found);
        }
    }

}

proptest! {
    #[test]
    fn any_words_give_a_schedule_or_an_error(
        words in prop::collection::vec(prop::sample::select(&[
            "every", "5", "0", "hours", "mins", "minutes", "from", "to", "10:00", "25:00", "synchronized", "1st",
            "third", "32nd", "day", "mon", "monday", ",", "of", "month", "jan", "é", "\n",
        ][..]), 0..10),
    ) {
        schedule::fuzz::body(words.join(" ").as_bytes());
    }
}
