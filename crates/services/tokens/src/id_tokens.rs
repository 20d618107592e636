//! Checking ID tokens, for the gate: on every core, without a lock, without the store.

use std::sync::Arc;

use access::Access;
use arc_swap::ArcSwap;
use jiff::Timestamp;
use jose::{Compact, IdTokenClaims, Leeway, TimeError, UnixSeconds, Validity, VerifyError};
use names::{Email, Principal, Revision, UniqueId};

use crate::Tokens;
use crate::picture::Picture;

/// A cheap-clone verifier. It says who signed and whom the token is about; whether the audience is right and the
/// caller may enter is for the gate to decide, anew for every request.
#[derive(Clone)]
pub struct IdTokens {
    picture: Arc<ArcSwap<Picture>>,
    access: Access,
    issuer: Arc<str>,
}

/// What a good ID token says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VerifiedIdToken {
    /// Whom it is about. Whether that account still stands is part of every decision, not of this.
    pub principal: Principal,
    /// For which receiver it was made.
    pub audience: String,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was made.
    pub issued_at: Timestamp,
}

/// Why an ID token is not believed.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum IdTokenRejected {
    /// The signature is not that of the key it names.
    #[error("the token's signature does not verify")]
    BadSignature,
    /// It has ended.
    #[error("the token expired at {at}")]
    Expired {
        /// When.
        at: Timestamp,
    },
    /// It is no token, or its claims are not those of an ID token.
    #[error("this is not an ID token")]
    Malformed,
    /// It is from the future.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// It names no e-mail address, and no account has its number.
    #[error("nobody has the token's subject")]
    SubjectUnknown,
    /// It names no key, or one that is not published.
    #[error("the token's key is not known")]
    UnknownKey,
    /// It says that somebody else issued it.
    #[error("the token is from another issuer")]
    WrongIssuer {
        /// Whom it names, cut to 200 characters.
        found: String,
    },
}

impl Tokens {
    /// The verifier for the gate.
    pub fn id_tokens(&self) -> IdTokens {
        IdTokens {
            picture: self.within.picture.clone(),
            access: self.within.access.clone(),
            issuer: self.within.config.universe.issuer().into(),
        }
    }
}

impl IdTokens {
    /// Verifies a token: its signature under a published key, its issuer, its time. Costs one RSA verification; the
    /// answer counts until `expires_at`, unless [`IdTokens::revision`] changes.
    ///
    /// # Errors
    /// See [`IdTokenRejected`].
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<VerifiedIdToken, IdTokenRejected> {
        let compact = Compact::parse(token).map_err(|_| IdTokenRejected::Malformed)?;
        let verified =
            self.picture.load().with_verifying(now, |keys| keys.verify(compact)).map_err(|error| {
                match error {
                    VerifyError::Algorithm | VerifyError::Signature => IdTokenRejected::BadSignature,
                    VerifyError::NoKeyId | VerifyError::UnknownKey => {
                        // Said by name where the token does, so that a foreign one is told apart from a lost key.
                        self.foreign(&compact).unwrap_or(IdTokenRejected::UnknownKey)
                    }
                    VerifyError::OtherHeader | VerifyError::Parse(_) | VerifyError::TooManyKeys => {
                        IdTokenRejected::Malformed
                    }
                }
            })?;
        let claims = verified.claims::<IdTokenClaims>().map_err(|_| IdTokenRejected::Malformed)?.into_inner();
        if !self.is_own(&claims.issuer) {
            return Err(IdTokenRejected::WrongIssuer { found: shown(&claims.issuer) });
        }
        let instant =
            |at: UnixSeconds| Timestamp::from_second(at.seconds()).map_err(|_| IdTokenRejected::Malformed);
        let (expires_at, issued_at) = (instant(claims.expires_at)?, instant(claims.issued_at)?);
        check_time(&claims.validity(), now, expires_at)?;
        let principal = self.principal(&claims)?;
        Ok(VerifiedIdToken { principal, audience: claims.audience, expires_at, issued_at })
    }

    /// Changes whenever a key comes or goes: a remembered answer of an earlier revision is to be forgotten.
    pub fn revision(&self) -> Revision {
        self.picture.load().rings_revision
    }

    /// Whom the token is about. The address says which kind it is where the account is gone meanwhile.
    fn principal(&self, claims: &IdTokenClaims) -> Result<Principal, IdTokenRejected> {
        let subject = UniqueId::parse(&claims.subject).map_err(|_| IdTokenRejected::Malformed)?;
        let Some(email) = &claims.email else {
            let account =
                self.access.account_by_unique_id(&subject).ok_or(IdTokenRejected::SubjectUnknown)?;
            return Ok(Principal::ServiceAccount { email: account.name.email, unique_id: subject });
        };
        let email = Email::parse(email).map_err(|_| IdTokenRejected::Malformed)?;
        let is_person = self.access.person(&email).is_some_and(|person| person.subject == subject);
        let is_account = || {
            self.access.account(&email).is_some() || self.access.universe().account_parts(&email).is_some()
        };
        Ok(if is_person || !is_account() {
            Principal::Person { email, subject }
        } else {
            Principal::ServiceAccount { email, unique_id: subject }
        })
    }

    fn is_own(&self, issuer: &str) -> bool {
        issuer == &*self.issuer || self.issuer.strip_prefix("https://") == Some(issuer)
    }

    fn foreign(&self, compact: &Compact<'_>) -> Option<IdTokenRejected> {
        let issuer = compact.claimed_issuer().ok()??;
        (!self.is_own(&issuer)).then(|| IdTokenRejected::WrongIssuer { found: shown(&issuer) })
    }
}

/// A token ends to the second; its beginning may be a little ahead, where another node with another clock made it.
fn check_time(validity: &Validity, now: Timestamp, expires_at: Timestamp) -> Result<(), IdTokenRejected> {
    if now >= expires_at {
        return Err(IdTokenRejected::Expired { at: expires_at });
    }
    let now = UnixSeconds::new(now.as_second());
    validity.check(now, Leeway::seconds(SKEW_SECONDS)).map_err(|error| match error {
        TimeError::NotYet => IdTokenRejected::NotYetValid,
        TimeError::Expired | TimeError::Inverted | TimeError::TooLong => IdTokenRejected::Malformed,
    })
}

fn shown(issuer: &str) -> String {
    issuer.chars().filter(|character| !character.is_control()).take(200).collect()
}

const SKEW_SECONDS: u32 = 60;
