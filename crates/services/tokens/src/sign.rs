//! Signing in the name of an account, for whoever may have it done (facts §4.3).

use context::Context;
use iam::permission::{IamServiceAccountsSignBlob, IamServiceAccountsSignJwt};
use iam::{Delegated, Permission};
use jose::{ClaimsText, ClaimsTextError, SignError, Signer as _, sign_claims};
use keys::SigningKey;
use names::{AccountName, KeyId, Secret};

use crate::Tokens;
use crate::managed_keys::ManagedKeysError;
use crate::mint_id_token::Unfit;

/// Bytes that were signed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignedBlob {
    /// The account's key, which its published certificates hold.
    pub key: KeyId,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    pub signature: Vec<u8>,
}

/// Claims that were signed.
#[derive(Clone, Debug)]
pub struct SignedJwt {
    /// The account's key, which its published certificates hold.
    pub key: KeyId,
    /// The token.
    pub token: Secret<String>,
}

/// Why nothing was signed.
#[derive(Debug, thiserror::Error)]
pub enum SignForAccountError {
    /// The account is disabled.
    #[error("the service account is disabled")]
    AccountDisabled,
    /// The account is gone, or another one has its name now.
    #[error("the service account does not exist any more")]
    AccountGone,
    /// The payload is not a claims set.
    #[error(transparent)]
    Claims(#[from] ClaimsTextError),
    /// There is nothing to sign.
    #[error("the payload is empty")]
    Empty,
    /// The claims end in the past.
    #[error("exp must not be in the past")]
    Expired,
    /// The key cannot be had.
    #[error("no key signs for the account")]
    KeysFailed(#[source] ManagedKeysError),
    /// The key did not sign.
    #[error("the payload could not be signed")]
    SigningFailed(#[source] SignError),
    /// The claims end too late.
    #[error("exp must be at most 12 hours in the future")]
    TooLong,
    /// The token would be longer than a token may be.
    #[error("the claims are too long for a token")]
    TooMuch,
}

impl Tokens {
    /// Signs bytes with the account's own key. Whoever may do this may do as the account does: the bytes may be a token.
    ///
    /// # Errors
    /// See [`SignForAccountError`].
    pub async fn sign_blob(
        &self,
        context: &Context,
        delegated: Delegated<IamServiceAccountsSignBlob>,
        payload: &[u8],
    ) -> Result<SignedBlob, SignForAccountError> {
        if payload.is_empty() {
            return Err(SignForAccountError::Empty);
        }
        let key = self.key_of(context, &delegated).await?;
        let signature = key.sign(payload).map_err(SignForAccountError::SigningFailed)?;
        Ok(SignedBlob { key: name_of(&key)?, signature })
    }

    /// Signs claims, as they are written, with the account's own key. Their `exp`, if there is one, is an integer, not
    /// past and at most twelve hours ahead.
    ///
    /// # Errors
    /// See [`SignForAccountError`].
    pub async fn sign_jwt(
        &self,
        context: &Context,
        delegated: Delegated<IamServiceAccountsSignJwt>,
        payload: &str,
    ) -> Result<SignedJwt, SignForAccountError> {
        let claims = ClaimsText::parse(payload)?;
        if let Some(end) = claims.expires_at() {
            let now = context.now().as_second();
            if end.seconds() <= now {
                return Err(SignForAccountError::Expired);
            }
            if end.seconds() > now.saturating_add(LONGEST_SECONDS) {
                return Err(SignForAccountError::TooLong);
            }
        }
        let key = self.key_of(context, &delegated).await?;
        let token = sign_claims(&key, &claims).map_err(|error| match error {
            SignError::TooLong => SignForAccountError::TooMuch,
            SignError::Claims(_) | SignError::Refused => SignForAccountError::SigningFailed(error),
        })?;
        Ok(SignedJwt { key: name_of(&key)?, token: Secret::new(token) })
    }

    async fn key_of<P: Permission<Resource = AccountName>>(
        &self,
        context: &Context,
        delegated: &Delegated<P>,
    ) -> Result<SigningKey, SignForAccountError> {
        let permit = delegated.permit();
        let account = self.fit(permit.name(), permit.uid()).map_err(|unfit| match unfit {
            Unfit::Disabled => SignForAccountError::AccountDisabled,
            Unfit::Gone => SignForAccountError::AccountGone,
        })?;
        let key = self.managed_signer(context, &account.name, &account.unique_id).await;
        key.map_err(|error| match error {
            ManagedKeysError::AccountGone => SignForAccountError::AccountGone,
            other => SignForAccountError::KeysFailed(other),
        })
    }
}

fn name_of(key: &SigningKey) -> Result<KeyId, SignForAccountError> {
    KeyId::parse(key.key_id().as_str()).map_err(|_| SignForAccountError::SigningFailed(SignError::Refused))
}

const LONGEST_SECONDS: i64 = 12 * 3600;
