//! Requests for another host than their connection.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use context::RequestId;
use http::StatusCode;
use listen::{OnlyHost, is_for};
use problem::{Problem, Reason};

use crate::refusal;
use crate::transport::Transport;

/// 421 where a connection that was made for one host asks for another (RFC 9110 §15.5.20). A connection that was made
/// for none asks for any: the paths of all hosts are served side by side.
pub(crate) async fn refuse(request: Request, next: Next) -> Response {
    let Some(OnlyHost(host)) = request.extensions().get() else { return next.run(request).await };
    if is_for(host, request.uri(), request.headers()) {
        return next.run(request).await;
    }
    let message = format!("The connection is for {host}, and the request for another host.");
    let problem = Problem::new(Reason::MISDIRECTED_REQUEST, message).with("host", host.as_str());
    let Some(request_id) = request.extensions().get::<RequestId>() else {
        unreachable!("the outermost layer draws the request ID")
    };
    let transport = Transport::of(request.headers());
    let mut response = transport.refuse(&refusal::status(&problem, "googleapis.com", request_id));
    if transport == Transport::Rest {
        *response.status_mut() = StatusCode::MISDIRECTED_REQUEST;
    }
    response
}
