//! Why a request is not forwarded, as a value.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderValue, StatusCode};
use jiff::Timestamp;
use listen::CutBecause;
use names::{Principal, ShellWord};
use problem::{Problem, Reason};
use run::{Invoked, RoutedService};

use crate::invocation::InvocationPermit;

/// Why a request is not forwarded, or its answer does not come back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Refusal {
    /// The account behind a token that verified is disabled or gone.
    AccountState,
    /// The client did not take its answer, and was let go.
    AnswerNotTaken { because: CutBecause, timeout: Duration },
    /// The token is for somebody else.
    AudienceMismatch { expected: String, found: String },
    /// There is no place for another connection to the service.
    BackendConnectionsExhausted,
    /// The service did not answer in time.
    BackendTimedOut { after: Duration },
    /// The service cannot be reached or broke off.
    BackendUnreachable,
    /// Too many clients are connected.
    ConnectionsExhausted,
    /// There is no credential, and the service is not open to everybody.
    CredentialsMissing { audience: String },
    /// The token is gcloud's own, for no service in particular, and this Doorward takes none of these.
    GcloudAudience { expected: String, found: String },
    /// Too many headers, or too long.
    HeadTooLarge,
    /// The service is called over TLS only, which the caller finds there.
    HttpsRequired { at: HeaderValue, service: Arc<RoutedService> },
    /// The service may not be called from there.
    IngressRefused { service: Arc<RoutedService> },
    /// Doorward failed.
    Internal,
    /// The request can be read in more than one way.
    Malformed(Malformed),
    /// The request is for another host than its connection.
    Misdirected,
    /// Whoever it is may not. `overridden`: a binding lets it in, and a deny policy does not.
    PermissionDenied { principal: Principal, service: Invoked, overridden: bool, repair: Option<Box<str>> },
    /// No service has this host.
    RouteNotFound,
    /// The token has ended.
    TokenExpired { at: Timestamp, audience: String },
    /// The token cannot be read or verified.
    TokenInvalid { audience: String },
    /// What was sent is no HTTP request that could be read.
    Unreadable {
        /// What the HTTP library says to it.
        status: StatusCode,
    },
    /// Another protocol is asked for.
    UpgradeUnimplemented,
    /// The service does not take WebSockets, or not as it was asked.
    WebSocketUnsupported,
}

/// What is wrong with a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Malformed {
    /// The target names another host than `Host`.
    AuthorityIsNotHost,
    /// A body that breaks off, or is not framed as it says.
    Body,
    /// `CONNECT`.
    Connect,
    /// It is not clear where the body ends.
    Framing,
    /// No `Host`, several, or one that is not a host.
    Host,
    /// A path at a host of functions, which says which one is called, with more than one reading.
    Path,
    /// A target that is neither a path nor a URL.
    Target,
    /// A WebSocket without a key.
    WebSocketKey,
}

impl Refusal {
    /// The stable reason.
    pub(crate) fn reason(&self) -> Reason {
        match self {
            Self::AccountState => Reason::ACCOUNT_STATE_INVALID,
            Self::AnswerNotTaken { .. } => Reason::ANSWER_NOT_TAKEN,
            Self::AudienceMismatch { .. } | Self::GcloudAudience { .. } => {
                Reason::INVOKER_TOKEN_AUDIENCE_MISMATCH
            }
            Self::BackendConnectionsExhausted => Reason::BACKEND_CONNECTIONS_EXHAUSTED,
            Self::BackendTimedOut { .. } => Reason::BACKEND_TIMED_OUT,
            Self::BackendUnreachable => Reason::BACKEND_UNREACHABLE,
            Self::ConnectionsExhausted => Reason::CONNECTIONS_EXHAUSTED,
            Self::CredentialsMissing { .. } => Reason::INVOKER_CREDENTIALS_MISSING,
            Self::HeadTooLarge | Self::Malformed(_) | Self::Unreadable { .. } => Reason::REQUEST_MALFORMED,
            Self::HttpsRequired { .. } => Reason::HTTPS_REQUIRED,
            Self::IngressRefused { .. } => Reason::INGRESS_REFUSED,
            Self::Internal => Reason::INTERNAL,
            Self::Misdirected => Reason::MISDIRECTED_REQUEST,
            Self::PermissionDenied { .. } => Reason::INVOKER_PERMISSION_DENIED,
            Self::RouteNotFound => Reason::ROUTE_NOT_FOUND,
            Self::TokenExpired { .. } => Reason::INVOKER_TOKEN_EXPIRED,
            Self::TokenInvalid { .. } => Reason::INVOKER_TOKEN_INVALID,
            Self::UpgradeUnimplemented => Reason::METHOD_UNIMPLEMENTED,
            Self::WebSocketUnsupported => Reason::WEBSOCKET_UNSUPPORTED,
        }
    }

    /// The status that is answered.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::HeadTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::HttpsRequired { .. } => StatusCode::PERMANENT_REDIRECT,
            Self::Misdirected => StatusCode::MISDIRECTED_REQUEST,
            Self::Unreadable { status } => *status,
            other => StatusCode::from_u16(other.reason().code().http_status())
                .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
        }
    }

    /// Whether nothing more is read from the connection: who does not say in one way where a request ends does not
    /// say where the next one begins.
    pub(crate) fn ends_the_connection(&self) -> bool {
        matches!(self, Self::HeadTooLarge | Self::Malformed(_) | Self::UpgradeUnimplemented)
    }

    /// After how many seconds the same request may go through, where that is no matter of the request.
    pub(crate) fn retry_after(&self) -> Option<u8> {
        matches!(self, Self::BackendConnectionsExhausted | Self::ConnectionsExhausted).then_some(1)
    }

    /// What the caller is told. Nothing of the policy, unless the caller is known; nothing of the network behind.
    pub(crate) fn problem(&self) -> Problem {
        let problem = Problem::new(self.reason(), self.message());
        match self {
            Self::AudienceMismatch { expected, found } | Self::GcloudAudience { expected, found } => problem
                .with("expected", expected.as_str())
                .with("found", found.chars().take(200).collect::<String>())
                .try_command(token_command(expected)),
            Self::CredentialsMissing { audience } => {
                problem.with("audience", audience.as_str()).try_command(token_command(audience))
            }
            Self::PermissionDenied { principal, service, repair, overridden: _ } => {
                let problem = problem
                    .with("permission", InvocationPermit::permission(service))
                    .with("principal", principal.to_string())
                    .about(service.to_string());
                match repair {
                    Some(command) => problem.try_command(&**command),
                    None => problem,
                }
            }
            Self::HttpsRequired { at, .. } => match at.to_str() {
                Ok(at) => problem.try_command(format!("curl {}", ShellWord(at))),
                Err(_) => problem,
            },
            Self::RouteNotFound => problem.try_command("doorward exec -- gcloud run services list"),
            Self::TokenExpired { at, audience } => {
                problem.with("expiredAt", at.to_string()).try_command(token_command(audience))
            }
            Self::TokenInvalid { audience } => problem.try_command(token_command(audience)),
            Self::AccountState
            | Self::AnswerNotTaken { .. }
            | Self::BackendConnectionsExhausted
            | Self::BackendTimedOut { .. }
            | Self::BackendUnreachable
            | Self::ConnectionsExhausted
            | Self::HeadTooLarge
            | Self::IngressRefused { .. }
            | Self::Internal
            | Self::Malformed(_)
            | Self::Misdirected
            | Self::Unreadable { .. }
            | Self::UpgradeUnimplemented
            | Self::WebSocketUnsupported => problem,
        }
    }

    fn message(&self) -> String {
        match self {
            Self::AccountState => "The account behind the token is disabled or deleted.",
            Self::AnswerNotTaken { because: CutBecause::NothingTaken, .. } => {
                "The client took nothing of the answer for a minute, and was cut off."
            }
            Self::AnswerNotTaken { because: CutBecause::TookTooLong, timeout } => {
                return format!(
                    "The client had not taken all of the answer within the service's {} seconds, and was cut off.",
                    timeout.as_secs()
                );
            }
            Self::AudienceMismatch { .. } => "The token is for another audience than this service.",
            Self::BackendConnectionsExhausted => {
                "As many connections to services are open as may be, and none became free; try again."
            }
            Self::BackendTimedOut { after } => {
                return format!("The service did not answer within {} seconds.", after.as_secs());
            }
            Self::BackendUnreachable => "The service cannot be reached or broke off.",
            Self::ConnectionsExhausted => "Too many clients are connected; try again.",
            Self::CredentialsMissing { .. } => {
                "The service is private and the request carries no credential: send an ID token as `Authorization: Bearer`."
            }
            Self::GcloudAudience { .. } => {
                "The token was made by gcloud without an audience, for no service in particular, and such tokens are not accepted here."
            }
            Self::HeadTooLarge => "The request has more than 100 headers or 64 KiB of them.",
            Self::HttpsRequired { .. } => {
                "The function is called over https only: its security level is SECURE_ALWAYS."
            }
            Self::IngressRefused { .. } => "The service may not be called from here.",
            Self::Internal => "Doorward failed; its log has the request ID.",
            Self::Malformed(malformed) => malformed.message(),
            Self::Misdirected => "The request is for another host than its connection.",
            Self::PermissionDenied { overridden: true, .. } => {
                "The caller does not have permission to invoke this service: a deny policy denies it, whatever is bound."
            }
            Self::PermissionDenied { .. } => "The caller does not have permission to invoke this service.",
            Self::RouteNotFound => "No service has this host name, or no function this name at it.",
            Self::TokenExpired { .. } => "The token has expired.",
            Self::TokenInvalid { .. } => "The credential is not an ID token that could be verified.",
            Self::Unreadable { status } => match *status {
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => {
                    "The request's head is far too large: at most 100 headers and 64 KiB of them."
                }
                StatusCode::URI_TOO_LONG => "The request's target is too long.",
                _ => "What was sent is no HTTP request.",
            },
            Self::UpgradeUnimplemented => {
                "Nothing but WebSocket can be upgraded to."
            }
            Self::WebSocketUnsupported => {
                "The service does not take WebSockets: it neither switched to one nor refused, or, where its port is named h2c, it does not offer them over HTTP/2 (RFC 8441)."
            }
        }
        .to_owned()
    }
}

impl Malformed {
    fn message(self) -> &'static str {
        match self {
            Self::Body => "The request's body breaks off, or is not framed as it says.",
            Self::AuthorityIsNotHost => "The request's target names another host than its Host header.",
            Self::Connect => "CONNECT is not served: the gate is no tunnel.",
            Self::Framing => "The request does not say in one way where its body ends.",
            Self::Host => "The request needs exactly one valid Host header.",
            Self::Path => {
                "The request's path, which says which function is called, is read by some servers in another way: it has an empty or dot segment, a semicolon, a backslash, or an escape that needs none."
            }
            Self::Target => "The request's target is neither a path nor a URL.",
            Self::WebSocketKey => "A request for a WebSocket needs Sec-WebSocket-Key.",
        }
    }
}

fn token_command(audience: &str) -> String {
    format!("doorward token identity --as SERVICE_ACCOUNT --audience {}", ShellWord(audience))
}
