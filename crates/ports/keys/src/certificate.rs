//! X.509 certificates around public keys, for clients that want keys in that form (facts §3.1). They prove nothing
//! that the key does not: each is signed by the key inside it.

use std::time::Duration;

use aws_lc_rs::{rand, signature::KeyPair as _};
use jiff::Timestamp;
use jose::Signer as _;
use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyUsagePurpose, PublicKeyData,
    SerialNumber, SignatureAlgorithm,
};

use crate::signing::{Pair, SigningKey};

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// Only RSA keys are published as certificates.
    #[error("only RSA keys have certificates")]
    Algorithm,
    /// The certificate could not be written or signed.
    #[error("the certificate could not be made")]
    Certificate(#[source] rcgen::Error),
}

impl SigningKey {
    /// A certificate for `subject`, such as an account's e-mail address, valid from `not_before` to before
    /// `not_after`, in PEM. The same key and arguments give the same certificate. Costs one signature.
    ///
    /// # Errors
    /// See [`CertificateError`].
    pub fn certificate_pem(
        &self,
        subject: &str,
        not_before: Timestamp,
        not_after: Timestamp,
    ) -> Result<String, CertificateError> {
        let Pair::Rsa(pair) = self.pair() else { return Err(CertificateError::Algorithm) };
        let mut name = DistinguishedName::new();
        name.push(DnType::CommonName, subject);
        let mut params = CertificateParams::default();
        params.distinguished_name = name;
        set_validity(&mut params, not_before, not_after);
        // At most 20 bytes and positive (RFC 5280 §4.1.2.2): these are ASCII, whose top bit is not set.
        let serial: Vec<u8> = self.key_id().as_str().bytes().take(16).collect();
        params.serial_number = Some(SerialNumber::from(serial));
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let signer = CertificateSigner { key: self, public: pair.public_key().as_ref() };
        let certificate = params.self_signed(&signer).map_err(CertificateError::Certificate)?;
        Ok(jose::pem::encode("CERTIFICATE", certificate.der()))
    }
}

struct CertificateSigner<'a> {
    key: &'a SigningKey,
    public: &'a [u8],
}

impl PublicKeyData for CertificateSigner<'_> {
    fn der_bytes(&self) -> &[u8] {
        self.public
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &rcgen::PKCS_RSA_SHA256
    }
}

impl rcgen::SigningKey for CertificateSigner<'_> {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        self.key.sign(message).map_err(|_| rcgen::Error::RemoteKeyError)
    }
}

/// Sets from when and until when a certificate is valid, as X.509 has instants: whole seconds from 1970 to the end of
/// the year 9999.
pub(crate) fn set_validity(params: &mut CertificateParams, not_before: Timestamp, not_after: Timestamp) {
    let epoch = rcgen::date_time_ymd(1970, 1, 1);
    let seconds =
        |instant: Timestamp| Duration::from_secs(instant.as_second().clamp(0, LAST_SECOND).unsigned_abs());
    params.not_before = epoch + seconds(not_before);
    params.not_after = epoch + seconds(not_after);
}

/// A serial number that nobody can foresee (CA/Browser Forum, baseline requirements §7.1): positive, 16 bytes.
pub(crate) fn random_serial() -> Result<SerialNumber, rcgen::Error> {
    let mut bytes = [0; 16];
    rand::fill(&mut bytes).map_err(|_| rcgen::Error::RingUnspecified)?;
    bytes[0] = bytes[0] & 0x7f | 0x40;
    Ok(SerialNumber::from_slice(&bytes))
}

/// 9999-12-31T23:59:59Z.
const LAST_SECOND: i64 = 253_402_300_799;
