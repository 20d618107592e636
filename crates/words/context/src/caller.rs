//! Who asks, and how that was shown.

use jiff::Timestamp;
use names::{KeyId, Principal};

/// A principal together with the credential that proved it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Caller {
    /// Who.
    pub principal: Principal,
    /// What was presented.
    pub credential: Credential,
}

/// The kind of credential and what limits it. Never the credential itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Credential {
    /// An OAuth 2 access token.
    AccessToken {
        /// Granted scopes, as sent.
        scopes: Vec<String>,
        /// The account key whose assertion bought the token, if one did.
        key: Option<KeyId>,
        /// When it ends.
        expires_at: Timestamp,
    },
    /// An ID token for this audience.
    IdToken {
        /// The audience it was minted for.
        audience: String,
    },
    /// Nothing was presented, or nothing was needed.
    None,
    /// A JWT that the account signed with its own key (facts §0.2).
    SelfSigned {
        /// Which key.
        key: KeyId,
        /// Scopes it claims; empty when it names an audience instead.
        scopes: Vec<String>,
    },
}

impl Caller {
    /// A principal without a credential.
    pub fn of(principal: Principal) -> Self {
        Self { principal, credential: Credential::None }
    }
}
