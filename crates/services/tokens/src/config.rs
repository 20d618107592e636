//! What this server is called, and how its keys turn.

use std::collections::BTreeSet;
use std::time::Duration;

use names::{Email, Universe};

use crate::DangerousAnonymousOwner;

/// How tokens are made and recognised.
#[derive(Clone, Debug)]
pub struct Config {
    /// The names that this cloud goes by: the issuer, the token endpoint's public addresses.
    pub universe: Universe,
    /// Whether API calls that carry no credential are the local owner's; never by default.
    pub dangerous_anonymous_owner: Option<DangerousAnonymousOwner>,
    /// The addresses at which this very server's token endpoint is reached, such as `http://127.0.0.1:8085/token`.
    /// Clients that take `token_uri` from the key file use it as the assertion's audience; the others always send
    /// Google's, which count too.
    pub own_token_endpoints: Vec<String>,
    /// How often keys turn, and how long each is published before it signs.
    pub rotation: keys::Policy,
    /// How often the keys turn with which Doorward signs for an account, and how long each is published before it
    /// signs. What they sign may count for twelve hours (facts §4.3).
    pub account_keys: keys::Rotation,
    /// Accounts whose access tokens may live for up to twelve hours where somebody asks for it; those of all others, up to
    /// one. Google's constraint `iam.allowServiceAccountCredentialLifetimeExtension` lists them (facts §4.3).
    pub extended_lifetimes: BTreeSet<Email>,
    /// The most token requests in a second, over time, that cost RSA operations (one or two each); those that are
    /// refused before that are not counted.
    pub exchanges_per_second: u32,
    /// The most of them that are answered at once after a quiet time.
    pub exchange_burst: u32,
    /// The same for one caller: one account or one client, from one address.
    pub exchanges_per_caller_per_second: u32,
    /// The most of one caller that are answered at once after a quiet time.
    pub exchange_burst_per_caller: u32,
}

impl Config {
    /// The defaults in this universe, reached at these addresses of its own.
    pub fn of(universe: Universe, own_token_endpoints: Vec<String>) -> Self {
        Self {
            universe,
            dangerous_anonymous_owner: None,
            own_token_endpoints,
            rotation: keys::Policy::default(),
            account_keys: keys::Rotation {
                period: Duration::from_secs(7 * 24 * 3600),
                overlap: Duration::from_secs(6 * 3600),
                token_lifetime: Duration::from_secs(12 * 3600),
            },
            extended_lifetimes: BTreeSet::new(),
            exchanges_per_second: 500,
            exchange_burst: 2000,
            exchanges_per_caller_per_second: 100,
            exchange_burst_per_caller: 500,
        }
    }
}
