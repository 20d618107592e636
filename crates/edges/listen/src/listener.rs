use std::{future::Future, net::Shutdown, pin::pin, task::Poll, time::Duration};

use socket2::SockRef;
use supervise::{Drain, on_real_time};
use tokio::net::{TcpListener, TcpStream};
use tracing::{debug, warn};

use crate::{
    Connection, Tls,
    places::{Place, Places},
    socket::BACKLOG,
};

/// Accepts from a [`Socket`](crate::Socket) on one runtime.
#[derive(Debug)]
pub struct Listener {
    drain: Drain,
    /// How many more are let in after the drain began: who was already in the kernel's queue.
    latecomers: i32,
    listener: TcpListener,
    places: Places,
    tls: Option<Tls>,
}

impl Listener {
    /// The next connection, or `None` once the process drains and the kernel's queue is empty. From then on the
    /// kernel refuses connections, for every other listener of the socket too.
    ///
    /// Beyond the socket's limit of connections a few more come in, to be told so by the server. Waits while there are too
    /// many of those too, and after an error of the operating system (no
    /// file descriptors left) for a tenth of a second.
    pub async fn accept(&mut self) -> Option<Connection> {
        loop {
            let incoming = incoming(&self.listener, &self.places);
            let outcome = unless_empty_and_draining(&self.drain, incoming).await;
            if self.drain.is_draining() {
                self.latecomers -= 1;
            }
            match outcome {
                Some(Ok((stream, place))) if self.latecomers > 0 => {
                    match Connection::network(stream, place, self.tls.clone()) {
                        Ok(connection) => return Some(connection),
                        Err(error) => debug!(%error, "a connection was gone before it was looked at"),
                    }
                }
                // While draining an error means that another listener of the socket has shut it down.
                Some(Err(error)) if !self.drain.is_draining() => {
                    warn!(%error, "cannot accept connections for the moment");
                    on_real_time(PAUSE, self.drain.draining()).await;
                }
                _ => {
                    self.close();
                    return None;
                }
            }
        }
    }

    pub(crate) fn new(listener: TcpListener, places: Places, tls: Option<Tls>, drain: Drain) -> Listener {
        Listener { drain, latecomers: BACKLOG, listener, places, tls }
    }

    /// Closing this descriptor would leave the socket listening through its clones, and those who come would wait
    /// for an answer that nobody gives.
    fn close(&self) {
        if let Err(error) = SockRef::from(&self.listener).shutdown(Shutdown::Read) {
            debug!(%error, "not listening any more");
        }
    }
}

/// The place is taken first: for whom there is none, not even on the doorstep, stays in the kernel's queue.
async fn incoming(listener: &TcpListener, places: &Places) -> std::io::Result<(TcpStream, Place)> {
    let place = places.next().await;
    let (stream, _) = listener.accept().await?;
    Ok((stream, places.better(place)))
}

/// As [`Drain::unless_draining`], except that what is there already is still taken.
async fn unless_empty_and_draining<F: Future>(drain: &Drain, incoming: F) -> Option<F::Output> {
    let (mut incoming, mut draining) = (pin!(incoming), pin!(drain.draining()));
    std::future::poll_fn(move |context| match incoming.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => draining.as_mut().poll(context).map(|()| None),
    })
    .await
}

const PAUSE: Duration = Duration::from_millis(100);
