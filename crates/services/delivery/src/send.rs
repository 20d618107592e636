//! Putting a delivery on the wire.

use context::RequestId;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use jiff::Timestamp;
use names::Secret;
use outbound::{Answerer, Client, DeliveryKind, DialError, Origin, Request, Response, SendError, Url};
use store::Delivery;
use tracing::debug;

use crate::{Outcome, Unsent};

/// How sending went.
pub(crate) struct Sent {
    pub(crate) outcome: Outcome,
    /// The request under which this process answered itself.
    pub(crate) answered_under: Option<RequestId>,
}

/// Sends the delivery once, with this token, and tells how that went.
pub(crate) async fn send(
    client: &Client,
    kind: DeliveryKind,
    delivery: &Delivery,
    token: Option<Secret<String>>,
    deadline: Timestamp,
) -> Sent {
    let Some(request) = request(kind, delivery, token, deadline) else {
        return Sent { outcome: Outcome::Unsent(Unsent::Malformed), answered_under: None };
    };
    match client.send(request).await {
        Ok(response) => Sent {
            outcome: Outcome::Answered { status: response.status.as_u16() },
            answered_under: answered_under(&response),
        },
        Err(error) => {
            debug!(delivery = %delivery.uid, error = &error as &dyn std::error::Error, "an attempt got no answer");
            Sent { outcome: Outcome::Unsent(unsent(&error)), answered_under: None }
        }
    }
}

/// The request ID of an answer that this process gave itself. What others call so is none of ours.
fn answered_under(response: &Response) -> Option<RequestId> {
    if response.answerer != Answerer::OwnHost {
        return None;
    }
    RequestId::parse(response.headers.get(RequestId::HEADER)?.to_str().ok()?)
}

/// `None` if what is stored is no request: owners check it before they accept it.
fn request(
    kind: DeliveryKind,
    delivery: &Delivery,
    token: Option<Secret<String>>,
    deadline: Timestamp,
) -> Option<Request> {
    let stored = &delivery.request;
    let url: Url = stored.url.parse().ok()?;
    let method = Method::from_bytes(stored.method.as_bytes()).ok()?;
    let mut headers = HeaderMap::with_capacity(stored.headers.len() + 1);
    for (name, value) in &stored.headers {
        headers.append(HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_str(value).ok()?);
    }
    if let Some(token) = token {
        // A token overrides what the user wrote (facts §7.2).
        let mut bearer = HeaderValue::try_from(format!("Bearer {}", token.reveal())).ok()?;
        bearer.set_sensitive(true);
        headers.insert(header::AUTHORIZATION, bearer);
    }
    let origin = Origin::Delivery { kind, project: delivery.project.clone() };
    Some(Request { body: stored.body.clone().into(), deadline, headers, method, origin, url })
}

fn unsent(error: &SendError) -> Unsent {
    match error {
        SendError::BrokenAnswer { .. } => Unsent::AnswerBroken,
        SendError::NotReached(error) => unreached(error),
        SendError::TimedOut { .. } => Unsent::TimedOut,
    }
}

fn unreached(error: &DialError) -> Unsent {
    match error {
        DialError::ConnectFailed { .. } => Unsent::ConnectionRefused,
        DialError::NameNotResolved { .. } => Unsent::NameNotResolved,
        DialError::Refused { refused, .. } => Unsent::AddressRefused { why: refused.to_string() },
        DialError::TimedOut { .. } => Unsent::TimedOut,
        DialError::Tls { .. } => Unsent::Tls,
    }
}
