//! What the gate asks of whoever knows the keys of ID tokens.

use jiff::Timestamp;
use names::{Principal, Revision};

/// Verifies ID tokens: signature, issuer, instants and types of claims; not for whom a token is, and not what its
/// bearer may do.
pub trait VerifiesIdTokens: Send + Sync {
    /// Verifies one token.
    ///
    /// # Errors
    ///
    /// Why it is not believed.
    fn verify(&self, token: &str, now: Timestamp) -> Result<VerifiedToken, Refused>;

    /// Changes whenever a token that verified before might not any more.
    fn revision(&self) -> Revision;
}

/// A token that was believed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VerifiedToken {
    /// Who it is about.
    pub principal: Principal,
    /// For whom it is.
    pub audience: String,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Why a token was not believed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refused {
    /// It has ended.
    #[error("the token ended at {at}")]
    Expired {
        /// When.
        at: Timestamp,
    },
    /// It cannot be read, its signature does not verify, or it is from somebody else.
    #[error("the token could not be verified")]
    Invalid,
}
