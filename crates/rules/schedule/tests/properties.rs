//! What holds for every schedule, every zone and every instant.

#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]

use std::str::FromStr;

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use proptest::prelude::*;
use schedule::{Schedule, Zone};

const ZONES: [&str; 10] = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Asia/Kathmandu",
    "America/Sao_Paulo",
    "Africa/Casablanca",
    "Antarctica/Troll",
    "Asia/Tokyo",
];

/// A field of cron between `low` and `high`.
fn field(low: u32, high: u32) -> impl Strategy<Value = String> {
    let value = low..=high;
    let range = (value.clone(), value.clone()).prop_map(|(a, b)| format!("{}-{}", a.min(b), a.max(b)));
    let item = prop_oneof![
        value.prop_map(|value| value.to_string()),
        range.clone(),
        (range, 2..=high).prop_map(|(range, step)| format!("{range}/{step}")),
        (2..=high).prop_map(|step| format!("*/{step}")),
    ];
    prop_oneof![
        2 => Just("*".to_owned()),
        3 => prop::collection::vec(item, 1..4).prop_map(|items| items.join(",")),
    ]
}

fn schedule() -> impl Strategy<Value = String> {
    (field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 6))
        .prop_map(|(minute, hour, day, month, weekday)| format!("{minute} {hour} {day} {month} {weekday}"))
}

/// From 1950 to 2100.
fn instant() -> impl Strategy<Value = Timestamp> {
    (-631_152_000i64..4_102_444_800, 0..1_000_000_000)
        .prop_map(|(second, nanosecond)| Timestamp::new(second, nanosecond).unwrap())
}

fn rules(zone: &str) -> TimeZone {
    jiff::tz::TimeZoneDatabase::bundled().get(zone).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn firing_is_later_and_named_by_the_schedule(text in schedule(), zone in prop::sample::select(&ZONES[..]), after in instant()) {
        let schedule = Schedule::parse(&text).unwrap();
        let mut instant = after;
        for _ in 0..5 {
            let Some(next) = schedule.next_after(instant, &Zone::parse(zone).unwrap()) else { break };
            prop_assert!(next > instant);
            prop_assert!(schedule.names(rules(zone).to_datetime(next)));
            instant = next;
        }
    }

    #[test]
    fn nothing_between_is_named_by_the_schedule(text in schedule(), zone in prop::sample::select(&ZONES[..]), after in instant()) {
        let schedule = Schedule::parse(&text).unwrap();
        let rules = rules(zone);
        let end = schedule.next_after(after, &Zone::parse(zone).unwrap()).unwrap_or(Timestamp::MAX);
        // Offsets are whole minutes since 1950 in these zones, so firings stand on whole minutes of UTC too.
        let mut minute = Timestamp::from_second((after.as_second().div_euclid(60) + 1) * 60).unwrap();
        for _ in 0..3000 {
            if minute >= end {
                break;
            }
            prop_assert!(!schedule.names(rules.to_datetime(minute)), "{minute} was passed over");
            minute = minute.checked_add(1.minute()).unwrap();
        }
    }

    #[test]
    fn instants_of_one_minute_have_one_answer(text in schedule(), second in -10_000_000i64..70_000_000, within in 0i64..60) {
        let schedule = Schedule::parse(&text).unwrap();
        let start = Timestamp::from_second(second * 60).unwrap();
        let later = Timestamp::from_second(second * 60 + within).unwrap();
        prop_assert_eq!(schedule.next_after(start, &Zone::utc()), schedule.next_after(later, &Zone::utc()));
    }

    #[test]
    fn agrees_with_croner_away_from_clock_changes(text in schedule(), zone in prop::sample::select(&ZONES[..]), after in instant()) {
        let rules = rules(zone);
        let ours = Schedule::parse(&text).unwrap().next_after(after, &Zone::parse(zone).unwrap());
        let quiet_until = rules.following(after).next().map_or(Timestamp::MAX, |change| change.timestamp());
        let theirs = croner::Cron::from_str(&text)
            .unwrap()
            .find_next_occurrence(&after.to_zoned(rules), false)
            .ok()
            .map(|zoned| zoned.timestamp());
        // croner gives up past the year 5000 and decides clock changes differently.
        let both_quiet = ours.is_none_or(|next| next < quiet_until) && theirs.is_none_or(|next| next < quiet_until);
        if both_quiet {
            prop_assert_eq!(ours, theirs);
        }
    }

}

proptest! {
    #[test]
    fn any_text_gives_a_schedule_or_an_error(text in r"[-0-9*/, \tA-Za-z#?@é\n]{0,40}") {
        schedule::fuzz::body(text.as_bytes());
    }

    #[test]
    fn any_bytes_give_a_schedule_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        schedule::fuzz::body(&bytes);
    }
}

#[test]
fn corpus_gives_schedules_or_errors() {
    for text in [
        "* * * * *",
        "0 0 29 2 *\nEurope/Berlin",
        "0 0 30 2 *\nPacific/Apia",
        "*/7 1-5/2 1,15 JAN-MAR SUN-SAT\nAustralia/Lord_Howe",
        "59 23 31 12 7\nAmerica/New_York",
        "every 5 minutes\nutc",
        "* * L * *\nNowhere",
        "- - - - -",
    ] {
        schedule::fuzz::body(text.as_bytes());
    }
}
