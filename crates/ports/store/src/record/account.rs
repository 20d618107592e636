//! Service accounts and their keys.

use jiff::Timestamp;
use names::{AccountName, Email, KeyId, ResourceName, Uid, UniqueId};

use super::{AccountKeyKey, DeletedAccountKey, PolicyRecord, Recorded};

/// A service account.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct AccountRecord {
    /// Its canonical name.
    pub name: AccountName,
    /// Its numeric ID, which no other account ever gets.
    pub unique_id: UniqueId,
    /// The same as text for the resource index.
    pub uid: Uid,
    /// Shown to people; at most 100 bytes.
    pub display_name: String,
    /// At most 256 bytes.
    pub description: String,
    /// Who made it.
    pub kind: AccountKind,
    /// Set while it is disabled.
    pub disabled_at: Option<Timestamp>,
    /// Counts what ends the tokens issued so far: disabling. A token of an earlier generation is void.
    pub generation: u64,
    /// When it was made.
    pub create_time: Timestamp,
}

/// Who made an account.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AccountKind {
    /// Doorward, to act for an API in the project. Not listed.
    ServiceAgent,
    /// A user.
    UserManaged,
}

impl Recorded for AccountRecord {
    const KIND: &'static str = "account";
    type Key = AccountName;

    fn key(&self) -> AccountName {
        self.name.clone()
    }
    fn uid(&self) -> &Uid {
        &self.uid
    }
    fn resource(&self) -> Option<ResourceName> {
        Some(self.name.clone().into())
    }
}

impl AccountRecord {
    /// Its e-mail.
    pub fn email(&self) -> &Email {
        &self.name.email
    }
}

/// The public half of a key of a service account. The private half is given out once and not kept.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct AccountKeyRecord {
    /// Whose key.
    pub account: AccountName,
    /// The account's unique ID: a new account of the same name does not inherit the key.
    pub account_unique_id: UniqueId,
    /// Its ID.
    pub key: KeyId,
    /// For the resource index.
    pub uid: Uid,
    /// SubjectPublicKeyInfo, PEM.
    pub public_key_pem: String,
    /// An X.509 certificate of the same key, PEM; empty where the key was uploaded without one.
    pub certificate_pem: String,
    /// From when it is good.
    pub valid_after: Timestamp,
    /// Until when; `None` for keys without an end.
    pub valid_before: Option<Timestamp>,
    /// Who made it.
    pub origin: KeyOrigin,
    /// Set while it is disabled.
    pub disabled_at: Option<Timestamp>,
    /// Why it was disabled last.
    #[serde(default)]
    pub disable_reason: DisableReason,
    /// Set where Doorward keeps the private half, sealed, to sign for the account: a system-managed key.
    #[serde(default)]
    pub managed: Option<ManagedKey>,
}

/// The private half of a system-managed key, and the time in which it signs.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct ManagedKey {
    /// From when it signs. It is published before that.
    pub sign_from: Timestamp,
    /// When its successor takes over; `None` while there is none, and then it signs on.
    pub sign_until: Option<Timestamp>,
    /// The private half as `keys` sealed it.
    #[serde(with = "crate::base64_text")]
    pub sealed: Vec<u8>,
}

/// An account that was deleted and may come back, with all that went with it.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct DeletedAccountRecord {
    /// The account as it was.
    pub account: AccountRecord,
    /// For the resource index; not the account's own, which no record but the account's has.
    pub uid: Uid,
    /// Its keys as they were.
    pub keys: Vec<AccountKeyRecord>,
    /// The policy that hung on it.
    pub policy: Option<PolicyRecord>,
    /// When it was deleted.
    pub deleted_at: Timestamp,
}

impl Recorded for DeletedAccountRecord {
    const KIND: &'static str = "deletedAccount";
    type Key = DeletedAccountKey;

    fn key(&self) -> DeletedAccountKey {
        DeletedAccountKey {
            project: self.account.name.project.clone(),
            unique_id: self.account.unique_id.clone(),
        }
    }
    fn uid(&self) -> &Uid {
        &self.uid
    }
    fn resource(&self) -> Option<ResourceName> {
        None
    }
}

/// Why a key was disabled, as whoever did it said.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DisableReason {
    /// An attacker was seen to use it.
    CompromiseDetected,
    /// Its private half was found in public.
    Exposed,
    /// A user wanted it so: what holds where nothing is said.
    #[default]
    UserInitiated,
}

/// Who made a key.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum KeyOrigin {
    /// Doorward: `GOOGLE_PROVIDED` on the wire.
    Provided,
    /// Somebody else, who uploaded the public half: `USER_PROVIDED` on the wire.
    Uploaded,
}

impl Recorded for AccountKeyRecord {
    const KIND: &'static str = "accountKey";
    type Key = AccountKeyKey;

    fn key(&self) -> AccountKeyKey {
        AccountKeyKey { account: self.account.clone(), key: self.key.clone() }
    }
    fn uid(&self) -> &Uid {
        &self.uid
    }
    fn resource(&self) -> Option<ResourceName> {
        None
    }
}
