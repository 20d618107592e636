//! The server.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use http::{Request, StatusCode};
use hyper::body::Incoming;
use hyper::service::service_fn;
use listen::{Limits, Server, Socket};
use names::Email;
use supervise::{Drain, Tasks, Timer};

use crate::remembered::Remembered;
use crate::tree::Node;
use crate::{Instance, Minting, answer};

/// The metadata server of one program. Cheap to clone.
#[derive(Clone)]
pub struct Metadata {
    pub(crate) within: Arc<Within>,
}

pub(crate) struct Within {
    pub account: Email,
    /// Where it listens: one of the names that it answers to.
    pub address: SocketAddr,
    pub drain: Drain,
    pub minting: Arc<dyn Minting>,
    pub remembered: Remembered,
    pub timer: Timer,
    pub tree: Node,
}

impl Metadata {
    /// What answers at `address` for a program that is `instance`.
    pub fn new(instance: Instance, minting: Arc<dyn Minting>, address: SocketAddr, tasks: &Tasks) -> Self {
        let tree = instance.tree();
        let within = Within {
            account: instance.account,
            address,
            drain: tasks.drain(),
            minting,
            remembered: Remembered::default(),
            timer: tasks.timer().clone(),
            tree,
        };
        Self { within: Arc::new(within) }
    }

    /// Answers on a socket until `tasks` drain. From the moment that this returns nobody who connects is turned away.
    ///
    /// # Errors
    /// When the process has no file descriptor left.
    pub fn serve(&self, socket: &Socket, tasks: &Tasks) -> io::Result<()> {
        let mut listener = socket.listener(tasks.drain())?;
        let unreadable = |status: StatusCode| answer::no_request(status).map(Into::into);
        let server = Server::new(tasks, Limits::default(), Arc::new(unreadable));
        let (metadata, customers) = (self.clone(), tasks.clone());
        tasks.spawn_essential("metadata", async move {
            while let Some(connection) = listener.accept().await {
                let (metadata, server) = (metadata.clone(), server.clone());
                customers.spawn("metadata connection", async move {
                    let service = service_fn(move |request: Request<Incoming>| {
                        let metadata = metadata.clone();
                        async move { Ok::<_, Infallible>(metadata.answer(request).await) }
                    });
                    server.serve(connection, service).await;
                });
            }
        });
        Ok(())
    }
}
