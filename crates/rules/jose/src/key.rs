//! Public keys. A key knows its algorithm; nothing that arrives with a token can change it.

use std::fmt;

use aws_lc_rs::{
    encoding::AsDer,
    signature::{
        ECDSA_P256_SHA256_FIXED, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
        RsaSubjectPublicKey,
    },
};

use crate::{Algorithm, pem};

/// A public key, parsed once and used often: RSA of 2048 to 8192 bits for RS256, or P-256 for ES256.
#[derive(Clone)]
pub struct VerifyingKey {
    parsed: ParsedPublicKey,
    shape: Shape,
}

/// Why bytes are not a key that verifies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not a public key of a supported kind, or not in its one canonical encoding.
    #[error("not an RSA or P-256 public key in canonical encoding")]
    Encoding,
    /// Not PEM with the label `PUBLIC KEY`.
    #[error("not a PEM public key")]
    Pem,
    /// An RSA modulus outside 2048 to 8192 bits.
    #[error("an RSA key has 2048 to 8192 bits")]
    Size,
}

/// The numbers of a key, as a JWK shows them: big-endian, RSA without leading zeros, P-256 coordinates of 32 bytes.
#[derive(Clone)]
pub(crate) enum Shape {
    P256 { x: [u8; 32], y: [u8; 32] },
    Rsa { modulus: Box<[u8]>, exponent: Box<[u8]> },
}

impl VerifyingKey {
    /// Reads a `SubjectPublicKeyInfo` (RFC 5280 §4.1.2.7).
    ///
    /// # Errors
    /// [`KeyError::Encoding`] and [`KeyError::Size`].
    pub fn from_spki_der(der: &[u8]) -> Result<Self, KeyError> {
        if der.len() > MAX_SPKI_BYTES {
            return Err(KeyError::Encoding);
        }
        match RsaSubjectPublicKey::from_der(der) {
            Ok(rsa) => Self::rsa_from_spki(der, &rsa),
            Err(_) => Self::p256_from_spki(der),
        }
    }

    /// Reads a PEM document with the label `PUBLIC KEY`.
    ///
    /// # Errors
    /// Any [`KeyError`].
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        Self::from_spki_der(&pem::decode("PUBLIC KEY", text).map_err(|_| KeyError::Pem)?)
    }

    /// Which signatures this key verifies.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        match self.shape {
            Shape::P256 { .. } => Algorithm::Es256,
            Shape::Rsa { .. } => Algorithm::Rs256,
        }
    }

    /// How long the modulus of an RSA key is.
    #[must_use]
    pub fn modulus_bits(&self) -> Option<usize> {
        match &self.shape {
            Shape::P256 { .. } => None,
            Shape::Rsa { modulus, .. } => Some(bits(modulus)),
        }
    }

    /// The modulus and the exponent of an RSA key: big-endian, without leading zeros.
    #[must_use]
    pub fn rsa_numbers(&self) -> Option<(&[u8], &[u8])> {
        match &self.shape {
            Shape::P256 { .. } => None,
            Shape::Rsa { modulus, exponent } => Some((modulus, exponent)),
        }
    }

    /// The key as `SubjectPublicKeyInfo`.
    #[must_use]
    pub fn to_spki_der(&self) -> Vec<u8> {
        self.parsed.as_ref().to_vec()
    }

    /// The key as a PEM document with the label `PUBLIC KEY`.
    #[must_use]
    pub fn to_pem(&self) -> String {
        pem::encode("PUBLIC KEY", self.parsed.as_ref())
    }

    pub(crate) fn from_rsa(modulus: &[u8], exponent: &[u8]) -> Result<Self, KeyError> {
        let components = RsaPublicKeyComponents { n: modulus, e: exponent };
        let der = components.as_der().map_err(|_| KeyError::Encoding)?;
        Self::from_spki_der(der.as_ref())
    }

    pub(crate) fn from_p256(x: &[u8; 32], y: &[u8; 32]) -> Result<Self, KeyError> {
        Self::from_spki_der(&[P256_SPKI_PREFIX, x, y].concat())
    }

    pub(crate) fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Whether `signature` is this key's over `message`.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.parsed.verify_sig(message, signature).is_ok()
    }

    fn rsa_from_spki(der: &[u8], rsa: &RsaSubjectPublicKey) -> Result<Self, KeyError> {
        // The parser takes PKCS #1 and PSS keys too. A key has one encoding here, so that its fingerprint is one.
        let canonical = rsa.as_der().map_err(|_| KeyError::Encoding)?;
        if canonical.as_ref() != der {
            return Err(KeyError::Encoding);
        }
        let modulus = rsa.modulus().big_endian_without_leading_zero();
        let exponent = rsa.exponent().big_endian_without_leading_zero();
        if !(2048..=8192).contains(&bits(modulus)) {
            return Err(KeyError::Size);
        }
        let parsed =
            ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der).map_err(|_| KeyError::Encoding)?;
        Ok(Self { parsed, shape: Shape::Rsa { modulus: modulus.into(), exponent: exponent.into() } })
    }

    fn p256_from_spki(der: &[u8]) -> Result<Self, KeyError> {
        // Comparing the fixed prefix leaves exactly one encoding: P-256 by name, the point uncompressed.
        let point = der.strip_prefix(P256_SPKI_PREFIX).ok_or(KeyError::Encoding)?;
        let (x, y) = point.split_at_checked(32).ok_or(KeyError::Encoding)?;
        let shape = Shape::P256 {
            x: x.try_into().map_err(|_| KeyError::Encoding)?,
            y: y.try_into().map_err(|_| KeyError::Encoding)?,
        };
        let parsed = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, der).map_err(|_| KeyError::Encoding)?;
        Ok(Self { parsed, shape })
    }
}

fn bits(modulus: &[u8]) -> usize {
    modulus.len() * 8 - modulus.first().map_or(0, |byte| byte.leading_zeros() as usize)
}

/// Two keys are equal when their encodings are.
impl PartialEq for VerifyingKey {
    fn eq(&self, other: &Self) -> bool {
        self.parsed.as_ref() == other.parsed.as_ref()
    }
}

impl Eq for VerifyingKey {}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("VerifyingKey").field("algorithm", &self.algorithm()).finish_non_exhaustive()
    }
}

/// `SEQUENCE { SEQUENCE { id-ecPublicKey, prime256v1 }, BIT STRING { 04 … } }` up to the coordinates (RFC 5480 §2).
const P256_SPKI_PREFIX: &[u8] = &[
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
];

/// RSA with 8192 bits needs about 1060.
const MAX_SPKI_BYTES: usize = 1200;
