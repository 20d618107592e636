//! A gRPC request from a REST one.

use super::{
    frames, headers,
    query::{self, Style},
};
use crate::{
    json::{self, Reader, field},
    rules::{Body as Place, Found, Rule},
    transcoder::BODY_PATIENCE,
};
use axum::body::Body;
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Version, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use prost::Message;
use prost_reflect::{DynamicMessage, ReflectMessage};
use supervise::on_real_time;
use tonic::Status;

/// What to call, and how to answer.
pub struct Call {
    pub request: Request<Body>,
    pub style: Style,
}

impl Call {
    /// Reads path, query and body into the request message of the method.
    pub async fn read(found: Found<'_>, request: Request<Body>, limit_bytes: usize) -> Result<Self, Status> {
        let (mut head, body) = request.into_parts();
        if let Some(encoding) =
            head.headers.get(header::CONTENT_ENCODING).filter(|encoding| *encoding != "identity")
        {
            let encoding = String::from_utf8_lossy(encoding.as_bytes()).into_owned();
            return Err(Status::invalid_argument(format!(
                "Content-Encoding {encoding:?} is not understood here."
            )));
        }
        let body = collect(body, limit_bytes).await?;
        let query = head.uri.query().unwrap_or_default();
        let message = message(&found, query, &body)?;

        let method = &found.rule.method;
        let path = format!("/{}/{}", method.parent_service().full_name(), method.name());
        let mut request = Request::new(Body::from(frames::frame(&message.encode_to_vec())));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = path.parse().map_err(|_| Status::internal("A method's name is no path."))?;
        *request.version_mut() = Version::HTTP_2;
        *request.headers_mut() = headers::to_metadata(std::mem::take(&mut head.headers));
        request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
        request.headers_mut().insert(header::TE, HeaderValue::from_static("trailers"));
        let style = query::style(query);
        *request.extensions_mut() = head.extensions;
        Ok(Self { request, style })
    }
}

/// The request message. Later ones win: body, query, path; so the path always names the resource.
pub fn message(found: &Found<'_>, query: &str, body: &[u8]) -> Result<DynamicMessage, Status> {
    let mut message = DynamicMessage::new(found.rule.method.input());
    let mut reader = Reader::default();
    match place(found.rule) {
        Place::Nowhere => {}
        _ if body.iter().all(u8::is_ascii_whitespace) => {}
        Place::Message => reader.root(&mut message, parse(body)?),
        Place::Field(name) => {
            let field = field(&message.descriptor(), &name)
                .ok_or_else(|| Status::internal("A rule names a field that its message lacks."))?;
            reader.field(&mut message, &field, parse(body)?);
        }
    }
    query::read(&mut reader, &mut message, query);
    for (path, value) in &found.variables {
        query::set(&mut reader, &mut message, path, value);
    }
    reader.finish().map_err(json::Invalid::into_status)?;
    Ok(message)
}

/// Where the body goes. A rule without one (`:getIamPolicy` of service accounts) still takes it from clients that send
/// one all the same, where the verb is one that has bodies.
fn place(rule: &Rule) -> Place {
    match (&rule.body, &rule.verb) {
        (Place::Nowhere, &Method::PATCH | &Method::POST | &Method::PUT) => Place::Message,
        (place, _) => place.clone(),
    }
}

fn parse(body: &[u8]) -> Result<serde_json::Value, Status> {
    json::parse(body).map_err(json::Invalid::into_status)
}

/// A body that stays away is answered like one that breaks off, `CANCELLED` (499): it is the client's side that did not
/// finish, and a 5xx would let strangers make this server look broken.
async fn collect(body: Body, limit_bytes: usize) -> Result<Bytes, Status> {
    let Some(collected) = on_real_time(BODY_PATIENCE, Limited::new(body, limit_bytes).collect()).await else {
        let seconds = BODY_PATIENCE.as_secs();
        return Err(Status::cancelled(format!("The request's body did not come within {seconds} seconds.")));
    };
    match collected {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => {
            let text = format!("Request payload size exceeds the limit: {limit_bytes} bytes.");
            Err(Status::invalid_argument(text))
        }
        Err(_) => Err(Status::cancelled("The request ended before its body did.")),
    }
}
