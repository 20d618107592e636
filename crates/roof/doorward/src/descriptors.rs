//! File descriptors: every connection takes one, of clients and of services behind the gate, and what is passed on through
//! the intercept another for its other end.

use std::fmt;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// How many connections may be open at once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Connections {
    /// Of clients of the API.
    pub api: usize,
    /// Of the gate to services.
    pub backend: usize,
    /// Of clients of the gate.
    pub gate: usize,
    /// Of clients of the intercept.
    pub intercept: usize,
    /// Whether somebody asked for these numbers, so that less is not as good.
    pub chosen: Chosen,
}

/// Who chose a number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Chosen {
    /// Nobody: it is the default.
    ByDefault,
    /// Who wrote the configuration.
    ByOwner,
}

/// The system's limit is below what the connections need.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "the system lets this process open {limit} files, and {api} connections of the API, {gate} of the gate, {backend} to services and {intercept} of the intercept need {needed}"
)]
pub struct TooFewDescriptors {
    limit: u64,
    needed: u64,
    api: usize,
    backend: usize,
    gate: usize,
    intercept: usize,
}

impl TooFewDescriptors {
    /// What to do about it.
    pub fn hint(&self) -> String {
        format!(
            "raise the hard limit to {} (`ulimit -Hn`, or LimitNOFILE= of the systemd unit), or lower `api_connections`, `backend_connections`, `gate_connections` and `intercept_connections` under `[limits]`",
            self.needed
        )
    }
}

impl Connections {
    /// As many of these as fit under the system's limit on open files.
    ///
    /// # Errors
    ///
    /// When somebody asked for more than that.
    pub fn within(self, limit: u64) -> Result<Self, TooFewDescriptors> {
        let needed = self.descriptors();
        if needed <= limit {
            return Ok(self);
        }
        if self.chosen == Chosen::ByOwner {
            let Self { api, backend, gate, intercept, .. } = self;
            return Err(TooFewDescriptors { limit, needed, api, backend, gate, intercept });
        }
        // The share of each is the one that it has by default.
        let share = |count: usize| {
            let fits = (count as u64).saturating_mul(limit.saturating_sub(OTHERS)) / (needed - OTHERS);
            usize::try_from(fits).unwrap_or(count).max(1)
        };
        let [api, backend, gate, intercept] = [self.api, self.backend, self.gate, self.intercept].map(share);
        Ok(Self { api, backend, gate, intercept, chosen: Chosen::ByDefault })
    }

    fn descriptors(&self) -> u64 {
        // A tunnel of the intercept has two ends.
        let counts = [self.api, self.backend, self.gate, self.intercept, self.intercept];
        counts.into_iter().fold(OTHERS, |sum, count| sum.saturating_add(count as u64))
    }
}

impl Default for Connections {
    fn default() -> Self {
        Self { api: 10_000, backend: 10_000, gate: 10_000, intercept: 1000, chosen: Chosen::ByDefault }
    }
}

impl fmt::Display for Connections {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { api, backend, gate, intercept, .. } = self;
        write!(
            formatter,
            "{api} connections of the API, {gate} of the gate, {backend} to services and {intercept} of the intercept"
        )
    }
}

/// Raises this process's limit on open files as far as it may go by itself, and says where it then is.
pub fn raise_limit() -> u64 {
    let now = getrlimit(Resource::Nofile);
    let wanted = now.maximum.unwrap_or(ENOUGH).min(ENOUGH);
    if now.current.is_none_or(|current| current >= wanted) {
        return now.current.unwrap_or(u64::MAX);
    }
    match setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum: now.maximum }) {
        Ok(()) => wanted,
        Err(error) => {
            tracing::warn!(%error, wanted, "the limit on open files cannot be raised");
            now.current.unwrap_or(u64::MAX)
        }
    }
}

/// 256 deliveries, the store, the listeners, the log, libraries.
const OTHERS: u64 = 768;
/// More than any configuration needs; some systems refuse to set "unlimited".
const ENOUGH: u64 = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_by_default_shrink_to_what_the_system_allows() {
        let all = Connections::default();
        assert_eq!(all.within(1 << 20), Ok(all));
        let few = all.within(4096).expect("fewer");
        assert!(few.descriptors() <= 4096 && few.gate > 1000, "{few}");
        assert!(few.api == few.gate && few.gate == few.backend, "{few}");
        let fewest = all.within(0).expect("one of each");
        assert_eq!((fewest.api, fewest.backend, fewest.gate, fewest.intercept), (1, 1, 1, 1));
    }

    #[test]
    fn connections_that_somebody_asked_for_are_refused_with_the_numbers() {
        let chosen =
            Connections { api: 10, backend: 3000, gate: 2000, intercept: 100, chosen: Chosen::ByOwner };
        let error = chosen.within(4096).expect_err("too many");
        assert!(error.to_string().contains("open 4096 files"), "{error}");
        assert!(
            error.hint().contains("5978") && error.hint().contains("`backend_connections`"),
            "{}",
            error.hint()
        );
    }

    #[test]
    fn limit_that_was_raised_stays() {
        let limit = raise_limit();
        assert_eq!(raise_limit(), limit);
        assert!(limit >= getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX).min(ENOUGH));
    }
}
