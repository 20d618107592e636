//! Public keys that somebody brings, in X.509 certificates (facts §4.2).

use jiff::Timestamp;
use jose::{Algorithm, KeyError, VerifyingKey, pem};
use names::KeyId;
use x509_parser::{certificate::X509Certificate, prelude::FromDer as _};

use crate::signing::fingerprint;

/// The key in a certificate. Who signed the certificate was not looked at: the caller vouches for the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadedKey {
    /// Named as Doorward names its own: the beginning of the SHA-256 of the public key.
    pub key_id: KeyId,
    /// `SubjectPublicKeyInfo` in PEM (`PUBLIC KEY`).
    pub public_key_pem: String,
    /// The certificate, in PEM as it is written here.
    pub certificate_pem: String,
    /// From when the certificate is valid.
    pub not_before: Timestamp,
    /// Until when.
    pub not_after: Timestamp,
}

/// Why bytes are not a certificate of a key that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateFault {
    /// The key in it is not RSA.
    #[error("the certificate must hold an RSA key")]
    Algorithm,
    /// What stands in the PEM document is no X.509 certificate, or more than one.
    #[error("the PEM document does not hold one X.509 certificate")]
    Certificate,
    /// Not PEM with the label `CERTIFICATE`.
    #[error("the key must be sent as one X.509 certificate in PEM (BEGIN CERTIFICATE)")]
    Pem,
    /// The modulus is too short or too long.
    #[error("an RSA key has 2048 to 8192 bits")]
    Size,
    /// It ends before it begins, or its instants are not in the years 1 to 9999.
    #[error("the certificate's validity is not a span of time")]
    Validity,
}

impl UploadedKey {
    /// Reads a certificate in PEM: one document, at most 64 KiB.
    ///
    /// # Errors
    /// See [`CertificateFault`].
    pub fn read(pem: &[u8]) -> Result<Self, CertificateFault> {
        let text = std::str::from_utf8(pem).map_err(|_| CertificateFault::Pem)?;
        let der = pem::decode(LABEL, text).map_err(|_| CertificateFault::Pem)?;
        let (rest, certificate) =
            X509Certificate::from_der(&der).map_err(|_| CertificateFault::Certificate)?;
        if !rest.is_empty() {
            return Err(CertificateFault::Certificate);
        }
        let key = VerifyingKey::from_spki_der(certificate.public_key().raw).map_err(|error| match error {
            KeyError::Encoding | KeyError::Pem => CertificateFault::Algorithm,
            KeyError::Size => CertificateFault::Size,
        })?;
        if key.algorithm() != Algorithm::Rs256 {
            return Err(CertificateFault::Algorithm);
        }
        let instant = |seconds| Timestamp::from_second(seconds).map_err(|_| CertificateFault::Validity);
        let not_before = instant(certificate.validity().not_before.timestamp())?;
        let not_after = instant(certificate.validity().not_after.timestamp())?;
        if not_after <= not_before {
            return Err(CertificateFault::Validity);
        }
        let key_id = fingerprint(&key.to_spki_der());
        Ok(Self {
            key_id: KeyId::parse(&key_id).expect("40 lower-case hexadecimal digits"),
            public_key_pem: key.to_pem(),
            certificate_pem: pem::encode(LABEL, &der),
            not_before,
            not_after,
        })
    }
}

const LABEL: &str = "CERTIFICATE";
