use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use hyper::rt::{Sleep, Timer};
use hyper_util::rt::TokioTimer;
use outbound::Io;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::connection::Place;

/// Lets a peer go that does not say which protocol it speaks.
///
/// Until the first bytes are known to be HTTP/1 or the whole preface of HTTP/2 (RFC 9113 §3.4), no parser runs that
/// would watch the time, so a peer could keep its place with nothing, or with the letter `P`.
pub(crate) struct Opening {
    io: Io,
    /// How much of the preface came so far, and when patience ends; `None` once the protocol is known.
    undecided: Option<(usize, Pin<Box<dyn Sleep>>)>,
    /// Last, so that it is free only when the stream is closed, even when another protocol took that over.
    _place: Place,
}

impl Opening {
    pub(crate) fn new(io: Io, place: Place, patience: Duration) -> Opening {
        Opening { io, undecided: Some((0, TokioTimer::new().sleep(patience))), _place: place }
    }
}

impl AsyncRead for Opening {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let poll = Pin::new(&mut self.io).poll_read(context, buffer);
        if let Some((seen, patience)) = &mut self.undecided {
            match poll {
                Poll::Pending if patience.as_mut().poll(context).is_ready() => {
                    return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
                }
                Poll::Pending | Poll::Ready(Err(_)) => {}
                Poll::Ready(Ok(())) => {
                    let came = &buffer.filled()[before..];
                    let expected = &PREFACE[*seen..];
                    let length = came.len().min(expected.len());
                    *seen += length;
                    if came[..length] != expected[..length] || *seen == PREFACE.len() {
                        self.undecided = None;
                    }
                }
            }
        }
        poll
    }
}

impl AsyncWrite for Opening {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }
}

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
