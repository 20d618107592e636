//! Cores, each with its thread and its runtime.

use std::io;
use std::num::NonZeroUsize;
use std::rc::Rc;
use std::sync::Arc;

use listen::{Connection, Listener, Socket};
use supervise::Tasks;
use tokio::sync::{mpsc, oneshot};
use tokio::task::LocalSet;

use crate::per_core::{Core, Live};
use crate::{Gateway, Handle};

impl Gateway {
    /// Serves on this socket with so many cores, until the drain of `tasks` begins and the requests under way have
    /// been answered. Every core accepts from the same socket.
    ///
    /// # Errors
    ///
    /// When the socket or a thread is refused by the operating system.
    pub async fn serve(&self, socket: Socket, cores: NonZeroUsize, tasks: &Tasks) -> io::Result<Handle> {
        let socket = Arc::new(socket);
        let mut senders = Vec::with_capacity(cores.get());
        for number in 0..cores.get() {
            let (sender, inside) = mpsc::channel(INSIDE_CONNECTIONS);
            let (started, starts) = oneshot::channel();
            let (gateway, tasks, socket) = (self.clone(), tasks.clone(), socket.clone());
            std::thread::Builder::new().name(format!("gate core {number}")).spawn(move || {
                gateway.run_core(number, &socket, inside, &tasks, started);
            })?;
            starts.await.map_err(|_| io::Error::other("a core of the gate did not start"))??;
            senders.push(sender);
        }
        Ok(Handle::new(socket.local_address(), senders, self.sources.routes.clone()))
    }

    fn run_core(
        self,
        number: usize,
        socket: &Socket,
        inside: mpsc::Receiver<Connection>,
        tasks: &Tasks,
        started: oneshot::Sender<io::Result<()>>,
    ) {
        let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => return drop(started.send(Err(error))),
        };
        LocalSet::new().block_on(&runtime, async move {
            let listener = match socket.listener(tasks.drain()) {
                Ok(listener) => listener,
                Err(error) => return drop(started.send(Err(error))),
            };
            let core = Rc::new(Core::new(self, tasks.clone()));
            let (pooled, drain) = (core.clone(), tasks.drain());
            tasks.spawn_local(format!("gate pool {number}"), async move {
                pooled.pool.tend(&pooled.places, &drain).await;
            });
            let clients = Live::default();
            let accepting = accept(core.clone(), listener, inside, clients.clone());
            let task = tasks.spawn_local(format!("gate core {number}"), accepting);
            if started.send(Ok(())).is_err() {
                return;
            }
            task.ended().await;
            clients.at_most(0).await;
            core.pool.close();
            core.live.at_most(0).await;
        });
    }
}

/// Ends when the process drains and nobody waits at the door any more.
async fn accept(
    core: Rc<Core>,
    mut listener: Listener,
    mut inside: mpsc::Receiver<Connection>,
    clients: Live,
) {
    let mut open = true;
    loop {
        tokio::select! {
            biased;
            accepted = listener.accept() => match accepted {
                Some(connection) => core.serve_connection(connection, &clients),
                None => return,
            },
            connection = inside.recv(), if open => match connection {
                Some(connection) => core.serve_connection(connection, &clients),
                None => open = false,
            },
        }
    }
}

/// Connections from inside the process that wait for a core.
const INSIDE_CONNECTIONS: usize = 256;
