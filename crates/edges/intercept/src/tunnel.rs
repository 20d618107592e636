//! What follows a `CONNECT`.

use std::{
    io,
    pin::Pin,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    task::{Context, Poll, ready},
    time::Duration,
};

use http::uri::Scheme;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use listen::Tls;
use names::HostName;
use outbound::{Io, Target};
use supervise::Timer;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf, copy_bidirectional};

/// The bytes inside of what a client takes for a tunnel to this host, and what was around them; `None` where none are
/// agreed on. On port 80 they are HTTP without TLS.
pub(crate) async fn end_here(
    client: OnUpgrade,
    target: &Target,
    host: &HostName,
    tls: &Tls,
    patience: Duration,
) -> Option<(Io, Scheme)> {
    let client = match client.await {
        Ok(client) => Io::inside(TokioIo::new(client)),
        Err(error) => {
            tracing::debug!(%error, "a client left before its tunnel was there");
            return None;
        }
    };
    if target.port == PLAIN_PORT {
        return Some((client, Scheme::HTTP));
    }
    match tls.accept(client, patience).await {
        Ok(session) if session.server_name.as_deref() == Some(host.as_str()) => {
            Some((session.io, Scheme::HTTPS))
        }
        Ok(session) => {
            tracing::debug!(%host, asked = ?session.server_name, "TLS for another host than that of the tunnel");
            None
        }
        Err(error) => {
            tracing::debug!(%host, %error, "TLS was not agreed on");
            None
        }
    }
}

/// Carries bytes both ways until both sides have said their last, one breaks off, or nothing was carried for so long.
pub(crate) async fn carry(client: OnUpgrade, stranger: Io, timer: &Timer, patience: Duration) {
    let Ok(client) = client.await else { return };
    let carried = AtomicU64::new(0);
    let (mut client, mut stranger) = (TokioIo::new(client), Counted { io: stranger, carried: &carried });
    let idle = async {
        let mut before = None;
        loop {
            let now = carried.load(Relaxed);
            if before == Some(now) {
                return;
            }
            before = Some(now);
            timer.sleep(patience).await;
        }
    };
    tokio::select! {
        biased;
        ended = copy_bidirectional(&mut client, &mut stranger) => {
            if let Err(error) = ended {
                tracing::debug!(%error, "a tunnel broke off");
            }
        }
        () = idle => tracing::debug!("a tunnel carried nothing for too long"),
    }
}

/// One end, which counts what goes through it in either direction.
struct Counted<'a> {
    io: Io,
    carried: &'a AtomicU64,
}

impl Counted<'_> {
    fn count(&self, bytes: usize) {
        self.carried.fetch_add(bytes as u64, Relaxed);
    }
}

impl AsyncRead for Counted<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.io).poll_read(context, buffer))?;
        self.count(buffer.filled().len() - before);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Counted<'_> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.io).poll_write(context, bytes))?;
        self.count(written);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }
}

/// Where HTTP goes without TLS.
const PLAIN_PORT: u16 = 80;
