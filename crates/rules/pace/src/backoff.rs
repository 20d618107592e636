//! How long to wait.

use std::num::NonZeroU32;
use std::time::Duration;

use crate::RetryConfig;

impl RetryConfig {
    /// The delay after the `failures`th failed attempt in a row: `min_backoff`, doubled `max_doublings` times, from
    /// there growing by `2^max_doublings × min_backoff`, and never above `max_backoff` (Cloud Scheduler v1,
    /// `RetryConfig.max_doublings`). 10 s, 300 s and 3 give 10, 20, 40, 80, 160, 240, 300, 300 … seconds.
    pub fn backoff(&self, failures: NonZeroU32) -> Duration {
        let growths = failures.get() - 1;
        let doublings = growths.min(self.max_doublings());
        let steps = growths - doublings;
        let factor = 1u128.checked_shl(doublings).unwrap_or(u128::MAX).saturating_mul(u128::from(steps) + 1);
        let nanoseconds = self.min_backoff().as_nanos().saturating_mul(factor);
        if nanoseconds >= self.max_backoff().as_nanos() {
            self.max_backoff()
        } else {
            of_nanoseconds(nanoseconds)
        }
    }
}

fn of_nanoseconds(nanoseconds: u128) -> Duration {
    let seconds = u64::try_from(nanoseconds / PER_SECOND).unwrap_or(u64::MAX);
    let rest = u32::try_from(nanoseconds % PER_SECOND).expect("a remainder of 10^9 fits");
    Duration::new(seconds, rest)
}

const PER_SECOND: u128 = 1_000_000_000;
