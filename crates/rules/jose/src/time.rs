//! Instants in claims, and the questions asked about them. "Now" is always an argument.

use serde::{Deserialize, Deserializer, Serialize, de};

/// Seconds since 1970-01-01T00:00:00Z (`NumericDate` of RFC 7519 §2, integers only).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct UnixSeconds(i64);

/// How far two clocks may disagree, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leeway(u32);

/// The time in which a token counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// Not before this instant (`nbf`).
    pub not_before: Option<UnixSeconds>,
    /// Made at this instant (`iat`).
    pub issued_at: UnixSeconds,
    /// Not at or after this instant (`exp`).
    pub expires_at: UnixSeconds,
}

/// Why a token does not count now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// `exp` is past.
    #[error("the token has expired")]
    Expired,
    /// `exp` is not after `iat`.
    #[error("the token ends before it begins")]
    Inverted,
    /// `iat` or `nbf` is in the future.
    #[error("the token is not valid yet")]
    NotYet,
    /// `exp` is further from `iat` than allowed.
    #[error("the token lives too long")]
    TooLong,
}

impl UnixSeconds {
    /// An instant.
    #[must_use]
    pub const fn new(seconds: i64) -> Self {
        Self(seconds)
    }

    /// The number of seconds since the epoch.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0
    }

    /// The instant `seconds` later, or the last one there is.
    #[must_use]
    pub const fn plus(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// Reads decimal digits, as some clients write `iat` and `exp` (facts: token endpoint, check 4).
    pub(crate) fn from_digits(text: &str) -> Option<Self> {
        if text.is_empty() || text.len() > 12 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        text.parse().ok().and_then(Self::in_range)
    }

    pub(crate) fn in_range(seconds: i64) -> Option<Self> {
        (0..=LAST_SECOND).contains(&seconds).then_some(Self(seconds))
    }
}

impl Leeway {
    /// So many seconds are forgiven.
    #[must_use]
    pub const fn seconds(seconds: u32) -> Self {
        Self(seconds)
    }
}

impl Validity {
    /// Whether the token counts at `now`.
    ///
    /// # Errors
    /// [`TimeError::Expired`], [`TimeError::Inverted`] and [`TimeError::NotYet`].
    pub fn check(&self, now: UnixSeconds, leeway: Leeway) -> Result<(), TimeError> {
        let leeway = i64::from(leeway.0);
        if self.expires_at <= self.issued_at {
            return Err(TimeError::Inverted);
        }
        if now >= self.expires_at.plus(leeway) {
            return Err(TimeError::Expired);
        }
        let begins = self.not_before.map_or(self.issued_at, |not_before| not_before.max(self.issued_at));
        if now.plus(leeway) < begins {
            return Err(TimeError::NotYet);
        }
        Ok(())
    }

    /// Whether the token lives at most `seconds`, whatever the time is.
    ///
    /// # Errors
    /// [`TimeError::TooLong`].
    pub fn check_lifetime(&self, seconds: u32) -> Result<(), TimeError> {
        if self.expires_at > self.issued_at.plus(i64::from(seconds)) {
            Err(TimeError::TooLong)
        } else {
            Ok(())
        }
    }
}

/// Accepts a JSON integer of the years 1970 to 9999; a float, a string or `null` is an error.
impl<'de> Deserialize<'de> for UnixSeconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Seconds;

        impl de::Visitor<'_> for Seconds {
            type Value = UnixSeconds;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("whole seconds since 1970, before the year 10000")
            }

            fn visit_u64<E: de::Error>(self, seconds: u64) -> Result<UnixSeconds, E> {
                i64::try_from(seconds)
                    .ok()
                    .and_then(UnixSeconds::in_range)
                    .ok_or_else(|| E::invalid_value(de::Unexpected::Unsigned(seconds), &self))
            }

            fn visit_i64<E: de::Error>(self, seconds: i64) -> Result<UnixSeconds, E> {
                UnixSeconds::in_range(seconds)
                    .ok_or_else(|| E::invalid_value(de::Unexpected::Signed(seconds), &self))
            }
        }

        deserializer.deserialize_i64(Seconds)
    }
}

/// 9999-12-31T23:59:59Z.
const LAST_SECOND: i64 = 253_402_300_799;

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Validity =
        Validity { not_before: None, issued_at: UnixSeconds::new(1000), expires_at: UnixSeconds::new(4600) };

    fn at(now: i64, leeway: u32) -> Result<(), TimeError> {
        HOUR.check(UnixSeconds::new(now), Leeway::seconds(leeway))
    }

    #[test]
    fn token_counts_from_its_first_second_to_before_its_last() {
        assert_eq!(at(999, 0), Err(TimeError::NotYet));
        assert_eq!(at(1000, 0), Ok(()));
        assert_eq!(at(4599, 0), Ok(()));
        assert_eq!(at(4600, 0), Err(TimeError::Expired));
    }

    #[test]
    fn leeway_widens_both_ends_by_its_seconds() {
        assert_eq!(at(970, 30), Ok(()));
        assert_eq!(at(969, 30), Err(TimeError::NotYet));
        assert_eq!(at(4629, 30), Ok(()));
        assert_eq!(at(4630, 30), Err(TimeError::Expired));
    }

    #[test]
    fn not_before_counts_when_it_is_later_than_issued_at() {
        let later = Validity { not_before: Some(UnixSeconds::new(2000)), ..HOUR };
        assert_eq!(later.check(UnixSeconds::new(1999), Leeway::seconds(0)), Err(TimeError::NotYet));
        assert_eq!(later.check(UnixSeconds::new(2000), Leeway::seconds(0)), Ok(()));
    }

    #[test]
    fn extreme_instants_do_not_overflow() {
        let extreme = Validity {
            not_before: Some(UnixSeconds::new(i64::MAX)),
            issued_at: UnixSeconds::new(i64::MIN),
            expires_at: UnixSeconds::new(i64::MAX),
        };
        assert!(extreme.check(UnixSeconds::new(i64::MAX), Leeway::seconds(u32::MAX)).is_err());
        assert!(extreme.check_lifetime(u32::MAX).is_err());
    }

    #[test]
    fn lifetime_is_bounded_inclusively() {
        assert_eq!(HOUR.check_lifetime(3600), Ok(()));
        assert_eq!(HOUR.check_lifetime(3599), Err(TimeError::TooLong));
    }
}
