//! Claims that somebody else wrote and wants signed as they are.

use serde::Deserialize;

use crate::{JsonError, UnixSeconds, json};

/// The text of a claims set: a JSON object with unique members whose `exp`, if there is one, is an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClaimsText<'a> {
    text: &'a str,
    expires_at: Option<UnixSeconds>,
}

/// Why a text is not a claims set.
#[derive(Debug, thiserror::Error)]
pub enum ClaimsTextError {
    /// `exp` is there and is no integer, or not of the years 1970 to 9999.
    #[error("exp must be an integer: seconds since 1970")]
    ExpiresAt,
    /// The text is not a JSON object, or a member occurs twice.
    #[error("the claims must be a JSON object whose members have different names")]
    Json(#[source] JsonError),
}

impl<'a> ClaimsText<'a> {
    /// Reads a claims set. Of its members only `exp` is looked at.
    ///
    /// # Errors
    /// See [`ClaimsTextError`].
    pub fn parse(text: &'a str) -> Result<Self, ClaimsTextError> {
        #[derive(Deserialize)]
        struct Expiry {
            #[serde(default, deserialize_with = "json::present")]
            exp: Option<UnixSeconds>,
        }
        json::check(text.as_bytes()).map_err(ClaimsTextError::Json)?;
        let read: Expiry = json::object(text.as_bytes()).map_err(|_| ClaimsTextError::ExpiresAt)?;
        Ok(Self { text, expires_at: read.exp })
    }

    /// When the claims end (`exp`).
    #[must_use]
    pub fn expires_at(&self) -> Option<UnixSeconds> {
        self.expires_at
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expiry_is_an_integer_or_absent() {
        let expiry = |text| ClaimsText::parse(text).map(|claims| claims.expires_at());
        assert_eq!(expiry("{}").unwrap(), None);
        assert_eq!(expiry(r#"{"exp":1700000000}"#).unwrap(), Some(UnixSeconds::new(1_700_000_000)));
        for exp in ["null", "\"1700000000\"", "1.5", "-1", "[]", "99999999999999999999"] {
            let text = format!("{{\"exp\":{exp}}}");
            assert!(matches!(ClaimsText::parse(&text), Err(ClaimsTextError::ExpiresAt)), "{text}");
        }
    }

    #[test]
    fn anything_but_an_object_with_unique_members_is_refused() {
        for text in ["", "[]", "7", "\"a\"", "null", "{", r#"{"a":1,"a":2}"#, r#"{"exp":1,"exp":2}"#, "{} {}"]
        {
            assert!(matches!(ClaimsText::parse(text), Err(ClaimsTextError::Json(_))), "{text}");
        }
    }
}
