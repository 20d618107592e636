use std::{
    fmt, io,
    net::{IpAddr, SocketAddr, UdpSocket},
    sync::Arc,
    time::Duration,
};

use jiff::Timestamp;
use names::HostName;
use rustls::pki_types::ServerName;
use supervise::{Timer, on_real_time};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tracing::debug;

use crate::{
    Guard, Host, Io, Locality, Origin, OwnHosts, Refused, Resolve, Scheme, SystemResolver, Target, Trust,
    origin::NoOwnHosts,
};

/// Makes connections to addresses that the [`Guard`] accepted. Cheap to clone.
#[derive(Clone)]
pub struct Dialer {
    guard: Arc<Guard>,
    own_hosts: Arc<dyn OwnHosts>,
    resolver: Arc<dyn Resolve>,
    timer: Timer,
    trust: Trust,
}

impl Dialer {
    /// A dialer that asks the system's resolver and knows no hosts of its own, as the gateway's pools use it.
    pub fn new(guard: Guard, trust: Trust, timer: Timer) -> Dialer {
        Dialer {
            guard: Arc::new(guard),
            own_hosts: Arc::new(NoOwnHosts),
            resolver: Arc::new(SystemResolver::new(timer.clone())),
            timer,
            trust,
        }
    }

    /// The same, which asks `own_hosts` before anything else, as deliveries do.
    pub fn with_own_hosts(self, own_hosts: Arc<dyn OwnHosts>) -> Dialer {
        Dialer { own_hosts, ..self }
    }

    /// The same with another resolver.
    pub fn with_resolver(self, resolver: Arc<dyn Resolve>) -> Dialer {
        Dialer { resolver, ..self }
    }

    /// Connects to `target` before `deadline`.
    ///
    /// A name that this process serves itself is reached in memory, without TLS for `https` either: encryption
    /// would begin and end in this process. Any other name is resolved once; the addresses that the guard accepts
    /// are tried in order, each for at most 10 seconds of real time and at most 8 of them. For `https` the
    /// certificate must be for the host that `target` names (RFC 9110 §4.3.4).
    ///
    /// # Errors
    ///
    /// [`DialError::Refused`] only if the guard accepts none of the addresses; otherwise what happened last.
    pub async fn dial(&self, target: &Target, origin: &Origin, deadline: Timestamp) -> Result<Io, DialError> {
        if let Host::Name(name) = &target.host
            && let Some(io) = self.own_hosts.dial(name.as_str(), origin)
        {
            return Ok(io);
        }
        match self.timer.timeout_at(deadline, self.connect(target)).await {
            Ok(outcome) => outcome,
            Err(_elapsed) => Err(DialError::TimedOut { target: target.clone() }),
        }
    }

    pub(crate) fn timer(&self) -> &Timer {
        &self.timer
    }

    async fn connect(&self, target: &Target) -> Result<Io, DialError> {
        let addresses = self.accepted(target).await?;
        let stream = first_to_answer(target, &addresses).await?;
        match target.scheme {
            Scheme::Http => Ok(Io::plain(stream)),
            Scheme::Https => self.encrypt(target, stream).await,
        }
    }

    async fn accepted(&self, target: &Target) -> Result<Vec<SocketAddr>, DialError> {
        let resolved = match &target.host {
            Host::Address(address) => vec![*address],
            Host::Name(name) => self.resolve(name).await?,
        };
        let (mut accepted, mut refused) = (Vec::new(), None);
        for ip in resolved {
            let address = SocketAddr::new(ip, target.port);
            match self.guard.check(address, locality(ip)) {
                Ok(()) => accepted.push(address),
                Err(refusal) => {
                    debug!(%target, %refusal, "not called");
                    refused.get_or_insert(refusal);
                }
            }
        }
        match refused {
            Some(refused) if accepted.is_empty() => {
                Err(DialError::Refused { refused, target: target.clone() })
            }
            _ => Ok(accepted),
        }
    }

    async fn resolve(&self, name: &HostName) -> Result<Vec<IpAddr>, DialError> {
        let not_resolved = |source| DialError::NameNotResolved { name: name.clone(), source };
        let addresses = self.resolver.resolve(name).await.map_err(not_resolved)?;
        if addresses.is_empty() {
            return Err(not_resolved(io::Error::new(io::ErrorKind::NotFound, "the name has no addresses")));
        }
        Ok(addresses)
    }

    async fn encrypt(&self, target: &Target, stream: TcpStream) -> Result<Io, DialError> {
        let failed = |source| DialError::Tls { source, target: target.clone() };
        let name = match &target.host {
            Host::Address(address) => ServerName::from(*address),
            Host::Name(name) => ServerName::try_from(name.as_str().to_owned())
                .map_err(|error| failed(io::Error::new(io::ErrorKind::InvalidInput, error)))?,
        };
        let handshake = TlsConnector::from(self.trust.config()).connect(name, stream);
        match on_real_time(PATIENCE, handshake).await {
            Some(Ok(stream)) => Ok(Io::tls(stream)),
            Some(Err(source)) => Err(failed(source)),
            None => Err(DialError::TimedOut { target: target.clone() }),
        }
    }
}

impl fmt::Debug for Dialer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Dialer").field("guard", &self.guard).finish_non_exhaustive()
    }
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum DialError {
    /// No address accepted the connection.
    #[error("{address} ({target}) does not accept the connection")]
    ConnectFailed {
        /// The address that was tried last.
        address: SocketAddr,
        /// What the operating system said.
        #[source]
        source: io::Error,
        /// Where the connection was to go.
        target: Target,
    },
    /// The name has no address.
    #[error("the name {name} cannot be resolved")]
    NameNotResolved {
        /// Which name.
        name: HostName,
        /// What the resolver said.
        #[source]
        source: io::Error,
    },
    /// The guard accepts none of the addresses.
    #[error("{target} is not called: {refused}")]
    Refused {
        /// The first of the addresses, and why not.
        refused: Refused,
        /// Where the connection was to go.
        target: Target,
    },
    /// The deadline passed, or a socket took longer than 10 seconds to connect or to agree on encryption.
    #[error("{target} did not answer in time")]
    TimedOut {
        /// Where the connection was to go.
        target: Target,
    },
    /// No encryption could be agreed on, or the certificate is not for this host or from nobody who is trusted.
    #[error("{target} cannot be spoken to over TLS")]
    Tls {
        /// What is wrong.
        #[source]
        source: io::Error,
        /// Where the connection was to go.
        target: Target,
    },
}

async fn first_to_answer(target: &Target, addresses: &[SocketAddr]) -> Result<TcpStream, DialError> {
    let mut outcome = Err(DialError::TimedOut { target: target.clone() });
    for address in addresses.iter().take(MOST_ADDRESSES) {
        outcome = match on_real_time(PATIENCE, connect_at_once(*address)).await {
            Some(Ok(stream)) => return Ok(stream),
            Some(Err(source)) => {
                Err(DialError::ConnectFailed { address: *address, source, target: target.clone() })
            }
            None => Err(DialError::TimedOut { target: target.clone() }),
        };
    }
    outcome
}

async fn connect_at_once(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Only an address of this machine can be bound. This asks the kernel and sends nothing, and unlike a list of
/// interfaces it is never out of date.
fn locality(ip: IpAddr) -> Locality {
    match UdpSocket::bind(SocketAddr::new(ip, 0)) {
        Ok(_socket) => Locality::ThisMachine,
        Err(_) => Locality::Elsewhere,
    }
}

/// How long one socket may take to connect, and then to agree on encryption, in real time.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many addresses of one name are tried.
const MOST_ADDRESSES: usize = 8;
