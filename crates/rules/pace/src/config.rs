//! What a job says about its retries.

use std::fmt;
use std::time::Duration;

use jiff::SignedDuration;

/// Retry settings as a caller wrote them, unchecked. The default is Cloud Scheduler's: no retry, 5 s to one hour,
/// 5 doublings (v1, `RetryConfig`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryFields {
    /// How many retries follow a failed first attempt: 0 to 5.
    pub retry_count: i32,
    /// How long after the first attempt retries go on; zero sets no limit.
    pub max_retry_duration: SignedDuration,
    /// The delay before the first retry.
    pub min_backoff: SignedDuration,
    /// The longest delay.
    pub max_backoff: SignedDuration,
    /// How often the delay doubles before it grows linearly.
    pub max_doublings: i32,
}

impl Default for RetryFields {
    fn default() -> Self {
        Self {
            retry_count: 0,
            max_retry_duration: SignedDuration::ZERO,
            min_backoff: SignedDuration::from_secs(5),
            max_backoff: SignedDuration::from_hours(1),
            max_doublings: 5,
        }
    }
}

/// Checked retry settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryConfig {
    retry_count: u32,
    max_retry_duration: Duration,
    min_backoff: Duration,
    max_backoff: Duration,
    max_doublings: u32,
}

impl RetryConfig {
    /// The most retries that a job may ask for (Cloud Scheduler v1, `RetryConfig.retry_count`).
    pub const MAX_RETRY_COUNT: u32 = 5;

    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// The first field that is out of bounds, in the order of [`RetryFields`].
    pub fn new(fields: RetryFields) -> Result<Self, Error> {
        let retry_count = u32::try_from(fields.retry_count)
            .ok()
            .filter(|count| *count <= Self::MAX_RETRY_COUNT)
            .ok_or(Error::RetryCount { found: fields.retry_count })?;
        let max_retry_duration = unsigned(Field::MaxRetryDuration, fields.max_retry_duration)?;
        let min_backoff = positive(Field::MinBackoff, fields.min_backoff)?;
        let max_backoff = positive(Field::MaxBackoff, fields.max_backoff)?;
        if max_backoff < min_backoff {
            return Err(Error::BackoffsCrossed { min_backoff, max_backoff });
        }
        let max_doublings = u32::try_from(fields.max_doublings)
            .map_err(|_| Error::NegativeDoublings { found: fields.max_doublings })?;
        Ok(Self { retry_count, max_retry_duration, min_backoff, max_backoff, max_doublings })
    }

    /// How many retries follow a failed first attempt: 0 to 5. Zero leaves a failed job to its next start.
    pub fn retry_count(&self) -> u32 {
        self.retry_count
    }

    /// How long after the first attempt retries go on; zero sets no limit.
    pub fn max_retry_duration(&self) -> Duration {
        self.max_retry_duration
    }

    /// The delay before the first retry; never zero.
    pub fn min_backoff(&self) -> Duration {
        self.min_backoff
    }

    /// The longest delay; not shorter than the first.
    pub fn max_backoff(&self) -> Duration {
        self.max_backoff
    }

    /// How often the delay doubles before it grows linearly.
    pub fn max_doublings(&self) -> u32 {
        self.max_doublings
    }
}

impl Default for RetryConfig {
    fn default() -> Self {
        Self::new(RetryFields::default()).expect("the defaults are within bounds, as a test shows")
    }
}

impl From<&RetryConfig> for RetryFields {
    fn from(config: &RetryConfig) -> Self {
        let signed = |duration| SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX);
        Self {
            retry_count: i32::try_from(config.retry_count).unwrap_or(i32::MAX),
            max_retry_duration: signed(config.max_retry_duration),
            min_backoff: signed(config.min_backoff),
            max_backoff: signed(config.max_backoff),
            max_doublings: i32::try_from(config.max_doublings).unwrap_or(i32::MAX),
        }
    }
}

/// Why retry settings are refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The longest delay is shorter than the first.
    #[error("max_backoff_duration ({max_backoff:?}) is shorter than min_backoff_duration ({min_backoff:?})")]
    BackoffsCrossed {
        /// The first delay.
        min_backoff: Duration,
        /// The longest delay.
        max_backoff: Duration,
    },
    /// A duration below zero.
    #[error("{field} is negative: {found:?}")]
    Negative {
        /// Which field.
        field: Field,
        /// What it holds.
        found: SignedDuration,
    },
    /// `max_doublings` below zero.
    #[error("max_doublings is negative: {found}")]
    NegativeDoublings {
        /// What it holds.
        found: i32,
    },
    /// `retry_count` is not 0 to 5.
    #[error("retry_count is {found}, expected 0 to {}", RetryConfig::MAX_RETRY_COUNT)]
    RetryCount {
        /// What it holds.
        found: i32,
    },
    /// A delay of zero, which would retry without a pause.
    #[error("{field} is zero")]
    Zero {
        /// Which field.
        field: Field,
    },
}

/// A field that holds a duration, by its name on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// `max_backoff_duration`.
    MaxBackoff,
    /// `max_retry_duration`.
    MaxRetryDuration,
    /// `min_backoff_duration`.
    MinBackoff,
}

impl fmt::Display for Field {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::MaxBackoff => "max_backoff_duration",
            Self::MaxRetryDuration => "max_retry_duration",
            Self::MinBackoff => "min_backoff_duration",
        })
    }
}

fn unsigned(field: Field, found: SignedDuration) -> Result<Duration, Error> {
    Duration::try_from(found).map_err(|_| Error::Negative { field, found })
}

fn positive(field: Field, found: SignedDuration) -> Result<Duration, Error> {
    let duration = unsigned(field, found)?;
    if duration.is_zero() { Err(Error::Zero { field }) } else { Ok(duration) }
}
