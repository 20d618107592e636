//! What came back.

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::Value;

/// A whole answer. The trailers of a gRPC answer are among its headers.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status line's number.
    pub status: StatusCode,
    /// Headers and trailers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("no JSON ({error}): {} {}", self.status, self.text()))
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header or trailer; empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Why Doorward refused; empty where it did not.
    pub fn reason(&self) -> &str {
        self.header("x-doorward-reason")
    }

    /// The sentence of a refusal.
    pub fn message(&self) -> String {
        self.json()["error"]["message"].as_str().unwrap_or_default().to_owned()
    }

    /// Status and reason: `403 IAM_PERMISSION_DENIED`, or just `200`.
    pub fn verdict(&self) -> String {
        match (self.status.as_u16(), self.header("grpc-status"), self.reason()) {
            (status, "" | "0", "") => status.to_string(),
            (status, "" | "0", reason) => format!("{status} {reason}"),
            (_, code, reason) => format!("grpc {code} {reason}"),
        }
    }

    /// The JSON of an answer that must be a success.
    pub fn fine(self) -> Value {
        assert!(self.status.is_success(), "{}: {}", self.verdict(), self.text());
        self.json()
    }
}
