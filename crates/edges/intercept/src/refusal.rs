//! Why a client gets neither a tunnel nor an answer.

use std::net::SocketAddr;

use bytes::Bytes;
use context::RequestId;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use outbound::{DialError, UrlError};
use problem::{Problem, Reason, envelope};

use crate::metadata::NoMetadata;
use crate::target::NotForProxy;

/// Why a client gets neither a tunnel nor an answer.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The other host broke off, or gave no answer.
    BrokenAnswer { host: String },
    /// Too many clients are connected.
    Crowded,
    /// There is no metadata server for this client.
    Metadata(NoMetadata),
    /// There is no connection.
    NotReached(DialError),
    /// It is written for a server.
    NotForProxy(NotForProxy),
    /// There are no tunnels to this port.
    Port { host: String, port: u16 },
    /// What was sent is no request.
    Unreadable(StatusCode),
}

impl Refusal {
    /// The answer of the proxy at this address, with the ID under which the log may have more.
    pub(crate) fn answer(&self, own: SocketAddr, request_id: &RequestId) -> Response<Bytes> {
        let (status, problem) = (self.status(), self.problem(own));
        let details = problem.details("doorward", request_id.as_str());
        let text = format!("{:#}\n", envelope(status.as_u16(), problem.code(), &problem.message, details));
        let mut response = Response::new(Bytes::from(text));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=UTF-8"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(Reason::HEADER, HeaderValue::from_static(problem.reason.name()));
        let id = HeaderValue::from_str(request_id.as_str()).expect("hexadecimal digits");
        headers.insert(HeaderName::from_static(RequestId::HEADER), id);
        response
    }

    fn status(&self) -> StatusCode {
        match self {
            Refusal::BrokenAnswer { .. } => StatusCode::BAD_GATEWAY,
            Refusal::Crowded => StatusCode::SERVICE_UNAVAILABLE,
            Refusal::Metadata(NoMetadata::Port(_)) => StatusCode::FORBIDDEN,
            Refusal::Metadata(NoMetadata::Unknown) => StatusCode::NOT_FOUND,
            Refusal::NotForProxy(_) => StatusCode::BAD_REQUEST,
            Refusal::NotReached(DialError::Refused { .. }) | Refusal::Port { .. } => StatusCode::FORBIDDEN,
            Refusal::NotReached(DialError::TimedOut { .. }) => StatusCode::GATEWAY_TIMEOUT,
            Refusal::NotReached(
                DialError::ConnectFailed { .. } | DialError::NameNotResolved { .. } | DialError::Tls { .. },
            ) => StatusCode::BAD_GATEWAY,
            Refusal::Unreadable(status) => *status,
        }
    }

    fn problem(&self, own: SocketAddr) -> Problem {
        match self {
            Refusal::BrokenAnswer { host } => {
                Problem::new(Reason::PROXY_TARGET_UNREACHABLE, format!("{host} gave no valid answer."))
            }
            Refusal::Crowded => {
                Problem::new(Reason::CONNECTIONS_EXHAUSTED, "Too many clients are connected; try again.")
            }
            Refusal::Metadata(NoMetadata::Port(port)) => {
                let message = format!(
                    "A metadata server answers plain HTTP on port 80 only, and was asked for on port {port}."
                );
                Problem::new(Reason::PROXY_PORT_REFUSED, message).with("port", port.to_string()).try_command(
                    "curl -H 'Metadata-Flavor: Google' http://metadata.google.internal/computeMetadata/v1/",
                )
            }
            Refusal::Metadata(NoMetadata::Unknown) => {
                let message = "This program was not started as a service account, so that there is no metadata server which could say who it is. Under `doorward exec --as SA` the address of the proxy in its environment says which one it has.";
                Problem::new(Reason::METADATA_SERVER_UNKNOWN, message)
                    .try_command("doorward exec --as SA -- COMMAND")
            }
            Refusal::NotForProxy(why) => {
                let problem = Problem::new(Reason::PROXY_REQUEST_EXPECTED, not_for_proxy(*why, own));
                problem.try_command(
                    "doorward exec -- curl https://accounts.google.com/.well-known/openid-configuration",
                )
            }
            Refusal::NotReached(DialError::Refused { refused, target }) => {
                let problem = Problem::new(
                    Reason::ADDRESS_REFUSED,
                    format!("There is no way to {target} through here: {refused}."),
                );
                problem.with("host", target.host.to_string())
            }
            Refusal::NotReached(error) => {
                Problem::new(Reason::PROXY_TARGET_UNREACHABLE, format!("There is no connection: {error}."))
            }
            Refusal::Port { host, port } => {
                let message = format!(
                    "There are no tunnels to port {port} of {host}: only to 80, 443 and from 1024 on."
                );
                Problem::new(Reason::PROXY_PORT_REFUSED, message)
                    .with("host", host.as_str())
                    .with("port", port.to_string())
            }
            Refusal::Unreadable(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE) => Problem::new(
                Reason::REQUEST_MALFORMED,
                "The request's head is too large: at most 100 headers and 128 KiB of them.",
            ),
            Refusal::Unreadable(StatusCode::URI_TOO_LONG) => {
                Problem::new(Reason::REQUEST_MALFORMED, "The request's target is too long.")
            }
            Refusal::Unreadable(_) => {
                Problem::new(Reason::REQUEST_MALFORMED, "What was sent is no HTTP request.")
            }
        }
    }
}

fn not_for_proxy(why: NotForProxy, own: SocketAddr) -> String {
    match why {
        NotForProxy::Path => {
            format!(
                "This is a proxy: it answers CONNECT and whole http:// URLs, and serves no paths of its own. Set it as a proxy (https_proxy=http://{own}; `doorward exec` does), or call the API or the gate."
            )
        }
        NotForProxy::Scheme => {
            "Only http:// URLs are fetched for clients; for https:// ask for a tunnel (CONNECT).".to_owned()
        }
        NotForProxy::Target(error @ (UrlError::Port | UrlError::Host)) => {
            format!("The target is not HOST:PORT or an http:// URL: {error}.")
        }
        NotForProxy::Target(error) => format!("The target cannot be read: {error}."),
        NotForProxy::Version => {
            "The proxy itself speaks HTTP/1.1; HTTP/2 goes inside of a tunnel.".to_owned()
        }
    }
}
