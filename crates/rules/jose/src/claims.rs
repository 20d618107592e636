//! Claims with strict types: what is required is there, and what is there has its type.

use serde::{Deserialize, Serialize};

use crate::{ParseError, UnixSeconds, Validity, json};

/// The claims of an ID token (OpenID Connect Core §2).
///
/// `aud` is one string: tokens made here have one audience, and a list would leave open which entry the check was
/// about.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct IdTokenClaims {
    /// Who made the token (`iss`).
    #[serde(rename = "iss")]
    pub issuer: String,
    /// For whom it was made in the first place (`azp`): the account's number, or its e-mail address where the
    /// protocol wants that.
    #[serde(
        rename = "azp",
        default,
        deserialize_with = "json::present",
        skip_serializing_if = "Option::is_none"
    )]
    pub authorized_party: Option<String>,
    /// For which receiver it is (`aud`).
    #[serde(rename = "aud")]
    pub audience: String,
    /// Whom it is about (`sub`): a number that is never given to another account.
    #[serde(rename = "sub")]
    pub subject: String,
    /// The e-mail address of the subject.
    #[serde(default, deserialize_with = "json::present", skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Whether the address is known to be the subject's.
    #[serde(default, deserialize_with = "json::present", skip_serializing_if = "Option::is_none")]
    pub email_verified: Option<bool>,
    /// What the subject is called.
    #[serde(default, deserialize_with = "json::present", skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The given name of the subject.
    #[serde(default, deserialize_with = "json::present", skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    /// The family name of the subject.
    #[serde(default, deserialize_with = "json::present", skip_serializing_if = "Option::is_none")]
    pub family_name: Option<String>,
    /// Where a picture of the subject is.
    #[serde(default, deserialize_with = "json::present", skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    /// The domain of the subject's organization (facts §3.4).
    #[serde(default, deserialize_with = "json::present", skip_serializing_if = "Option::is_none")]
    pub hd: Option<String>,
    /// When it was made (`iat`).
    #[serde(rename = "iat")]
    pub issued_at: UnixSeconds,
    /// When it ends (`exp`).
    #[serde(rename = "exp")]
    pub expires_at: UnixSeconds,
    /// Before which it does not count (`nbf`).
    #[serde(
        rename = "nbf",
        default,
        deserialize_with = "json::present",
        skip_serializing_if = "Option::is_none"
    )]
    pub not_before: Option<UnixSeconds>,
    /// What Google says of the subject beyond the standard.
    #[serde(default, deserialize_with = "json::present", skip_serializing_if = "Option::is_none")]
    pub google: Option<GoogleClaims>,
    /// What the client sent along when the person signed in.
    #[serde(default, deserialize_with = "json::present", skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// Half the SHA-256 of the access token that came with it (OpenID Connect Core §3.1.3.6).
    #[serde(default, deserialize_with = "json::present", skip_serializing_if = "Option::is_none")]
    pub at_hash: Option<String>,
}

/// The claim `google` (facts §3.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct GoogleClaims {
    /// The number of the organization that the account's project is in.
    #[serde(default, deserialize_with = "json::present", skip_serializing_if = "Option::is_none")]
    pub organization_number: Option<u64>,
}

/// The claims of a token that a service account signed itself, used directly as a bearer token of an API.
///
/// It names either the API (`aud`) or scopes; which of them is needed is decided by whoever asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SelfSignedClaims {
    /// The account's e-mail address (`iss`).
    #[serde(rename = "iss")]
    pub issuer: String,
    /// The same address again (`sub`).
    #[serde(rename = "sub")]
    pub subject: String,
    /// The API it is for (`aud`), such as `https://run.googleapis.com/`.
    #[serde(
        rename = "aud",
        default,
        deserialize_with = "json::present",
        skip_serializing_if = "Option::is_none"
    )]
    pub audience: Option<String>,
    /// Scopes separated by spaces.
    #[serde(default, deserialize_with = "json::present", skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// When it was made (`iat`).
    #[serde(rename = "iat")]
    pub issued_at: UnixSeconds,
    /// When it ends (`exp`).
    #[serde(rename = "exp")]
    pub expires_at: UnixSeconds,
}

/// Why the payload of a verified token does not hold the claims that were asked for.
#[derive(Debug, thiserror::Error)]
pub enum ClaimsError {
    /// A claim is missing, has the wrong type, or occurs twice.
    #[error("the claims do not have the expected types")]
    Types(#[from] ParseError),
}

impl IdTokenClaims {
    /// The time in which the token counts.
    #[must_use]
    pub fn validity(&self) -> Validity {
        Validity { not_before: self.not_before, issued_at: self.issued_at, expires_at: self.expires_at }
    }
}

impl SelfSignedClaims {
    /// The time in which the token counts.
    #[must_use]
    pub fn validity(&self) -> Validity {
        Validity { not_before: None, issued_at: self.issued_at, expires_at: self.expires_at }
    }
}
