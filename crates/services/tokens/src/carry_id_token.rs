//! An ID token that Doorward itself carries somewhere: the one that it carried a moment ago, where that says the same.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use context::Context;
use iam::Delegated;
use iam::permission::IamServiceAccountsGetOpenIdToken;
use jose::{IdTokenClaims, KeyId, Signer as _, UnixSeconds};
use names::Secret;

use crate::mint_id_token::sign;
use crate::{IdTokenRequest, MintError, Tokens};

impl Tokens {
    /// An ID token of the permit's account for a delivery: as [`Tokens::mint_id_token`] makes one, or the one that was
    /// made so within the last five minutes, so that its receiver has one that lives for 55 minutes or more. What is
    /// checked before a token is made is checked before a kept one is carried again, and a kept one is carried only
    /// where a fresh one would say the same, signed by the same key.
    ///
    /// # Errors
    /// See [`MintError`].
    pub async fn carry_id_token(
        &self,
        context: &Context,
        delegated: Delegated<IamServiceAccountsGetOpenIdToken>,
        request: IdTokenRequest,
    ) -> Result<Secret<String>, MintError> {
        let (account, now) = (self.fit_for_id_token(&delegated)?, context.now());
        let claims = self.claims_of(&account, &request, now)?;
        let signer = self.id_token_signer(now)?;
        let likeness = Likeness::of(claims.clone(), account.generation, signer.key_id());
        if let Some(token) = self.within.carried.find(&likeness, claims.issued_at) {
            return Ok(token);
        }
        let token = sign(signer.as_ref(), &claims)?;
        self.within.carried.keep(likeness, Kept { issued_at: claims.issued_at, token: token.clone() });
        Ok(token)
    }
}

/// All that two tokens have in common of which one may stand for the other: everything but their times. It is made of
/// the claims themselves, so that no claim can be forgotten here.
#[derive(PartialEq, Eq, Hash)]
struct Likeness {
    claims: IdTokenClaims,
    /// How often the account was disabled: what was made before is not carried when it is enabled again.
    generation: u64,
    key: KeyId,
}

impl Likeness {
    fn of(claims: IdTokenClaims, generation: u64, key: &KeyId) -> Self {
        let (issued_at, expires_at) = (UnixSeconds::new(0), UnixSeconds::new(0));
        Self { claims: IdTokenClaims { issued_at, expires_at, ..claims }, generation, key: key.clone() }
    }
}

struct Kept {
    issued_at: UnixSeconds,
    token: Secret<String>,
}

/// Tokens that may be carried again, in memory alone.
#[derive(Default)]
pub(crate) struct Carried {
    kept: Mutex<HashMap<Likeness, Kept>>,
}

impl Carried {
    fn find(&self, likeness: &Likeness, now: UnixSeconds) -> Option<Secret<String>> {
        let kept = self.kept();
        kept.get(likeness).filter(|kept| kept.is_fresh(now)).map(|kept| kept.token.clone())
    }

    /// Keeps a token that was just made. Where there are too many, those that are too old go, and then the oldest.
    fn keep(&self, likeness: Likeness, made: Kept) {
        let mut kept = self.kept();
        if kept.len() >= MOST {
            kept.retain(|_, kept| kept.is_fresh(made.issued_at));
        }
        if kept.len() >= MOST {
            let oldest = kept.values().map(|kept| kept.issued_at).min();
            kept.retain(|_, kept| Some(kept.issued_at) != oldest);
        }
        kept.insert(likeness, made);
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<Likeness, Kept>> {
        // Whoever keeps a token does not stop half way.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    /// Made in the last five minutes. One from the future, because the clock was set back, is not.
    fn is_fresh(&self, now: UnixSeconds) -> bool {
        (0..KEPT_SECONDS).contains(&now.seconds().saturating_sub(self.issued_at.seconds()))
    }
}

/// How long a token is carried again: a twelfth of its life.
const KEPT_SECONDS: i64 = 5 * 60;
/// How many are kept, of some kilobytes each at most.
const MOST: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    const NINE: i64 = 1_700_000_000;

    fn likeness(audience: &str) -> Likeness {
        let claims = IdTokenClaims {
            issuer: "https://accounts.google.com".to_owned(),
            authorized_party: None,
            audience: audience.to_owned(),
            subject: "117".to_owned(),
            email: None,
            email_verified: None,
            name: None,
            given_name: None,
            family_name: None,
            picture: None,
            hd: None,
            issued_at: UnixSeconds::new(NINE),
            expires_at: UnixSeconds::new(NINE + 3600),
            not_before: None,
            google: None,
            nonce: None,
            at_hash: None,
        };
        Likeness::of(claims, 1, &KeyId::new("oven").unwrap())
    }

    fn keep(carried: &Carried, audience: &str, second: i64) {
        let made = Kept { issued_at: UnixSeconds::new(second), token: audience.to_owned().into() };
        carried.keep(likeness(audience), made);
    }

    fn found(carried: &Carried, audience: &str, second: i64) -> bool {
        carried.find(&likeness(audience), UnixSeconds::new(second)).is_some()
    }

    #[test]
    fn a_token_is_found_for_five_minutes_and_not_before_it_was_made() {
        let carried = Carried::default();
        keep(&carried, "orders", NINE);
        assert!(found(&carried, "orders", NINE) && found(&carried, "orders", NINE + 299));
        assert!(!found(&carried, "orders", NINE + 300), "five minutes are over");
        assert!(!found(&carried, "orders", NINE - 1), "the clock was set back");
        assert!(!found(&carried, "till", NINE));
    }

    #[test]
    fn no_more_than_so_many_are_kept_and_the_oldest_go() {
        let carried = Carried::default();
        keep(&carried, "first", NINE);
        for number in 1..=MOST {
            keep(&carried, &number.to_string(), NINE + 1);
        }
        assert_eq!(carried.kept().len(), MOST);
        assert!(!found(&carried, "first", NINE + 1));
        assert!(found(&carried, "1", NINE + 1) && found(&carried, &MOST.to_string(), NINE + 1));
        keep(&carried, "later", NINE + 400);
        assert_eq!(carried.kept().len(), 1, "those that are too old go first");
    }
}
