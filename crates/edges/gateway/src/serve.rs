//! Cores, each with its thread and its runtime.

use std::io;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::rc::Rc;
use std::time::Duration;

use supervise::Tasks;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::LocalSet;

use crate::core::{Core, Live};
use crate::handle::Inside;
use crate::{Gateway, Handle, Peer};

impl Gateway {
    /// Serves on this socket with so many cores, until the drain of `tasks` begins and the requests under way have
    /// been answered. Every core accepts from the same socket.
    ///
    /// # Errors
    ///
    /// When the socket or a thread is refused by the operating system.
    pub async fn serve(
        &self,
        listener: std::net::TcpListener,
        cores: NonZeroUsize,
        tasks: &Tasks,
    ) -> io::Result<Handle> {
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let mut senders = Vec::with_capacity(cores.get());
        for number in 0..cores.get() {
            let (sender, inside) = mpsc::channel(INSIDE_CONNECTIONS);
            let (started, starts) = oneshot::channel();
            let (gateway, tasks, listener) = (self.clone(), tasks.clone(), listener.try_clone()?);
            std::thread::Builder::new().name(format!("gate core {number}")).spawn(move || {
                gateway.run_core(number, listener, inside, tasks, started);
            })?;
            starts.await.map_err(|_| io::Error::other("a core of the gate did not start"))??;
            senders.push(sender);
        }
        Ok(Handle::new(address, senders, self.sources.routes.clone()))
    }

    fn run_core(
        self,
        number: usize,
        listener: std::net::TcpListener,
        inside: mpsc::Receiver<Inside>,
        tasks: Tasks,
        started: oneshot::Sender<io::Result<()>>,
    ) {
        let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => return drop(started.send(Err(error))),
        };
        LocalSet::new().block_on(&runtime, async move {
            let listener = match TcpListener::from_std(listener) {
                Ok(listener) => listener,
                Err(error) => return drop(started.send(Err(error))),
            };
            let core = Rc::new(Core::new(self.config, self.sources, tasks.clone()));
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

async fn accept(core: Rc<Core>, listener: TcpListener, mut inside: mpsc::Receiver<Inside>, clients: Live) {
    let drain = core.tasks.drain();
    let mut open = true;
    loop {
        tokio::select! {
            biased;
            () = drain.draining() => return,
            accepted = listener.accept() => match accepted {
                Ok((stream, address)) => accepted_socket(&core, stream, address, &clients),
                Err(error) => {
                    // Out of file descriptors, most likely: those who are served now give theirs back.
                    tracing::warn!(%error, "a connection cannot be accepted");
                    core.timer().sleep(PAUSE).await;
                }
            },
            connection = inside.recv(), if open => match connection {
                Some((io, peer)) => core.serve_connection(io, peer, &clients),
                None => open = false,
            },
        }
    }
}

fn accepted_socket(core: &Rc<Core>, stream: TcpStream, address: SocketAddr, clients: &Live) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection was closed before it was served");
        return;
    }
    core.serve_connection(stream, Peer::Network(address), clients);
}

/// Connections from inside the process that wait for a core.
const INSIDE_CONNECTIONS: usize = 256;
const PAUSE: Duration = Duration::from_millis(100);
