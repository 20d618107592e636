//! How much each caller may ask: one leaky bucket for each, in a table that does not grow.

use std::net::IpAddr;

use jiff::Timestamp;

use crate::throttle::Throttle;

/// Buckets by caller. Callers that fall together share one; which do, nobody outside can work out.
pub(crate) struct Callers {
    buckets: Vec<Throttle>,
    seed: [u8; 32],
}

impl Callers {
    /// So many a second over time for each, and so many at once after a quiet time.
    pub(crate) fn new(per_second: u32, burst: u32, seed: [u8; 32]) -> Self {
        Self { buckets: (0..BUCKETS).map(|_| Throttle::new(per_second, burst)).collect(), seed }
    }

    /// Whether one more of this caller may be answered now: of whoever is named, asked for from this address. So nobody
    /// uses up what another one may ask by sending another one's name.
    pub(crate) fn admits(&self, from: Option<IpAddr>, name: &str, now: Timestamp) -> bool {
        let from = from.map(|address| address.to_string()).unwrap_or_default();
        let text = [&self.seed[..], from.as_bytes(), b"\0", name.as_bytes()].concat();
        let [high, low, ..] = jose::sha256(&text);
        let at = usize::from(u16::from_be_bytes([high, low])) % self.buckets.len();
        self.buckets[at].admits(now)
    }
}

/// 96 KiB of memory, whoever calls.
const BUCKETS: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn caller_who_asks_too_much_is_refused_and_nobody_else_is() {
        let callers = Callers::new(1, 3, [7; 32]);
        let now = Timestamp::from_second(1_700_000_000).unwrap();
        let [here, there] = ["127.0.0.1", "10.0.0.7"].map(|address| Some(address.parse().unwrap()));
        let admitted = |from, name| (0..10).filter(|_| callers.admits(from, name, now)).count();
        assert_eq!(admitted(here, "ada"), 3);
        assert_eq!(admitted(here, "ada"), 0);
        assert_eq!(admitted(here, "grace"), 3, "another account");
        assert_eq!(admitted(there, "ada"), 3, "whoever sends her name from elsewhere takes nothing from her");
        let later = Timestamp::from_second(1_700_000_001).unwrap();
        assert!(callers.admits(here, "ada", later));
    }
}
