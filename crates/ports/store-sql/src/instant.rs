//! Instants as the database has them: microseconds since 1970.

use jiff::Timestamp;

/// The last microsecond that is not after the instant: for what is compared with, such as now.
pub fn floor(instant: Timestamp) -> i64 {
    narrow(instant.as_nanosecond().div_euclid(NANOSECONDS))
}

/// The first microsecond that is not before the instant: for what must not happen earlier.
pub fn ceiling(instant: Timestamp) -> i64 {
    narrow(-(-instant.as_nanosecond()).div_euclid(NANOSECONDS))
}

/// The instant of a microsecond; one beyond the calendar becomes the end of time.
pub fn timestamp(microsecond: i64) -> Timestamp {
    Timestamp::from_microsecond(microsecond).unwrap_or(Timestamp::MAX)
}

fn narrow(microseconds: i128) -> i64 {
    i64::try_from(microseconds).expect("the calendar ends long before 64 bits of microseconds do")
}

const NANOSECONDS: i128 = 1000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_due_before_its_instant() {
        for (nanosecond, expected) in
            [(0, (0, 0)), (1, (0, 1)), (1000, (1, 1)), (1001, (1, 2)), (-1, (-1, 0))]
        {
            let instant = Timestamp::from_nanosecond(nanosecond).unwrap();
            assert_eq!((floor(instant), ceiling(instant)), expected);
        }
    }

    #[test]
    fn the_ends_of_the_calendar_come_back() {
        assert_eq!(timestamp(ceiling(Timestamp::MAX)), Timestamp::MAX);
        assert_eq!(timestamp(floor(Timestamp::MIN)), Timestamp::MIN);
        assert_eq!(timestamp(i64::MIN), Timestamp::MAX);
    }
}
