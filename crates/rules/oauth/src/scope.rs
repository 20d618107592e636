//! Scopes: what an access token may be used for, beneath what its holder may do.

use std::fmt;

/// One scope (RFC 6749 §3.3): printable ASCII without space, `"` and `\`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope(String);

/// Scopes in the order in which they were asked for, each once. At most 64, at most 4 KiB of text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scopes(Vec<Scope>);

/// Why a text is not a list of scopes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScopeError {
    /// A character that a scope cannot have.
    #[error("a scope is printable ASCII without space, quote and backslash")]
    Character,
    /// No text at all.
    #[error("a scope is not empty")]
    Empty,
    /// More than 64 scopes or 4 KiB.
    #[error("at most {MAX_SCOPES} scopes and {MAX_BYTES} bytes")]
    TooMany,
}

impl Scope {
    /// Access to everything that the holder may do. Narrower scopes restrict an access token.
    pub const CLOUD_PLATFORM: &'static str = "https://www.googleapis.com/auth/cloud-platform";
    /// Asks for an ID token beside the access token.
    pub const OPENID: &'static str = "openid";

    /// Takes a text as one scope.
    ///
    /// # Errors
    /// [`ScopeError::Character`], [`ScopeError::Empty`] and [`ScopeError::TooMany`].
    pub fn parse(text: &str) -> Result<Self, ScopeError> {
        if text.is_empty() {
            return Err(ScopeError::Empty);
        }
        if text.len() > MAX_BYTES {
            return Err(ScopeError::TooMany);
        }
        if !text.bytes().all(|byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e)) {
            return Err(ScopeError::Character);
        }
        Ok(Self(text.to_owned()))
    }

    /// The scope as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is one of Google's: `openid`, `email`, `profile`, or anything under
    /// `https://www.googleapis.com/auth/`. The prefix is the same in every universe: it is a name, not an address.
    #[must_use]
    pub fn is_recognised(&self) -> bool {
        matches!(self.as_str(), Self::OPENID | "email" | "profile")
            || self.0.strip_prefix(PREFIX).is_some_and(|rest| {
                !rest.is_empty()
                    && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte))
            })
    }
}

impl Scopes {
    /// Reads scopes separated by white space. A text without any is an empty list.
    ///
    /// # Errors
    /// [`ScopeError::Character`] and [`ScopeError::TooMany`].
    pub fn parse(text: &str) -> Result<Self, ScopeError> {
        if text.len() > MAX_BYTES {
            return Err(ScopeError::TooMany);
        }
        text.split_ascii_whitespace().map(Scope::parse).collect::<Result<Vec<_>, _>>().and_then(Self::new)
    }

    /// Takes scopes that arrive one by one, as `generateAccessToken` sends them. A repeated one counts once.
    ///
    /// # Errors
    /// [`ScopeError::TooMany`].
    pub fn new(scopes: impl IntoIterator<Item = Scope>) -> Result<Self, ScopeError> {
        let mut list: Vec<Scope> = Vec::new();
        let mut bytes = 0;
        for scope in scopes {
            if list.contains(&scope) {
                continue;
            }
            bytes += scope.as_str().len() + 1;
            if list.len() == MAX_SCOPES || bytes > MAX_BYTES + 1 {
                return Err(ScopeError::TooMany);
            }
            list.push(scope);
        }
        Ok(Self(list))
    }

    /// The scopes in order.
    pub fn iter(&self) -> impl Iterator<Item = &Scope> {
        self.0.iter()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this scope is among them, letter for letter.
    #[must_use]
    pub fn contains(&self, scope: &str) -> bool {
        self.0.iter().any(|own| own.as_str() == scope)
    }

    /// Whether all of them are Google's ([`Scope::is_recognised`]).
    #[must_use]
    pub fn are_recognised(&self) -> bool {
        self.0.iter().all(Scope::is_recognised)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, scope) in self.0.iter().enumerate() {
            if at > 0 {
                formatter.write_str(" ")?;
            }
            formatter.write_str(scope.as_str())?;
        }
        Ok(())
    }
}

const PREFIX: &str = "https://www.googleapis.com/auth/";
const MAX_BYTES: usize = 4096;
const MAX_SCOPES: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_keep_their_order_and_come_once() {
        let scopes = Scopes::parse(" openid  email\topenid ").unwrap();
        assert_eq!(scopes.to_string(), "openid email");
        assert_eq!(Scopes::parse(&scopes.to_string()), Ok(scopes));
        assert!(Scopes::parse(" \t ").unwrap().is_empty());
    }

    #[test]
    fn foreign_characters_are_refused() {
        for text in ["a\"b", "a\\b", "ä", "a\u{7f}", "a\u{0}"] {
            assert_eq!(Scopes::parse(text), Err(ScopeError::Character), "{text:?}");
        }
    }

    #[test]
    fn googles_scopes_are_recognised() {
        let recognised = |text: &str| Scopes::parse(text).unwrap().are_recognised();
        assert!(recognised("openid email profile https://www.googleapis.com/auth/userinfo.email"));
        assert!(recognised(Scope::CLOUD_PLATFORM));
        for text in [
            "https://hello.example",
            "https://www.googleapis.com/auth/",
            "http://www.googleapis.com/auth/iam",
            "OpenID",
            "https://www.googleapis.com/auth/a?b",
        ] {
            assert!(!recognised(text), "{text}");
            assert!(!recognised(&format!("openid {text}")), "{text}");
        }
    }

    #[test]
    fn number_and_length_are_bounded() {
        let many = |count: usize| (0..count).map(|at| format!("s{at}")).collect::<Vec<_>>().join(" ");
        assert!(Scopes::parse(&many(64)).is_ok());
        assert_eq!(Scopes::parse(&many(65)), Err(ScopeError::TooMany));
        assert!(Scopes::parse(&"s".repeat(4096)).is_ok());
        assert_eq!(Scopes::parse(&"s".repeat(4097)), Err(ScopeError::TooMany));
    }
}
