//! Who asks.

use std::fmt;

use crate::{Email, Member, Pool, UniqueId};

/// An authenticated caller, or nobody. Made by whoever verified the credential; policies name [`crate::Member`]s.
#[derive(Clone, PartialEq, Eq, Hash, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum Principal {
    /// No credential was presented.
    Anonymous,
    /// Somebody whom another issuer vouches for, through a pool. Nothing stored or sent names one yet.
    #[serde(skip)]
    Federated {
        /// The pool.
        pool: Pool,
        /// Who, in the pool's own words.
        subject: Box<str>,
    },
    /// A person.
    Person {
        /// The verified address.
        email: Email,
        /// What stays when the address changes.
        subject: UniqueId,
    },
    /// A service account: the e-mail says which, the unique ID says which one of that name.
    ServiceAccount {
        /// The account's e-mail.
        email: Email,
        /// The account's unique ID.
        unique_id: UniqueId,
    },
    /// Doorward itself, for what no caller asked for: first start, rotation, recording an attempt. No credential
    /// can name it: see [`System`].
    #[serde(skip)]
    System(System),
}

/// Proof that the program itself acts. It cannot be read from a credential, a record or a request: only code that
/// says so in full can make it, and every such place can be found by this name.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct System(());

impl System {
    /// Doorward acting for itself. What it may then do is a fixed table in `iam`.
    pub fn acting_for_itself() -> Self {
        Self(())
    }
}

impl Principal {
    /// The e-mail, where there is one.
    pub fn email(&self) -> Option<&Email> {
        match self {
            Self::Person { email, .. } | Self::ServiceAccount { email, .. } => Some(email),
            Self::Anonymous | Self::Federated { .. } | Self::System(_) => None,
        }
    }
}

/// As in policies and audit records: `user:…`, `serviceAccount:…`, `principal://…`, `anonymous`, `system`.
impl fmt::Display for Principal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anonymous => formatter.write_str("anonymous"),
            Self::Federated { pool, subject } => {
                let selector = format!("subject/{subject}").into();
                Member::Federated { pool: pool.clone(), selector }.fmt(formatter)
            }
            Self::Person { email, .. } => write!(formatter, "user:{email}"),
            Self::ServiceAccount { email, .. } => write!(formatter, "serviceAccount:{email}"),
            Self::System(_) => formatter.write_str("system"),
        }
    }
}
