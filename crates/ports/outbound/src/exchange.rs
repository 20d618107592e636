//! One request and its answer, handed on as they come.

use std::{
    future::Future,
    pin::{Pin, pin},
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use hyper::{
    body::Incoming,
    client::conn::http1::{Builder, Connection},
};
use hyper_util::rt::TokioIo;

use crate::{Io, client::HEAD_LIMIT_BYTES};

/// The body of an answer that is still coming, and the connection that brings it, which ends with it.
pub struct Streamed<B: Body + 'static> {
    body: Incoming,
    /// `None` once the connection has said all that it has to say.
    connection: Option<Pin<Box<Running<B>>>>,
}

type Running<B> = Connection<TokioIo<Io>, B>;

/// Sends a request over HTTP/1.1 on a connection of its own, and answers as soon as the head of the answer is there.
/// Bodies go through as they come, in both directions. The request is sent as it is: its target in the form that the
/// other side expects, its fields without those that belonged to another connection.
///
/// # Errors
///
/// When the connection breaks, or what comes back is no answer.
pub async fn exchange<B>(io: Io, request: Request<B>) -> Result<Response<Streamed<B>>, hyper::Error>
where
    B: Body + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let (mut sender, connection) =
        Builder::new().max_buf_size(HEAD_LIMIT_BYTES).handshake(TokioIo::new(io)).await?;
    let mut connection = Some(Box::pin(connection));
    let answer = {
        let mut sent = pin!(sender.send_request(request));
        std::future::poll_fn(|context| {
            poll_connection(&mut connection, context);
            sent.as_mut().poll(context)
        })
        .await?
    };
    Ok(answer.map(|body| Streamed { body, connection }))
}

/// What the connection has to say, the exchange on it hears too.
fn poll_connection<F: Future>(connection: &mut Option<Pin<Box<F>>>, context: &mut Context<'_>) {
    if let Some(running) = connection
        && running.as_mut().poll(context).is_ready()
    {
        *connection = None;
    }
}

impl<B> Body for Streamed<B>
where
    B: Body + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let this = &mut *self;
        poll_connection(&mut this.connection, context);
        Pin::new(&mut this.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
