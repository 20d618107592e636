//! Real time: what is measured here is this machine, so there is nothing to drive by hand.

#![expect(clippy::disallowed_methods, reason = "measurements take place in real time, outside the house")]

use std::future::Future;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

/// A moment to measure from.
pub fn now() -> Instant {
    Instant::now()
}

/// Today's date in UTC, as `2026-11-22`.
pub fn today() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%d").to_string()
}

/// The present instant, to compare with what Doorward writes down.
pub fn timestamp() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

/// Lets time pass.
pub async fn pause(time: Duration) {
    tokio::time::sleep(time).await;
}

/// What `work` answers, or an error that says what took longer than `limit`.
///
/// # Errors
/// Its own, or that it took too long.
pub async fn within<T>(limit: Duration, what: &str, work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::time::timeout(limit, work).await.with_context(|| format!("{what} took longer than {limit:?}"))?
}
