//! Fuzz body: any settings give a configuration or a typed error, and any history a verdict within its bounds.

use std::num::NonZeroU32;

use jiff::{SignedDuration, Timestamp};

use crate::{Attempts, RetryConfig, RetryFields, Verdict, verdict};

/// Eight bytes for each number, in the order of [`RetryFields`] and [`Attempts`]; missing ones are zero.
pub fn body(bytes: &[u8]) {
    let mut chunks =
        bytes.chunks_exact(8).map(|chunk| chunk.iter().fold(0i64, |sum, byte| sum << 8 | i64::from(*byte)));
    let mut number = || chunks.next().unwrap_or_default();
    let small = |number: i64| i32::try_from(number % (1 << 31)).expect("a remainder of 2^31 fits");
    let fields = RetryFields {
        // Near the allowed range, so that random bytes get past it.
        retry_count: small(number()) % 8,
        max_retry_duration: SignedDuration::from_nanos(number()),
        min_backoff: SignedDuration::from_nanos(number()),
        max_backoff: SignedDuration::from_secs(number()),
        max_doublings: small(number()),
    };
    let config = match RetryConfig::new(fields.clone()) {
        Ok(config) => config,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    assert_eq!(RetryFields::from(&config), fields);
    let mut instant = || Timestamp::from_microsecond(number()).unwrap_or(Timestamp::MAX);
    let attempts = Attempts {
        first_attempt_at: instant(),
        now: instant(),
        next_scheduled_start: Some(instant()),
        made: NonZeroU32::new(small(number()).unsigned_abs()).unwrap_or(NonZeroU32::MIN),
    };
    if let Verdict::RetryAt(retry_at) = verdict(&config, &attempts) {
        assert!(retry_at > attempts.now);
        assert!(attempts.next_scheduled_start.is_some_and(|start| retry_at < start));
    }
}
