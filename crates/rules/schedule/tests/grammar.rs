//! What is unix-cron and what is not.

use jiff::Timestamp;
use rstest::rstest;
use schedule::{Error, Field, Reason, Schedule, Zone, ZoneError};

#[rstest]
#[case::every_minute("* * * * *", "2024-01-01T00:00:00Z", "2024-01-01T00:01:00Z")]
#[case::seconds_are_cut("* * * * *", "2024-01-01T00:00:00.5Z", "2024-01-01T00:01:00Z")]
#[case::just_before("0 0 * * *", "2023-12-31T23:59:59.999999999Z", "2024-01-01T00:00:00Z")]
#[case::before_1970("0 0 1 1 *", "1969-12-31T23:59:59.5Z", "1970-01-01T00:00:00Z")]
#[case::strictly_after("0 0 * * *", "2024-01-01T00:00:00Z", "2024-01-02T00:00:00Z")]
#[case::step("*/20 * * * *", "2024-01-01T00:20:00Z", "2024-01-01T00:40:00Z")]
#[case::step_beyond_the_field("*/90 * * * *", "2024-01-01T00:00:00Z", "2024-01-01T01:00:00Z")]
#[case::range_with_step("10-30/15 * * * *", "2024-01-01T00:10:00Z", "2024-01-01T00:25:00Z")]
#[case::list("5,3,4 7 * * *", "2024-01-01T07:03:00Z", "2024-01-01T07:04:00Z")]
#[case::later_hour_restarts_minutes("15 6,9 * * *", "2024-01-01T06:16:00Z", "2024-01-01T09:15:00Z")]
#[case::month_name("0 0 1 FEB *", "2024-03-01T00:00:00Z", "2025-02-01T00:00:00Z")]
#[case::month_name_range("0 0 1 nov-Dec *", "2024-01-01T00:00:00Z", "2024-11-01T00:00:00Z")]
#[case::weekdays("0 9 * * MON-FRI", "2024-01-05T09:00:00Z", "2024-01-08T09:00:00Z")]
#[case::sunday_as_0("0 0 * * 0", "2024-01-01T00:00:00Z", "2024-01-07T00:00:00Z")]
#[case::sunday_as_7("0 0 * * 7", "2024-01-01T00:00:00Z", "2024-01-07T00:00:00Z")]
#[case::sunday_closes_the_week("0 0 * * FRI-SUN", "2024-01-06T00:00:00Z", "2024-01-07T00:00:00Z")]
#[case::sunday_opens_the_week("0 0 * * SUN-SAT", "2024-01-06T00:00:00Z", "2024-01-07T00:00:00Z")]
#[case::sunday_alone("0 0 * * SUN-SUN", "2024-01-01T00:00:00Z", "2024-01-07T00:00:00Z")]
#[case::either_day_field_the_date("0 0 13 * FRI", "2024-01-12T00:00:00Z", "2024-01-13T00:00:00Z")]
#[case::either_day_field_the_weekday("0 0 13 * FRI", "2024-01-13T00:00:00Z", "2024-01-19T00:00:00Z")]
#[case::a_step_restricts("0 0 */10 * FRI", "2024-01-11T00:00:00Z", "2024-01-12T00:00:00Z")]
#[case::a_step_of_one_does_not("0 0 */1 * FRI", "2024-01-06T00:00:00Z", "2024-01-12T00:00:00Z")]
#[case::tabs_and_blanks(" \t0  0 1 1 * ", "2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z")]
#[case::leading_zeros("00 09 01 02 *", "2024-01-01T00:00:00Z", "2024-02-01T09:00:00Z")]
#[case::leap_day("0 0 29 2 *", "2021-03-01T00:00:00Z", "2024-02-29T00:00:00Z")]
#[case::leap_day_across_2100("0 0 29 2 *", "2096-03-01T00:00:00Z", "2104-02-29T00:00:00Z")]
fn schedule_fires_next(#[case] text: &str, #[case] after: &str, #[case] next: &str) {
    let schedule = Schedule::parse(text).unwrap();
    assert_eq!(schedule.to_string(), text);
    assert_eq!(schedule.next_after(after.parse().unwrap(), &Zone::utc()), Some(next.parse().unwrap()));
}

#[rstest]
#[case("0 0 30 2 *")]
#[case("0 0 31 2,4,6,9,11 *")]
fn impossible_date_never_fires(#[case] text: &str) {
    let schedule = Schedule::parse(text).unwrap();
    for zone in ["UTC", "Europe/Berlin", "America/New_York"] {
        let zone = Zone::parse(zone).unwrap();
        for instant in [Timestamp::MIN, Timestamp::UNIX_EPOCH, Timestamp::MAX] {
            assert_eq!(schedule.next_after(instant, &zone), None);
        }
    }
}

#[test]
fn time_ends_quietly() {
    let schedule = Schedule::parse("* * * * *").unwrap();
    assert_eq!(schedule.next_after(Timestamp::MAX, &Zone::utc()), None);
    assert!(schedule.next_after(Timestamp::MIN, &Zone::utc()).is_some());
}

fn missing() -> Reason {
    Reason::Missing
}

fn not_unix(found: char) -> Reason {
    Reason::NotUnixCron { found }
}

#[rstest]
#[case("60 * * * *", Field::Minute, 1, Reason::OutOfRange { found: 60, low: 0, high: 59 })]
#[case("* 24 * * *", Field::Hour, 3, Reason::OutOfRange { found: 24, low: 0, high: 23 })]
#[case("* * 0 * *", Field::DayOfMonth, 5, Reason::OutOfRange { found: 0, low: 1, high: 31 })]
#[case("* * * 13 *", Field::Month, 7, Reason::OutOfRange { found: 13, low: 1, high: 12 })]
#[case("* * * * 8", Field::DayOfWeek, 9, Reason::OutOfRange { found: 8, low: 0, high: 7 })]
#[case("99999999999999999999 * * * *", Field::Minute, 1, Reason::OutOfRange { found: u32::MAX, low: 0, high: 59 })]
#[case("*  5-99 * * *", Field::Hour, 6, Reason::OutOfRange { found: 99, low: 0, high: 23 })]
#[case("* * L * *", Field::DayOfMonth, 5, not_unix('L'))]
#[case("* * LW * *", Field::DayOfMonth, 5, not_unix('L'))]
#[case("* * 15W * *", Field::DayOfMonth, 7, not_unix('W'))]
#[case("* * * * 5L", Field::DayOfWeek, 10, not_unix('L'))]
#[case("* * * * MON#2", Field::DayOfWeek, 12, not_unix('#'))]
#[case("* * ? * *", Field::DayOfMonth, 5, not_unix('?'))]
#[case("* * * * ?", Field::DayOfWeek, 9, not_unix('?'))]
#[case("30-10 * * * *", Field::Minute, 1, Reason::Backwards { from: 30, to: 10 })]
#[case("* * * * SAT-MON", Field::DayOfWeek, 9, Reason::Backwards { from: 6, to: 1 })]
#[case("*/0 * * * *", Field::Minute, 3, Reason::ZeroStep)]
#[case("*/ * * * *", Field::Minute, 3, missing())]
#[case("*/x * * * *", Field::Minute, 3, Reason::Unexpected { found: 'x' })]
#[case("5/15 * * * *", Field::Minute, 2, Reason::StepWithoutRange)]
#[case("1,,2 * * * *", Field::Minute, 3, missing())]
#[case("1, * * * *", Field::Minute, 3, missing())]
#[case(",1 * * * *", Field::Minute, 1, missing())]
#[case("1- * * * *", Field::Minute, 3, missing())]
#[case("-1 * * * *", Field::Minute, 1, missing())]
#[case("** * * * *", Field::Minute, 2, Reason::Unexpected { found: '*' })]
#[case("1.5 * * * *", Field::Minute, 2, Reason::Unexpected { found: '.' })]
#[case("* * * * MONDAY", Field::DayOfWeek, 9, Reason::UnknownName)]
#[case("* * * MON *", Field::Month, 7, Reason::UnknownName)]
#[case("JAN * * * *", Field::Minute, 1, Reason::UnknownName)]
#[case("~ * * * *", Field::Minute, 1, Reason::Unexpected { found: '~' })]
#[case("* é * * *", Field::Hour, 3, Reason::Unexpected { found: 'é' })]
#[case("* * * * *\n", Field::DayOfWeek, 10, Reason::Unexpected { found: '\n' })]
fn mistake_names_field_column_and_reason(
    #[case] text: &str,
    #[case] field: Field,
    #[case] column: usize,
    #[case] reason: Reason,
) {
    assert_eq!(Schedule::parse(text), Err(Error::Field { field, column, reason }));
}

#[rstest]
#[case("", Error::Empty)]
#[case(" \t ", Error::Empty)]
#[case("* * * *", Error::FieldCount { found: 4 })]
#[case("0 * * * * *", Error::FieldCount { found: 6 })]
#[case("0 0 0 * * * 2024", Error::FieldCount { found: 7 })]
#[case("@daily", Error::Nickname)]
fn text_that_is_not_five_fields_says_what_it_is(#[case] text: &str, #[case] error: Error) {
    assert_eq!(Schedule::parse(text), Err(error));
}

#[test]
fn long_text_is_refused_before_it_is_read() {
    let text = "*".repeat(4096);
    assert_eq!(Schedule::parse(&text), Err(Error::TooLong { found_bytes: 4096, allowed_bytes: 1024 }));
}

#[test]
fn error_reads_as_a_sentence() {
    let error = Schedule::parse("0 24 * * *").unwrap_err();
    assert_eq!(error.to_string(), "hour at column 3: 24 is outside 0 to 23");
}

#[rstest]
#[case("UTC")]
#[case("utc")]
#[case("Utc")]
#[case("Etc/UTC")]
#[case("Europe/Berlin")]
#[case("America/Argentina/ComodRivadavia")]
fn zone_keeps_its_text(#[case] name: &str) {
    assert_eq!(Zone::parse(name).unwrap().to_string(), name);
}

#[rstest]
#[case("")]
#[case("Europe/Atlantis")]
#[case("Etc/Unknown")]
#[case("Factory")]
#[case("CET-1CEST")]
#[case("../etc/passwd")]
#[case("+02:00")]
#[case(" UTC")]
fn unknown_zone_is_refused(#[case] name: &str) {
    assert_eq!(Zone::parse(name), Err(ZoneError::Unknown { found: name.to_owned() }));
}

#[test]
fn zone_in_another_spelling_is_refused_with_the_right_one() {
    let (found, expected) = ("europe/berlin".to_owned(), "Europe/Berlin".to_owned());
    assert_eq!(Zone::parse("europe/berlin"), Err(ZoneError::Spelling { found, expected }));
}

#[test]
fn instant_is_shown_with_the_offset_of_its_zone() {
    let instant: Timestamp = "2023-04-13T19:00:00Z".parse().unwrap();
    assert_eq!(Zone::parse("America/Los_Angeles").unwrap().rfc_3339(instant), "2023-04-13T12:00:00-07:00");
    assert_eq!(Zone::utc().rfc_3339(instant), "2023-04-13T19:00:00+00:00");
}
