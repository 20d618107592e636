//! The API's door: connections in, the router behind it.

use std::io;
use std::sync::Arc;

use api::Api;
use hyper::body::Incoming;
use listen::{Connection, Limits, OnlyHost, Server, Socket};
use supervise::{Part, Tasks};
use tower::util::ServiceExt;

use crate::own_hosts::Apis;

/// Proof that deliveries find the API: from then on they may be sent.
pub(crate) struct Serving(());

/// Serves the API on a bound socket, and to deliveries under its own host names, until the drain.
pub(crate) fn serve_api(
    socket: &Socket,
    api: Api,
    tasks: &Tasks,
    ready: Part,
    own: &Apis,
) -> io::Result<Serving> {
    let mut listener = socket.listener(tasks.drain())?;
    let server = Server::new(tasks, Limits::default(), Arc::new(api.unreadable()));
    let (router, customers) = (api.into_router(), tasks.clone());
    let take_in = move |connection: Connection| {
        let (server, router) = (server.clone(), router.clone());
        customers.spawn("api connection", async move {
            let (peer, host) = (connection.peer.clone(), connection.host.clone().map(OnlyHost));
            let service = hyper::service::service_fn(move |mut request: http::Request<Incoming>| {
                // By this the API tells a delivery from a client, never by what the request says.
                request.extensions_mut().insert(peer.clone());
                if let Some(host) = host.clone() {
                    request.extensions_mut().insert(host);
                }
                router.clone().oneshot(request)
            });
            server.serve(connection, service).await;
        });
    };
    own.open(Box::new(take_in.clone()));
    tasks.spawn_essential("api", async move {
        ready.ready();
        while let Some(connection) = listener.accept().await {
            take_in(connection);
        }
    });
    Ok(Serving(()))
}
