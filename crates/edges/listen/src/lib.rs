//! Where connections come in.
//!
//! A [`Socket`] is bound once, before anything else starts, so that a taken port is known at once and a chosen one
//! (port 0) can be told. Each runtime then accepts from it through a [`Listener`] of its own. What comes in is a
//! [`Connection`]: a stream of bytes and the [`Peer`] at its other end, be it a machine in the network or a delivery
//! of this same process. A [`Server`] speaks HTTP/1.1 and HTTP/2 on it.
//!
//! # Example
//!
//! Ada's bakery answers everybody with the same loaf, until it closes for the night:
//!
//! ```no_run
//! # async fn open(tasks: supervise::Tasks) -> Result<(), Box<dyn std::error::Error>> {
//! use hyper::service::service_fn;
//! use http::Response;
//! use listen::{Limits, Server, Socket};
//!
//! let socket = Socket::bind("--api", "127.0.0.1:0".parse()?)?;
//! println!("open at {}", socket.local_address());
//! let mut listener = socket.listener(tasks.drain())?;
//! let unreadable = std::sync::Arc::new(|status| {
//!     Response::builder().status(status).body("Please ask again.".into()).expect("a status and a text")
//! });
//! let server = Server::new(&tasks, Limits::default(), unreadable);
//! let counter = tasks.clone();
//! tasks.spawn_essential("bakery door", async move {
//!     while let Some(connection) = listener.accept().await {
//!         let server = server.clone();
//!         counter.spawn("customer", async move {
//!             let loaf = service_fn(async |_request| Ok::<_, std::convert::Infallible>(Response::new("a loaf".to_owned())));
//!             server.serve(connection, loaf).await;
//!         });
//!     }
//! });
//! # Ok(())
//! # }
//! ```
//!
//! # Invariants
//!
//! - Once the process drains, nobody new gets in, whichever runtime held the socket; requests under way are finished,
//!   and connections without one are closed.
//! - A peer that sends nothing, or its request head too slowly, is let go after [`Limits::head_patience`], also one
//!   that answers pings; one that takes nothing of an answer, after [`Limits::write_patience`]. Over HTTP/2 both are
//!   looked at once in that time, so that it may take twice as long, and an idle connection is asked to end (GOAWAY)
//!   before it is closed.
//! - An answer with an [`AnswerLimit`] has ended when that is over, however slowly its peer takes it: while the peer's
//!   buffer is full nobody asks the body, so that no limit inside of it would be noticed.
//! - What is no request is answered by the server's [`Unreadable`], and no byte of any other answer is changed. In
//!   HTTP/2 such a peer is told by frames of the protocol (RFC 9113 §5.4), and by a bare 431 beyond
//!   [`Limits::head_bytes`].
//! - No more connections are served than the socket's limit; who comes then is told so (503), a few at a time, and the
//!   rest waits in the kernel's queue.
//! - TLS is agreed on beside the loop that accepts, within [`Limits::head_patience`]; until then a connection is counted
//!   like any other.
//! - Nothing in the network can have the peer [`Peer::Delivery`].

mod answering;
mod certificates;
mod connection;
mod cut;
mod expiring;
mod idleness;
mod limited;
mod limits;
mod listener;
mod misdirected;
mod opening;
mod places;
mod progress;
mod redirect;
mod serve;
mod socket;
mod stream;
mod streams;
mod tls;
mod turn;
mod unreadable;

pub use answering::AnswerLimit;
pub use certificates::{CertificateFiles, Certificates};
pub use connection::{Connection, Peer};
pub use cut::{Cut, CutBecause};
pub use limits::Limits;
pub use listener::Listener;
pub use misdirected::{OnlyHost, is_for};
pub use places::Place;
pub use redirect::{https_location, redirect_to_https};
pub use serve::Server;
pub use socket::{BindError, Socket};
pub use streams::{AnyThread, ThisThread};
pub use tls::{HandshakeError, Session, Tls};
pub use unreadable::Unreadable;

/// How long a peer may take, in real time, to send the head of a request, and how long a kept connection may lie
/// idle before the next.
pub const HEAD_PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);
