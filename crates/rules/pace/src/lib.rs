//! How long to wait after a failure, and when to stop trying.
//!
//! A [`RetryConfig`] is what a job says about its retries; given how often it was tried, [`verdict`] says whether
//! to try again and when. The attempts, the instants and the next scheduled start are handed in: nothing here
//! reads a clock.
//!
//! Ada's job may be retried three times, ten seconds after the first failure and then twice as long each time.
//! Grace's endpoint is down at nine o'clock:
//!
//! ```
//! use std::num::NonZeroU32;
//! use jiff::{SignedDuration, Timestamp};
//! use pace::{Attempts, RetryConfig, RetryFields, Verdict, verdict};
//!
//! let config = RetryConfig::new(RetryFields {
//!     retry_count: 3,
//!     min_backoff: SignedDuration::from_secs(10),
//!     ..RetryFields::default()
//! })?;
//! let nine: Timestamp = "2024-05-06T09:00:00Z".parse()?;
//! let failed = |made: u32, now: &str| Attempts {
//!     made: NonZeroU32::new(made).unwrap(),
//!     first_attempt_at: nine,
//!     now: now.parse().unwrap(),
//!     next_scheduled_start: None,
//! };
//!
//! let first = verdict(&config, &failed(1, "2024-05-06T09:00:00Z"));
//! assert_eq!(first, Verdict::RetryAt("2024-05-06T09:00:10Z".parse()?));
//! let second = verdict(&config, &failed(2, "2024-05-06T09:00:10Z"));
//! assert_eq!(second, Verdict::RetryAt("2024-05-06T09:00:30Z".parse()?));
//! assert_eq!(verdict(&config, &failed(4, "2024-05-06T09:01:10Z")), Verdict::GiveUp);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Invariants: a retry is never before `now + min_backoff` nor after `now + max_backoff`, and always before the next
//! scheduled start; delays never shrink from one retry to the next; no configuration and no history overflows.

mod backoff;
mod config;
#[doc(hidden)]
pub mod fuzz;
mod verdict;

pub use config::{Error, Field, RetryConfig, RetryFields};
pub use verdict::{Attempts, Verdict, verdict};
