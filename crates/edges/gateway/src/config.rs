//! What an operator may choose.

use std::time::Duration;

/// Limits of the gate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Config {
    /// How long a client may take to send the head of a request, and to begin the next one; 60 s.
    pub head_timeout: Duration,
    /// How long an unused connection to an upstream is kept; 30 s.
    pub idle_timeout: Duration,
    /// Unused connections kept per upstream and core; 64.
    pub idle_connections: usize,
    /// Tokens remembered per core as verified; 16384.
    pub remembered_tokens: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            head_timeout: Duration::from_secs(60),
            idle_timeout: Duration::from_secs(30),
            idle_connections: 64,
            remembered_tokens: 16_384,
        }
    }
}
