use std::{io, net::SocketAddr};

use http::uri::Scheme;
use names::{HostName, ProjectId};
use outbound::{DeliveryKind, Io};
use tokio::{io::DuplexStream, net::TcpStream};

use crate::{Tls, places::Place};

/// A stream of bytes and who is at its other end.
#[derive(Debug)]
pub struct Connection {
    /// The stream.
    pub io: Io,
    /// The other end.
    pub peer: Peer,
    /// What counts it as open. To be kept until the stream is closed.
    pub place: Place,
    /// `https` where nobody on the way can read it: TLS was agreed on, or it never leaves this process.
    pub scheme: Scheme,
    /// The only host that its requests may be for, where that was said before: by the `CONNECT` that it came through.
    pub host: Option<HostName>,
    /// TLS that is still to be agreed on, before the first byte that is read here.
    pub(crate) tls: Option<Tls>,
}

/// Who is at the other end of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Peer {
    /// A delivery that this process makes: a scheduled job, a task, a pushed message.
    Delivery {
        /// What kind of delivery.
        kind: DeliveryKind,
        /// The project of the resource that asked for it.
        project: ProjectId,
    },
    /// A machine, or a process on this one.
    Network(SocketAddr),
}

impl Connection {
    /// A connection in memory, for a delivery that calls a host that this process serves.
    pub fn of_delivery(end: DuplexStream, kind: DeliveryKind, project: ProjectId) -> Connection {
        Connection {
            io: Io::memory(end),
            peer: Peer::Delivery { kind, project },
            place: Place::outside(),
            scheme: Scheme::HTTPS,
            host: None,
            tls: None,
        }
    }

    /// What another connection of `peer` carries, which is counted as long as that one is: requests for `host` alone, with
    /// or without TLS around them there.
    pub fn inside(io: Io, peer: Peer, host: HostName, scheme: Scheme) -> Connection {
        Connection { io, peer, place: Place::outside(), scheme, host: Some(host), tls: None }
    }

    pub(crate) fn network(stream: TcpStream, place: Place, tls: Option<Tls>) -> io::Result<Connection> {
        let peer = Peer::Network(stream.peer_addr()?);
        stream.set_nodelay(true)?;
        let scheme = if tls.is_some() { Scheme::HTTPS } else { Scheme::HTTP };
        Ok(Connection { io: Io::accepted(stream), peer, place, scheme, host: None, tls })
    }
}
