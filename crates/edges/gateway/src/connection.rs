//! One connection of a client.

use std::convert::Infallible;
use std::rc::Rc;

use hyper::service::service_fn;
use listen::Connection;

use crate::client::Client;
use crate::per_core::{Core, Live};

impl Core {
    /// Serves a connection in a task of its own. When the process drains, the requests under way are finished and
    /// the connection closed after them.
    pub(crate) fn serve_connection(self: &Rc<Self>, connection: Connection, clients: &Live) {
        let (core, alive) = (self.clone(), clients.enter());
        self.tasks.spawn_local("gate connection", async move {
            let _until_closed = alive;
            let (here, client) = (core.clone(), Client::new(&connection, core.tls_in_front));
            let service = service_fn(move |request| {
                let (core, client) = (here.clone(), client.clone());
                async move { Ok::<_, Infallible>(core.answer(client, request).await) }
            });
            core.server.serve(connection, service).await;
        });
    }
}
