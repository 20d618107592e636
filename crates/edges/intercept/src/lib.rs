//! A proxy on loopback through which unmodified clients on this machine reach Doorward under Google's host names.
//!
//! Ada types `gcloud run services list`. gcloud was told of a proxy and of a certificate authority, and of nothing
//! else. It asks the proxy for a tunnel to `us-central1-run.googleapis.com:443` and gets one that ends here: TLS with a
//! certificate for that host, by Doorward's own authority, and behind it the API. Her `curl https://example.com/` in
//! the same shell gets a tunnel to `example.com`, in which nobody looks at anything.
//!
//! ```no_run
//! use std::sync::Arc;
//! use intercept::{Config, Intercept, Parts};
//!
//! # async fn example(parts: Parts) -> Result<(), Box<dyn std::error::Error>> {
//! let socket = listen::Socket::bind("--intercept", "127.0.0.1:8092".parse()?)?;
//! println!("export https_proxy=http://{}", socket.local_address());
//! Intercept::new(Config::default(), parts).serve(&socket)?;
//! # Ok(())
//! # }
//! ```
//!
//! A program under `doorward exec --as SA` asks for `http://metadata.google.internal/…` and gets the answer of the metadata
//! server of that run, which the address of its proxy names.
//!
//! What a client asks for becomes a [`hosts::Served`] or a stranger: the first is answered by the API or the gate,
//! through memory, like any other connection of theirs; the second is dialled through `outbound`.
//!
//! # Invariants
//!
//! - No byte for a host of Google's, or of the configured universe, leaves this machine, whatever DNS says.
//! - A tunnel to any other host is carried as it is, to an address that the guard of `outbound` accepts: never to
//!   Doorward's own listeners, nor to where clouds tell machines who they are. Google's name for that leads to a metadata server on loopback or nowhere.
//! - What comes through a `CONNECT` for one host is answered for that host only: another in TLS ends the connection,
//!   another in a request is misdirected (421).
//! - Only what is written for a proxy is answered: a page that a browser was led to asks for a path, and is refused.
//! - Who came through here is known by nothing but a credential.

mod absolute;
mod certificates;
mod config;
#[doc(hidden)]
pub mod fuzz;
mod hosts;
mod metadata;
mod proxy;
mod refusal;
mod serve;
mod target;
mod tunnel;

use std::sync::Arc;

use context::Randomness;
use keys::CertificateAuthority;
use listen::Connection;
use names::{HostName, Universe};
use outbound::Dialer;
use supervise::Tasks;

pub use config::Config;

/// What takes a connection in and serves it.
pub type Door = Arc<dyn Fn(Connection) + Send + Sync>;

/// The intercept, before it serves.
#[derive(Clone)]
pub struct Intercept {
    config: Config,
    parts: Parts,
}

/// What the intercept reads, asks and hands on to. Cheap to clone.
#[derive(Clone)]
pub struct Parts {
    /// Serves the hosts of Google's APIs.
    pub api: Door,
    /// Signs for the hosts that are served here.
    pub authority: Arc<CertificateAuthority>,
    /// Connects to all other hosts.
    pub dialer: Dialer,
    /// Serves the hosts of services.
    pub gate: Door,
    /// Draws request IDs.
    pub randomness: Arc<dyn Randomness>,
    /// Runs what is under way.
    pub tasks: Tasks,
    /// The names that this cloud goes by.
    pub universe: Universe,
}

impl Intercept {
    /// An intercept of these parts.
    pub fn new(config: Config, parts: Parts) -> Intercept {
        Intercept { config, parts }
    }

    /// The domains that are intercepted: what the certificate authority has to be good for.
    pub fn domains(universe: &Universe) -> Vec<HostName> {
        hosts::domains(universe)
    }
}
