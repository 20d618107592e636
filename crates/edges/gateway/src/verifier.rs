//! What the gate asks of whoever knows the keys of ID tokens.

use jiff::Timestamp;
use names::Revision;
use tokens::{IdTokenRejected, IdTokens, VerifiedIdToken};

/// Verifies ID tokens: signature, issuer, instants and types of claims; not for whom a token is, and not what its
/// bearer may do.
pub trait VerifiesIdTokens: Send + Sync {
    /// Verifies one token.
    ///
    /// # Errors
    ///
    /// Why it is not believed.
    fn verify(&self, token: &str, now: Timestamp) -> Result<VerifiedIdToken, IdTokenRejected>;

    /// Changes whenever a token that verified before might not any more.
    fn revision(&self) -> Revision;
}

impl VerifiesIdTokens for IdTokens {
    fn verify(&self, token: &str, now: Timestamp) -> Result<VerifiedIdToken, IdTokenRejected> {
        IdTokens::verify(self, token, now)
    }

    fn revision(&self) -> Revision {
        IdTokens::revision(self)
    }
}
