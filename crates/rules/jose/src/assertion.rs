//! The claims of an assertion at the token endpoint (RFC 7523), read leniently on purpose.
//!
//! The token endpoint answers each fault with a text of its own, in a fixed order, and takes `iat` and `exp` as digit
//! strings too. So this type lets everything in and says of each claim whether it was absent, malformed or there;
//! the checks stand in `oauth`.

use std::fmt;

use serde::{Deserialize, Deserializer, de};

use crate::UnixSeconds;

/// A claim as it was found. A malformed one is never taken for an absent one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Claimed<T> {
    /// The member is not there.
    #[default]
    Absent,
    /// The member is there with a type or value that it cannot have.
    Malformed,
    /// The member is there.
    Value(T),
}

/// The claims of a service account's assertion. Every one may be absent or malformed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct AssertionClaims {
    /// The account's e-mail address (`iss`).
    #[serde(rename = "iss", default)]
    pub issuer: Claimed<String>,
    /// A user for whom the account asks (`sub`).
    #[serde(rename = "sub", default)]
    pub subject: Claimed<String>,
    /// The token endpoint (`aud`).
    #[serde(rename = "aud", default)]
    pub audience: Claimed<String>,
    /// Scopes separated by spaces: asks for an access token.
    #[serde(default)]
    pub scope: Claimed<String>,
    /// An audience: asks for an ID token.
    #[serde(default)]
    pub target_audience: Claimed<String>,
    /// When it was made (`iat`), an integer or a string of digits.
    #[serde(rename = "iat", default)]
    pub issued_at: Claimed<UnixSeconds>,
    /// When it ends (`exp`), an integer or a string of digits.
    #[serde(rename = "exp", default)]
    pub expires_at: Claimed<UnixSeconds>,
}

impl<T> Claimed<T> {
    /// The value, if there is one.
    #[must_use]
    pub fn value(self) -> Option<T> {
        match self {
            Self::Absent | Self::Malformed => None,
            Self::Value(value) => Some(value),
        }
    }

    /// The value, if there is one.
    #[must_use]
    pub fn as_value(&self) -> Option<&T> {
        match self {
            Self::Absent | Self::Malformed => None,
            Self::Value(value) => Some(value),
        }
    }
}

impl<'de, T: Lenient> Deserialize<'de> for Claimed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ClaimedVisitor(std::marker::PhantomData)).map(|found| match found {
            Some(value) => Self::Value(value),
            None => Self::Malformed,
        })
    }
}

/// What a claim of this type may be written as.
trait Lenient: Sized {
    fn from_text(text: &str) -> Option<Self>;
    fn from_integer(number: i64) -> Option<Self>;
}

impl Lenient for String {
    fn from_text(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }

    fn from_integer(_: i64) -> Option<Self> {
        None
    }
}

impl Lenient for UnixSeconds {
    fn from_text(text: &str) -> Option<Self> {
        Self::from_digits(text)
    }

    fn from_integer(number: i64) -> Option<Self> {
        Self::in_range(number)
    }
}

struct ClaimedVisitor<T>(std::marker::PhantomData<T>);

impl<'de, T: Lenient> de::Visitor<'de> for ClaimedVisitor<T> {
    type Value = Option<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a claim")
    }

    fn visit_str<E>(self, text: &str) -> Result<Option<T>, E> {
        Ok(T::from_text(text))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Option<T>, E> {
        Ok(T::from_integer(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Option<T>, E> {
        Ok(i64::try_from(number).ok().and_then(T::from_integer))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut sequence: A) -> Result<Option<T>, A::Error> {
        while sequence.next_element::<de::IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Option<T>, A::Error> {
        while map.next_entry::<de::IgnoredAny, de::IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn issued_at(json: &str) -> Claimed<UnixSeconds> {
        serde_json::from_str::<AssertionClaims>(json).unwrap().issued_at
    }

    #[test]
    fn integers_and_digit_strings_are_instants() {
        assert_eq!(issued_at(r#"{"iat":1700000000}"#), Claimed::Value(UnixSeconds::new(1_700_000_000)));
        assert_eq!(issued_at(r#"{"iat":"1700000000"}"#), Claimed::Value(UnixSeconds::new(1_700_000_000)));
    }

    #[test]
    fn anything_else_is_malformed_and_not_absent() {
        for value in [
            "null",
            "true",
            "1.5",
            "1.7e9",
            "-1",
            "\"\"",
            "\"-1\"",
            "\"+1\"",
            "\" 1\"",
            "\"1.5\"",
            "[1]",
            "{\"a\":1}",
            "99999999999999999999",
            "\"99999999999999999999\"",
            "1e400",
        ] {
            let json = format!("{{\"iat\":{value}}}");
            match serde_json::from_str::<AssertionClaims>(&json) {
                Ok(claims) => assert_eq!(claims.issued_at, Claimed::Malformed, "{json}"),
                // Numbers beyond f64 are not JSON numbers to the parser at all.
                Err(_) => assert_eq!(value, "1e400"),
            }
        }
        assert_eq!(issued_at("{}"), Claimed::Absent);
    }
}
