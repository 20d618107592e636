//! Bytes both ways, once both sides have switched to WebSocket.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use problem::Code;
use supervise::on_real_time;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf, copy_bidirectional};

use crate::frames::{Frames, close};
use crate::per_core::Core;
use crate::pool::Lease;
use crate::refusal::Refusal;
use crate::under_way::UnderWay;

impl Core {
    /// Carries bytes until both sides have said their last, one of them breaks off, or the request may not be under
    /// way any more: a WebSocket is one request (facts §2.6). A drain waits for it like for any other.
    pub(crate) fn relay(&self, client: OnUpgrade, service: OnUpgrade, lease: Lease, under_way: UnderWay) {
        let alive = self.live.enter();
        self.tasks.spawn_local("gate websocket", async move {
            let _until_over = (alive, lease);
            if let Err(error) = carry(client, service, under_way).await {
                tracing::debug!(%error, "a WebSocket broke off");
            }
        });
    }
}

async fn carry(client: OnUpgrade, service: OnUpgrade, mut under_way: UnderWay) -> io::Result<()> {
    let both = async { tokio::try_join!(client, service).map_err(io::Error::other) };
    let (client, service) = tokio::select! {
        biased;
        _refusal = &mut under_way => return Ok(()),
        both = both => both?,
    };
    let mut client = Told { io: TokioIo::new(client), frames: Frames::default() };
    let refusal = {
        let mut service = TokioIo::new(service);
        tokio::select! {
            biased;
            refusal = under_way => refusal,
            ended = copy_bidirectional(&mut client, &mut service) => return ended.map(drop),
        }
    };
    tracing::debug!(reason = refusal.reason().name(), "a WebSocket was ended");
    // A peer that takes nothing of this is gone.
    on_real_time(PATIENCE, client.say_farewell(&refusal)).await.unwrap_or(Ok(()))
}

/// The client's end, and how far in the stream of frames it was told.
struct Told {
    io: TokioIo<Upgraded>,
    frames: Frames,
}

impl Told {
    /// Says why, unless the service was in the middle of a frame, which nothing can be said within. Then takes what
    /// the client still sends, for bytes that nobody reads would make the kernel take back the last ones.
    async fn say_farewell(&mut self, refusal: &Refusal) -> io::Result<()> {
        if self.frames.is_between() {
            self.io.write_all(&close(code(refusal), refusal.reason().name())).await?;
        }
        self.io.shutdown().await?;
        let (mut scratch, mut left) = ([0; 4096], LINGER_BYTES);
        while left > 0 {
            match self.io.read(&mut scratch).await? {
                0 => return Ok(()),
                length => left = left.saturating_sub(length),
            }
        }
        Ok(())
    }
}

/// 4401 is what applications say for 401 (4000 to 4999 are theirs, RFC 6455 §7.4.2), 1008 a policy, 1001 going away.
fn code(refusal: &Refusal) -> u16 {
    match refusal.reason().code() {
        Code::DeadlineExceeded => 1001,
        Code::Unauthenticated => 4401,
        _ => 1008,
    }
}

impl AsyncRead for Told {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(context, buffer)
    }
}

impl AsyncWrite for Told {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let length = ready!(Pin::new(&mut self.io).poll_write(context, bytes))?;
        self.frames.pass(&bytes[..length]);
        Poll::Ready(Ok(length))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }
}

/// How long, and for how many bytes, a client may go on after the last frame.
const PATIENCE: Duration = Duration::from_secs(2);
const LINGER_BYTES: usize = 1 << 20;
