//! The loop that takes clients in.

use std::{convert::Infallible, io, sync::Arc};

use context::RequestId;
use http::StatusCode;
use hyper::service::service_fn;
use listen::{Connection, Server, Socket, Tls};

use crate::Intercept;
use crate::certificates::Certificates;
use crate::proxy::Proxy;
use crate::refusal::Refusal;

impl Intercept {
    /// Serves on a bound socket until the process drains. Tunnels to other hosts end then; what the API or the gate
    /// took in ends as their other connections do.
    ///
    /// # Errors
    ///
    /// When the process has no file descriptor left.
    pub fn serve(self, socket: &Socket) -> io::Result<()> {
        let Intercept { config, parts } = self;
        let tasks = parts.tasks.clone();
        let (mut listener, own) = (socket.listener(tasks.drain())?, socket.local_address());
        let (randomness, timer) = (parts.randomness.clone(), tasks.timer().clone());
        let unreadable = move |status| {
            let refusal = match status {
                StatusCode::SERVICE_UNAVAILABLE => Refusal::Crowded,
                status => Refusal::Unreadable(status),
            };
            refusal.answer(own, &RequestId::draw(timer.now(), &*randomness))
        };
        let server = Server::new(&tasks, config.limits, Arc::new(unreadable));
        let certificates = Certificates {
            authority: parts.authority.clone(),
            timer: tasks.timer().clone(),
            universe: parts.universe.clone(),
        };
        let tls = Tls::new(Arc::new(certificates));
        let proxy = Arc::new(Proxy { config, own, parts, tls });
        tasks.clone().spawn_essential("intercept", async move {
            while let Some(connection) = listener.accept().await {
                let (server, proxy) = (server.clone(), proxy.clone());
                tasks.spawn("intercept connection", async move { serve(&server, proxy, connection).await });
            }
        });
        Ok(())
    }
}

async fn serve(server: &Server, proxy: Arc<Proxy>, connection: Connection) {
    let peer = connection.peer.clone();
    let service = service_fn(move |request| {
        let (proxy, peer) = (proxy.clone(), peer.clone());
        async move { Ok::<_, Infallible>(proxy.answer(peer, request).await) }
    });
    server.serve(connection, service).await;
}
