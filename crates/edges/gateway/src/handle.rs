//! The gate from outside its cores.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use listen::Connection;
use names::HostName;
use outbound::{Io, Origin, OwnHosts};
use run::RouteTable;
use tokio::sync::mpsc;

/// A cheap-clone handle onto a gate that serves. Deliveries reach services of this process through it.
#[derive(Clone)]
pub struct Handle {
    shared: Arc<Shared>,
}

struct Shared {
    address: SocketAddr,
    cores: Vec<mpsc::Sender<Connection>>,
    next: AtomicUsize,
    routes: RouteTable,
}

impl Handle {
    pub(crate) fn new(address: SocketAddr, cores: Vec<mpsc::Sender<Connection>>, routes: RouteTable) -> Self {
        Self { shared: Arc::new(Shared { address, cores, next: AtomicUsize::new(0), routes }) }
    }

    /// The address at which the gate serves.
    pub fn address(&self) -> SocketAddr {
        self.shared.address
    }

    /// Serves a connection that came in elsewhere like one of its own. Where no core has room it is closed.
    pub fn take_in(&self, mut connection: Connection) {
        let first = self.shared.next.fetch_add(1, Ordering::Relaxed);
        for offset in 0..self.shared.cores.len() {
            let core = &self.shared.cores[(first.wrapping_add(offset)) % self.shared.cores.len()];
            match core.try_send(connection) {
                Ok(()) => return,
                Err(mpsc::error::TrySendError::Full(back) | mpsc::error::TrySendError::Closed(back)) => {
                    connection = back;
                }
            }
        }
        tracing::debug!("no core of the gate has room for a connection");
    }
}

impl OwnHosts for Handle {
    fn dial(&self, host: &str, origin: &Origin) -> Option<Io> {
        let Origin::Delivery { kind, project } = origin else { return None };
        // The name of a service that is gone is nobody else's either: it is answered 404 here, and the token that the
        // delivery carries goes to no stranger who has that name elsewhere.
        let routes = &self.shared.routes;
        // A custom domain is looked for outside: that a project mapped it does not make it that project's.
        HostName::parse(host).ok().filter(|host| routes.owns(host))?;
        let (ours, theirs) = tokio::io::duplex(PIPE_BYTES);
        self.take_in(Connection::of_delivery(theirs, *kind, project.clone()));
        // Where no core has room the pipe is closed at its other end, which the delivery sees and tries again. The
        // answer is never `None` here: the name must not be looked for outside.
        Some(Io::memory(ours))
    }
}

const PIPE_BYTES: usize = 64 * 1024;
