//! WebSockets: how a client asks for one, how a service is asked, and when both are at one.
//!
//! Over HTTP/1.1 a WebSocket is an upgrade of the connection (RFC 6455 §4), over HTTP/2 one stream (RFC 8441 §5). Either
//! side may speak either; what is carried afterwards is the same.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use context::Randomness;
use http::header::{CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE};
use http::{HeaderMap, HeaderValue, Method, StatusCode, request};
use hyper::body::Incoming;
use hyper::ext::Protocol;
use hyper::upgrade::OnUpgrade;

use crate::refusal::{Malformed, Refusal};

/// A WebSocket that a client would like to have.
pub(crate) struct Wanted {
    connection: OnUpgrade,
    form: Form,
}

/// How it is asked for.
enum Form {
    /// As a stream of HTTP/2.
    Stream,
    /// As an upgrade of HTTP/1.1, with the client's key.
    Upgrade { key: Option<HeaderValue> },
}

/// What a service must answer, for the WebSocket to be one.
pub(crate) enum Expected {
    /// Over HTTP/1.1: to have switched; to a key of our own with the value that goes with it.
    Switch { accept: Option<HeaderValue> },
    /// Over HTTP/2: that it takes the stream.
    Success,
}

impl Wanted {
    /// The WebSocket that a request asks for, if it does. A client that offers HTTP/2 on this connection does without
    /// it; nothing else is there to be asked for.
    pub(crate) fn find(head: &mut request::Parts, body: &Incoming) -> Result<Option<Self>, Refusal> {
        let connection = head.extensions.remove::<OnUpgrade>();
        if head.method == Method::CONNECT {
            return Self::stream(head, connection);
        }
        let Some(protocol) = head.headers.get(UPGRADE).filter(|_| asks_for_upgrade(&head.headers)) else {
            return Ok(None);
        };
        let one = head.headers.get_all(UPGRADE).iter().nth(1).is_none();
        match protocol.as_bytes() {
            protocol if protocol.eq_ignore_ascii_case(b"h2c") && one => Ok(None),
            protocol if protocol.eq_ignore_ascii_case(WEBSOCKET.as_bytes()) && one => {
                // What comes behind such a request is of the other protocol, so that there can be no body.
                if head.method != Method::GET || !http_body::Body::is_end_stream(body) {
                    return Err(Refusal::Malformed(Malformed::Framing));
                }
                let key = head.headers.get(SEC_WEBSOCKET_KEY).cloned();
                Ok(connection.map(|connection| Self { connection, form: Form::Upgrade { key } }))
            }
            _ => Err(Refusal::UpgradeUnimplemented),
        }
    }

    /// From here on the request is what it would be over HTTP/1.1.
    fn stream(head: &mut request::Parts, connection: Option<OnUpgrade>) -> Result<Option<Self>, Refusal> {
        match head.extensions.remove::<Protocol>() {
            None => Err(Refusal::Malformed(Malformed::Connect)),
            Some(protocol) if protocol.as_str().eq_ignore_ascii_case(WEBSOCKET) => {
                head.method = Method::GET;
                Ok(connection.map(|connection| Self { connection, form: Form::Stream }))
            }
            Some(_) => Err(Refusal::UpgradeUnimplemented),
        }
    }

    /// Asks a service of HTTP/1.1. A client of HTTP/2 has no key, so that it gets one here.
    pub(crate) fn ask_over_http1(&self, head: &mut request::Parts, randomness: &dyn Randomness) -> Expected {
        switch(&mut head.headers);
        match self.form {
            Form::Upgrade { .. } => Expected::Switch { accept: None },
            Form::Stream => {
                let mut bytes = [0; 16];
                randomness.fill(&mut bytes);
                let key = in_base64(&bytes);
                let accept = Some(accept(&key));
                head.headers.insert(SEC_WEBSOCKET_KEY, key);
                head.headers.entry(SEC_WEBSOCKET_VERSION).or_insert(HeaderValue::from_static("13"));
                Expected::Switch { accept }
            }
        }
    }

    /// Asks a service of HTTP/2.
    pub(crate) fn ask_over_http2(&self, head: &mut request::Parts) -> Result<Expected, Refusal> {
        if matches!(self.form, Form::Upgrade { key: None }) {
            return Err(Refusal::Malformed(Malformed::WebSocketKey));
        }
        head.method = Method::CONNECT;
        head.headers.remove(SEC_WEBSOCKET_KEY);
        head.extensions.insert(Protocol::from_static(WEBSOCKET));
        Ok(Expected::Success)
    }

    /// Tells the client that it has what it wanted. Gives its connection.
    pub(crate) fn grant(self, status: &mut StatusCode, headers: &mut HeaderMap) -> OnUpgrade {
        match self.form {
            Form::Stream => {
                *status = StatusCode::OK;
                headers.remove(SEC_WEBSOCKET_ACCEPT);
            }
            Form::Upgrade { key } => {
                *status = StatusCode::SWITCHING_PROTOCOLS;
                switch(headers);
                if let Some(key) = key.filter(|_| !headers.contains_key(SEC_WEBSOCKET_ACCEPT)) {
                    headers.insert(SEC_WEBSOCKET_ACCEPT, accept(&key));
                }
            }
        }
        self.connection
    }

    /// Whether any answer of success tells the client that it has its WebSocket.
    pub(crate) fn takes_any_success(&self) -> bool {
        matches!(self.form, Form::Stream)
    }
}

impl Expected {
    /// Whether the service has agreed.
    pub(crate) fn is_met(&self, status: StatusCode, headers: &HeaderMap) -> bool {
        match self {
            Self::Success => status == StatusCode::OK,
            Self::Switch { accept } => {
                let protocol = headers.get(UPGRADE).map_or(&[][..], HeaderValue::as_bytes);
                status == StatusCode::SWITCHING_PROTOCOLS
                    && protocol.eq_ignore_ascii_case(WEBSOCKET.as_bytes())
                    && accept.as_ref().is_none_or(|accept| headers.get(SEC_WEBSOCKET_ACCEPT) == Some(accept))
            }
        }
    }
}

/// Whether bytes of another protocol may come behind this request on its connection.
pub(crate) fn asks_for_websocket(headers: &HeaderMap) -> bool {
    let websocket = |value: &HeaderValue| value.as_bytes().eq_ignore_ascii_case(WEBSOCKET.as_bytes());
    headers.get_all(UPGRADE).iter().any(websocket) && asks_for_upgrade(headers)
}

fn asks_for_upgrade(headers: &HeaderMap) -> bool {
    headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|word| word.trim().eq_ignore_ascii_case("upgrade"))
}

fn switch(headers: &mut HeaderMap) {
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static(WEBSOCKET));
}

/// What shows that somebody knew the key (RFC 6455 §4.2.2): nothing secret, but no answer to another question.
fn accept(key: &HeaderValue) -> HeaderValue {
    let bytes = [key.as_bytes(), b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"].concat();
    in_base64(&jose::sha1(&bytes))
}

fn in_base64(bytes: &[u8]) -> HeaderValue {
    HeaderValue::try_from(STANDARD.encode(bytes)).expect("base64 is visible ASCII")
}

const WEBSOCKET: &str = "websocket";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answer_to_a_key_is_that_of_rfc_6455() {
        let key = HeaderValue::from_static("dGhlIHNhbXBsZSBub25jZQ==");
        assert_eq!(accept(&key), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn service_that_does_not_switch_as_it_was_asked_has_not_switched() {
        let mut headers = HeaderMap::new();
        let expected = Expected::Switch { accept: Some(HeaderValue::from_static("right")) };
        let mut switched = |protocol: &'static str, accept: &'static str| {
            headers.insert(UPGRADE, HeaderValue::from_static(protocol));
            headers.insert(SEC_WEBSOCKET_ACCEPT, HeaderValue::from_static(accept));
            expected.is_met(StatusCode::SWITCHING_PROTOCOLS, &headers)
        };
        assert!(
            switched("WebSocket", "right") && !switched("websocket", "wrong") && !switched("h2c", "right")
        );
        assert!(!expected.is_met(StatusCode::OK, &headers));
        assert!(Expected::Success.is_met(StatusCode::OK, &HeaderMap::new()));
        assert!(!Expected::Success.is_met(StatusCode::CREATED, &HeaderMap::new()));
    }
}
