//! What is sent to the token endpoint.

use std::{borrow::Cow, collections::BTreeMap, fmt};

use names::Secret;

use crate::TokenError;

/// A token request, by its grant.
#[derive(Debug)]
pub enum TokenRequest {
    /// A service account asks with an assertion.
    JwtBearer(JwtBearer),
    /// A person's credential asks with a refresh token.
    RefreshToken(RefreshToken),
}

/// The JWT-bearer grant (RFC 7523 §2.1).
pub struct JwtBearer {
    /// The assertion, as it was sent.
    pub assertion: Secret<String>,
}

/// The refresh grant (RFC 6749 §6).
pub struct RefreshToken {
    /// The client that the token was made for.
    pub client_id: String,
    /// The client's secret; public clients have none.
    pub client_secret: Option<Secret<String>>,
    /// The refresh token.
    pub refresh_token: Secret<String>,
    /// Fewer scopes than the token has, as they were sent.
    pub scope: Option<String>,
}

impl TokenRequest {
    /// The longest body that is read, in bytes.
    pub const MAX_BYTES: usize = 64 * 1024;

    /// Reads a request. An empty parameter counts as absent (RFC 6749 §3.2); a parameter that no grant knows is
    /// ignored.
    ///
    /// # Errors
    /// [`TokenError::ClientMissing`], [`TokenError::Form`], [`TokenError::GrantType`],
    /// [`TokenError::ParameterMissing`] and [`TokenError::ParameterRepeated`].
    pub fn parse(content_type: Option<&str>, body: &[u8]) -> Result<Self, TokenError> {
        if body.len() > Self::MAX_BYTES || !content_type.is_some_and(is_form) {
            return Err(TokenError::Form);
        }
        let mut form = Form::parse(body)?;
        match form.take("grant_type").ok_or(TokenError::ParameterMissing("grant_type"))?.as_ref() {
            "urn:ietf:params:oauth:grant-type:jwt-bearer" => {
                Ok(Self::JwtBearer(JwtBearer { assertion: form.required_secret("assertion")? }))
            }
            "refresh_token" => Ok(Self::RefreshToken(RefreshToken {
                refresh_token: form.required_secret("refresh_token")?,
                client_id: form.take("client_id").ok_or(TokenError::ClientMissing)?.into_owned(),
                client_secret: form.take("client_secret").map(|secret| Secret::new(secret.into_owned())),
                scope: form.take("scope").map(Cow::into_owned),
            })),
            other => Err(TokenError::GrantType(shown(other))),
        }
    }
}

impl fmt::Debug for JwtBearer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("JwtBearer").finish_non_exhaustive()
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RefreshToken")
            .field("client_id", &self.client_id)
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}

struct Form<'a>(BTreeMap<Cow<'a, str>, Cow<'a, str>>);

impl<'a> Form<'a> {
    fn parse(body: &'a [u8]) -> Result<Self, TokenError> {
        let mut parameters = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(body) {
            if parameters.contains_key(&name) {
                return Err(TokenError::ParameterRepeated(shown(&name)));
            }
            parameters.insert(name, value);
        }
        Ok(Self(parameters))
    }

    fn take(&mut self, name: &str) -> Option<Cow<'a, str>> {
        self.0.remove(name).filter(|value| !value.is_empty())
    }

    fn required_secret(&mut self, name: &'static str) -> Result<Secret<String>, TokenError> {
        let value = self.take(name).ok_or(TokenError::ParameterMissing(name))?;
        Ok(Secret::new(value.into_owned()))
    }
}

/// The media type without its parameters, in any case.
fn is_form(content_type: &str) -> bool {
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// What a client sent, short enough and plain enough to be sent back.
fn shown(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(128).collect()
}
