//! JSON as tokens need it: an object whose members, at every depth, have different names.
//!
//! RFC 7519 §4 lets a parser keep the last of two equal members. Two parsers that keep different ones read two
//! different tokens under one signature, so both are refused here.

use std::{borrow::Cow, collections::BTreeSet, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{self, DeserializeOwned, MapAccess, SeqAccess, Visitor},
};

/// Why bytes are not the JSON object that was expected.
#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    /// It is JSON, but not an object.
    #[error("not a JSON object")]
    NotObject,
    /// Not JSON, a member that occurs twice, or a member of the wrong type.
    #[error("not the expected JSON")]
    Syntax(#[from] serde_json::Error),
}

/// Checks that `bytes` are an object with unique members.
pub(crate) fn check(bytes: &[u8]) -> Result<(), JsonError> {
    let first = bytes.iter().find(|byte| !matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
    serde_json::from_slice::<Unique>(bytes)?;
    if first == Some(&b'{') { Ok(()) } else { Err(JsonError::NotObject) }
}

/// Reads `bytes` as an object with unique members.
pub(crate) fn object<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, JsonError> {
    check(bytes)?;
    Ok(serde_json::from_slice(bytes)?)
}

/// For members that may be absent but, when they are there, must have their type: `null` is not "absent".
pub(crate) fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Any JSON value, forgotten as it is read; fails at a member that occurs twice in its object. `serde_json` bounds
/// the depth.
struct Unique;

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UniqueVisitor)
    }
}

struct UniqueVisitor;

impl<'de> Visitor<'de> for UniqueVisitor {
    type Value = Unique;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Unique, A::Error> {
        let mut seen = BTreeSet::new();
        while let Some(Name(name)) = map.next_key()? {
            if seen.contains(&name) {
                let shown: String = name.chars().take(64).collect();
                return Err(de::Error::custom(format_args!("member {shown:?} occurs twice")));
            }
            seen.insert(name);
            map.next_value::<Unique>()?;
        }
        Ok(Unique)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Unique, A::Error> {
        while sequence.next_element::<Unique>()?.is_some() {}
        Ok(Unique)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_str<E>(self, _: &str) -> Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_unit<E>(self) -> Result<Unique, E> {
        Ok(Unique)
    }
}

/// A member's name, borrowed unless it holds an escape.
struct Name<'de>(Cow<'de, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(NameVisitor)
    }
}

struct NameVisitor;

impl<'de> Visitor<'de> for NameVisitor {
    type Value = Name<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the name of a member")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Name<'de>, E> {
        Ok(Name(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Name<'de>, E> {
        Ok(Name(Cow::Owned(text.to_owned())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_members_are_refused_at_every_depth_and_in_every_spelling() {
        for text in [r#"{"a":1,"a":1}"#, r#"{"a":{"b":1,"b":2}}"#, r#"{"a":[{"b":1,"\u0062":2}]}"#] {
            assert!(matches!(check(text.as_bytes()), Err(JsonError::Syntax(_))), "{text}");
        }
        assert!(check(br#"{"a":{"b":1},"b":[1.5,null,true,"x",-1]}"#).is_ok());
    }

    #[test]
    fn only_an_object_is_an_object() {
        for text in ["[]", "1", "null", "\"{}\"", " [{}]"] {
            assert!(matches!(check(text.as_bytes()), Err(JsonError::NotObject)), "{text}");
        }
        for text in ["", "{", "{}{}", "{} x", "NaN", "{\"a\":1e999}", "\u{feff}{}"] {
            assert!(matches!(check(text.as_bytes()), Err(JsonError::Syntax(_))), "{text}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        let text = format!("{}{}", "{\"a\":".repeat(4000), "}".repeat(4000));
        assert!(check(text.as_bytes()).is_err());
    }
}
