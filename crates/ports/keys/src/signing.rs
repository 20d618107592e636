//! Private keys that sign.

use std::fmt;

use aws_lc_rs::{
    encoding::AsDer,
    rand::SystemRandom,
    rsa::KeySize,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair},
};
use jose::{Algorithm, KeyId, SignError, Signer, VerifyingKey};
use zeroize::Zeroizing;

/// A private key, ready to sign. Its name is the beginning of the SHA-256 of its public key, 40 hexadecimal digits, so
/// that equal keys have equal names everywhere.
pub struct SigningKey {
    key_id: KeyId,
    pair: Pair,
    public: VerifyingKey,
}

pub(crate) enum Pair {
    P256(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

/// Bytes or numbers that are no key pair, or a generator that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotAKey;

impl SigningKey {
    /// The public half.
    #[must_use]
    pub fn verifying_key(&self) -> &VerifyingKey {
        &self.public
    }

    /// Makes a key and its PKCS #8 form.
    pub(crate) fn generate(algorithm: Algorithm) -> Result<(Self, Zeroizing<Vec<u8>>), NotAKey> {
        let (pair, pkcs8) = match algorithm {
            Algorithm::Es256 => {
                let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(|_| NotAKey)?;
                let pkcs8 = pair.to_pkcs8v1().map_err(|_| NotAKey)?.as_ref().to_vec();
                (Pair::P256(pair), pkcs8)
            }
            Algorithm::Rs256 => {
                let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| NotAKey)?;
                let pkcs8 = pair.as_der().map_err(|_| NotAKey)?.as_ref().to_vec();
                (Pair::Rsa(pair), pkcs8)
            }
        };
        Ok((Self::new(pair)?, Zeroizing::new(pkcs8)))
    }

    pub(crate) fn from_pkcs8(algorithm: Algorithm, der: &[u8]) -> Result<Self, NotAKey> {
        Self::new(match algorithm {
            Algorithm::Es256 => Pair::P256(
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der).map_err(|_| NotAKey)?,
            ),
            Algorithm::Rs256 => Pair::Rsa(RsaKeyPair::from_pkcs8(der).map_err(|_| NotAKey)?),
        })
    }

    pub(crate) fn pair(&self) -> &Pair {
        &self.pair
    }

    fn new(pair: Pair) -> Result<Self, NotAKey> {
        let spki = match &pair {
            Pair::P256(pair) => pair.public_key().as_der(),
            Pair::Rsa(pair) => pair.public_key().as_der(),
        }
        .map_err(|_| NotAKey)?;
        let public = VerifyingKey::from_spki_der(spki.as_ref()).map_err(|_| NotAKey)?;
        let key_id = KeyId::new(&fingerprint(spki.as_ref())).map_err(|_| NotAKey)?;
        Ok(Self { key_id, pair, public })
    }
}

/// What a key is called: the first 40 hexadecimal digits of the SHA-256 of its public half.
pub(crate) fn fingerprint(spki: &[u8]) -> String {
    let mut digits = jose::sha256_hex(spki);
    digits.truncate(40);
    digits
}

impl Signer for SigningKey {
    fn algorithm(&self) -> Algorithm {
        self.public.algorithm()
    }

    fn key_id(&self) -> &KeyId {
        &self.key_id
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let randomness = SystemRandom::new();
        match &self.pair {
            Pair::P256(pair) => pair
                .sign(&randomness, message)
                .map(|signature| signature.as_ref().to_vec())
                .map_err(|_| SignError::Refused),
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &randomness, message, &mut signature)
                    .map_err(|_| SignError::Refused)?;
                Ok(signature)
            }
        }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SigningKey").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from(b"0123456789abcdef"[usize::from(nibble & 0xf)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
}

/// Exactly as many bytes as lower-case digits say.
pub(crate) fn unhex<const LENGTH: usize>(text: &str) -> Option<[u8; LENGTH]> {
    let nibble = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let mut bytes = [0; LENGTH];
    if text.len() != 2 * LENGTH {
        return None;
    }
    for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = nibble(digits[0])? << 4 | nibble(digits[1])?;
    }
    Some(bytes)
}
