//! gRPC's framing of messages, and the trailers that end them (gRPC over HTTP/2, "Length-Prefixed-Message").

use axum::body::Body;
use base64::Engine;
use bytes::{Buf, BufMut, Bytes, BytesMut};
use http::HeaderMap;
use http_body_util::BodyExt;
use percent_encoding::percent_decode;
use tonic::{Code, Status};

/// One uncompressed message with its prefix.
pub fn frame(message: &[u8]) -> Bytes {
    let mut frame = BytesMut::with_capacity(PREFIX_BYTES + message.len());
    frame.put_u8(0);
    // Bodies are limited far below 4 GiB.
    frame.put_u32(u32::try_from(message.len()).unwrap_or(u32::MAX));
    frame.put_slice(message);
    frame.freeze()
}

/// The messages of a response, as they come.
pub struct Frames {
    body: Body,
    buffer: BytesMut,
    end: Option<HeaderMap>,
}

impl Frames {
    /// Reads from `body`. A response without messages has its trailers among its headers.
    pub fn new(body: Body, headers: &HeaderMap) -> Self {
        let end = headers.contains_key(STATUS).then(|| headers.clone());
        Self { body, buffer: BytesMut::new(), end }
    }

    /// The next message; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Status> {
        loop {
            if let Some(message) = self.buffered()? {
                return Ok(Some(message));
            }
            match self.body.frame().await {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => self.buffer.extend_from_slice(&data),
                    Err(frame) => self.end = frame.into_trailers().ok().or(self.end.take()),
                },
                Some(Err(_)) => return Err(Status::unavailable("The method's answer broke off.")),
                None if self.buffer.is_empty() => return Ok(None),
                None => return Err(Status::internal("The method's answer ends within a message.")),
            }
        }
    }

    /// The status that the method ended with, and its metadata. To be asked at the end.
    pub fn end(&mut self) -> (Status, HeaderMap) {
        let trailers = self.end.take().unwrap_or_default();
        (status(&trailers), trailers)
    }

    fn buffered(&mut self) -> Result<Option<Bytes>, Status> {
        let Some((&[compressed, a, b, c, d], rest)) = self.buffer.split_first_chunk::<PREFIX_BYTES>() else {
            return Ok(None);
        };
        if compressed != 0 {
            return Err(Status::internal("The method's answer is compressed, which was not asked for."));
        }
        let length = usize::try_from(u32::from_be_bytes([a, b, c, d])).unwrap_or(usize::MAX);
        if rest.len() < length {
            return Ok(None);
        }
        self.buffer.advance(PREFIX_BYTES);
        Ok(Some(self.buffer.split_to(length).freeze()))
    }
}

/// The status in trailers; trailers without one are a failure of the method's server.
fn status(trailers: &HeaderMap) -> Status {
    let text = |name: &str| trailers.get(name).map(http::HeaderValue::as_bytes).unwrap_or_default();
    if !trailers.contains_key(STATUS) {
        return Status::unknown("The method answered without a status.");
    }
    let code = Code::from_bytes(text(STATUS));
    let message = percent_decode(text("grpc-message")).decode_utf8_lossy().into_owned();
    let details = text("grpc-status-details-bin");
    let unpadded = details.iter().rposition(|&byte| byte != b'=').map_or(0, |last| last + 1);
    let details =
        base64::engine::general_purpose::STANDARD_NO_PAD.decode(&details[..unpadded]).unwrap_or_default();
    Status::with_details(code, message, details.into())
}

const PREFIX_BYTES: usize = 5;

const STATUS: &str = "grpc-status";
