//! Days on which the clocks change: a wall time that does not exist is skipped, one that occurs twice fires twice.

#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]

use jiff::Timestamp;
use rstest::rstest;
use schedule::{Schedule, Zone};

fn firings(text: &str, zone: &str, after: &str, count: usize) -> Vec<String> {
    let (schedule, zone) = (Schedule::parse(text).unwrap(), Zone::parse(zone).unwrap());
    let mut instant: Timestamp = after.parse().unwrap();
    let mut firings = Vec::new();
    while firings.len() < count {
        instant = schedule.next_after(instant, &zone).unwrap();
        firings.push(zone.rfc_3339(instant));
    }
    firings
}

#[rstest]
#[case::berlin("30 2 * * *", "Europe/Berlin", "2024-03-30T12:00:00Z", &["2024-04-01T02:30:00+02:00"])]
#[case::berlin_at_the_start_of_the_gap("0 2 * * *", "Europe/Berlin", "2024-03-30T12:00:00Z", &["2024-04-01T02:00:00+02:00"])]
#[case::berlin_at_the_end_of_the_gap("0 3 * * *", "Europe/Berlin", "2024-03-30T12:00:00Z", &["2024-03-31T03:00:00+02:00"])]
#[case::new_york("30 2 * * *", "America/New_York", "2024-03-09T12:00:00Z", &["2024-03-11T02:30:00-04:00"])]
#[case::lord_howe("15 2 * * *", "Australia/Lord_Howe", "2024-10-05T00:00:00Z", &["2024-10-07T02:15:00+11:00"])]
#[case::lord_howe_after_its_half_hour("30 2 * * *", "Australia/Lord_Howe", "2024-10-05T00:00:00Z", &["2024-10-06T02:30:00+11:00"])]
#[case::apia("0 12 * * *", "Pacific/Apia", "2011-12-29T12:00:00Z", &["2011-12-29T12:00:00-10:00", "2011-12-31T12:00:00+14:00"])]
#[case::apia_for_a_year("0 12 30 12 *", "Pacific/Apia", "2010-12-31T00:00:00Z", &["2012-12-30T12:00:00+14:00"])]
#[case::midnight_in_beirut("0 0 * * *", "Asia/Beirut", "2022-03-26T00:00:00Z", &["2022-03-28T00:00:00+03:00"])]
#[case::last_of_march("30 2 31 3 *", "Europe/Berlin", "2024-03-01T00:00:00Z", &["2025-03-31T02:30:00+02:00"])]
fn wall_time_that_does_not_exist_is_skipped(
    #[case] text: &str,
    #[case] zone: &str,
    #[case] after: &str,
    #[case] expected: &[&str],
) {
    assert_eq!(firings(text, zone, after, expected.len()), expected);
}

#[rstest]
#[case::berlin("30 2 * * *", "Europe/Berlin", "2024-10-26T12:00:00Z",
    &["2024-10-27T02:30:00+02:00", "2024-10-27T02:30:00+01:00", "2024-10-28T02:30:00+01:00"])]
#[case::berlin_at_the_start("0 2 * * *", "Europe/Berlin", "2024-10-26T12:00:00Z",
    &["2024-10-27T02:00:00+02:00", "2024-10-27T02:00:00+01:00"])]
#[case::berlin_at_the_end("0 3 * * *", "Europe/Berlin", "2024-10-26T12:00:00Z",
    &["2024-10-27T03:00:00+01:00", "2024-10-28T03:00:00+01:00"])]
#[case::new_york("30 1 * * *", "America/New_York", "2024-11-02T12:00:00Z",
    &["2024-11-03T01:30:00-04:00", "2024-11-03T01:30:00-05:00"])]
#[case::lord_howe("45 1 * * *", "Australia/Lord_Howe", "2024-04-05T20:00:00Z",
    &["2024-04-07T01:45:00+11:00", "2024-04-07T01:45:00+10:30"])]
#[case::lord_howe_before_its_half_hour("15 1 * * *", "Australia/Lord_Howe", "2024-04-05T20:00:00Z",
    &["2024-04-07T01:15:00+11:00", "2024-04-08T01:15:00+10:30"])]
#[case::kwajalein_day("0 12 * * *", "Pacific/Kwajalein", "1993-08-20T12:00:00Z",
    &["1993-08-20T12:00:00-12:00", "1993-08-22T12:00:00+12:00"])]
fn wall_time_that_occurs_twice_fires_twice(
    #[case] text: &str,
    #[case] zone: &str,
    #[case] after: &str,
    #[case] expected: &[&str],
) {
    assert_eq!(firings(text, zone, after, expected.len()), expected);
}

#[test]
fn every_half_hour_stays_every_half_hour_through_both_changes() {
    for after in ["2024-03-30T23:30:00Z", "2024-10-26T23:30:00Z"] {
        let firings = firings("*/30 * * * *", "Europe/Berlin", after, 8);
        let instants: Vec<Timestamp> = firings.iter().map(|text| text.parse().unwrap()).collect();
        assert!(
            instants.windows(2).all(|pair| pair[1].as_second() - pair[0].as_second() == 1800),
            "{firings:?}"
        );
    }
}

#[test]
fn same_wall_time_in_two_zones_is_two_instants() {
    let [berlin, new_york] = ["Europe/Berlin", "America/New_York"]
        .map(|zone| firings("0 9 * * *", zone, "2024-07-01T00:00:00Z", 1).remove(0));
    assert_eq!(berlin, "2024-07-01T09:00:00+02:00");
    assert_eq!(new_york, "2024-07-01T09:00:00-04:00");
}
