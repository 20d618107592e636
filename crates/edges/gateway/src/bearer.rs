//! The credential of a call to a private service (facts §2.2).

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue};

/// Where external and internal callers may put the token for the gate, to keep `Authorization` for the service.
pub(crate) const X_SERVERLESS_AUTHORIZATION: HeaderName =
    HeaderName::from_static("x-serverless-authorization");

/// A token and the header that it came in.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Bearer {
    pub(crate) header: HeaderName,
    value: HeaderValue,
    at: usize,
}

/// Why the header that is examined holds no token.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub(crate) enum NoBearer {
    /// There is no header, or an empty one.
    #[error("no credential was sent")]
    Absent,
    /// Something else than one token after the word `Bearer`.
    #[error("the header is not of the form `Bearer TOKEN`")]
    Malformed,
    /// The header is there more than once: which one counts would be a guess.
    #[error("the header is there more than once")]
    Repeated,
}

impl Bearer {
    /// Finds the token: in `X-Serverless-Authorization` where that is there, else in `Authorization`.
    pub(crate) fn find(headers: &HeaderMap) -> Result<Self, NoBearer> {
        let repeated = |name: &HeaderName| headers.get_all(name).iter().nth(1).is_some();
        if repeated(&X_SERVERLESS_AUTHORIZATION) || repeated(&AUTHORIZATION) {
            return Err(NoBearer::Repeated);
        }
        let header = if headers.contains_key(X_SERVERLESS_AUTHORIZATION) {
            X_SERVERLESS_AUTHORIZATION
        } else {
            AUTHORIZATION
        };
        let value = headers.get(&header).ok_or(NoBearer::Absent)?;
        let text = value.to_str().map_err(|_| NoBearer::Malformed)?;
        if text.trim().is_empty() {
            return Err(NoBearer::Absent);
        }
        let (scheme, token) = text.split_once(' ').ok_or(NoBearer::Malformed)?;
        let token_start = text.len() - token.trim_start_matches(' ').len();
        let token = &text[token_start..];
        // Without a branch for each character: tokens are long.
        let several = token.bytes().fold(false, |found, byte| found | matches!(byte, b' ' | b'\t' | b','));
        if !scheme.eq_ignore_ascii_case("bearer") || token.is_empty() || several {
            return Err(NoBearer::Malformed);
        }
        Ok(Self { header, value: value.clone(), at: token_start })
    }

    /// The token.
    pub(crate) fn token(&self) -> &str {
        &self.text()[self.at..]
    }

    fn text(&self) -> &str {
        std::str::from_utf8(self.value.as_bytes()).expect("it was read as text when it was found")
    }

    /// The header's value without the signature, as it is forwarded: whoever reads it there cannot use it elsewhere.
    pub(crate) fn without_signature(&self) -> HeaderValue {
        let text = self.text();
        let kept = text.rfind('.').map_or(self.at, |dot| dot + 1);
        let replaced = format!("{}{SIGNATURE_REMOVED}", &text[..kept]);
        HeaderValue::try_from(replaced).expect("it consists of what was a header value and a literal")
    }
}

pub(crate) const SIGNATURE_REMOVED: &str = "SIGNATURE_REMOVED_BY_GOOGLE";
