//! Requests over real sockets, each on a connection of its own.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;

use crate::Answer;

/// Why there is no answer: the connection was refused or broke.
pub type Broken = Box<dyn std::error::Error + Send + Sync>;

/// Asks whoever listens at an address, over HTTP/1.1, on a connection of its own.
///
/// # Errors
/// When nobody takes the connection, or it breaks before the answer is whole.
pub async fn ask(address: SocketAddr, request: Request<Full<Bytes>>) -> Result<Answer, Broken> {
    let stream = TcpStream::connect(address).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let exchange = async move { whole(sender.send_request(request).await?).await };
    // The connection ends when its only sender is gone; how it ended does not matter once there is an answer.
    let (answer, _ended) = tokio::join!(exchange, connection);
    answer
}

/// Asks over HTTP/2 without TLS, as gRPC clients do.
pub(crate) async fn ask_http2(address: SocketAddr, request: Request<Full<Bytes>>) -> Result<Answer, Broken> {
    let stream = TcpStream::connect(address).await?;
    let (mut sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await?;
    let exchange = async move { whole(sender.send_request(request).await?).await };
    let (answer, _ended) = tokio::join!(exchange, connection);
    answer
}

async fn whole(response: Response<Incoming>) -> Result<Answer, Broken> {
    let (head, body) = response.into_parts();
    let collected = body.collect().await?;
    let mut headers = head.headers;
    headers.extend(collected.trailers().cloned().unwrap_or_default());
    Ok(Answer { status: head.status, headers, body: collected.to_bytes() })
}
