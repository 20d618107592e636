//! The data plane: who calls is identified, a policy decides, and only what was permitted is forwarded.
//!
//! Ada calls `https://hello-42.us-central1.run.app/orders`. The gate finds the service by its host, verifies her
//! token, asks for the permit to invoke this service, takes the signature out of the token, and forwards the request
//! to the address behind the service. Grace forgot her token: she is told 403, the reason
//! `INVOKER_CREDENTIALS_MISSING` and a request ID.
//!
//! ```no_run
//! use std::num::NonZeroUsize;
//! use gateway::{Config, Gateway, Sources};
//!
//! # async fn example(sources: Sources, tasks: supervise::Tasks) -> Result<(), Box<dyn std::error::Error>> {
//! let socket = listen::Socket::bind("--gate", "127.0.0.1:8080".parse()?)?;
//! let gateway = Gateway::new(Config::default(), sources);
//! let handle = gateway.serve(socket, NonZeroUsize::MIN, &tasks).await?;
//! println!("serving at {}", handle.address());
//! # Ok(())
//! # }
//! ```
//!
//! A request changes its type at each step, so that none can be left out:
//! `Received` → `Routed` → `Identified` → `Permitted` → an answer. Forwarding takes a `Permitted` and nothing else.
//!
//! Invariants: what is forwarded is what was decided about; only that a token verified is remembered, never what was
//! decided; a request under way ends when it would be refused if it came now; no header that says who called comes from the caller; whatever is not understood is refused; nothing that
//! a request does is shared between cores but the snapshots it reads, and the count of connections to services where it
//! needs a new one.

mod answer;
mod asked;
mod authorise;
mod bearer;
mod body;
mod chance;
mod client;
mod config;
mod connection;
mod decide;
mod dials;
mod exchange;
mod forward;
mod frames;
#[doc(hidden)]
pub mod fuzz;
mod grpc;
mod handle;
mod headers;
mod hello;
mod http2;
mod identify;
mod invocation;
mod kept;
mod per_core;
mod places;
mod pool;
mod received;
mod record;
mod refusal;
mod relay;
mod serve;
mod token_cache;
mod under_way;
mod unreadable;
mod upload;
mod verifier;
mod watch;
mod websocket;

use std::sync::Arc;

use access::Access;
use audit::Decisions;
use context::Randomness;
use outbound::Dialer;
use run::RouteTable;

use places::Places;

pub use config::{Config, TlsInFront};
pub use handle::Handle;
pub use verifier::VerifiesIdTokens;

/// The gate, before it serves.
#[derive(Clone)]
pub struct Gateway {
    config: Config,
    places: Places,
    sources: Sources,
}

/// What the gate reads, asks and tells. All of it is cheap to clone: every core has its own handles.
#[derive(Clone)]
pub struct Sources {
    /// Decides.
    pub access: Access,
    /// Takes what was decided.
    pub decisions: Decisions,
    /// Connects to what is behind the services.
    pub dialer: Dialer,
    /// Verifies tokens.
    pub id_tokens: Arc<dyn VerifiesIdTokens>,
    /// Draws request IDs.
    pub randomness: Arc<dyn Randomness>,
    /// Finds services.
    pub routes: RouteTable,
}

impl Gateway {
    /// A gate over these sources.
    pub fn new(config: Config, sources: Sources) -> Self {
        Self { config, places: Places::new(config.connections), sources }
    }
}
