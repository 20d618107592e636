use std::{future::Future, pin::pin, task::Context};

use bytes::{Bytes, BytesMut};
use http::{
    HeaderMap, HeaderValue, Method, StatusCode,
    header::{self, HeaderName},
};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, client::conn::http1};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;

use crate::{Answerer, DialError, Dialer, Origin, Url};

/// Sends one request over a connection of its own and reads the answer. Cheap to clone.
///
/// Connections are not kept: a delivery is rare next to what a connection costs, and a connection that was just
/// judged by the guard, made and closed again cannot be one that went stale.
#[derive(Clone, Debug)]
pub struct Client {
    body_limit_bytes: usize,
    dialer: Dialer,
}

/// What to send.
#[derive(Clone)]
pub struct Request {
    /// The body; empty if there is none.
    pub body: Bytes,
    /// When everything has to be over, the answer's body included.
    pub deadline: Timestamp,
    /// The header fields. What belongs to the connection (`Host`, `Content-Length`, `Connection` and the like) is
    /// set here, and replaced or dropped where the caller set it.
    pub headers: HeaderMap,
    /// The method.
    pub method: Method,
    /// On whose behalf.
    pub origin: Origin,
    /// Where to.
    pub url: Url,
}

/// What came back.
#[derive(Clone)]
pub struct Response {
    /// Who answered.
    pub answerer: Answerer,
    /// The body, cut off at the client's limit.
    pub body: Bytes,
    /// The header fields.
    pub headers: HeaderMap,
    /// The status. Redirects are answers like any other.
    pub status: StatusCode,
    /// Whether the body went on after what is here.
    pub truncated: bool,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// What came back is not an HTTP answer, or ended too early.
    #[error("{url} gave no valid answer")]
    BrokenAnswer {
        /// What is wrong with it.
        #[source]
        source: hyper::Error,
        /// Who answered.
        url: Url,
    },
    /// There is no connection.
    #[error(transparent)]
    NotReached(#[from] DialError),
    /// The deadline passed after the connection was made.
    #[error("{url} did not answer in time")]
    TimedOut {
        /// Who did not.
        url: Url,
    },
}

impl Client {
    /// A client that keeps 1 MiB of an answer's body.
    pub fn new(dialer: Dialer) -> Client {
        Client { body_limit_bytes: BODY_LIMIT_BYTES, dialer }
    }

    /// The same, which keeps `body_limit_bytes` of an answer's body.
    pub fn with_body_limit(self, body_limit_bytes: usize) -> Client {
        Client { body_limit_bytes, ..self }
    }

    /// Sends `request` over HTTP/1.1 and waits for the whole answer, at most until its deadline.
    ///
    /// # Errors
    ///
    /// When there is no connection, no valid answer, or none in time. Any status is an answer.
    pub async fn send(&self, request: Request) -> Result<Response, SendError> {
        let Request { body, deadline, headers, method, origin, url } = request;
        let io = self.dialer.dial(url.target(), &origin, deadline).await?;
        let mut message = http::Request::new(Full::new(body));
        *message.method_mut() = method;
        *message.uri_mut() = url.path_and_query().clone().into();
        *message.headers_mut() = end_to_end(headers, &url);
        let exchange = exchange(io, message, self.body_limit_bytes);
        match self.dialer.timer().timeout_at(deadline, exchange).await {
            Ok(outcome) => outcome.map_err(|source| SendError::BrokenAnswer { source, url }),
            Err(_elapsed) => Err(SendError::TimedOut { url }),
        }
    }
}

/// The caller's fields without those that belong to the connection (RFC 9110 §7.6.1), which are set anew.
fn end_to_end(mut headers: HeaderMap, url: &Url) -> HeaderMap {
    for name in OF_THE_CONNECTION {
        headers.remove(name);
    }
    headers.insert(header::HOST, url.target().host_header());
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    headers
}

async fn exchange(
    io: crate::Io,
    message: http::Request<Full<Bytes>>,
    body_limit_bytes: usize,
) -> Result<Response, hyper::Error> {
    let answerer = io.answerer();
    let (mut sender, connection) =
        http1::Builder::new().max_buf_size(HEAD_LIMIT_BYTES).handshake(TokioIo::new(io)).await?;
    let answer = async {
        let (head, body) = sender.send_request(message).await?.into_parts();
        let (body, truncated) = read(body, body_limit_bytes).await?;
        Ok(Response { answerer, body, headers: head.headers, status: head.status, truncated })
    };
    alongside(connection, answer).await
}

/// The first `limit_bytes` of a body, and whether there was more.
async fn read(mut body: Incoming, limit_bytes: usize) -> Result<(Bytes, bool), hyper::Error> {
    let mut kept = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(piece) = frame?.into_data() else { continue };
        let room = limit_bytes - kept.len();
        if piece.len() > room {
            kept.extend_from_slice(&piece[..room]);
            return Ok((kept.freeze(), true));
        }
        kept.extend_from_slice(&piece);
    }
    Ok((kept.freeze(), false))
}

/// Runs the connection in the same task as the exchange on it, so that both end together. What the connection has
/// to say, the exchange hears too.
async fn alongside<C: Future, A: Future>(connection: C, answer: A) -> A::Output {
    let (mut connection, mut answer) = (pin!(connection), pin!(answer));
    let mut connected = true;
    std::future::poll_fn(move |context: &mut Context<'_>| {
        if connected {
            connected = connection.as_mut().poll(context).is_pending();
        }
        answer.as_mut().poll(context)
    })
    .await
}

const BODY_LIMIT_BYTES: usize = 1 << 20;

pub(crate) const HEAD_LIMIT_BYTES: usize = 64 << 10;

const OF_THE_CONNECTION: [HeaderName; 10] = [
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::EXPECT,
    header::HOST,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];
