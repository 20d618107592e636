//! How long a caller waits (`grpc-timeout`, `X-Server-Timeout`), and how long a caller is waited for.

use std::task::Poll;
use std::time::Duration;

use axum::body::{Body, Bytes};
use futures_util::FutureExt;
use futures_util::stream::{self, StreamExt};
use http::HeaderMap;
use supervise::Timer;
use tonic::Status;
use wire::BODY_PATIENCE;

/// The span that the caller grants, whichever header says it. A header that cannot be read says nothing.
pub(crate) fn granted(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    text("grpc-timeout").and_then(grpc_timeout).or_else(|| text("x-server-timeout").and_then(server_timeout))
}

/// The body of a direct gRPC call, which must have come within [`BODY_PATIENCE`]: a peer that announces a message and
/// does not send it would hold its connection for ever.
pub(crate) fn in_time(body: Body, timer: &Timer) -> Body {
    let mut data = body.into_data_stream();
    let mut late = timer.sleep(BODY_PATIENCE);
    Body::from_stream(stream::poll_fn(move |context| match data.poll_next_unpin(context) {
        Poll::Ready(piece) => Poll::Ready(piece.map(|piece| {
            piece.map_err(|_| Status::invalid_argument("The request ended before its body did."))
        })),
        Poll::Pending => late.poll_unpin(context).map(|()| {
            let seconds = BODY_PATIENCE.as_secs();
            let text = format!("The request's body did not come within {seconds} seconds.");
            Some(Err::<Bytes, _>(Status::deadline_exceeded(text)))
        }),
    }))
}

/// One to eight digits and a unit (the gRPC protocol's `TimeoutValue TimeoutUnit`).
pub(crate) fn grpc_timeout(text: &str) -> Option<Duration> {
    let unit = text.as_bytes().last()?;
    let digits = text.get(..text.len() - 1)?;
    if !(1..=8).contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let count: u64 = digits.parse().ok()?;
    match unit {
        b'H' => Some(Duration::from_secs(count * 3600)),
        b'M' => Some(Duration::from_secs(count * 60)),
        b'S' => Some(Duration::from_secs(count)),
        b'm' => Some(Duration::from_millis(count)),
        b'n' => Some(Duration::from_nanos(count)),
        b'u' => Some(Duration::from_micros(count)),
        _ => None,
    }
}

/// Seconds, perhaps with a fraction, as Google's REST clients send them.
pub(crate) fn server_timeout(text: &str) -> Option<Duration> {
    let plain = (1..=16).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && text.starts_with(|first: char| first.is_ascii_digit());
    let seconds: f64 = plain.then(|| text.parse().ok()).flatten()?;
    Duration::try_from_secs_f64(seconds.min(LONGEST_SECONDS)).ok()
}

/// Longer than anybody waits; keeps sums within the calendar.
const LONGEST_SECONDS: f64 = 1e9;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_are_read_in_every_unit() {
        assert_eq!(grpc_timeout("20S"), Some(Duration::from_secs(20)));
        assert_eq!(grpc_timeout("5000m"), Some(Duration::from_secs(5)));
        assert_eq!(grpc_timeout("99999999H"), Some(Duration::from_secs(99_999_999 * 3600)));
        assert_eq!(server_timeout("20"), Some(Duration::from_secs(20)));
        assert_eq!(server_timeout("0.5"), Some(Duration::from_millis(500)));
    }

    #[test]
    fn what_is_no_timeout_says_nothing() {
        for text in ["", "S", "123456789S", "-1S", "1 S", "1x", "é"] {
            assert_eq!(grpc_timeout(text), None, "{text}");
        }
        for text in ["", "-1", "1e9", "inf", ".5", "1.2.3", "12345678901234567"] {
            assert_eq!(server_timeout(text), None, "{text}");
        }
    }
}
