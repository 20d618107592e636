use std::{
    fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use arc_swap::ArcSwap;
use jiff::Timestamp;
use keys::{CertificateAuthority, ServerCertificate, ServerCertificateError};
use names::HostName;
use rustls::{
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use supervise::{Tasks, Timer};
use tracing::{error, info, warn};

use crate::expiring::Expiring;

/// Where a certificate and its key are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CertificateFiles {
    /// The certificate and its chain, in PEM, the server's own first.
    pub chain: PathBuf,
    /// The private key of the first of them, in PEM.
    pub key: PathBuf,
}

/// The certificates of a listener, chosen by the host that a client names (SNI): from files, in their order, else by the
/// local authority, for the hosts in its domains. A client that names no host gets the first; one that names a host for
/// which there is none gets no handshake.
#[derive(Debug)]
pub struct Certificates {
    authority: Option<Arc<CertificateAuthority>>,
    files: Vec<Watched>,
    timer: Timer,
}

#[derive(Debug)]
struct Watched {
    files: CertificateFiles,
    certificate: ArcSwap<ServerCertificate>,
    /// What was said last about its end.
    warned: Mutex<Option<Expiring>>,
    /// What the files were when they were last looked at.
    seen: Mutex<Stamps>,
}

/// Which files they are, and when they were changed: of the chain and of the key.
type Stamps = [Option<(u64, u64, i64, i64)>; 2];

impl Certificates {
    /// Reads the files, and says in the log which of them end soon or have ended.
    ///
    /// # Errors
    ///
    /// When one of them does not hold a certificate and its key.
    pub fn load(
        files: Vec<CertificateFiles>,
        authority: Option<Arc<CertificateAuthority>>,
        timer: Timer,
    ) -> Result<Certificates, ServerCertificateError> {
        let files = files.into_iter().map(Watched::read).collect::<Result<Vec<_>, _>>()?;
        files.iter().for_each(|watched| watched.warn(timer.now()));
        Ok(Certificates { authority, files, timer })
    }

    /// A host that clients on this machine can name.
    pub fn host(&self) -> Option<HostName> {
        let of_files = self.files.iter().find_map(|watched| watched.certificate.load().host());
        of_files.or_else(|| self.authority.as_ref().map(|_| localhost()))
    }

    /// Looks at the files every two seconds and takes new ones, until the process drains. What cannot be used is said
    /// in the log, and the certificate before it stays. So is once a day what ends soon.
    pub fn watch(self: &Arc<Self>, tasks: &Tasks) {
        if self.files.is_empty() {
            return;
        }
        let (certificates, tasks) = (self.clone(), tasks.clone());
        tasks.clone().spawn_loop("certificate files", move || {
            let (certificates, tasks) = (certificates.clone(), tasks.clone());
            async move {
                let (timer, drain) = (tasks.timer().clone(), tasks.drain());
                while drain.unless_draining(timer.sleep(LOOK_EVERY)).await.is_some() {
                    let certificates = certificates.clone();
                    let looked = tasks.blocking("certificate files", move || certificates.look());
                    if let Err(error) = looked.await {
                        error!(%error, "the certificate files cannot be looked at");
                    }
                }
            }
        });
    }

    pub(crate) fn look(&self) {
        for watched in &self.files {
            watched.look();
            watched.warn(self.timer.now());
        }
    }

    fn choose(&self, server_name: Option<&str>) -> Option<Arc<CertifiedKey>> {
        let Some(name) = server_name else {
            return self.files.first().map(Watched::key).or_else(|| self.signed(&localhost()));
        };
        let name = name.to_ascii_lowercase();
        let of_files = self.files.iter().find(|watched| watched.certificate.load().is_for(&name));
        of_files.map(Watched::key).or_else(|| self.signed(&HostName::parse(&name).ok()?))
    }

    fn signed(&self, host: &HostName) -> Option<Arc<CertifiedKey>> {
        let authority = self.authority.as_ref().filter(|authority| authority.covers(host))?;
        let leaf = authority.leaf(host, self.timer.now());
        leaf.inspect_err(|error| error!(%host, %error, "there is no certificate")).ok()
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.choose(hello.server_name())
    }
}

impl Watched {
    fn read(files: CertificateFiles) -> Result<Watched, ServerCertificateError> {
        // Before they are read: what changes meanwhile is seen the next time.
        let seen = Mutex::new(files.stamps());
        let certificate = ArcSwap::from_pointee(ServerCertificate::read(&files.chain, &files.key)?);
        Ok(Watched { files, certificate, warned: Mutex::default(), seen })
    }

    fn key(&self) -> Arc<CertifiedKey> {
        self.certificate.load().key()
    }

    /// Says that the certificate ends soon: once for each, and again when a day has gone by.
    fn warn(&self, now: Timestamp) {
        let expiring = Expiring::of(&self.certificate.load(), &self.files, now);
        let mut warned = self.warned.lock().unwrap_or_else(PoisonError::into_inner);
        if *warned == expiring {
            return;
        }
        if let Some(expiring) = &expiring {
            warn!("{expiring}");
        }
        *warned = expiring;
    }

    fn look(&self) {
        let stamps = self.files.stamps();
        let before =
            std::mem::replace(&mut *self.seen.lock().unwrap_or_else(PoisonError::into_inner), stamps);
        if stamps == before {
            return;
        }
        let chain = self.files.chain.display();
        match ServerCertificate::read(&self.files.chain, &self.files.key) {
            Ok(certificate) => {
                self.certificate.store(Arc::new(certificate));
                info!(%chain, "a new certificate is used from now on");
            }
            Err(error) => {
                warn!(%chain, error = %in_full(&error), "the new certificate cannot be used; the one before stays");
            }
        }
    }
}

impl CertificateFiles {
    fn stamps(&self) -> Stamps {
        [&self.chain, &self.key].map(|path| stamp(path).ok())
    }
}

fn stamp(path: &Path) -> io::Result<(u64, u64, i64, i64)> {
    let found = fs::metadata(path)?;
    // The change of the inode: closing a file to others is one, too.
    Ok((found.ino(), found.size(), found.ctime(), found.ctime_nsec()))
}

fn in_full(error: &ServerCertificateError) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

fn localhost() -> HostName {
    HostName::parse("localhost").expect("a valid literal")
}

const LOOK_EVERY: Duration = Duration::from_secs(2);
