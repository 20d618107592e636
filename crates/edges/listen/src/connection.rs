use std::{io, net::SocketAddr};

use names::ProjectId;
use outbound::{DeliveryKind, Io};
use tokio::{io::DuplexStream, net::TcpStream};

use crate::places::Place;

/// A stream of bytes and who is at its other end.
#[derive(Debug)]
pub struct Connection {
    /// The stream.
    pub io: Io,
    /// The other end.
    pub peer: Peer,
    /// What counts it as open. To be kept until the stream is closed.
    pub place: Place,
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
        Connection { io: Io::memory(end), peer: Peer::Delivery { kind, project }, place: Place::outside() }
    }

    pub(crate) fn network(stream: TcpStream, place: Place) -> io::Result<Connection> {
        let peer = Peer::Network(stream.peer_addr()?);
        stream.set_nodelay(true)?;
        Ok(Connection { io: Io::accepted(stream), peer, place })
    }
}
