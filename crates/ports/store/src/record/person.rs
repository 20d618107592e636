//! People, and what keeps them signed in on a command line.

use jiff::Timestamp;
use names::{Email, ResourceName, Uid, UniqueId};

use super::{Recorded, RefreshCredentialKey};

/// A person.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct PersonRecord {
    /// The verified address.
    pub email: Email,
    /// What stays when the address changes.
    pub subject: UniqueId,
    /// For the resource index.
    pub uid: Uid,
    /// Set while the person may not sign in.
    pub disabled_at: Option<Timestamp>,
    /// Counts what ends the tokens issued so far.
    pub generation: u64,
    /// When the person was first known.
    pub create_time: Timestamp,
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
