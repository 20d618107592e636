use std::{
    future::Future,
    io::{self, IoSlice},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::{Buf, Bytes};
use hyper::rt::{Sleep as RealSleep, Timer as _};
use hyper_util::rt::TokioTimer;
use outbound::Io;
use supervise::{Sleep, Timer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::{
    Place,
    opening::First,
    turn::{Turn, Whose},
    unreadable::{Bare, Unreadable},
};

/// A client's stream as the HTTP library sees it.
///
/// - What the library refuses of its own accord ([`Bare`]) is said in full. That a refusal is the library's own is
///   known from the [`Turn`], never from how bytes look: while an answer is under way, or not all of it is written, no
///   byte is looked at. How much of an answer is left is known exactly, because the library offers all of it in the
///   first write after the service's last word, before it reads anything else.
/// - A peer that takes nothing for the patience of the server is let go: while its buffer is full the library does
///   not look at the service's answer, so that no limit on that one would be noticed.
/// - A connection that is closed while its peer still sends stays half open for a moment: bytes that nobody reads
///   would make the kernel reset it, and the peer lose the answer (RFC 9112 §9.6).
pub(crate) struct Stream {
    io: Io,
    first: First,
    /// What is left to be written of a refusal in full.
    refusal: Bytes,
    unreadable: Unreadable,
    turn: Arc<Turn>,
    /// Of which answer how many bytes are left to be written.
    owed: Option<(u64, usize)>,
    patience: Duration,
    timer: Timer,
    /// Runs while the peer takes nothing.
    stalled: Option<Sleep>,
    /// Whether the peer had nothing more to say after the last write.
    quiet: bool,
    lingering: Option<(usize, Pin<Box<dyn RealSleep>>)>,
    /// Last, so that it is free only when the stream is closed, even when another protocol took that over.
    _place: Place,
}

impl Stream {
    pub(crate) fn new(
        (io, first, place): (Io, First, Place),
        turn: Arc<Turn>,
        unreadable: Unreadable,
        (timer, patience): (Timer, Duration),
    ) -> Stream {
        Stream {
            io,
            first,
            refusal: Bytes::new(),
            unreadable,
            turn,
            owed: None,
            patience,
            timer,
            stalled: None,
            quiet: false,
            lingering: None,
            _place: place,
        }
    }

    /// Says this, as soon as the stream is flushed.
    pub(crate) fn refuse(&mut self, bare: Bare) {
        self.refusal = bare.in_full(&self.unreadable);
    }

    /// How many of `offered` bytes belong to an answer that has ended; `None` where there is no such limit.
    fn limit(&mut self, offered: usize) -> Option<usize> {
        let Whose::Ended(number) = self.turn.whose() else { return None };
        match self.owed {
            Some((owing, left)) if owing == number => Some(left),
            _ => {
                self.owed = Some((number, offered));
                None
            }
        }
    }

    fn wrote(&mut self, length: usize) {
        self.quiet = false;
        if let (Whose::Ended(number), Some((owing, left))) = (self.turn.whose(), &mut self.owed)
            && number == *owing
        {
            *left -= length.min(*left);
            if *left == 0 {
                self.turn.is_written();
            }
        }
    }

    /// Passes on what became of a write, unless the peer has taken nothing for too long, or the answer took too long.
    fn in_time<T>(&mut self, context: &mut Context<'_>, poll: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if poll.is_ready() {
            self.stalled = None;
            return poll;
        }
        let stalled = self.stalled.get_or_insert_with(|| self.timer.sleep(self.patience));
        if Pin::new(stalled).poll(context).is_pending() {
            ready!(self.turn.limit().poll(context));
        } else {
            self.turn.limit().nothing_is_taken();
        }
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    fn poll_refusal(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.refusal.has_remaining() {
            let poll = Pin::new(&mut self.io).poll_write(context, &self.refusal);
            let length = ready!(self.in_time(context, poll))?;
            if length == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.refusal.advance(length);
        }
        Poll::Ready(Ok(()))
    }

    /// Reads what the peer still sends and forgets it, until it stops, or has sent or taken too much.
    fn poll_linger(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let start = || (LINGER_BYTES, TokioTimer::new().sleep(LINGER));
        let (left, patience) = self.lingering.get_or_insert_with(start);
        let mut scratch = [0; 4096];
        while *left > 0 {
            let mut buffer = ReadBuf::new(&mut scratch);
            match Pin::new(&mut self.io).poll_read(context, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                    *left = left.saturating_sub(buffer.filled().len());
                }
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending => return patience.as_mut().poll(context),
            }
        }
        Poll::Ready(())
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.first.read(buffer) {
            return Poll::Ready(Ok(()));
        }
        let poll = Pin::new(&mut self.io).poll_read(context, buffer);
        self.quiet = poll.is_pending();
        poll
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(context, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let offered: usize = slices.iter().map(|slice| slice.len()).sum();
        if self.turn.whose() == Whose::Library
            && let Some(bare) = Bare::read(slices)
        {
            self.refuse(bare);
            return Poll::Ready(Ok(offered));
        }
        let poll = match self.limit(offered) {
            // Whatever comes behind the answer is looked at by itself, in a write of its own.
            Some(limit) if limit < offered => {
                let slice = slices.iter().find(|slice| !slice.is_empty()).map_or(&[][..], |slice| slice);
                Pin::new(&mut self.io).poll_write(context, &slice[..slice.len().min(limit)])
            }
            _ => Pin::new(&mut self.io).poll_write_vectored(context, slices),
        };
        let length = ready!(self.in_time(context, poll))?;
        self.wrote(length);
        Poll::Ready(Ok(length))
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        // The library asks for this when it has written all that it holds.
        self.turn.is_written();
        ready!(self.poll_refusal(context))?;
        let poll = Pin::new(&mut self.io).poll_flush(context);
        self.in_time(context, poll)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.lingering.is_none() {
            ready!(self.poll_refusal(context))?;
            let poll = Pin::new(&mut self.io).poll_shutdown(context);
            ready!(self.in_time(context, poll))?;
            if self.quiet || self.turn.whose() == Whose::Foreign {
                return Poll::Ready(Ok(()));
            }
        }
        self.poll_linger(context).map(Ok)
    }
}

/// How long, and for how many bytes, a peer may go on sending after the last answer.
const LINGER: Duration = Duration::from_secs(2);
const LINGER_BYTES: usize = 1 << 20;
