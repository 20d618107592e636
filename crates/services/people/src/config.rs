//! Who the local owner is, and which programs may act for people.

use std::fmt;

use names::{Email, Secret, Universe};
use oauth::RedirectUri;
use store::Profile;

/// The local owner, and the programs that may act for people.
#[derive(Clone, Debug)]
pub struct Config {
    /// The person who owns what a first start makes.
    pub owner: Email,
    /// What the owner is called.
    pub owner_profile: Profile,
    /// The OAuth clients. The first is that of the command line, which the owner's credential is for.
    pub clients: Vec<OauthClient>,
    /// What the owner's refresh token buys. gcloud takes an answer only if it lists every scope it ever asks for.
    pub scopes: Vec<String>,
}

/// A program that may act for people who let it.
#[derive(Clone, Debug)]
pub struct OauthClient {
    /// Its ID: also the audience of the ID tokens that it gets.
    pub id: String,
    /// What its secret is recognised by; a program on a person's machine cannot keep one and need not have one (RFC 8252
    /// §8.5), and then proves by a code verifier that it is the one that asked.
    pub secret: Option<SecretDigest>,
    /// Where codes for it may go.
    pub redirect_uris: Vec<RedirectUri>,
}

/// The SHA-256 of a client's secret: enough to recognise it, and nothing to show it by. The secret is to be one that
/// nobody guesses, since the digest has no salt.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SecretDigest([u8; 32]);

/// The digest is not 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a SHA-256 has 64 hexadecimal digits")]
pub struct NotADigest;

impl SecretDigest {
    /// That of a secret.
    pub fn of(secret: &Secret<String>) -> Self {
        Self(jose::sha256(secret.reveal().as_bytes()))
    }

    /// Reads 64 hexadecimal digits.
    ///
    /// # Errors
    /// [`NotADigest`].
    pub fn parse(text: &str) -> Result<Self, NotADigest> {
        let mut bytes = [0; 32];
        if text.len() != 64 || !text.is_ascii() {
            return Err(NotADigest);
        }
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).map_err(|_| NotADigest)?;
        }
        if text.contains('+') { Err(NotADigest) } else { Ok(Self(bytes)) }
    }
}

impl fmt::Debug for SecretDigest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SecretDigest(…)")
    }
}

impl Config {
    /// The defaults in this universe. The client of the command line has gcloud's own ID, which the gate takes for
    /// tokens that gcloud asks for without naming an audience (facts §2.2). Its secret is the same everywhere, protects
    /// nothing, and is asked for because clients send it.
    pub fn of(universe: &Universe) -> Self {
        let loopback = ["http://localhost", "http://localhost/", "http://127.0.0.1", "http://127.0.0.1/"];
        let command_line = OauthClient {
            id: universe.gcloud_client_id().to_owned(),
            secret: Some(SecretDigest::of(&command_line_secret())),
            redirect_uris: loopback.map(|uri| RedirectUri::parse(uri).expect("a valid literal")).to_vec(),
        };
        Self {
            owner: Email::parse("owner@doorward.localhost").expect("a valid literal"),
            owner_profile: Profile::default(),
            clients: vec![command_line],
            scopes: SCOPES.map(str::to_owned).to_vec(),
        }
    }

    pub(crate) fn client(&self, id: &str) -> Option<&OauthClient> {
        self.clients.iter().find(|client| client.id == id)
    }

    pub(crate) fn command_line(&self) -> &OauthClient {
        self.clients.first().expect("the client of the command line is always there")
    }
}

impl OauthClient {
    /// Whether this is the client's secret. Digests are compared, so that the time it takes tells nothing about it. A
    /// client that has none may show anything: some libraries always send one.
    pub(crate) fn has_secret(&self, shown: Option<&Secret<String>>) -> bool {
        self.secret.is_none() || shown.map(SecretDigest::of) == self.secret
    }
}

/// The secret of the command line's client, for whoever has to send one.
pub(crate) fn command_line_secret() -> Secret<String> {
    Secret::new("installed-applications-keep-no-secret".to_owned())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digest_is_read_and_shown_to_nobody() {
        let secret = Secret::new("s3cret".to_owned());
        let digest = SecretDigest::of(&secret);
        assert_eq!(SecretDigest::parse(&jose::sha256_hex(b"s3cret")), Ok(digest));
        assert_eq!(SecretDigest::parse(&jose::sha256_hex(b"s3cret").to_uppercase()), Ok(digest));
        assert_eq!(format!("{digest:?}"), "SecretDigest(…)");
        for text in ["", "ab", &"g".repeat(64), &"+f".repeat(32), &"ä".repeat(32), &"a".repeat(65)] {
            assert_eq!(SecretDigest::parse(text), Err(NotADigest), "{text}");
        }
    }
}
