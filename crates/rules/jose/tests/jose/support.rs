//! Keys for tests, and signers made of them.

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256, RsaKeyPair},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jose::{Algorithm, KeyId, KeySet, SignError, Signer, VerifyingKey, pem};

pub const ADA_RSA: &str = include_str!("../keys/ada.rsa.pem");
pub const ADA_RSA_PUBLIC: &str = include_str!("../keys/ada.rsa.public.pem");
pub const ADA_P256: &str = include_str!("../keys/ada.p256.pem");
pub const ADA_P256_PUBLIC: &str = include_str!("../keys/ada.p256.public.pem");
pub const GRACE_RSA: &str = include_str!("../keys/grace.rsa.pem");
pub const GRACE_RSA_PUBLIC: &str = include_str!("../keys/grace.rsa.public.pem");

pub enum PrivateKey {
    P256(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

pub struct TestSigner {
    key_id: KeyId,
    key: PrivateKey,
}

impl TestSigner {
    pub fn rsa(key_id: &str, private_pem: &str) -> Self {
        let der = pem::decode("PRIVATE KEY", private_pem).unwrap();
        Self { key_id: name(key_id), key: PrivateKey::Rsa(RsaKeyPair::from_pkcs8(&der).unwrap()) }
    }

    pub fn p256(key_id: &str, private_pem: &str) -> Self {
        let der = pem::decode("PRIVATE KEY", private_pem).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der).unwrap();
        Self { key_id: name(key_id), key: PrivateKey::P256(key) }
    }
}

impl Signer for TestSigner {
    fn algorithm(&self) -> Algorithm {
        match self.key {
            PrivateKey::P256(_) => Algorithm::Es256,
            PrivateKey::Rsa(_) => Algorithm::Rs256,
        }
    }

    fn key_id(&self) -> &KeyId {
        &self.key_id
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        match &self.key {
            PrivateKey::P256(key) => {
                Ok(key.sign(&SystemRandom::new(), message).map_err(|_| SignError::Refused)?.as_ref().to_vec())
            }
            PrivateKey::Rsa(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
                    .map_err(|_| SignError::Refused)?;
                Ok(signature)
            }
        }
    }
}

pub fn name(text: &str) -> KeyId {
    KeyId::new(text).unwrap()
}

/// Keys "ada-rsa", "ada-p256" and "grace-rsa".
pub fn keys() -> KeySet {
    let key = |text| VerifyingKey::from_pem(text).unwrap();
    KeySet::new([
        (name("ada-rsa"), key(ADA_RSA_PUBLIC)),
        (name("ada-p256"), key(ADA_P256_PUBLIC)),
        (name("grace-rsa"), key(GRACE_RSA_PUBLIC)),
    ])
    .unwrap()
}

/// A token with this header and payload as they stand, signed properly.
pub fn token(signer: &impl Signer, header: &str, payload: &str) -> String {
    let text = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    let signature = signer.sign(text.as_bytes()).unwrap();
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}
