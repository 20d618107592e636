//! The bodies that the token endpoint sends.

use std::fmt;

use names::Secret;
use serde::{Serialize, ser::SerializeMap};

use crate::Scopes;

/// A refusal as it goes over the wire (RFC 6749 §5.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ErrorAnswer {
    /// The HTTP status.
    #[serde(skip)]
    pub status: u16,
    /// The code that programs look at.
    pub error: &'static str,
    /// The text that people look at.
    pub error_description: String,
    /// A finer code, such as `invalid_rapt` where somebody must sign in again (facts §3.3).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_subtype: Option<&'static str>,
}

/// `{"access_token","expires_in":3599,"token_type":"Bearer"}`: the answer to an assertion with scopes (facts §3.2).
pub struct AccessTokenAnswer {
    /// The access token.
    pub access_token: Secret<String>,
}

/// `{"id_token"}` and nothing else: the answer to an assertion with an audience (facts §3.2).
pub struct IdTokenAnswer {
    /// The ID token.
    pub id_token: Secret<String>,
}

/// The answer to a refresh token (facts §3.3).
pub struct RefreshAnswer {
    /// The access token.
    pub access_token: Secret<String>,
    /// An ID token for the client, where `openid` was granted.
    pub id_token: Option<Secret<String>>,
    /// What was granted.
    pub scopes: Scopes,
}

/// The answer to a code: that to a refresh token, and the refresh token where one was asked for (facts §3.3).
pub struct CodeAnswer {
    /// What a refresh token would buy.
    pub bought: RefreshAnswer,
    /// The refresh token.
    pub refresh_token: Option<Secret<String>>,
}

impl Serialize for CodeAnswer {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.bought.entries(&mut map)?;
        if let Some(refresh_token) = &self.refresh_token {
            map.serialize_entry("refresh_token", refresh_token.reveal())?;
        }
        map.end()
    }
}

impl fmt::Debug for CodeAnswer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("CodeAnswer").field("bought", &self.bought).finish_non_exhaustive()
    }
}

impl Serialize for AccessTokenAnswer {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("access_token", self.access_token.reveal())?;
        map.serialize_entry("expires_in", &EXPIRES_IN_SECONDS)?;
        map.serialize_entry("token_type", "Bearer")?;
        map.end()
    }
}

impl Serialize for IdTokenAnswer {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry("id_token", self.id_token.reveal())?;
        map.end()
    }
}

impl Serialize for RefreshAnswer {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.entries(&mut map)?;
        map.end()
    }
}

impl RefreshAnswer {
    fn entries<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry("access_token", self.access_token.reveal())?;
        map.serialize_entry("expires_in", &EXPIRES_IN_SECONDS)?;
        map.serialize_entry("scope", &self.scopes.to_string())?;
        map.serialize_entry("token_type", "Bearer")?;
        if let Some(id_token) = &self.id_token {
            map.serialize_entry("id_token", id_token.reveal())?;
        }
        Ok(())
    }
}

impl fmt::Debug for AccessTokenAnswer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("AccessTokenAnswer").finish_non_exhaustive()
    }
}

impl fmt::Debug for IdTokenAnswer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("IdTokenAnswer").finish_non_exhaustive()
    }
}

impl fmt::Debug for RefreshAnswer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("RefreshAnswer").field("scopes", &self.scopes).finish_non_exhaustive()
    }
}

/// One second of the hour has passed by the time the client reads it (facts §3.2).
const EXPIRES_IN_SECONDS: u32 = 3599;
