//! What callers of gRPC read: a status of theirs, in the head or behind the body.

use std::fmt::Write as _;

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Version};
use problem::Reason;

use crate::refusal::Refusal;

/// Whether a message with these headers is of gRPC. Browsers' `application/grpc-web` is not.
pub(crate) fn is_grpc(headers: &HeaderMap, version: Version) -> bool {
    let kind = headers.get(CONTENT_TYPE).map_or(&[][..], HeaderValue::as_bytes);
    let kind = kind.strip_prefix(b"application/grpc");
    version == Version::HTTP_2 && matches!(kind, Some([] | [b'+' | b';' | b' ', ..]))
}

/// A refusal as the fields that end a call.
pub(crate) fn status(refusal: &Refusal) -> HeaderMap {
    let problem = refusal.problem();
    let mut message = problem.message.clone();
    if let Some(command) = &problem.command {
        let _written = write!(message, " Try: {command}");
    }
    let mut fields = HeaderMap::with_capacity(5);
    fields.insert(GRPC_STATUS, HeaderValue::from(problem.code().number()));
    let message = HeaderValue::try_from(encoded(&message)).expect("visible ASCII and blanks");
    fields.insert(GRPC_MESSAGE, message);
    fields.insert(Reason::HEADER, HeaderValue::from_static(refusal.reason().name()));
    fields
}

/// Text as `grpc-message` has it: in UTF-8, with what is not visible ASCII as `%XX`.
fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if (b' '..=b'~').contains(&byte) && byte != b'%' {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _written = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

const GRPC_MESSAGE: HeaderName = HeaderName::from_static("grpc-message");
const GRPC_STATUS: HeaderName = HeaderName::from_static("grpc-status");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn message_is_ascii_whatever_it_says() {
        assert_eq!(encoded("100 % Brötchen\r\n~"), "100 %25 Br%C3%B6tchen%0D%0A~");
    }

    #[test]
    fn grpc_is_told_by_content_type_and_protocol() {
        let of = |kind: &'static str, version| {
            let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(kind))]);
            is_grpc(&headers, version)
        };
        for kind in ["application/grpc", "application/grpc+proto", "application/grpc;x=y"] {
            assert!(of(kind, Version::HTTP_2) && !of(kind, Version::HTTP_11), "{kind}");
        }
        for kind in ["application/grpc-web", "application/grpc-web+proto", "application/json", ""] {
            assert!(!of(kind, Version::HTTP_2), "{kind}");
        }
        assert!(!is_grpc(&HeaderMap::new(), Version::HTTP_2));
    }
}
