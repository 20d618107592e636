use std::{
    io,
    net::{SocketAddr, TcpListener},
};

use socket2::{Domain, Protocol, Type};
use supervise::Drain;

use crate::{Listener, Tls, places::Places};

/// A bound address, from which any number of runtimes accept.
#[derive(Debug)]
pub struct Socket {
    listener: TcpListener,
    local_address: SocketAddr,
    places: Places,
    tls: Option<Tls>,
}

impl Socket {
    /// Binds `address`, whose port 0 means any free one. `flag` is what people set to choose another address, for
    /// the error. The kernel takes connections from now on; they wait until somebody accepts.
    ///
    /// # Errors
    ///
    /// When the port is taken, or the address cannot be listened on.
    pub fn bind(flag: &'static str, address: SocketAddr) -> Result<Socket, BindError> {
        let failed = |source: io::Error| BindError::of(flag, address, source);
        let listener = open(address).map_err(failed)?;
        let local_address = listener.local_addr().map_err(failed)?;
        Ok(Socket { listener, local_address, places: Places::new(PLACES), tls: None })
    }

    /// The same with room for `places` open connections instead of 10,000, counted over all runtimes.
    pub fn with_limit(self, places: usize) -> Socket {
        Socket { places: Places::new(places), ..self }
    }

    /// The same, whose clients speak TLS from their first byte on.
    pub fn with_tls(self, tls: Tls) -> Socket {
        Socket { tls: Some(tls), ..self }
    }

    /// The address that is listened on, with the port that was chosen.
    pub fn local_address(&self) -> SocketAddr {
        self.local_address
    }

    /// A way to accept on the runtime that this is called on, until `drain` begins.
    ///
    /// # Errors
    ///
    /// When the process has no file descriptor left.
    pub fn listener(&self, drain: Drain) -> io::Result<Listener> {
        let listener = tokio::net::TcpListener::from_std(self.listener.try_clone()?)?;
        Ok(Listener::new(listener, self.places.clone(), self.tls.clone(), drain))
    }
}

/// Why an address cannot be listened on.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Somebody listens there already.
    #[error("{address} is taken: stop what listens there, or choose another address with {flag}")]
    AddressTaken {
        /// Which address.
        address: SocketAddr,
        /// What chooses another.
        flag: &'static str,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// This machine does not have that address.
    #[error("{address} is not an address of this machine: choose another with {flag}")]
    NotOurs {
        /// Which address.
        address: SocketAddr,
        /// What chooses another.
        flag: &'static str,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// This user may not listen there; ports below 1024 often need a privilege.
    #[error("{address} may not be listened on by this user: choose a port from 1024 on with {flag}")]
    NotPermitted {
        /// Which address.
        address: SocketAddr,
        /// What chooses another.
        flag: &'static str,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// Anything else.
    #[error("{address} ({flag}) cannot be listened on")]
    Other {
        /// Which address.
        address: SocketAddr,
        /// What chooses another.
        flag: &'static str,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
}

impl BindError {
    fn of(flag: &'static str, address: SocketAddr, source: io::Error) -> BindError {
        match source.kind() {
            io::ErrorKind::AddrInUse => BindError::AddressTaken { address, flag, source },
            io::ErrorKind::AddrNotAvailable => BindError::NotOurs { address, flag, source },
            io::ErrorKind::PermissionDenied => BindError::NotPermitted { address, flag, source },
            _ => BindError::Other { address, flag, source },
        }
    }
}

fn open(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = socket2::Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.is_ipv6() {
        // Whether `[::]` takes IPv4 too would otherwise depend on a setting of the machine.
        socket.set_only_v6(!address.ip().is_unspecified())?;
    }
    // A restart does not wait for connections of the last run to be forgotten. On Windows this would let two
    // processes have the same port.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// How many connections may be open at once unless the owner says otherwise.
const PLACES: usize = 10_000;

/// How many connections the kernel keeps for us.
pub(crate) const BACKLOG: i32 = 1024;
