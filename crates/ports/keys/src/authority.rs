//! Doorward's own certificate authority, for clients on this machine that are told to believe it.

use std::{
    fmt, io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use jose::pem;
use names::HostName;
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DistinguishedName, DnType, GeneralSubtree, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, NameConstraints,
};
use rustls::sign::CertifiedKey;
use x509_parser::{certificate::X509Certificate, extensions::GeneralName, prelude::FromDer as _};
use zeroize::Zeroizing;

use crate::{
    certificate::{random_serial, set_validity},
    leaf::{LeafError, Leaves, make_leaf},
    private_file::{self, Unread},
};

/// A certificate authority whose key lies in a file, for the domains that Doorward serves. Whoever believes its
/// certificate believes nothing about any other domain: the certificate says which ones it may speak for (RFC 5280
/// §4.2.1.10), and that it makes no further authorities.
pub struct CertificateAuthority {
    certificate_pem: String,
    domains: Vec<HostName>,
    key: KeyPair,
    leaves: Mutex<Leaves>,
    params: CertificateParams,
}

/// Why there is no certificate authority.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// Its certificate cannot be made.
    #[error("the certificate of the local authority cannot be made")]
    Certificate(#[source] rcgen::Error),
    /// A file cannot be read or written.
    #[error("cannot use the file {path}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// What stands in the key file is no private key that is used here.
    #[error("{path} does not hold a private key on the curve P-256 in PEM")]
    Key {
        /// The key file.
        path: PathBuf,
    },
    /// Others may read or change the key file.
    #[error("the key file {path} has mode {mode:04o}, but only its owner may touch it")]
    Permissions {
        /// The key file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
}

impl CertificateAuthority {
    /// The file of the private key in a data directory.
    pub const KEY_FILE: &'static str = "ca.key";
    /// The file of the certificate in a data directory: what clients are told to believe.
    pub const CERTIFICATE_FILE: &'static str = "ca.pem";

    /// Reads the private key, or makes it (ECDSA on P-256, mode 0600), and the certificate beside it. The certificate
    /// is good for ten years, and for hosts of these domains and of loopback; one that is missing, that says anything
    /// else, or that ends within a year is made anew by the same key.
    ///
    /// One process at a time may do this for one folder: the data directory is locked by whoever serves from it.
    ///
    /// # Errors
    /// Any [`AuthorityError`].
    pub fn open(folder: &Path, domains: &[HostName], now: Timestamp) -> Result<Self, AuthorityError> {
        let key = open_key(&folder.join(Self::KEY_FILE))?;
        let domains = domains.iter().cloned().chain([localhost()]).collect::<Vec<_>>();
        let params = params(&key, &domains, now)?;
        let path = folder.join(Self::CERTIFICATE_FILE);
        let failed = |source| AuthorityError::File { path: path.clone(), source };
        let found = match std::fs::read_to_string(&path) {
            Ok(text) => Some(text),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidData) => {
                None
            }
            Err(error) => return Err(failed(error)),
        };
        let certificate_pem = match found.filter(|text| still_good(text, &key, &domains, now)) {
            Some(text) => text,
            None => {
                let certificate = params.self_signed(&key).map_err(AuthorityError::Certificate)?;
                let text = pem::encode(CERTIFICATE, certificate.der());
                private_file::replace_public(&path, &text).map_err(failed)?;
                text
            }
        };
        Ok(Self { certificate_pem, domains, key, leaves: Mutex::default(), params })
    }

    /// The certificate that clients have to believe, in PEM.
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// Whether it may speak for this host.
    pub fn covers(&self, host: &HostName) -> bool {
        self.domains.iter().any(|domain| is_within(host, domain))
    }

    /// A certificate for this host and its key: one that is still good for half of its thirty days, or one that is made
    /// now, which costs two operations on the curve. For `localhost` it is good for the addresses of loopback, too.
    ///
    /// # Errors
    /// See [`LeafError`].
    pub fn leaf(&self, host: &HostName, now: Timestamp) -> Result<Arc<CertifiedKey>, LeafError> {
        if !self.covers(host) {
            return Err(LeafError::NotCovered { host: host.clone() });
        }
        let mut leaves = self.leaves.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(leaf) = leaves.find(host, now) {
            return Ok(leaf);
        }
        let issuer = Issuer::from_params(&self.params, &self.key);
        let leaf = make_leaf(host, &issuer, now)?;
        leaves.keep(host, leaf.clone(), now);
        Ok(leaf)
    }
}

impl fmt::Debug for CertificateAuthority {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = formatter.debug_struct("CertificateAuthority");
        text.field("domains", &self.domains).finish_non_exhaustive()
    }
}

/// The host under which clients on this machine reach it.
pub(crate) fn localhost() -> HostName {
    HostName::parse("localhost").expect("a valid literal")
}

fn is_within(host: &HostName, domain: &HostName) -> bool {
    let rest = host.as_str().strip_suffix(domain.as_str());
    rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

fn open_key(path: &Path) -> Result<KeyPair, AuthorityError> {
    let failed = |source| AuthorityError::File { path: path.to_owned(), source };
    let read = || {
        private_file::read(path, MAX_KEY_FILE_BYTES).map_err(|unread| match unread {
            Unread::Failed(source) => failed(source),
            Unread::Exposed(mode) => AuthorityError::Permissions { path: path.to_owned(), mode },
        })
    };
    let text = match read()? {
        Some(text) => text,
        None => {
            let key =
                KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).map_err(AuthorityError::Certificate)?;
            private_file::make(path, &Zeroizing::new(key.serialize_pem())).map_err(failed)?;
            read()?.ok_or_else(|| failed(io::ErrorKind::NotFound.into()))?
        }
    };
    KeyPair::from_pkcs8_pem_and_sign_algo(&text, &rcgen::PKCS_ECDSA_P256_SHA256)
        .map_err(|_| AuthorityError::Key { path: path.to_owned() })
}

fn params(key: &KeyPair, domains: &[HostName], now: Timestamp) -> Result<CertificateParams, AuthorityError> {
    let mut params = CertificateParams::default();
    let mut name = DistinguishedName::new();
    // Two authorities on one machine have two names, so that a client that believes both can tell them apart.
    let fingerprint = &jose::sha256_hex(key.public_key_raw())[..8];
    name.push(DnType::CommonName, format!("Doorward local CA {fingerprint}"));
    params.distinguished_name = name;
    set_validity(&mut params, now - SKEW, now + LIFETIME);
    params.serial_number = Some(random_serial().map_err(AuthorityError::Certificate)?);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let names = domains.iter().map(|domain| GeneralSubtree::DnsName(domain.to_string()));
    let loopback = [
        CidrSubnet::from_addr_prefix(IpAddr::V4(Ipv4Addr::new(127, 0, 0, 0)), 8),
        CidrSubnet::from_addr_prefix(IpAddr::V6(Ipv6Addr::LOCALHOST), 128),
    ];
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: names.chain(loopback.map(GeneralSubtree::IpAddress)).collect(),
        excluded_subtrees: Vec::new(),
    });
    Ok(params)
}

/// Whether a certificate is the one that would be made now, but for its dates.
fn still_good(text: &str, key: &KeyPair, domains: &[HostName], now: Timestamp) -> bool {
    let Ok(der) = pem::decode(CERTIFICATE, text) else { return false };
    let Ok((_, certificate)) = X509Certificate::from_der(&der) else { return false };
    let validity = certificate.validity();
    let in_time = validity.not_before.timestamp() <= now.as_second()
        && (now + RENEWED_WITHIN).as_second() < validity.not_after.timestamp();
    let same_key = *certificate.public_key().subject_public_key.data == *key.public_key_raw();
    let signed_by_itself = certificate.issuer() == certificate.subject();
    let Ok(Some(constraints)) = certificate.name_constraints() else { return false };
    let names =
        constraints.value.permitted_subtrees.iter().flatten().filter_map(|subtree| match subtree.base {
            GeneralName::DNSName(name) => Some(name),
            _ => None,
        });
    in_time && same_key && signed_by_itself && names.eq(domains.iter().map(HostName::as_str))
}

const CERTIFICATE: &str = "CERTIFICATE";
const MAX_KEY_FILE_BYTES: usize = 4096;
/// How far the clocks of clients may be behind.
pub(crate) const SKEW: Duration = Duration::from_secs(24 * 60 * 60);
const LIFETIME: Duration = Duration::from_secs(3650 * 24 * 60 * 60);
const RENEWED_WITHIN: Duration = Duration::from_secs(365 * 24 * 60 * 60);
