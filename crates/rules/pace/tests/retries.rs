//! Delays, verdicts and refused settings.

#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]

use std::num::NonZeroU32;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use pace::{Attempts, Error, Field, RetryConfig, RetryFields, Verdict, verdict};
use proptest::prelude::*;
use rstest::rstest;

fn seconds(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}

fn nth(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap()
}

fn config(retry_count: i32, limit_seconds: i64, min: i64, max: i64, max_doublings: i32) -> RetryConfig {
    RetryConfig::new(RetryFields {
        retry_count,
        max_retry_duration: seconds(limit_seconds),
        min_backoff: seconds(min),
        max_backoff: seconds(max),
        max_doublings,
    })
    .unwrap()
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

#[test]
fn defaults_are_cloud_schedulers() {
    let config = RetryConfig::default();
    assert_eq!(config, self::config(0, 0, 5, 3600, 5));
    assert_eq!(RetryFields::from(&config), RetryFields::default());
}

#[rstest]
#[case::googles_example(10, 300, 3, &[10, 20, 40, 80, 160, 240, 300, 300, 300])]
#[case::defaults(5, 3600, 5, &[5, 10, 20, 40, 80, 160, 320, 480, 640])]
#[case::no_doubling_grows_linearly(10, 45, 0, &[10, 20, 30, 40, 45, 45])]
#[case::one_doubling(10, 1000, 1, &[10, 20, 40, 60, 80, 100])]
#[case::constant(7, 7, 16, &[7, 7, 7])]
fn delay_doubles_then_grows_linearly_up_to_the_longest(
    #[case] min: i64,
    #[case] max: i64,
    #[case] doublings: i32,
    #[case] expected: &[u64],
) {
    let config = config(5, 0, min, max, doublings);
    let delays: Vec<u64> =
        (1u32..).zip(expected).map(|(failures, _)| config.backoff(nth(failures)).as_secs()).collect();
    assert_eq!(delays, expected);
}

#[test]
fn extreme_settings_do_not_overflow() {
    let config = RetryConfig::new(RetryFields {
        retry_count: 5,
        max_retry_duration: SignedDuration::MAX,
        min_backoff: SignedDuration::from_nanos(1),
        max_backoff: SignedDuration::MAX,
        max_doublings: i32::MAX,
    })
    .unwrap();
    assert_eq!(config.backoff(nth(u32::MAX)), config.max_backoff());
    let attempts = Attempts {
        made: nth(u32::MAX),
        first_attempt_at: Timestamp::MIN,
        now: Timestamp::MAX,
        next_scheduled_start: None,
    };
    assert_eq!(verdict(&config, &attempts), Verdict::GiveUp);
    let just_begun = Attempts { made: nth(2), now: at(0), ..attempts };
    assert!(matches!(verdict(&config, &just_begun), Verdict::RetryAt(_)));
}

/// Count, limit in seconds, attempts made, seconds since the first, next start in seconds; delay 10 s throughout.
#[rstest]
#[case::zero_retries_gives_up(0, 0, 1, 0, None, None)]
#[case::zero_retries_gives_up_within_the_duration(0, 100, 1, 0, None, None)]
#[case::first_retry(2, 0, 1, 3, None, Some(13))]
#[case::last_retry(2, 0, 2, 20, None, Some(30))]
#[case::count_reached_without_duration(2, 0, 3, 20, None, None)]
#[case::count_left_though_duration_is_over(2, 5, 2, 100, None, Some(110))]
#[case::duration_left_though_count_is_reached(2, 100, 9, 90, None, Some(100))]
#[case::both_reached(2, 100, 9, 91, None, None)]
#[case::before_the_next_start(2, 0, 1, 0, Some(11), Some(10))]
#[case::at_the_next_start(2, 0, 1, 0, Some(10), None)]
#[case::past_the_next_start(2, 100, 1, 55, Some(60), None)]
fn retries_go_on_until_both_limits_or_the_next_start(
    #[case] count: i32,
    #[case] limit_seconds: i64,
    #[case] made: u32,
    #[case] now: i64,
    #[case] next_start: Option<i64>,
    #[case] expected: Option<i64>,
) {
    let attempts = Attempts {
        made: nth(made),
        first_attempt_at: at(0),
        now: at(now),
        next_scheduled_start: next_start.map(at),
    };
    let verdict = verdict(&config(count, limit_seconds, 10, 10, 0), &attempts);
    assert_eq!(verdict, expected.map_or(Verdict::GiveUp, |second| Verdict::RetryAt(at(second))));
}

#[rstest]
#[case(RetryFields { retry_count: 6, ..Default::default() }, Error::RetryCount { found: 6 })]
#[case(RetryFields { retry_count: -1, ..Default::default() }, Error::RetryCount { found: -1 })]
#[case(RetryFields { max_retry_duration: seconds(-1), ..Default::default() },
    Error::Negative { field: Field::MaxRetryDuration, found: seconds(-1) })]
#[case(RetryFields { min_backoff: seconds(-1), ..Default::default() },
    Error::Negative { field: Field::MinBackoff, found: seconds(-1) })]
#[case(RetryFields { max_backoff: SignedDuration::MIN, ..Default::default() },
    Error::Negative { field: Field::MaxBackoff, found: SignedDuration::MIN })]
#[case(RetryFields { min_backoff: SignedDuration::ZERO, ..Default::default() }, Error::Zero { field: Field::MinBackoff })]
#[case(RetryFields { max_backoff: seconds(4), ..Default::default() },
    Error::BackoffsCrossed { min_backoff: Duration::from_secs(5), max_backoff: Duration::from_secs(4) })]
#[case(RetryFields { max_doublings: -1, ..Default::default() }, Error::NegativeDoublings { found: -1 })]
fn refused_settings_name_their_field(#[case] fields: RetryFields, #[case] error: Error) {
    assert_eq!(RetryConfig::new(fields), Err(error));
}

#[test]
fn refusal_reads_as_a_sentence() {
    let error = RetryConfig::new(RetryFields { retry_count: 6, ..Default::default() }).unwrap_err();
    assert_eq!(error.to_string(), "retry_count is 6, expected 0 to 5");
}

fn any_config() -> impl Strategy<Value = RetryConfig> {
    (0..=5, 0i64..100_000, 1i64..10_000, 0i64..100_000, 0..40i32)
        .prop_map(|(count, limit, min, more, doublings)| config(count, limit, min, min + more, doublings))
}

proptest! {
    #[test]
    fn delays_never_shrink_and_stay_within_bounds(config in any_config(), failures in 1u32..10_000) {
        let delay = config.backoff(nth(failures));
        prop_assert!(delay <= config.backoff(nth(failures + 1)));
        prop_assert!((config.min_backoff()..=config.max_backoff()).contains(&delay));
    }

    #[test]
    fn every_execution_ends(config in any_config(), next_start in prop::option::of(0i64..1_000_000)) {
        let mut now = at(0);
        let mut made = 1;
        loop {
            let attempts = Attempts { made: nth(made), first_attempt_at: at(0), now, next_scheduled_start: next_start.map(at) };
            let Verdict::RetryAt(retry_at) = verdict(&config, &attempts) else { break };
            prop_assert!(retry_at > now);
            prop_assert!(next_start.is_none_or(|start| retry_at < at(start)));
            now = retry_at;
            made += 1;
            prop_assert!(made <= 100_010, "one retry a second at most, within the limit");
        }
        let without_next_start = next_start.is_none();
        prop_assert!(!without_next_start || made > config.retry_count(), "every retry of the count was made");
    }

    #[test]
    fn any_bytes_give_a_configuration_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        pace::fuzz::body(&bytes);
    }
}

#[test]
fn corpus_gives_verdicts() {
    let number = |value: i64| value.to_be_bytes();
    let corpus = [
        [5, 0, 1_000_000_000, 300, 3, 0, 1_000_000, 100_000_000, 1],
        [5, i64::MAX, 1, i64::MAX, i64::from(i32::MAX), 0, 0, i64::MAX, i64::from(i32::MAX)],
        [0, 0, 5_000_000_000, 3600, 5, 0, 0, 0, 1],
        [-1, -1, -1, -1, -1, -1, -1, -1, -1],
    ];
    for numbers in corpus {
        pace::fuzz::body(&numbers.map(number).concat());
    }
    pace::fuzz::body(&[]);
}

#[test]
fn between_two_attempts_lies_a_second_at_least() {
    let config = RetryConfig::new(RetryFields {
        retry_count: 1,
        max_retry_duration: SignedDuration::from_hours(8766),
        min_backoff: SignedDuration::from_nanos(1),
        max_backoff: SignedDuration::from_nanos(1),
        max_doublings: 0,
    })
    .unwrap();
    let attempts =
        Attempts { made: nth(9), first_attempt_at: at(0), now: at(100), next_scheduled_start: None };
    assert_eq!(verdict(&config, &attempts), Verdict::RetryAt(at(101)));
}
