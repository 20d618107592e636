//! Who the local owner is, and through which client.

use names::{Email, Secret, Universe};

/// The local owner and the OAuth client of the command line.
#[derive(Clone, Debug)]
pub struct Config {
    /// The person who owns what a first start makes.
    pub owner: Email,
    /// The OAuth client ID: also the audience of the owner's ID tokens, so it is gcloud's own by default, which the
    /// gate takes for tokens that gcloud asks for without naming an audience (facts §2.2).
    pub client_id: String,
    /// The client's secret. An installed application cannot keep one (RFC 8252 §8.5): it is the same everywhere,
    /// protects nothing, and is asked for because clients send it.
    pub client_secret: Secret<String>,
    /// What the owner's refresh token buys. gcloud takes an answer only if it lists every scope it ever asks for.
    pub scopes: Vec<String>,
}

impl Config {
    /// The defaults in this universe.
    pub fn of(universe: &Universe) -> Self {
        Self {
            owner: Email::parse("owner@doorward.localhost").expect("a valid literal"),
            client_id: universe.gcloud_client_id().to_owned(),
            client_secret: Secret::new("installed-applications-keep-no-secret".to_owned()),
            scopes: SCOPES.map(str::to_owned).to_vec(),
        }
    }
}

/// The scopes that gcloud asks for when somebody signs in, and that of re-authentication.
const SCOPES: [&str; 7] = [
    "openid",
    "https://www.googleapis.com/auth/userinfo.email",
    "https://www.googleapis.com/auth/cloud-platform",
    "https://www.googleapis.com/auth/appengine.admin",
    "https://www.googleapis.com/auth/sqlservice.login",
    "https://www.googleapis.com/auth/compute",
    "https://www.googleapis.com/auth/accounts.reauth",
];
