//! Every way in which the token endpoint says no.

use crate::ErrorAnswer;

/// Why a token request is refused. The text is the `error_description` that clients see (facts §3.2, §3.3).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// The assertion's issuer is no account, or a disabled one.
    #[error("Invalid grant: account not found")]
    AccountNotFound,
    /// The assertion is not three decodable segments with JSON objects in the first two.
    #[error("Bad Request")]
    AssertionMalformed,
    /// The assertion is for another endpoint than this one.
    #[error("Invalid JWT: Failed audience check.")]
    Audience,
    /// The request names no client.
    #[error("Could not determine client ID from request.")]
    ClientMissing,
    /// No client has this ID.
    #[error("The OAuth client was not found.")]
    ClientNotFound,
    /// The client's secret is wrong.
    #[error("Unauthorized")]
    ClientSecret,
    /// The client is named, or its secret shown, in two places.
    #[error("The client must authenticate in one way: by the Authorization header or by the form.")]
    ClientTwice,
    /// The code is unknown, has ended or was used before.
    #[error("Bad Request")]
    Code,
    /// The verifier is not the one behind the code's challenge.
    #[error("Invalid code verifier.")]
    CodeVerifier,
    /// There is no verifier.
    #[error("Missing code verifier.")]
    CodeVerifierMissing,
    /// The assertion speaks for somebody else (`sub`), which nobody allowed.
    #[error(
        "Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the scopes requested."
    )]
    Delegation,
    /// The assertion has no usable `exp`.
    #[error("Invalid JWT: exp (expiration time) is not set.")]
    ExpiresAtMissing,
    /// The body is not a form, or too long.
    #[error("The request body must be a form: application/x-www-form-urlencoded, at most 64 KiB.")]
    Form,
    /// A grant that is not offered.
    #[error("Invalid grant_type: {0}")]
    GrantType(String),
    /// The assertion has no usable `iat`.
    #[error("Invalid JWT: iat (issued at) is not set.")]
    IssuedAtMissing,
    /// A parameter that the grant needs is absent or empty.
    #[error("Missing required parameter: {0}")]
    ParameterMissing(&'static str),
    /// A parameter occurs more than once (RFC 6749 §3.2).
    #[error("OAuth 2 parameters can only have a single value: {0}")]
    ParameterRepeated(String),
    /// The code went somewhere else.
    #[error("Bad Request")]
    RedirectUri,
    /// The refresh token is unknown, expired or revoked.
    #[error("Token has been expired or revoked.")]
    RefreshToken,
    /// The assertion asks for nothing, or for something that is neither scopes nor an audience.
    #[error("Invalid OAuth scope or ID token audience provided.")]
    Scope,
    /// No key of the account signed the assertion as RS256.
    #[error("Invalid JWT Signature.")]
    Signature,
    /// The assertion has expired, lives longer than an hour, or comes from the future.
    #[error(
        "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim."
    )]
    Timeframe,
}

impl TokenError {
    /// The answer as it is sent.
    #[must_use]
    pub fn answer(&self) -> ErrorAnswer {
        let (status, error) = match self {
            Self::AccountNotFound
            | Self::Audience
            | Self::Code
            | Self::CodeVerifier
            | Self::CodeVerifierMissing
            | Self::ExpiresAtMissing
            | Self::IssuedAtMissing
            | Self::RefreshToken
            | Self::Signature
            | Self::Timeframe => (400, "invalid_grant"),
            Self::AssertionMalformed
            | Self::ClientMissing
            | Self::ClientTwice
            | Self::Form
            | Self::ParameterMissing(_)
            | Self::ParameterRepeated(_) => (400, "invalid_request"),
            Self::ClientNotFound | Self::ClientSecret => (401, "invalid_client"),
            Self::Delegation => (401, "unauthorized_client"),
            Self::GrantType(_) => (400, "unsupported_grant_type"),
            Self::RedirectUri => (400, "redirect_uri_mismatch"),
            Self::Scope => (400, "invalid_scope"),
        };
        ErrorAnswer { status, error, error_description: self.to_string(), error_subtype: None }
    }
}
