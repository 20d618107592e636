//! What hyper answers of its own accord to bytes that it cannot read: recognised, and said in full.

use std::{io::IoSlice, sync::Arc};

use bytes::{BufMut, Bytes, BytesMut};
use http::{Response, StatusCode, header};

/// Says to a peer why it is not served, before any service: what it sent is no request (it is given 400, 414 or 431,
/// as the HTTP library chose), or all places are taken (503). Length, date and `connection: close` are added to what
/// it answers.
pub type Unreadable = Arc<dyn Fn(StatusCode) -> Response<Bytes> + Send + Sync>;

/// A refusal that the HTTP library made itself: a head without a body, and nothing after it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Bare {
    status: StatusCode,
    date: Option<String>,
}

impl Bare {
    /// To a peer for whom there is no place.
    pub(crate) fn crowded() -> Bare {
        Bare { status: StatusCode::SERVICE_UNAVAILABLE, date: None }
    }

    /// Reads what the library is about to write; `None` for anything but one whole refusal.
    pub(crate) fn read(slices: &[IoSlice<'_>]) -> Option<Bare> {
        if slices.iter().map(|slice| slice.len()).sum::<usize>() > LONGEST {
            return None;
        }
        let bytes: Vec<u8> = slices.iter().flat_map(|slice| slice.iter().copied()).collect();
        let text = std::str::from_utf8(&bytes).ok()?.strip_suffix("\r\n\r\n")?;
        let mut lines = text.split("\r\n");
        let status = lines.next()?.strip_prefix("HTTP/1.1 ")?.split(' ').next()?.parse().ok()?;
        let mut date = None;
        for line in lines {
            let (name, value) = line.split_once(": ")?;
            if name.eq_ignore_ascii_case("date") {
                date = Some(value.to_owned());
            } else if name.eq_ignore_ascii_case("content-length") && value != "0" {
                return None;
            }
        }
        let bare = Bare { status, date };
        bare.status.is_client_error().then_some(bare)
    }

    /// The same refusal with all that there is to say.
    pub(crate) fn in_full(self, unreadable: &Unreadable) -> Bytes {
        let response = unreadable(self.status);
        let mut bytes = BytesMut::with_capacity(1024);
        let status = response.status();
        let phrase = status.canonical_reason().unwrap_or_default();
        bytes.put_slice(format!("HTTP/1.1 {} {phrase}\r\n", status.as_u16()).as_bytes());
        for (name, value) in response.headers() {
            if ![header::CONNECTION, header::CONTENT_LENGTH, header::DATE].contains(name) {
                bytes.put_slice(name.as_str().as_bytes());
                bytes.put_slice(b": ");
                bytes.put_slice(value.as_bytes());
                bytes.put_slice(b"\r\n");
            }
        }
        if let Some(date) = self.date {
            bytes.put_slice(format!("date: {date}\r\n").as_bytes());
        }
        let length = response.body().len();
        bytes.put_slice(format!("connection: close\r\ncontent-length: {length}\r\n\r\n").as_bytes());
        bytes.put_slice(response.body());
        bytes.freeze()
    }
}

/// Far more than the library's refusals have.
const LONGEST: usize = 512;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<u16> {
        let (one, two) = text.split_at(text.len() / 2);
        let slices = [IoSlice::new(one.as_bytes()), IoSlice::new(two.as_bytes())];
        Bare::read(&slices).map(|bare| bare.status.as_u16())
    }

    #[test]
    fn one_whole_refusal_without_a_body_is_recognised_and_nothing_else() {
        let head = "HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\ndate: now\r\n\r\n";
        assert_eq!(read(head), Some(431));
        for other in [
            "",
            "\r\n\r\n",
            "0\r\n\r\n",
            "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n",
            "HTTP/1.1 400 Bad Request\r\ncontent-length: 5\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\nHTTP/1.1 400 Bad Request\r\n\r\n",
            "tail of a body HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n",
        ] {
            assert_eq!(read(other), None, "{other:?}");
        }
        assert_eq!(read(&format!("HTTP/1.1 400 Bad Request\r\nx: {}\r\n\r\n", "y".repeat(600))), None);
    }

    #[test]
    fn full_refusal_says_its_length_and_closes() {
        let unreadable: Unreadable = Arc::new(|status| {
            Response::builder()
                .status(status)
                .header("connection", "keep-alive")
                .body("why".into())
                .expect("valid")
        });
        let bare = Bare { status: StatusCode::BAD_REQUEST, date: Some("now".to_owned()) };
        let expected =
            "HTTP/1.1 400 Bad Request\r\ndate: now\r\nconnection: close\r\ncontent-length: 3\r\n\r\nwhy";
        assert_eq!(bare.in_full(&unreadable), expected);
    }
}
