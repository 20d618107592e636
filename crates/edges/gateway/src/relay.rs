//! Bytes both ways, once both sides have switched to another protocol.

use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use supervise::Sleep;

use crate::per_core::Core;
use crate::pool::Lease;

impl Core {
    /// Carries bytes until both sides have said their last, one of them breaks off, or the service's timeout is over:
    /// a WebSocket is one request (facts §2.6). A drain waits for it like for any other.
    pub(crate) fn relay(&self, client: OnUpgrade, service: OnUpgrade, lease: Lease, deadline: Sleep) {
        let alive = self.live.enter();
        self.tasks.spawn_local("gate websocket", async move {
            let _until_over = (alive, lease);
            let carried = async {
                let (client, service) = tokio::try_join!(client, service).map_err(std::io::Error::other)?;
                let (mut client, mut service) = (TokioIo::new(client), TokioIo::new(service));
                tokio::io::copy_bidirectional(&mut client, &mut service).await
            };
            tokio::select! {
                biased;
                () = deadline => tracing::debug!("a WebSocket reached the timeout of its service"),
                ended = carried => if let Err(error) = ended {
                    tracing::debug!(%error, "a WebSocket broke off");
                },
            }
        });
    }
}
