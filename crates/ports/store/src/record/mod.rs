//! Records of configuration, one file per aggregate.

mod account;
mod deny_policy;
mod domain_mapping;
mod function;
mod job;
mod key;
mod person;
mod policy;
mod project;
mod revision;
mod role;
mod service;

use std::fmt;

use names::{
    AccountName, CustomRoleName, DenyPolicyName, Email, FunctionName, JobName, KeyId, OrganizationId,
    ProjectId, ResourceName, RevisionName, ServiceName, Uid, UniqueId,
};

pub use account::{
    AccountKeyRecord, AccountKind, AccountRecord, DeletedAccountRecord, DisableReason, KeyOrigin, ManagedKey,
};
pub use deny_policy::DenyPolicyRecord;
pub use domain_mapping::{DomainMappingKey, DomainMappingRecord};
pub use function::{FunctionGeneration, FunctionRecord};
pub use job::{
    AppEngineTarget, HttpTarget, JobRecord, JobTarget, PubsubTarget, RetryRecord, TargetIdentity, TokenKind,
};
pub use key::{RingKeyKey, RingKeyRecord};
pub use person::{
    AuthorizationCodeRecord, PersonRecord, Profile, RefreshCredentialRecord, RevokedTokenRecord,
};
pub use policy::PolicyRecord;
pub use project::{ApiSwitch, ErasedProjectRecord, OrganizationRecord, ProjectRecord, ProjectState};
pub use revision::{
    BackendRecord, Container, ContainerPort, EnvironmentVariable, Resources, RevisionRecord, RevisionScaling,
    RevisionTemplate,
};
pub use role::RoleRecord;
pub use routes::Ingress;
pub use service::{ServiceRecord, ServiceScaling, TrafficTarget};

/// A record type: its kind, its key and what holds it.
pub trait Recorded: serde::Serialize + serde::de::DeserializeOwned + Clone + Send + Sync + 'static {
    /// How its rows are marked in the store; never changes.
    const KIND: &'static str;
    /// What it is found by.
    type Key: Into<RecordKey> + Clone + Send + Sync;

    /// The key of this record.
    fn key(&self) -> Self::Key;
    /// What it is, under whatever name.
    fn uid(&self) -> &Uid;
    /// The resource, where the record is one that policies and audit entries can name.
    fn resource(&self) -> Option<ResourceName>;
}

macro_rules! records {
    ($($variant:ident($record:ty, $key:ty) = $kind:literal;)*) => {
        /// Any record.
        #[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        #[expect(missing_docs, reason = "each variant holds the record of its name")]
        pub enum Record {
            $($variant($record),)*
        }

        /// The key of any record.
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        #[expect(missing_docs, reason = "each variant holds the key of the record of its name")]
        pub enum RecordKey {
            $($variant($key),)*
        }

        impl Record {
            /// Every kind that this version knows.
            pub const KINDS: &'static [&'static str] = &[$($kind),*];

            /// The kind, as rows are marked.
            pub fn kind(&self) -> &'static str {
                match self { $(Self::$variant(_) => $kind,)* }
            }

            /// The key.
            pub fn key(&self) -> RecordKey {
                match self { $(Self::$variant(record) => record.key().into(),)* }
            }

            /// What it is, under whatever name.
            pub fn uid(&self) -> &Uid {
                match self { $(Self::$variant(record) => record.uid(),)* }
            }

            /// The resource, where it is one.
            pub fn resource(&self) -> Option<ResourceName> {
                match self { $(Self::$variant(record) => record.resource(),)* }
            }

            /// The record alone as JSON, as it is stored.
            pub fn to_json(&self) -> Result<String, serde_json::Error> {
                match self { $(Self::$variant(record) => serde_json::to_string(record),)* }
            }

            /// Reads what [`Record::to_json`] wrote. `None` for a kind that this version does not know.
            pub fn from_json(kind: &str, json: &str) -> Result<Option<Self>, serde_json::Error> {
                match kind {
                    $($kind => serde_json::from_str(json).map(Self::$variant).map(Some),)*
                    _ => Ok(None),
                }
            }
        }

        impl RecordKey {
            /// The kind, as rows are marked.
            pub fn kind(&self) -> &'static str {
                match self { $(Self::$variant(_) => $kind,)* }
            }

            /// The key as text, as rows are found and sorted.
            pub fn text(&self) -> String {
                match self { $(Self::$variant(key) => key.to_string(),)* }
            }
        }

        $(
            impl From<$key> for RecordKey {
                fn from(key: $key) -> Self {
                    Self::$variant(key)
                }
            }
        )*
    };
}

records! {
    Account(AccountRecord, AccountName) = "account";
    AccountKey(AccountKeyRecord, AccountKeyKey) = "accountKey";
    AuthorizationCode(AuthorizationCodeRecord, AuthorizationCodeKey) = "authorizationCode";
    DeletedAccount(DeletedAccountRecord, DeletedAccountKey) = "deletedAccount";
    DenyPolicy(DenyPolicyRecord, DenyPolicyName) = "denyPolicy";
    DomainMapping(DomainMappingRecord, DomainMappingKey) = "domainMapping";
    ErasedProject(ErasedProjectRecord, ErasedProjectKey) = "erasedProject";
    Function(FunctionRecord, FunctionName) = "function";
    Job(JobRecord, JobName) = "job";
    Organization(OrganizationRecord, OrganizationId) = "organization";
    Person(PersonRecord, Email) = "person";
    Policy(PolicyRecord, PolicyKey) = "policy";
    Project(ProjectRecord, ProjectId) = "project";
    RefreshCredential(RefreshCredentialRecord, RefreshCredentialKey) = "refreshCredential";
    Revision(RevisionRecord, RevisionName) = "revision";
    RevokedToken(RevokedTokenRecord, RevokedTokenKey) = "revokedToken";
    RingKey(RingKeyRecord, RingKeyKey) = "ringKey";
    Role(RoleRecord, CustomRoleName) = "role";
    Service(ServiceRecord, ServiceName) = "service";
}

impl fmt::Display for RecordKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.kind(), self.text())
    }
}

/// A policy is found by the uid of the resource it hangs on, and goes with it.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct PolicyKey(pub Uid);

impl fmt::Display for PolicyKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// An account's key is found by the account and the key's ID.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, serde::Serialize, serde::Deserialize)]
pub struct AccountKeyKey {
    /// Whose key.
    pub account: AccountName,
    /// Which key.
    pub key: KeyId,
}

impl fmt::Display for AccountKeyKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/keys/{}", self.account, self.key)
    }
}

/// A deleted account is found by what no other account ever has, in the project where it may come back.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, serde::Serialize, serde::Deserialize)]
pub struct DeletedAccountKey {
    /// The project.
    pub project: ProjectId,
    /// The account's unique ID.
    pub unique_id: UniqueId,
}

impl fmt::Display for DeletedAccountKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "projects/{}/serviceAccounts/{}", self.project, self.unique_id)
    }
}

/// An erased project is found by the ID that it had.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct ErasedProjectKey(pub ProjectId);

impl fmt::Display for ErasedProjectKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// A code is found by its SHA-256, in hexadecimal: the code itself is not stored.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct AuthorizationCodeKey(pub String);

impl fmt::Display for AuthorizationCodeKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A revoked token is found by its name, 32 hexadecimal digits.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct RevokedTokenKey(pub String);

impl fmt::Display for RevokedTokenKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A refresh credential is found by the SHA-256 of its token, in hexadecimal: the token itself is not stored.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct RefreshCredentialKey(pub String);

impl fmt::Display for RefreshCredentialKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
