//! Requests about a token: what it says, and that it should count no more (facts §3.5, RFC 7009, RFC 7662).

use names::Secret;

use crate::{ErrorAnswer, form::Form};

/// A token that somebody shows to be told about it.
#[derive(Debug)]
pub enum ShownToken {
    /// Said to be an access token.
    Access(Secret<String>),
    /// Said to be an ID token.
    Id(Secret<String>),
}

/// Why nothing is said about a token, or nothing done to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AboutTokenError {
    /// The request has no token, or a parameter twice, or is too long.
    #[error("either access_token, id_token, or token_handle required")]
    NoToken,
    /// It is no token, has ended, or was revoked.
    #[error("Invalid Value")]
    NotGood,
    /// There is no token to revoke or to introspect.
    #[error("Missing required parameter: token")]
    TokenMissing,
    /// What should be revoked is no token, or counts no more.
    #[error("Token expired or revoked")]
    RevokedAlready,
}

impl ShownToken {
    /// Reads a query or a form.
    ///
    /// # Errors
    /// [`AboutTokenError::NoToken`].
    pub fn parse(parameters: &[u8]) -> Result<Self, AboutTokenError> {
        let mut form = parse(parameters).ok_or(AboutTokenError::NoToken)?;
        match (form.take_secret("access_token"), form.take_secret("id_token")) {
            (Some(token), None) => Ok(Self::Access(token)),
            (None, Some(token)) => Ok(Self::Id(token)),
            (None, None) | (Some(_), Some(_)) => Err(AboutTokenError::NoToken),
        }
    }
}

/// Reads the token that should be revoked (RFC 7009 §2.1) or introspected (RFC 7662 §2.1), from a query or a form.
///
/// # Errors
/// [`AboutTokenError::TokenMissing`].
pub fn named_token(parameters: &[u8]) -> Result<Secret<String>, AboutTokenError> {
    let token = parse(parameters).and_then(|mut form| form.take_secret("token"));
    token.ok_or(AboutTokenError::TokenMissing)
}

impl AboutTokenError {
    /// The answer as it is sent: always 400.
    #[must_use]
    pub fn answer(self) -> ErrorAnswer {
        let error = match self {
            Self::NoToken | Self::TokenMissing => "invalid_request",
            Self::NotGood | Self::RevokedAlready => "invalid_token",
        };
        ErrorAnswer { status: 400, error, error_description: self.to_string(), error_subtype: None }
    }
}

fn parse(parameters: &[u8]) -> Option<Form<'_>> {
    (parameters.len() <= MAX_BYTES).then(|| Form::parse(parameters).ok()).flatten()
}

const MAX_BYTES: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_token_is_asked_about_at_a_time() {
        assert!(matches!(ShownToken::parse(b"access_token=a"), Ok(ShownToken::Access(_))));
        assert!(matches!(ShownToken::parse(b"id_token=a&x=y"), Ok(ShownToken::Id(_))));
        for text in ["", "access_token=", "access_token=a&id_token=b", "access_token=a&access_token=b"] {
            assert!(matches!(ShownToken::parse(text.as_bytes()), Err(AboutTokenError::NoToken)), "{text}");
        }
        assert!(named_token(b"token=a").is_ok());
        assert!(named_token(b"token=").is_err());
        assert!(named_token(&[b'a'; MAX_BYTES + 1]).is_err());
    }
}
