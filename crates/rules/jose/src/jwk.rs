//! Public keys as JSON (RFC 7517), one by one and as a published set.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{
    Deserialize, Serialize, Serializer,
    ser::{SerializeMap, SerializeStruct},
};
use serde_json::Value;

use crate::{Algorithm, JsonError, KeyError, KeyId, KeyIdError, VerifyingKey, json, key::Shape};

/// A public signature key with its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jwk {
    key_id: KeyId,
    key: VerifyingKey,
}

/// A published set of public keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Jwks {
    keys: Vec<Jwk>,
}

/// Why bytes are not a key or a set of keys.
#[derive(Debug, thiserror::Error)]
pub enum JwkError {
    /// A member with a number is not base64url, or has another length than its curve wants.
    #[error("a member of the key is not a number in base64url")]
    Encoding,
    /// Not a JSON object with unique members of the right types.
    #[error("not the JSON of a key")]
    Json(#[from] JsonError),
    /// The numbers are not those of a key.
    #[error("not a usable key")]
    Key(#[from] KeyError),
    /// `kid` is missing or not usable as a name.
    #[error("the key has no usable kid")]
    KeyId(#[from] KeyIdError),
    /// More than [`Jwks::MAX_BYTES`].
    #[error("a key set is at most {} bytes long", Jwks::MAX_BYTES)]
    TooLong,
    /// The key is of a kind, for a use, or for an algorithm that does not exist here.
    #[error("the key is not an RS256 or ES256 signature key")]
    Unsupported,
}

impl Jwk {
    /// Names a key.
    #[must_use]
    pub fn new(key_id: KeyId, key: VerifyingKey) -> Self {
        Self { key_id, key }
    }

    /// Reads one key.
    ///
    /// # Errors
    /// Any [`JwkError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, JwkError> {
        if bytes.len() > Jwks::MAX_BYTES {
            return Err(JwkError::TooLong);
        }
        Self::from_members(&json::object(bytes)?)
    }

    /// The name of the key.
    #[must_use]
    pub fn key_id(&self) -> &KeyId {
        &self.key_id
    }

    /// The key.
    #[must_use]
    pub fn key(&self) -> &VerifyingKey {
        &self.key
    }

    /// Private members (`d`, `p`, …) are not looked at, nor are certificates and addresses (`x5c`, `x5u`).
    fn from_members(members: &Value) -> Result<Self, JwkError> {
        let text = |name: &str| members.get(name).and_then(Value::as_str);
        let number = |name: &str| {
            let digits = text(name).ok_or(JwkError::Encoding)?;
            URL_SAFE_NO_PAD.decode(digits).map_err(|_| JwkError::Encoding)
        };
        let coordinate = |name: &str| <[u8; 32]>::try_from(number(name)?).map_err(|_| JwkError::Encoding);
        let absent_or = |name: &str, wanted: &str| members.get(name).is_none_or(|value| value == wanted);

        let algorithm = match (text("kty"), text("crv")) {
            (Some("EC"), Some("P-256")) => Algorithm::Es256,
            (Some("RSA"), _) => Algorithm::Rs256,
            _ => return Err(JwkError::Unsupported),
        };
        let verifies = members.get("key_ops").is_none_or(|operations| {
            operations.as_array().is_some_and(|list| list.iter().any(|operation| operation == "verify"))
        });
        if !absent_or("use", "sig") || !absent_or("alg", algorithm.as_str()) || !verifies {
            return Err(JwkError::Unsupported);
        }
        let key_id = KeyId::new(text("kid").ok_or(KeyIdError::NotText)?)?;
        let key = match algorithm {
            Algorithm::Es256 => VerifyingKey::from_p256(&coordinate("x")?, &coordinate("y")?)?,
            Algorithm::Rs256 => VerifyingKey::from_rsa(&number("n")?, &number("e")?)?,
        };
        Ok(Self { key_id, key })
    }
}

impl Jwks {
    /// The longest key set that is read, in bytes.
    pub const MAX_BYTES: usize = 256 * 1024;

    /// Publishes keys in this order.
    #[must_use]
    pub fn new(keys: impl IntoIterator<Item = Jwk>) -> Self {
        Self { keys: keys.into_iter().collect() }
    }

    /// Reads a published set. Keys in it that are not usable here are passed over, as RFC 7517 §5 wants: they can
    /// verify nothing.
    ///
    /// # Errors
    /// [`JwkError::Json`] and [`JwkError::TooLong`].
    pub fn parse(bytes: &[u8]) -> Result<Self, JwkError> {
        #[derive(Deserialize)]
        struct Published {
            keys: Vec<Value>,
        }
        if bytes.len() > Self::MAX_BYTES {
            return Err(JwkError::TooLong);
        }
        let published: Published = json::object(bytes)?;
        Ok(Self {
            keys: published.keys.iter().filter_map(|members| Jwk::from_members(members).ok()).collect(),
        })
    }

    /// The keys in the order in which they stand.
    #[must_use]
    pub fn keys(&self) -> &[Jwk] {
        &self.keys
    }
}

impl Serialize for Jwk {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let mut map = serializer.serialize_map(None)?;
        match self.key.shape() {
            Shape::P256 { .. } => {
                map.serialize_entry("kty", "EC")?;
                map.serialize_entry("crv", "P-256")?;
            }
            Shape::Rsa { .. } => map.serialize_entry("kty", "RSA")?,
        }
        map.serialize_entry("alg", self.key.algorithm().as_str())?;
        map.serialize_entry("use", "sig")?;
        map.serialize_entry("kid", self.key_id.as_str())?;
        match self.key.shape() {
            Shape::P256 { x, y } => {
                map.serialize_entry("x", &encode(x))?;
                map.serialize_entry("y", &encode(y))?;
            }
            Shape::Rsa { modulus, exponent } => {
                map.serialize_entry("n", &encode(modulus))?;
                map.serialize_entry("e", &encode(exponent))?;
            }
        }
        map.end()
    }
}

impl Serialize for Jwks {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut set = serializer.serialize_struct("Jwks", 1)?;
        set.serialize_field("keys", &self.keys)?;
        set.end()
    }
}
