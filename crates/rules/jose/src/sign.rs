//! Making tokens. Private keys live elsewhere; what is asked of them stands here.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;

use crate::{Algorithm, ClaimsText, Compact, KeyId};

/// A private key that can be asked to sign. It is called for each token, blocks for some tens of microseconds, and
/// must be cheap to share.
pub trait Signer: Send + Sync {
    /// What its signatures are verified by.
    fn algorithm(&self) -> Algorithm;

    /// The name of its public key.
    fn key_id(&self) -> &KeyId;

    /// Signs `message`: RS256 gives as many bytes as the modulus has, ES256 gives 64 (`r ‖ s`).
    ///
    /// # Errors
    /// [`SignError::Refused`] when the key cannot sign.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError>;
}

/// Why a token could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The claims cannot be written as JSON.
    #[error("the claims cannot be written as JSON")]
    Claims(#[source] serde_json::Error),
    /// The key refused to sign.
    #[error("the key refused to sign")]
    Refused,
    /// The token would be longer than [`Compact::MAX_BYTES`].
    #[error("the token would be longer than {} bytes", Compact::MAX_BYTES)]
    TooLong,
}

/// Makes a token: header `{"alg","kid","typ":"JWT"}`, the claims as JSON, the signature.
///
/// # Errors
/// See [`SignError`].
pub fn sign_compact<S, C>(signer: &S, claims: &C) -> Result<String, SignError>
where
    S: Signer + ?Sized,
    C: Serialize + ?Sized,
{
    sign_payload(signer, &serde_json::to_vec(claims).map_err(SignError::Claims)?)
}

/// Makes a token of claims as they were written, letter for letter, under the same header as [`sign_compact`].
///
/// # Errors
/// [`SignError::Refused`] and [`SignError::TooLong`].
pub fn sign_claims<S: Signer + ?Sized>(signer: &S, claims: &ClaimsText<'_>) -> Result<String, SignError> {
    sign_payload(signer, claims.as_bytes())
}

fn sign_payload<S: Signer + ?Sized>(signer: &S, payload: &[u8]) -> Result<String, SignError> {
    let header = HeaderMembers { alg: signer.algorithm(), kid: signer.key_id(), typ: "JWT" };
    let header = serde_json::to_vec(&header).map_err(SignError::Claims)?;
    // Three bytes become four characters; a payload beyond this cannot end within the limit.
    if payload.len() >= Compact::MAX_BYTES {
        return Err(SignError::TooLong);
    }
    let mut text = String::with_capacity((header.len() + payload.len()) * 4 / 3 + 400);
    URL_SAFE_NO_PAD.encode_string(header, &mut text);
    text.push('.');
    URL_SAFE_NO_PAD.encode_string(payload, &mut text);
    let signature = signer.sign(text.as_bytes())?;
    text.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut text);
    if text.len() > Compact::MAX_BYTES { Err(SignError::TooLong) } else { Ok(text) }
}

#[derive(Serialize)]
struct HeaderMembers<'a> {
    alg: Algorithm,
    kid: &'a KeyId,
    typ: &'static str,
}
