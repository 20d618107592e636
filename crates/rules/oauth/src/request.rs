//! What is sent to the token endpoint.

use std::{borrow::Cow, fmt};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use names::Secret;

use crate::{
    TokenError,
    form::{Form, shown},
};

/// A token request, by its grant.
#[derive(Debug)]
pub enum TokenRequest {
    /// A client asks with the code that a person let it have.
    AuthorizationCode(AuthorizationCode),
    /// A service account asks with an assertion.
    JwtBearer(JwtBearer),
    /// A person's credential asks with a refresh token.
    RefreshToken(RefreshToken),
}

/// The authorisation code grant (RFC 6749 §4.1.3).
pub struct AuthorizationCode {
    /// The code.
    pub code: Secret<String>,
    /// The client that it was made for.
    pub client_id: String,
    /// The client's secret; public clients have none.
    pub client_secret: Option<Secret<String>>,
    /// Where the code went.
    pub redirect_uri: String,
    /// What the challenge was made from (RFC 7636 §4.5).
    pub code_verifier: Option<Secret<String>>,
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

/// What came to the token endpoint.
#[derive(Clone, Copy)]
pub struct TokenPost<'a> {
    /// The header `Authorization`: where a client may show its secret (`client_secret_basic`).
    pub authorization: Option<&'a str>,
    /// The header `Content-Type`.
    pub content_type: Option<&'a str>,
    /// The form.
    pub body: &'a [u8],
}

impl TokenRequest {
    /// The longest body that is read, in bytes.
    pub const MAX_BYTES: usize = 64 * 1024;

    /// Reads a request. An empty parameter counts as absent (RFC 6749 §3.2); a parameter that no grant knows is
    /// ignored.
    ///
    /// # Errors
    /// [`TokenError::ClientMissing`], [`TokenError::ClientTwice`], [`TokenError::Form`], [`TokenError::GrantType`],
    /// [`TokenError::ParameterMissing`] and [`TokenError::ParameterRepeated`].
    pub fn parse(post: TokenPost<'_>) -> Result<Self, TokenError> {
        if post.body.len() > Self::MAX_BYTES || !post.content_type.is_some_and(is_form) {
            return Err(TokenError::Form);
        }
        let mut form = Form::parse(post.body).map_err(TokenError::ParameterRepeated)?;
        let secret = |form: &mut Form<'_>, name: &'static str| {
            form.take_secret(name).ok_or(TokenError::ParameterMissing(name))
        };
        match form.take("grant_type").ok_or(TokenError::ParameterMissing("grant_type"))?.as_ref() {
            "urn:ietf:params:oauth:grant-type:jwt-bearer" => {
                Ok(Self::JwtBearer(JwtBearer { assertion: secret(&mut form, "assertion")? }))
            }
            "authorization_code" => {
                let code = secret(&mut form, "code")?;
                let Client { id: client_id, secret: client_secret } = Client::of(&post, &mut form)?;
                let redirect_uri = form.take("redirect_uri");
                Ok(Self::AuthorizationCode(AuthorizationCode {
                    code,
                    client_id,
                    client_secret,
                    redirect_uri: redirect_uri
                        .ok_or(TokenError::ParameterMissing("redirect_uri"))?
                        .into_owned(),
                    code_verifier: form.take_secret("code_verifier"),
                }))
            }
            "refresh_token" => {
                let refresh_token = secret(&mut form, "refresh_token")?;
                let Client { id: client_id, secret: client_secret } = Client::of(&post, &mut form)?;
                let scope = form.take("scope").map(Cow::into_owned);
                Ok(Self::RefreshToken(RefreshToken { client_id, client_secret, refresh_token, scope }))
            }
            other => Err(TokenError::GrantType(shown(other))),
        }
    }
}

/// The client that asks, by the form or by the header, not by both (RFC 6749 §2.3).
struct Client {
    id: String,
    secret: Option<Secret<String>>,
}

impl Client {
    fn of(post: &TokenPost<'_>, form: &mut Form<'_>) -> Result<Self, TokenError> {
        let (id, secret) = (form.take("client_id"), form.take_secret("client_secret"));
        let Some(header) = post.authorization else {
            return Ok(Self { id: id.ok_or(TokenError::ClientMissing)?.into_owned(), secret });
        };
        let own = basic(header).ok_or(TokenError::ClientSecret)?;
        if secret.is_some() || id.is_some_and(|id| id != own.id) {
            return Err(TokenError::ClientTwice);
        }
        Ok(own)
    }
}

/// `Basic`, with both halves form-encoded first (RFC 6749 §2.3.1).
fn basic(header: &str) -> Option<Client> {
    let (scheme, value) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = STANDARD.decode(value.trim()).ok()?;
    let at = pair.iter().position(|byte| *byte == b':')?;
    let (id, secret) = (decoded(&pair[..at])?, decoded(&pair[at + 1..])?);
    if id.is_empty() {
        return None;
    }
    Some(Client { id, secret: Some(secret).filter(|secret| !secret.is_empty()).map(Secret::new) })
}

/// One form-encoded text. What stands for itself in a form is never `&` or `=`.
fn decoded(text: &[u8]) -> Option<String> {
    if text.contains(&b'&') || text.contains(&b'=') {
        return None;
    }
    let (text, _) = form_urlencoded::parse(text).next().unwrap_or_default();
    Some(text.into_owned())
}

impl fmt::Debug for TokenPost<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("TokenPost").field("content_type", &self.content_type).finish_non_exhaustive()
    }
}

impl fmt::Debug for AuthorizationCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("AuthorizationCode")
            .field("client_id", &self.client_id)
            .field("redirect_uri", &self.redirect_uri)
            .finish_non_exhaustive()
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

/// The media type without its parameters, in any case.
fn is_form(content_type: &str) -> bool {
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}
