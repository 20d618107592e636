//! Certificates: by the local authority for the proxy, and whichever are configured for the API and the gate.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::Response;
use http_body_util::Full;
use hyper::body::Incoming;
use intercept::Intercept;
use jiff::Timestamp;
use keys::CertificateAuthority;
use listen::{BindError, Certificates, Limits, Server, Socket, Tls, redirect_to_https};
use store_sql::DataDirectory;
use supervise::{Tasks, Timer};

use crate::{BuildError, Config};

/// What listeners are given before they serve.
pub(crate) struct Encryption {
    /// The local authority, where anybody needs it.
    pub(crate) authority: Option<Arc<CertificateAuthority>>,
    pub(crate) certificates: Option<Arc<Certificates>>,
}

/// A listener that can speak TLS.
#[derive(Clone, Copy)]
pub(crate) enum Which {
    Api,
    Gate,
}

impl Encryption {
    /// Reads what is configured, and makes the local authority on first need.
    pub(crate) fn of(
        config: &Config,
        directory: &DataDirectory,
        timer: &Timer,
    ) -> Result<Encryption, BuildError> {
        let tls = config.tls.as_ref();
        let needed = config.intercept.is_some() || tls.is_some_and(|tls| tls.local_ca);
        let authority =
            if needed { Some(Arc::new(authority(config, directory, timer.now())?)) } else { None };
        let certificates = tls.map(|tls| {
            let signs = authority.clone().filter(|_| tls.local_ca);
            Certificates::load(tls.certificates.clone(), signs, timer.clone())
        });
        let certificates = certificates.transpose()?.map(Arc::new);
        Ok(Encryption { authority, certificates })
    }

    /// The socket as this listener is to serve on it.
    pub(crate) fn on(&self, which: Which, config: &Config, socket: Socket) -> Socket {
        match self.of_listener(which, config) {
            Some(certificates) => socket.with_tls(Tls::new(certificates)),
            None => socket,
        }
    }

    /// The host under which clients on this machine find that listener over TLS; `None` where it speaks none.
    pub(crate) fn host(&self, which: Which, config: &Config) -> Option<String> {
        let host = self.of_listener(which, config)?.host();
        Some(host.map_or_else(|| "localhost".to_owned(), |host| host.to_string()))
    }

    /// The local authority, where the gate's clients have to believe it.
    pub(crate) fn signs_for_the_gate(&self, config: &Config) -> Option<Arc<CertificateAuthority>> {
        let signs = config.tls.as_ref().is_some_and(|tls| tls.gate && tls.local_ca);
        self.authority.clone().filter(|_| signs)
    }

    fn of_listener(&self, which: Which, config: &Config) -> Option<Arc<Certificates>> {
        let tls = config.tls.as_ref()?;
        let speaks = match which {
            Which::Api => tls.api,
            Which::Gate => tls.gate,
        };
        self.certificates.clone().filter(|_| speaks)
    }
}

fn authority(
    config: &Config,
    directory: &DataDirectory,
    now: Timestamp,
) -> Result<CertificateAuthority, BuildError> {
    directory.private(CertificateAuthority::KEY_FILE)?;
    let mut domains = Intercept::domains(&config.universe);
    let more = config.tls.iter().flat_map(|tls| &tls.hosts);
    domains.extend(more.filter(|host| host.as_str() != "localhost").cloned());
    Ok(CertificateAuthority::open(directory.path(), &domains, now)?)
}

/// The listener that sends requests without TLS on, where there is to be one.
pub(crate) fn bind_redirect(config: &Config) -> Result<Option<Socket>, BindError> {
    let address = config.tls.as_ref().and_then(|tls| tls.redirect_from);
    let socket = address.map(|address| Socket::bind("[tls] redirect_from", address)).transpose()?;
    Ok(socket.map(|socket| socket.with_limit(REDIRECTED)))
}

/// Serves it until the drain.
pub(crate) fn serve_redirect(socket: &Socket, gate: SocketAddr, tasks: &Tasks) -> io::Result<()> {
    let mut listener = socket.listener(tasks.drain())?;
    let unreadable = |status| {
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = status;
        response
    };
    let server = Server::new(tasks, Limits::default(), Arc::new(unreadable));
    let customers = tasks.clone();
    tasks.spawn_essential("redirect", async move {
        while let Some(connection) = listener.accept().await {
            let server = server.clone();
            customers.spawn("redirected connection", async move {
                let service = hyper::service::service_fn(move |request: http::Request<Incoming>| {
                    let sent = redirect_to_https(request.uri(), request.headers(), gate.port());
                    std::future::ready(Ok::<_, Infallible>(sent.map(Full::new)))
                });
                server.serve(connection, service).await;
            });
        }
    });
    Ok(())
}

/// How many clients may be connected to the listener that sends them on.
const REDIRECTED: usize = 64;
