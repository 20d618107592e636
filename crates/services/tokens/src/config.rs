//! What this server is called, and how its keys turn.

use names::Universe;

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
    /// The most token requests in a second, over time, that cost RSA operations (one or two each); those that are
    /// refused before that are not counted.
    pub exchanges_per_second: u32,
    /// The most of them that are answered at once after a quiet time.
    pub exchange_burst: u32,
}

impl Config {
    /// The defaults in this universe, reached at these addresses of its own.
    pub fn of(universe: Universe, own_token_endpoints: Vec<String>) -> Self {
        Self {
            universe,
            dangerous_anonymous_owner: None,
            own_token_endpoints,
            rotation: keys::Policy::default(),
            exchanges_per_second: 500,
            exchange_burst: 2000,
        }
    }
}
