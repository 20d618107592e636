//! Where the time comes from.

use jiff::Timestamp;

/// A source of wall-clock time.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// A clock that stands still, for rules and their tests.
#[derive(Clone, Copy, Debug)]
pub struct Stopped(Timestamp);

impl Stopped {
    /// Stands at this instant.
    pub fn at(instant: Timestamp) -> Self {
        Self(instant)
    }

    /// Stands at this many seconds after the epoch.
    pub fn at_second(second: i64) -> Self {
        Self(Timestamp::from_second(second).unwrap_or(Timestamp::MAX))
    }
}

impl Clock for Stopped {
    fn now(&self) -> Timestamp {
        self.0
    }
}
