//! The API's door: connections in, the router behind it.

use std::io;

use api::Api;
use hyper::body::Incoming;
use listen::{Server, Socket};
use supervise::{Part, Tasks};
use tower::util::ServiceExt;

/// Serves the API on a bound socket until the drain.
pub(crate) fn serve_api(socket: &Socket, api: Api, tasks: &Tasks, ready: Part) -> io::Result<()> {
    let mut listener = socket.listener(tasks.drain())?;
    let (server, router, customers) = (Server::new(tasks), api.into_router(), tasks.clone());
    tasks.spawn_essential("api", async move {
        ready.ready();
        while let Some(connection) = listener.accept().await {
            let (server, router) = (server.clone(), router.clone());
            customers.spawn("api connection", async move {
                let service = hyper::service::service_fn(move |request: http::Request<Incoming>| {
                    router.clone().oneshot(request)
                });
                server.serve(connection, service).await;
            });
        }
    });
    Ok(())
}
