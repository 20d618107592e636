use std::{
    fmt,
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf},
    net::TcpStream,
};
use tokio_rustls::client::TlsStream;

/// A stream of bytes: to whoever was dialled, or from whoever came in.
pub struct Io {
    kind: Kind,
}

/// Who gave an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answerer {
    /// A socket, which says what it likes.
    Elsewhere,
    /// This process, through memory.
    OwnHost,
}

/// Bytes both ways, whatever they go through.
trait Layer: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Layer for S {}

enum Kind {
    Layer(Box<dyn Layer>),
    Memory(DuplexStream),
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Io {
    /// A connection that came in through a socket of this process. Nobody was dialled for it, so there is no address
    /// that the [`Guard`](crate::Guard) would have to judge. A stream that this process opened itself must not be
    /// given here: those are made by [`Dialer::dial`](crate::Dialer::dial) alone.
    pub fn accepted(stream: TcpStream) -> Io {
        Io { kind: Kind::Plain(stream) }
    }

    /// What a connection that came in carries: the bytes inside TLS that ends here, or behind a `CONNECT`. As with
    /// [`Io::accepted`], nothing that this process opened itself.
    pub fn inside(stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) -> Io {
        Io { kind: Kind::Layer(Box::new(stream)) }
    }

    /// One end of a pipe inside this process, for [`OwnHosts`](crate::OwnHosts).
    pub fn memory(end: DuplexStream) -> Io {
        Io { kind: Kind::Memory(end) }
    }

    /// Who is at the other end.
    pub(crate) fn answerer(&self) -> Answerer {
        match self.kind {
            Kind::Memory(_) => Answerer::OwnHost,
            Kind::Layer(_) | Kind::Plain(_) | Kind::Tls(_) => Answerer::Elsewhere,
        }
    }

    pub(crate) fn plain(stream: TcpStream) -> Io {
        Io { kind: Kind::Plain(stream) }
    }

    pub(crate) fn tls(stream: TlsStream<TcpStream>) -> Io {
        Io { kind: Kind::Tls(Box::new(stream)) }
    }
}

impl fmt::Debug for Io {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match &self.kind {
            Kind::Layer(_) => "Io(layer)",
            Kind::Memory(_) => "Io(memory)",
            Kind::Plain(_) => "Io(plain)",
            Kind::Tls(_) => "Io(tls)",
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
            Kind::Layer(io) => Pin::new(io).poll_read(context, buffer),
            Kind::Memory(io) => Pin::new(io).poll_read(context, buffer),
            Kind::Plain(io) => Pin::new(io).poll_read(context, buffer),
            Kind::Tls(io) => Pin::new(io).poll_read(context, buffer),
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
            Kind::Layer(io) => Pin::new(io).poll_write(context, bytes),
            Kind::Memory(io) => Pin::new(io).poll_write(context, bytes),
            Kind::Plain(io) => Pin::new(io).poll_write(context, bytes),
            Kind::Tls(io) => Pin::new(io).poll_write(context, bytes),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match &mut self.kind {
            Kind::Layer(io) => Pin::new(io).poll_write_vectored(context, slices),
            Kind::Memory(io) => Pin::new(io).poll_write_vectored(context, slices),
            Kind::Plain(io) => Pin::new(io).poll_write_vectored(context, slices),
            Kind::Tls(io) => Pin::new(io).poll_write_vectored(context, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match &self.kind {
            Kind::Layer(io) => io.is_write_vectored(),
            Kind::Memory(io) => io.is_write_vectored(),
            Kind::Plain(io) => io.is_write_vectored(),
            Kind::Tls(io) => io.is_write_vectored(),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.kind {
            Kind::Layer(io) => Pin::new(io).poll_flush(context),
            Kind::Memory(io) => Pin::new(io).poll_flush(context),
            Kind::Plain(io) => Pin::new(io).poll_flush(context),
            Kind::Tls(io) => Pin::new(io).poll_flush(context),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.kind {
            Kind::Layer(io) => Pin::new(io).poll_shutdown(context),
            Kind::Memory(io) => Pin::new(io).poll_shutdown(context),
            Kind::Plain(io) => Pin::new(io).poll_shutdown(context),
            Kind::Tls(io) => Pin::new(io).poll_shutdown(context),
        }
    }
}
