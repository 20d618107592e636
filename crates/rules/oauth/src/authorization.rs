//! The authorisation endpoint: what a client asks a person for (RFC 6749 §4.1.1, RFC 7636, RFC 8252).

use std::{borrow::Cow, fmt};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::{Scopes, form::Form};

/// Where an authorisation may be sent: as it was registered, letter for letter. A registered `http` URI on a loopback
/// address or `localhost` is matched on any port, since a program on a person's machine takes the port it gets
/// (RFC 8252 §7.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedirectUri(String);

/// Why a text cannot be registered as a redirect URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RedirectUriError {
    /// It has a fragment (RFC 6749 §3.1.2).
    #[error("a redirect URI has no fragment")]
    Fragment,
    /// Not an absolute `https` URI, nor an `http` one on loopback, or with characters that a URI cannot have.
    #[error(
        "a redirect URI is https://…, or http://… on 127.0.0.1, [::1] or localhost, of at most 2048 characters"
    )]
    Scheme,
}

/// The SHA-256 of a code verifier, in base64url (RFC 7636 §4.2). That of a `plain` one is taken here, so that nobody who
/// reads what is stored learns the verifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeChallenge(String);

/// How long what is bought with a code counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessType {
    /// A refresh token comes with it.
    Offline,
    /// It ends with its first access token.
    Online,
}

/// What a client asks a person for. Whether there is such a client, and whether the redirect URI is one of its own, is
/// for the caller to look up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizationRequest {
    /// The client.
    pub client_id: String,
    /// Where the answer goes, as it was sent.
    pub redirect_uri: String,
    /// What is to be sent back with it.
    pub state: Option<String>,
    /// The rest, or what is wrong with it: that is told to the client by the redirect, if there is such a client.
    pub terms: Result<Terms, AuthorizationFault>,
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Whether a refresh token is wanted.
    pub access_type: AccessType,
    /// What only the client that asked can answer. A client without a secret must send one, which is for the caller to
    /// see to.
    pub challenge: Option<CodeChallenge>,
    /// What the ID token is to repeat.
    pub nonce: Option<String>,
    /// The scopes, at least one, all of them recognised.
    pub scopes: Scopes,
}

/// What is wrong with a request whose client and redirect URI are not known to be good: nobody is redirected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthorizationError {
    /// Longer than 16 KiB.
    #[error("the request is too long")]
    TooLong,
    /// A parameter is absent or empty.
    #[error("Missing required parameter: {0}")]
    Missing(&'static str),
    /// A parameter occurs more than once (RFC 6749 §3.1).
    #[error("OAuth 2 parameters can only have a single value")]
    Repeated,
}

/// What is wrong with the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthorizationFault {
    /// `access_type` is neither `online` nor `offline`.
    #[error("access_type must be online or offline")]
    AccessType,
    /// The challenge is none of the methods S256 and plain.
    #[error("the code challenge is not one of the methods S256 and plain (RFC 7636)")]
    Challenge,
    /// There is no challenge, and the client has no secret to show instead.
    #[error("a client without a secret must send a code challenge (RFC 7636)")]
    ChallengeMissing,
    /// Longer than 512 bytes.
    #[error("the nonce is too long")]
    Nonce,
    /// Only codes are given.
    #[error("response_type must be code")]
    ResponseType,
    /// A scope is missing or unknown.
    #[error("the scope is missing, or holds something that is no OAuth scope")]
    Scope,
}

impl RedirectUri {
    /// Takes a text as one that may be registered.
    ///
    /// # Errors
    /// See [`RedirectUriError`].
    pub fn parse(text: &str) -> Result<Self, RedirectUriError> {
        if text.len() > MAX_URI_BYTES || !text.bytes().all(|byte| matches!(byte, 0x21..=0x7e)) {
            return Err(RedirectUriError::Scheme);
        }
        if text.contains('#') {
            return Err(RedirectUriError::Fragment);
        }
        let secure = text.strip_prefix("https://").is_some_and(|rest| {
            let host = rest.split(['/', '?']).next().unwrap_or_default();
            !host.is_empty() && !host.contains(['@', '\\'])
        });
        if secure || loopback(text).is_some() {
            Ok(Self(text.to_owned()))
        } else {
            Err(RedirectUriError::Scheme)
        }
    }

    /// Whether an answer to this URI goes where it was registered to go.
    #[must_use]
    pub fn accepts(&self, asked: &str) -> bool {
        if self.0 == asked {
            return true;
        }
        match (loopback(&self.0), loopback(asked)) {
            (Some(own), Some(asked)) => own == asked,
            (None | Some(_), None) | (None, Some(_)) => false,
        }
    }

    /// The URI as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Host and the rest of an `http` URI on this machine, without its port.
fn loopback(text: &str) -> Option<(&str, &str)> {
    if text.contains('#') || !text.bytes().all(|byte| matches!(byte, 0x21..=0x7e)) {
        return None;
    }
    let rest = text.strip_prefix("http://")?;
    let end = rest.find(['/', '?', '\\']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at(end);
    let host = ["127.0.0.1", "[::1]", "localhost"].into_iter().find(|host| authority.starts_with(host))?;
    let port = match authority.strip_prefix(host)? {
        "" => None,
        port => Some(port.strip_prefix(':')?),
    };
    let is_port = |port: &str| port.parse::<u16>().is_ok_and(|number| number.to_string() == port);
    (port.is_none_or(is_port) && !rest.starts_with('\\')).then_some((host, rest))
}

impl CodeChallenge {
    /// Takes what a client sent: 43 characters of base64url.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 33];
        let length = URL_SAFE_NO_PAD.decode_slice(text, &mut bytes).ok()?;
        (length == 32).then(|| Self(text.to_owned()))
    }

    /// The challenge of a verifier: 43 to 128 letters, digits and `-._~` (RFC 7636 §4.1).
    #[must_use]
    pub fn of(verifier: &str) -> Option<Self> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        let is_one = (43..=128).contains(&verifier.len()) && verifier.bytes().all(allowed);
        is_one.then(|| Self(URL_SAFE_NO_PAD.encode(jose::sha256(verifier.as_bytes()))))
    }

    /// Whether this is the challenge of this verifier.
    #[must_use]
    pub fn is_met_by(&self, verifier: &str) -> bool {
        Self::of(verifier).as_ref() == Some(self)
    }

    /// The challenge as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl AuthorizationRequest {
    /// The longest query or form that is read, in bytes.
    pub const MAX_BYTES: usize = 16 * 1024;

    /// Reads a request from its query or its form. A parameter that is not known is ignored.
    ///
    /// # Errors
    /// See [`AuthorizationError`].
    pub fn parse(text: &[u8]) -> Result<Self, AuthorizationError> {
        if text.len() > Self::MAX_BYTES {
            return Err(AuthorizationError::TooLong);
        }
        let mut form = Form::parse(text).map_err(|_| AuthorizationError::Repeated)?;
        let client_id = form.take("client_id").ok_or(AuthorizationError::Missing("client_id"))?.into_owned();
        let redirect_uri =
            form.take("redirect_uri").ok_or(AuthorizationError::Missing("redirect_uri"))?.into_owned();
        let state = form.take("state").map(Cow::into_owned);
        Ok(Self { client_id, redirect_uri, state, terms: Terms::of(&mut form) })
    }

    /// Where the client is told what came of it: the redirect URI with these parameters and the state.
    #[must_use]
    pub fn answer(&self, parameters: &[(&str, &str)]) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(parameters);
        if let Some(state) = &self.state {
            query.append_pair("state", state);
        }
        let joint = if self.redirect_uri.contains('?') { '&' } else { '?' };
        format!("{}{joint}{}", self.redirect_uri, query.finish())
    }
}

impl Terms {
    fn of(form: &mut Form<'_>) -> Result<Self, AuthorizationFault> {
        if form.take("response_type").as_deref() != Some("code") {
            return Err(AuthorizationFault::ResponseType);
        }
        let access_type = match form.take("access_type").as_deref() {
            None | Some("online") => AccessType::Online,
            Some("offline") => AccessType::Offline,
            Some(_) => return Err(AuthorizationFault::AccessType),
        };
        let challenge = match (form.take("code_challenge_method").as_deref(), form.take("code_challenge")) {
            (None, None) => None,
            (None | Some("plain"), Some(verifier)) => Some(CodeChallenge::of(&verifier)),
            (Some("S256"), Some(challenge)) => Some(CodeChallenge::parse(&challenge)),
            (Some(_), _) => Some(None),
        };
        let challenge =
            challenge.map(|challenge| challenge.ok_or(AuthorizationFault::Challenge)).transpose()?;
        let nonce = form.take("nonce").map(Cow::into_owned);
        if nonce.as_ref().is_some_and(|nonce| nonce.len() > MAX_NONCE_BYTES) {
            return Err(AuthorizationFault::Nonce);
        }
        let scopes = form.take("scope").ok_or(AuthorizationFault::Scope)?;
        let scopes = Scopes::parse(&scopes).map_err(|_| AuthorizationFault::Scope)?;
        if scopes.is_empty() || !scopes.are_recognised() {
            return Err(AuthorizationFault::Scope);
        }
        Ok(Self { access_type, challenge, nonce, scopes })
    }
}

impl AuthorizationFault {
    /// The code that programs look at (RFC 6749 §4.1.2.1).
    #[must_use]
    pub fn error(self) -> &'static str {
        match self {
            Self::AccessType | Self::Challenge | Self::ChallengeMissing | Self::Nonce => "invalid_request",
            Self::ResponseType => "unsupported_response_type",
            Self::Scope => "invalid_scope",
        }
    }
}

impl fmt::Display for RedirectUri {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

const MAX_URI_BYTES: usize = 2048;
const MAX_NONCE_BYTES: usize = 512;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirect_is_exact_except_for_the_port_of_a_program_on_this_machine() {
        let web = RedirectUri::parse("https://shop.example/back").unwrap();
        assert!(web.accepts("https://shop.example/back"));
        for asked in [
            "https://shop.example/back/",
            "https://shop.example/back?x=1",
            "https://shop.example:443/back",
            "https://SHOP.example/back",
            "http://shop.example/back",
            "https://shop.example.evil.example/back",
            "https://evil.example/https://shop.example/back",
            "",
        ] {
            assert!(!web.accepts(asked), "{asked}");
        }
        let program = RedirectUri::parse("http://127.0.0.1/back").unwrap();
        for asked in ["http://127.0.0.1/back", "http://127.0.0.1:8085/back", "http://127.0.0.1:1/back"] {
            assert!(program.accepts(asked), "{asked}");
        }
        for asked in [
            "http://127.0.0.1:8085/",
            "http://localhost:8085/back",
            "http://[::1]:8085/back",
            "https://127.0.0.1:8085/back",
            "http://127.0.0.1.evil.example/back",
            "http://127.0.0.1:8085@evil.example/back",
            "http://127.0.0.1:99999/back",
            "http://127.0.0.1:080/back",
            "http://127.0.0.1:8085\\@evil.example/back",
            "http://127.0.0.1:8085/back#x",
            "http://127.0.0.1:8085/back\r\nX: y",
        ] {
            assert!(!program.accepts(asked), "{asked}");
        }
    }

    #[test]
    fn only_https_and_loopback_can_be_registered() {
        for good in ["https://a.example/x?y=z", "http://localhost/", "http://[::1]:80/x", "http://127.0.0.1"]
        {
            assert!(RedirectUri::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "http://a.example/",
            "javascript:alert(1)",
            "https://",
            "https://a@b.example/",
            "http://127.0.0.1\\@b.example/",
            "http://localhost:1\\@b.example/",
            "a b",
            "com.example:/x",
        ] {
            assert_eq!(RedirectUri::parse(bad), Err(RedirectUriError::Scheme), "{bad}");
        }
        assert_eq!(RedirectUri::parse("https://a.example/#x"), Err(RedirectUriError::Fragment));
    }

    #[test]
    fn challenge_is_met_by_its_verifier_only() {
        // RFC 7636, appendix B.
        let challenge = CodeChallenge::parse("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM").unwrap();
        assert!(challenge.is_met_by("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
        for verifier in ["", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXl", challenge.as_str()] {
            assert!(!challenge.is_met_by(verifier), "{verifier}");
        }
        assert_eq!(CodeChallenge::parse("short"), None);
        assert_eq!(CodeChallenge::parse(&"=".repeat(43)), None);
    }

    #[test]
    fn request_says_what_is_wrong_with_it() {
        const GOOD: &str = "client_id=c&redirect_uri=http%3A%2F%2Flocalhost%3A1%2F&response_type=code&scope=openid&state=s%26t&access_type=offline&nonce=n&code_challenge_method=S256&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        let parse = |text: &str| AuthorizationRequest::parse(text.as_bytes());
        let good = parse(GOOD).unwrap();
        assert_eq!(good.terms.as_ref().unwrap().access_type, AccessType::Offline);
        assert_eq!(good.answer(&[("code", "a b")]), "http://localhost:1/?code=a+b&state=s%26t");
        for (from, to, fault) in [
            ("response_type=code", "response_type=token", AuthorizationFault::ResponseType),
            ("scope=openid", "scope=", AuthorizationFault::Scope),
            ("scope=openid", "scope=https%3A%2F%2Fa.example", AuthorizationFault::Scope),
            ("S256", "S512", AuthorizationFault::Challenge),
            ("challenge=E9", "challenge=E", AuthorizationFault::Challenge),
            ("S256&code_challenge=E9", "plain&code_challenge=E9+", AuthorizationFault::Challenge),
            ("code_challenge=E", "code_challenge=", AuthorizationFault::Challenge),
            ("offline", "for-ever", AuthorizationFault::AccessType),
        ] {
            assert_eq!(parse(&GOOD.replace(from, to)).unwrap().terms, Err(fault), "{to}");
        }
        let plain = parse(&GOOD.replace("S256", "plain")).unwrap().terms.unwrap().challenge.unwrap();
        assert!(plain.is_met_by("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"));
        assert_eq!(parse(&GOOD.replace("code_challenge", "x")).unwrap().terms.unwrap().challenge, None);
        assert_eq!(parse("client_id=c"), Err(AuthorizationError::Missing("redirect_uri")));
        assert_eq!(parse(&format!("{GOOD}&state=x")), Err(AuthorizationError::Repeated));
        assert_eq!(parse(&"a".repeat(16 * 1024 + 1)), Err(AuthorizationError::TooLong));
    }
}
