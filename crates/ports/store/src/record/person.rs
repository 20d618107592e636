//! People, and what keeps them signed in on a command line.

use jiff::Timestamp;
use names::{Email, ResourceName, Uid, UniqueId};

use super::{AuthorizationCodeKey, Recorded, RefreshCredentialKey, RevokedTokenKey};

/// A person.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct PersonRecord {
    /// The verified address.
    pub email: Email,
    /// What stays when the address changes.
    pub subject: UniqueId,
    /// For the resource index.
    pub uid: Uid,
    /// What the person is called.
    #[serde(default)]
    pub profile: Profile,
    /// Set while the person may not sign in.
    pub disabled_at: Option<Timestamp>,
    /// Counts what ends the tokens issued so far.
    pub generation: u64,
    /// When the person was first known.
    pub create_time: Timestamp,
}

/// What a person is called, as far as anybody said: for programs that the person lets see it.
#[derive(Clone, PartialEq, Eq, Default, Debug, serde::Serialize, serde::Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Profile {
    /// The full name, as it is shown.
    pub name: Option<String>,
    /// The given name.
    pub given_name: Option<String>,
    /// The family name.
    pub family_name: Option<String>,
    /// Where a picture of the person is: a URL.
    pub picture: Option<String>,
}

impl Recorded for PersonRecord {
    const KIND: &'static str = "person";
    type Key = Email;

    fn key(&self) -> Email {
        self.email.clone()
    }
    fn uid(&self) -> &Uid {
        &self.uid
    }
    fn resource(&self) -> Option<ResourceName> {
        None
    }
}

/// A refresh token that was handed out, by its hash.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct RefreshCredentialRecord {
    /// SHA-256 of the token.
    pub hash: RefreshCredentialKey,
    /// For the resource index.
    pub uid: Uid,
    /// Whose it is.
    pub person: Email,
    /// Which person had that address.
    pub subject: UniqueId,
    /// The OAuth client it was issued to.
    pub client_id: String,
    /// Scopes it can buy.
    pub scopes: Vec<String>,
    /// When it was issued.
    pub create_time: Timestamp,
    /// When it ends, where it was never handed out and only stands for what came of one sign-in.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
}

/// A code that a client was given to exchange for tokens, by its hash.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct AuthorizationCodeRecord {
    /// SHA-256 of the code.
    pub hash: AuthorizationCodeKey,
    /// For the resource index.
    pub uid: Uid,
    /// Who let the client act for them.
    pub person: Email,
    /// Which person had that address.
    pub subject: UniqueId,
    /// The client.
    pub client_id: String,
    /// Where the code went.
    pub redirect_uri: String,
    /// Scopes it can buy.
    pub scopes: Vec<String>,
    /// SHA-256 of the verifier, in base64url, where the client sent a challenge.
    pub challenge: Option<String>,
    /// What the ID token repeats.
    pub nonce: Option<String>,
    /// Whether it buys a refresh token.
    pub offline: bool,
    /// When it ends.
    pub expires_at: Timestamp,
    /// What it bought, once it was used.
    pub bought: Option<RefreshCredentialKey>,
}

impl Recorded for AuthorizationCodeRecord {
    const KIND: &'static str = "authorizationCode";
    type Key = AuthorizationCodeKey;

    fn key(&self) -> AuthorizationCodeKey {
        self.hash.clone()
    }
    fn uid(&self) -> &Uid {
        &self.uid
    }
    fn resource(&self) -> Option<ResourceName> {
        None
    }
}

/// An access token that counts no more before it ends, by its name.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct RevokedTokenRecord {
    /// The token's name, which opens nothing.
    pub token: RevokedTokenKey,
    /// For the resource index.
    pub uid: Uid,
    /// When the token would have ended; after that it needs no record.
    pub expires_at: Timestamp,
}

impl Recorded for RevokedTokenRecord {
    const KIND: &'static str = "revokedToken";
    type Key = RevokedTokenKey;

    fn key(&self) -> RevokedTokenKey {
        self.token.clone()
    }
    fn uid(&self) -> &Uid {
        &self.uid
    }
    fn resource(&self) -> Option<ResourceName> {
        None
    }
}

impl Recorded for RefreshCredentialRecord {
    const KIND: &'static str = "refreshCredential";
    type Key = RefreshCredentialKey;

    fn key(&self) -> RefreshCredentialKey {
        self.hash.clone()
    }
    fn uid(&self) -> &Uid {
        &self.uid
    }
    fn resource(&self) -> Option<ResourceName> {
        None
    }
}
