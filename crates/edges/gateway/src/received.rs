//! A request whose framing and target have one reading.

use context::RequestId;
use http::header::{CONTENT_LENGTH, COOKIE, HOST, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderValue, Method, Version, request};
use hyper::body::Incoming;

use crate::asked::Asked;
use crate::bearer::Bearer;
use crate::client::Client;
use crate::refusal::{Malformed, Refusal};
use crate::websocket::Wanted;

/// A request that can be decided about.
pub(crate) struct Received {
    pub(crate) asked: Asked,
    pub(crate) head: request::Parts,
    pub(crate) body: Incoming,
    /// A WebSocket that the client would like to have.
    pub(crate) websocket: Option<Wanted>,
}

impl AsRef<Asked> for Received {
    fn as_ref(&self) -> &Asked {
        &self.asked
    }
}

impl Received {
    /// Takes a request as hyper read it, unless it could be read otherwise.
    pub(crate) fn check(
        request: http::Request<Incoming>,
        client: Client,
        id: RequestId,
    ) -> Result<Self, Refusal> {
        let (mut head, body) = request.into_parts();
        check_size(&head.headers)?;
        if head.version == Version::HTTP_2 {
            translate(&mut head)?;
        }
        if !client.may_ask(&head.uri, &head.headers) {
            return Err(Refusal::Misdirected);
        }
        let websocket = Wanted::find(&mut head, &body)?;
        let host = check_target(&head)?.clone();
        check_framing(&head)?;
        let (method, target) = (head.method.clone(), head.uri.clone());
        let bearer = Bearer::find(&head.headers);
        let asked = Asked { id, method, target, host, client, bearer };
        Ok(Self { asked, head, body, websocket })
    }
}

/// Threats E: at most 100 headers and 64 KiB of them.
fn check_size(headers: &HeaderMap) -> Result<(), Refusal> {
    const FRAMING: usize = ": \r\n".len();
    let bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + FRAMING).sum();
    if headers.len() > MOST_HEADERS || bytes > MOST_HEADER_BYTES {
        Err(Refusal::HeadTooLarge)
    } else {
        Ok(())
    }
}

/// The host, where the target is one that can be forwarded.
fn check_target(head: &request::Parts) -> Result<&HeaderValue, Refusal> {
    let refuse = |malformed| Err(Refusal::Malformed(malformed));
    let mut hosts = head.headers.get_all(HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return refuse(Malformed::Host) };
    if let Some(authority) = head.uri.authority()
        && !authority.as_str().as_bytes().eq_ignore_ascii_case(host.as_bytes())
    {
        return refuse(Malformed::AuthorityIsNotHost);
    }
    match head.uri.path() {
        "*" if head.method == Method::OPTIONS => Ok(host),
        path if path.starts_with('/') => Ok(host),
        _ => refuse(Malformed::Target),
    }
}

fn check_framing(head: &request::Parts) -> Result<(), Refusal> {
    let mut lengths = head.headers.get_all(CONTENT_LENGTH).iter();
    if let Some(length) = lengths.next() {
        let number = !length.is_empty() && length.as_bytes().iter().all(u8::is_ascii_digit);
        if !number || lengths.next().is_some() {
            return Err(Refusal::Malformed(Malformed::Framing));
        }
    }
    let mut codings = head.headers.get_all(TRANSFER_ENCODING).iter();
    if let Some(coding) = codings.next() {
        // Anything but `chunked` alone is read differently by different servers.
        let chunked = coding.as_bytes().eq_ignore_ascii_case(b"chunked") && codings.next().is_none();
        if !chunked || head.headers.contains_key(CONTENT_LENGTH) || head.version != Version::HTTP_11 {
            return Err(Refusal::Malformed(Malformed::Framing));
        }
    }
    Ok(())
}

/// Gives a request of HTTP/2 the form that one of HTTP/1.1 has (RFC 9113 §8.3.1, §8.2.3): whoever it is forwarded to
/// may speak either. Fields of connections, names in capitals and control characters were refused with the stream.
fn translate(head: &mut request::Parts) -> Result<(), Refusal> {
    if let Some(authority) = head.uri.authority()
        && !head.headers.contains_key(HOST)
    {
        let host = HeaderValue::try_from(authority.as_str());
        head.headers.insert(HOST, host.map_err(|_| Refusal::Malformed(Malformed::Host))?);
    }
    let crumbs: Vec<_> = head.headers.get_all(COOKIE).iter().map(HeaderValue::as_bytes).collect();
    if crumbs.len() > 1 {
        let cookie = HeaderValue::from_bytes(&crumbs.join(&b"; "[..]));
        head.headers.insert(COOKIE, cookie.map_err(|_| Refusal::Malformed(Malformed::Framing))?);
    }
    Ok(())
}

const MOST_HEADERS: usize = 100;
const MOST_HEADER_BYTES: usize = 64 * 1024;
