use std::{io, sync::Arc, time::Duration};

use outbound::Io;
use rustls::{ServerConfig, server::ResolvesServerCert};
use supervise::on_real_time;
use tokio_rustls::TlsAcceptor;

/// TLS as this side speaks it: 1.2 and 1.3, with HTTP/2 and HTTP/1.1 inside (ALPN, RFC 7301). Cheap to clone.
#[derive(Clone)]
pub struct Tls {
    config: Arc<ServerConfig>,
}

/// TLS that was agreed on.
#[derive(Debug)]
pub struct Session {
    /// The bytes inside.
    pub io: Io,
    /// The host that the client asked for (SNI, RFC 6066 §3), in lower case.
    pub server_name: Option<String>,
}

/// Why TLS was not agreed on.
#[derive(Debug, thiserror::Error)]
pub enum HandshakeError {
    /// The peer broke off, does not speak TLS, or asked for a host without a certificate.
    #[error("the handshake failed")]
    Failed(#[source] io::Error),
    /// The peer took too long.
    #[error("the handshake took too long")]
    TimedOut,
}

impl Tls {
    /// TLS with the certificates that `certificates` has for what a client says about itself. It is asked during
    /// handshakes, so that it must not block.
    pub fn new(certificates: Arc<dyn ResolvesServerCert>) -> Tls {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("the provider supports the default versions")
            .with_no_client_auth()
            .with_cert_resolver(certificates);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Tls { config: Arc::new(config) }
    }

    /// Agrees on TLS with whoever is at the other end, within `patience` of real time.
    ///
    /// # Errors
    ///
    /// See [`HandshakeError`].
    pub async fn accept(&self, io: Io, patience: Duration) -> Result<Session, HandshakeError> {
        let handshake = TlsAcceptor::from(self.config.clone()).accept(io);
        let stream = on_real_time(patience, handshake).await.ok_or(HandshakeError::TimedOut)?;
        let stream = stream.map_err(HandshakeError::Failed)?;
        let server_name = stream.get_ref().1.server_name().map(str::to_ascii_lowercase);
        Ok(Session { io: Io::inside(stream), server_name })
    }
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Tls")
    }
}
