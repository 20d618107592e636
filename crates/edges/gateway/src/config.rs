//! What an operator may choose.

use std::time::Duration;

use listen::Limits;

/// Limits of the gate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Config {
    /// How many connections to services may be open at once, over all cores; 10,000. One address has at most three
    /// quarters of them.
    pub connections: usize,
    /// How long a request waits, where all of them are open, for one to become free; 1 s.
    pub connection_patience: Duration,
    /// How long an unused connection to an upstream is kept, and at most half as long again; 30 s.
    pub idle_timeout: Duration,
    /// Unused connections kept per upstream and core; 64.
    pub idle_connections: usize,
    /// What one connection of a client may ask: heads within a minute, 100 requests at a time over HTTP/2.
    pub limits: Limits,
    /// Tokens remembered per core as verified; 32768. They are kept in two halves, so that so many as one half holds stay
    /// remembered in whatever order they come.
    pub remembered_tokens: usize,
    /// Who ends TLS for clients; unknown.
    pub tls_in_front: TlsInFront,
}

/// Whether clients speak TLS with something that stands in front of the gate.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum TlsInFront {
    /// With something that lets no request through which came without.
    Always,
    /// What the gate sees for itself is all that is known.
    #[default]
    Unknown,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            connections: 10_000,
            connection_patience: Duration::from_secs(1),
            idle_timeout: Duration::from_secs(30),
            idle_connections: 64,
            // Heads beyond what the gate itself takes, so that in most cases the refusal is of the caller's format.
            limits: Limits {
                head_bytes: 256 << 10,
                head_fields: 200,
                head_patience: Duration::from_secs(60),
                ..Limits::default()
            },
            remembered_tokens: 32_768,
            tls_in_front: TlsInFront::Unknown,
        }
    }
}
