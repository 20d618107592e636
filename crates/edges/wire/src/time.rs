//! Instants and spans of time, between our side and the wire.

use prost_types::{Duration, Timestamp};

/// An instant as `google.protobuf.Timestamp`; nothing is lost.
#[must_use]
pub fn timestamp(instant: jiff::Timestamp) -> Timestamp {
    let mut timestamp = Timestamp { seconds: instant.as_second(), nanos: instant.subsec_nanosecond() };
    // Before 1970 jiff counts the fraction backwards, the wire always forwards.
    timestamp.normalize();
    timestamp
}

/// The instant of a `google.protobuf.Timestamp`.
///
/// # Errors
///
/// Outside the years 1 to 9999, or with a fraction outside 0 to 999 999 999 ns.
pub fn instant(timestamp: &Timestamp) -> Result<jiff::Timestamp, OutOfRange> {
    if !is_in_range(timestamp) {
        return Err(OutOfRange);
    }
    jiff::Timestamp::new(timestamp.seconds, timestamp.nanos).map_err(|_| OutOfRange)
}

/// Whether a `google.protobuf.Timestamp` is one: within the years 1 to 9999, its fraction within a second.
pub(crate) fn is_in_range(timestamp: &Timestamp) -> bool {
    (0..=999_999_999).contains(&timestamp.nanos) && YEARS_1_TO_9999.contains(&timestamp.seconds)
}

/// A span as `google.protobuf.Duration`. Spans beyond the wire's 10 000 years become 10 000 years.
#[must_use]
pub fn duration(span: std::time::Duration) -> Duration {
    match i64::try_from(span.as_secs()) {
        Ok(seconds) if seconds < LONGEST_SECONDS => {
            Duration { seconds, nanos: i32::try_from(span.subsec_nanos()).unwrap_or_default() }
        }
        Ok(_) | Err(_) => Duration { seconds: LONGEST_SECONDS, nanos: 0 },
    }
}

/// The span of a `google.protobuf.Duration`.
///
/// # Errors
///
/// For negative spans, for spans beyond 10 000 years, and for fractions outside 0 to 999 999 999 ns.
pub fn span(duration: &Duration) -> Result<std::time::Duration, OutOfRange> {
    let seconds = u64::try_from(duration.seconds).map_err(|_| OutOfRange)?;
    let nanos = u32::try_from(duration.nanos).map_err(|_| OutOfRange)?;
    if duration.seconds > LONGEST_SECONDS || nanos > 999_999_999 {
        return Err(OutOfRange);
    }
    Ok(std::time::Duration::new(seconds, nanos))
}

/// A time that one side can write and the other cannot hold.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a time outside the range that can be represented")]
pub struct OutOfRange;

/// google/protobuf/timestamp.proto: from 0001-01-01T00:00:00Z to 9999-12-31T23:59:59Z.
const YEARS_1_TO_9999: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;

/// google/protobuf/duration.proto: 315 576 000 000 s.
const LONGEST_SECONDS: i64 = 315_576_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_come_back_before_and_after_1970() {
        for text in ["2027-01-15T08:00:00.000000001Z", "1969-12-31T23:59:58.25Z", "0001-01-01T00:00:00Z"] {
            let then: jiff::Timestamp = text.parse().unwrap();
            let sent = timestamp(then);
            assert!((0..1_000_000_000).contains(&sent.nanos), "{text}");
            assert_eq!(instant(&sent), Ok(then));
        }
    }

    #[test]
    fn times_outside_the_range_are_refused() {
        assert_eq!(instant(&Timestamp { seconds: i64::MAX, nanos: 0 }), Err(OutOfRange));
        assert_eq!(instant(&Timestamp { seconds: 253_402_300_800, nanos: 0 }), Err(OutOfRange));
        assert_eq!(instant(&Timestamp { seconds: 0, nanos: -1 }), Err(OutOfRange));
        assert_eq!(span(&Duration { seconds: -1, nanos: 0 }), Err(OutOfRange));
        assert_eq!(span(&Duration { seconds: 0, nanos: 1_000_000_000 }), Err(OutOfRange));
    }

    #[test]
    fn spans_come_back_and_end_at_the_longest() {
        let third = std::time::Duration::from_millis(333);
        assert_eq!(span(&duration(third)), Ok(third));
        assert_eq!(duration(std::time::Duration::MAX).seconds, LONGEST_SECONDS);
    }
}
