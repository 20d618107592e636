//! How many requests are answered: a leaky bucket in one word.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;

/// Bounds what strangers can make this server compute. It counts all callers together; limits for one caller are
/// the edge's.
pub(crate) struct Throttle {
    /// When the bucket will have run empty, in microseconds since 1970.
    empty_at: AtomicI64,
    interval_micros: i64,
    capacity_micros: i64,
}

impl Throttle {
    /// So many a second over time, and so many at once after a quiet time; at least one of each.
    pub(crate) fn new(per_second: u32, burst: u32) -> Self {
        let interval_micros = 1_000_000 / i64::from(per_second.max(1));
        let capacity_micros = interval_micros * i64::from(burst.max(1));
        Self { empty_at: AtomicI64::new(i64::MIN), interval_micros, capacity_micros }
    }

    /// Whether one more may be answered now.
    pub(crate) fn admits(&self, now: Timestamp) -> bool {
        let now = now.as_microsecond();
        self.empty_at
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |empty_at| {
                // No bucket is fuller than full: one that seems to be was filled before the clock was set back, and
                // waiting for the old time would refuse everybody for as long as the clock was wrong.
                let set_back = empty_at > now + self.capacity_micros + OUT_OF_STEP_MICROS;
                let empty_at = if set_back { now } else { empty_at.max(now) };
                let filled = empty_at + self.interval_micros;
                (filled - now <= self.capacity_micros).then_some(filled)
            })
            .is_ok()
    }
}

/// Callers on several cores read the clock before they come here, not in the order in which they come: one that is
/// this little behind has not seen the clock set back, and must not empty a bucket that others have just filled.
const OUT_OF_STEP_MICROS: i64 = 1_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(micros: i64) -> Timestamp {
        Timestamp::from_microsecond(micros).unwrap()
    }

    #[test]
    fn a_burst_is_admitted_and_then_only_the_rate() {
        let throttle = Throttle::new(10, 3);
        let admitted = |now: i64| (0..10).filter(|_| throttle.admits(at(now))).count();
        assert_eq!(admitted(0), 3);
        assert_eq!(admitted(99_999), 0);
        assert_eq!(admitted(100_000), 1);
        assert_eq!(admitted(300_000), 2);
        assert_eq!(admitted(60_000_000), 3);
    }

    #[test]
    fn a_clock_that_is_set_back_by_an_hour_refuses_nobody_for_that_hour() {
        let throttle = Throttle::new(10, 3);
        let admitted = |now: i64| (0..10).filter(|_| throttle.admits(at(now))).count();
        let hour = 3_600_000_000;
        assert_eq!(admitted(hour), 3);
        assert_eq!(admitted(0), 3, "a burst, as after a quiet time");
        assert_eq!(admitted(100_000), 1, "and then the rate");
        assert_eq!(admitted(hour), 3, "and nothing is left of it when the clock is put right");
    }

    #[test]
    fn a_caller_that_read_the_clock_a_moment_before_the_others_empties_no_full_bucket() {
        let throttle = Throttle::new(10, 3);
        let admitted = |now: i64| (0..10).filter(|_| throttle.admits(at(now))).count();
        assert_eq!(admitted(10_000_000), 3);
        assert_eq!(admitted(9_999_999), 0);
        assert_eq!(admitted(9_000_000), 0);
        assert_eq!(admitted(10_100_000), 1);
    }
}
