//! Which certificate a handshake gets.

use std::{fmt, sync::Arc};

use keys::CertificateAuthority;
use names::{HostName, Universe};
use rustls::{
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use supervise::Timer;

use crate::hosts::served;

/// Certificates for the hosts that are served here, made when they are first asked for.
pub(crate) struct Certificates {
    pub(crate) authority: Arc<CertificateAuthority>,
    pub(crate) timer: Timer,
    pub(crate) universe: Universe,
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let host = HostName::parse(&hello.server_name()?.to_ascii_lowercase()).ok()?;
        served(&host, &self.universe)?;
        let leaf = self.authority.leaf(&host, self.timer.now());
        leaf.inspect_err(|error| tracing::error!(%host, %error, "there is no certificate")).ok()
    }
}

impl fmt::Debug for Certificates {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Certificates")
    }
}
