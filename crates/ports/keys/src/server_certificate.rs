//! Certificates that an operator brings, with their keys.

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

use jiff::Timestamp;
use names::HostName;
use rustls::{
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    sign::CertifiedKey,
};
use x509_parser::{certificate::X509Certificate, extensions::GeneralName, prelude::FromDer as _};

use crate::private_file::{self, Unread};

/// A certificate with its chain, its private key, and the hosts that it is for.
#[derive(Debug)]
pub struct ServerCertificate {
    key: Arc<CertifiedKey>,
    /// In lower case; `*.` in front stands for one label.
    names: Vec<String>,
    begins: Timestamp,
    ends: Timestamp,
}

/// Why two files do not hold a certificate and its key.
#[derive(Debug, thiserror::Error)]
pub enum ServerCertificateError {
    /// A file cannot be read, or is too long.
    #[error("{} cannot be read", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// The key is not the one in the certificate, or of a kind that is not used.
    #[error("the key in {} is not that of the certificate in {}", key.display(), chain.display())]
    Mismatch {
        /// The file of the certificates.
        chain: PathBuf,
        /// The file of the key.
        key: PathBuf,
        /// What the library says.
        #[source]
        source: rustls::Error,
    },
    /// There is no certificate in the file, or something else beside.
    #[error("{} does not hold a certificate with its chain in PEM", path.display())]
    NoCertificate {
        /// Which file.
        path: PathBuf,
    },
    /// There is no private key in the file.
    #[error("{} does not hold a private key in PEM", path.display())]
    NoKey {
        /// Which file.
        path: PathBuf,
    },
    /// The certificate is for no host: it has no alternative names, which are all that clients look at.
    #[error("the certificate in {} names no host (subjectAltName)", path.display())]
    NoName {
        /// Which file.
        path: PathBuf,
    },
    /// Others may read or change the key file.
    #[error("the key file {} has mode {mode:04o}: all may read it, or others change it", path.display())]
    Permissions {
        /// Which file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
}

impl ServerCertificate {
    /// Reads a chain, the server's own certificate first, and the key of that one: PKCS #8, SEC1 or PKCS #1, not
    /// encrypted. A group may read the key file, others may not.
    ///
    /// # Errors
    /// See [`ServerCertificateError`].
    pub fn read(chain: &Path, key: &Path) -> Result<Self, ServerCertificateError> {
        let failed = |path: &Path, source| ServerCertificateError::File { path: path.to_owned(), source };
        let no_certificate = || ServerCertificateError::NoCertificate { path: chain.to_owned() };
        let pem = read_public(chain).map_err(|source| failed(chain, source))?;
        let certificates: Vec<_> =
            CertificateDer::pem_slice_iter(&pem).collect::<Result<_, _>>().map_err(|_| no_certificate())?;
        let first = certificates.first().ok_or_else(no_certificate)?;
        let (names, begins) = read_first(first).ok_or_else(no_certificate)?;
        let ends = certificates.iter().filter_map(|der| end(der)).min().ok_or_else(no_certificate)?;
        if names.is_empty() {
            return Err(ServerCertificateError::NoName { path: chain.to_owned() });
        }
        let text =
            private_file::read_unless(key, MAX_FILE_BYTES, FORBIDDEN).map_err(|unread| match unread {
                Unread::Failed(source) => failed(key, source),
                Unread::Exposed(mode) => ServerCertificateError::Permissions { path: key.to_owned(), mode },
            })?;
        let text = text.ok_or_else(|| failed(key, io::ErrorKind::NotFound.into()))?;
        let private = PrivateKeyDer::from_pem_slice(text.as_bytes())
            .map_err(|_| ServerCertificateError::NoKey { path: key.to_owned() })?;
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        let certified = CertifiedKey::from_der(certificates, private, &provider).map_err(|source| {
            ServerCertificateError::Mismatch { chain: chain.to_owned(), key: key.to_owned(), source }
        })?;
        Ok(Self { key: Arc::new(certified), names, begins, ends })
    }

    /// What signs handshakes.
    pub fn key(&self) -> Arc<CertifiedKey> {
        self.key.clone()
    }

    /// Whether it is for this host, in lower case (RFC 6125 §6.4: `*` stands for the whole first label).
    pub fn is_for(&self, host: &str) -> bool {
        self.names.iter().any(|name| match name.strip_prefix("*.") {
            Some(domain) => {
                host.split_once('.').is_some_and(|(first, rest)| !first.is_empty() && rest == domain)
            }
            None => name == host,
        })
    }

    /// From when it is good.
    pub fn begins(&self) -> Timestamp {
        self.begins
    }

    /// Until when it is good, with everything that stands in its chain.
    pub fn ends(&self) -> Timestamp {
        self.ends
    }

    /// A host that it is for; `None` where it has only names that stand for many.
    pub fn host(&self) -> Option<HostName> {
        self.names.iter().find_map(|name| HostName::parse(name).ok())
    }
}

/// The DNS names of a certificate, in lower case, and from when it is good; `None` where it is none.
fn read_first(der: &[u8]) -> Option<(Vec<String>, Timestamp)> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    let begins = Timestamp::from_second(certificate.validity().not_before.timestamp()).ok()?;
    let Some(names) = certificate.subject_alternative_name().ok()? else { return Some((Vec::new(), begins)) };
    let dns = names.value.general_names.iter().filter_map(|name| match name {
        GeneralName::DNSName(name) => Some(name.to_ascii_lowercase()),
        _ => None,
    });
    Some((dns.collect(), begins))
}

/// Until when a certificate is good; `None` where it cannot be read.
fn end(der: &[u8]) -> Option<Timestamp> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    Timestamp::from_second(certificate.validity().not_after.timestamp()).ok()
}

fn read_public(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(MAX_FILE_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > MAX_FILE_BYTES { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(bytes) }
}

const MAX_FILE_BYTES: usize = 256 * 1024;
/// What nobody but the owner may do, except that a group may read.
const FORBIDDEN: u32 = 0o037;
