use std::time::Duration;

use listen::Limits;

/// Limits of the intercept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Config {
    /// How long it may take to reach another host; 30 s.
    pub dial_patience: Duration,
    /// How long a tunnel to another host may carry nothing in either direction; 15 minutes.
    pub idle_patience: Duration,
    /// What one connection of a client may ask. TLS has to be agreed on within the patience for heads.
    pub limits: Limits,
    /// How long an answer of another host to a plain request may take, all of it; an hour.
    pub longest_answer: Duration,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            dial_patience: Duration::from_secs(30),
            idle_patience: Duration::from_secs(15 * 60),
            limits: Limits::default(),
            longest_answer: Duration::from_secs(60 * 60),
        }
    }
}
