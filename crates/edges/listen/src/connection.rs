use std::{
    fmt,
    io::{self, IoSlice},
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
};

use names::ProjectId;
use outbound::DeliveryKind;
use tokio::{
    io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf},
    net::TcpStream,
    sync::OwnedSemaphorePermit,
};

/// A stream of bytes and who is at its other end.
#[derive(Debug)]
pub struct Connection {
    /// The stream.
    pub io: Io,
    /// The other end.
    pub peer: Peer,
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
            io: Io { kind: Kind::Memory(end), _place: None },
            peer: Peer::Delivery { kind, project },
        }
    }

    pub(crate) fn network(stream: TcpStream, place: OwnedSemaphorePermit) -> io::Result<Connection> {
        let peer = Peer::Network(stream.peer_addr()?);
        stream.set_nodelay(true)?;
        Ok(Connection { io: Io { kind: Kind::Network(stream), _place: Some(place) }, peer })
    }
}

/// The stream of a [`Connection`]. While it lives it takes one of the socket's places.
pub struct Io {
    kind: Kind,
    _place: Option<OwnedSemaphorePermit>,
}

enum Kind {
    Memory(DuplexStream),
    Network(TcpStream),
}

impl fmt::Debug for Io {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match &self.kind {
            Kind::Memory(_) => "Io(memory)",
            Kind::Network(_) => "Io(network)",
        })
    }
}

impl AsyncRead for Io {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut self.kind {
            Kind::Memory(io) => Pin::new(io).poll_read(context, buffer),
            Kind::Network(io) => Pin::new(io).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Io {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.kind {
            Kind::Memory(io) => Pin::new(io).poll_write(context, bytes),
            Kind::Network(io) => Pin::new(io).poll_write(context, bytes),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match &mut self.kind {
            Kind::Memory(io) => Pin::new(io).poll_write_vectored(context, slices),
            Kind::Network(io) => Pin::new(io).poll_write_vectored(context, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match &self.kind {
            Kind::Memory(io) => io.is_write_vectored(),
            Kind::Network(io) => io.is_write_vectored(),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.kind {
            Kind::Memory(io) => Pin::new(io).poll_flush(context),
            Kind::Network(io) => Pin::new(io).poll_flush(context),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.kind {
            Kind::Memory(io) => Pin::new(io).poll_shutdown(context),
            Kind::Network(io) => Pin::new(io).poll_shutdown(context),
        }
    }
}
