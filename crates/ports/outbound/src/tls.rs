use std::sync::Arc;

use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};
use tracing::warn;

/// Whom TLS connections believe: the certificate authorities of this machine and those of the configuration.
#[derive(Clone, Debug)]
pub struct Trust {
    config: Arc<ClientConfig>,
}

/// Why a set of certificate authorities cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// A PEM text holds no certificate.
    #[error("certificate file {number} of the configuration holds no certificate in PEM form")]
    Empty {
        /// Which of the texts, counted from 1.
        number: usize,
    },
    /// A PEM text holds something that is not a certificate of an authority.
    #[error("certificate file {number} of the configuration holds a certificate that cannot be used")]
    Unusable {
        /// Which of the texts, counted from 1.
        number: usize,
        /// What is wrong with it.
        #[source]
        source: rustls::Error,
    },
    /// A PEM text is broken.
    #[error("certificate file {number} of the configuration is not PEM")]
    NotPem {
        /// Which of the texts, counted from 1.
        number: usize,
        /// What is wrong with it.
        #[source]
        source: rustls::pki_types::pem::Error,
    },
}

impl Trust {
    /// The authorities of this machine, and those in `pems`. Reads files, so it is for the start of the process. A
    /// machine without any is possible, and said in the log; then only `pems` count.
    ///
    /// # Errors
    ///
    /// When one of `pems` is not a list of certificates.
    pub fn system_and<'a>(pems: impl IntoIterator<Item = &'a [u8]>) -> Result<Trust, TrustError> {
        let mut roots = RootCertStore::empty();
        let found = rustls_native_certs::load_native_certs();
        for error in &found.errors {
            warn!(%error, "a certificate authority of this machine cannot be read");
        }
        let (usable, _) = roots.add_parsable_certificates(found.certs);
        if usable == 0 {
            warn!(
                "this machine has no certificate authorities; only those of the configuration are believed"
            );
        }
        add(&mut roots, pems)?;
        Ok(Trust::of(roots))
    }

    /// The authorities in `pems` and no others.
    ///
    /// # Errors
    ///
    /// When one of `pems` is not a list of certificates.
    pub fn only<'a>(pems: impl IntoIterator<Item = &'a [u8]>) -> Result<Trust, TrustError> {
        let mut roots = RootCertStore::empty();
        add(&mut roots, pems)?;
        Ok(Trust::of(roots))
    }

    pub(crate) fn config(&self) -> Arc<ClientConfig> {
        self.config.clone()
    }

    fn of(roots: RootCertStore) -> Trust {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("the provider supports the default versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Trust { config: Arc::new(config) }
    }
}

fn add<'a>(roots: &mut RootCertStore, pems: impl IntoIterator<Item = &'a [u8]>) -> Result<(), TrustError> {
    for (number, pem) in (1..).zip(pems) {
        let mut any = false;
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate = certificate.map_err(|source| TrustError::NotPem { number, source })?;
            roots.add(certificate).map_err(|source| TrustError::Unusable { number, source })?;
            any = true;
        }
        if !any {
            return Err(TrustError::Empty { number });
        }
    }
    Ok(())
}
