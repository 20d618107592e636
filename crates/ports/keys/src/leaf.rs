//! Certificates for single hosts.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::Arc,
    time::Duration,
};

use jiff::Timestamp;
use names::HostName;
use rcgen::{
    CertificateParams, DistinguishedName, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    SanType,
};
use rustls::{
    crypto::aws_lc_rs::sign::any_ecdsa_type,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    sign::CertifiedKey,
};

use crate::{
    authority::{SKEW, localhost},
    certificate::{random_serial, set_validity},
};

/// Why there is no certificate for a host.
#[derive(Debug, thiserror::Error)]
pub enum LeafError {
    /// It cannot be made.
    #[error("the certificate cannot be made")]
    Certificate(#[from] rcgen::Error),
    /// Its key cannot be used.
    #[error("the key of the certificate cannot be used")]
    Key(#[from] rustls::Error),
    /// The host is in none of the authority's domains.
    #[error("the local authority may not speak for {host}")]
    NotCovered {
        /// Which host.
        host: HostName,
    },
}

/// Certificates that are still good, a bounded number of them.
#[derive(Default)]
pub(crate) struct Leaves {
    by_host: HashMap<HostName, Kept>,
}

struct Kept {
    leaf: Arc<CertifiedKey>,
    made: Timestamp,
}

impl Leaves {
    /// The one for this host, unless half of its time is over, or its time has not begun: the clock was turned back.
    pub(crate) fn find(&self, host: &HostName, now: Timestamp) -> Option<Arc<CertifiedKey>> {
        let kept = self.by_host.get(host)?;
        (kept.made - SKEW < now && now < kept.made + LIFETIME / 2).then(|| kept.leaf.clone())
    }

    /// Keeps one more; the oldest goes where there are too many.
    pub(crate) fn keep(&mut self, host: &HostName, leaf: Arc<CertifiedKey>, made: Timestamp) {
        if self.by_host.len() >= MOST_LEAVES && !self.by_host.contains_key(host) {
            let oldest = self.by_host.iter().min_by_key(|(_, kept)| kept.made).map(|(host, _)| host.clone());
            oldest.and_then(|host| self.by_host.remove(&host));
        }
        self.by_host.insert(host.clone(), Kept { leaf, made });
    }
}

/// Makes a key and a certificate for one host, good for thirty days, for servers only.
pub(crate) fn make_leaf(
    host: &HostName,
    issuer: &Issuer<'_, &KeyPair>,
    now: Timestamp,
) -> Result<Arc<CertifiedKey>, LeafError> {
    let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
    let mut params = CertificateParams::default();
    // What it is for stands in the alternative names alone: a common name has room for 64 characters only.
    params.distinguished_name = DistinguishedName::new();
    params.subject_alt_names = vec![SanType::DnsName(host.as_str().try_into()?)];
    if *host == localhost() {
        let loopback = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
        params.subject_alt_names.extend(loopback.map(SanType::IpAddress));
    }
    set_validity(&mut params, now - SKEW, now + LIFETIME);
    params.serial_number = Some(random_serial()?);
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    let certificate = params.signed_by(&key, issuer)?;
    let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialized_der()));
    let signing = any_ecdsa_type(&private)?;
    Ok(Arc::new(CertifiedKey::new(vec![certificate.der().clone()], signing)))
}

/// Below the 90 days that short-lived certificates have; renewed after half of it.
const LIFETIME: Duration = Duration::from_secs(30 * 24 * 60 * 60);
const MOST_LEAVES: usize = 1000;
