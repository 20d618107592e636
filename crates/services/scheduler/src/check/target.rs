//! What is called, checked (facts §7.2).

use names::{Email, ProjectId, ProjectRef, Universe};
use oauth::Scopes;
use outbound::{Host, Scheme, Url};
use store::{AppEngineTarget, HttpTarget, PubsubTarget, TokenKind};

use super::InvalidJob;
use crate::fields::{AppEngineFields, Authorization, HttpFields, Method, NamedIdentity, PubsubFields};
use crate::{headers, uri};

/// An HTTP target, and the identity that it carries.
pub(super) fn http(
    fields: HttpFields<NamedIdentity>,
    universe: &Universe,
) -> Result<(HttpTarget, Option<(Email, TokenKind)>), InvalidJob> {
    const BODY: &str = "job.http_target.body";
    let encoded = uri::encode(&fields.uri).map_err(InvalidJob::Uri)?;
    let method = fields.method.unwrap_or(Method::Post);
    if !fields.body.is_empty() && !method.takes_body() {
        return Err(InvalidJob::BodyForbidden { field: BODY, method, takers: "POST, PUT and PATCH" });
    }
    let body = body(BODY, fields.body)?;
    let headers = headers::check(fields.headers)
        .map_err(|error| InvalidJob::Header { field: "job.http_target.headers", error })?;
    let identity = match fields.authorization {
        Authorization::Nothing => None,
        Authorization::Token(NamedIdentity { service_account_email, token }) => {
            let Some(email) = service_account_email else { return Err(InvalidJob::AccountMissing { token }) };
            check_token(&token, &fields.uri, &encoded, universe)?;
            Some((email, token))
        }
    };
    let method = method.as_str().to_owned();
    Ok((HttpTarget { uri: fields.uri, method, headers, body, identity: None }, identity))
}

/// An App Engine target.
pub(super) fn app_engine(fields: AppEngineFields) -> Result<AppEngineTarget, InvalidJob> {
    const BODY: &str = "job.app_engine_http_target.body";
    let relative_uri = if fields.relative_uri.is_empty() { "/".to_owned() } else { fields.relative_uri };
    let is_plain = |byte: u8| !byte.is_ascii_whitespace() && !byte.is_ascii_control();
    if !relative_uri.starts_with('/')
        || relative_uri.len() > uri::MAX_BYTES
        || !relative_uri.bytes().all(is_plain)
    {
        return Err(InvalidJob::RelativeUri);
    }
    let method = fields.method.unwrap_or(Method::Post);
    if !method.is_of_app_engine() {
        return Err(InvalidJob::AppEngineMethod { method });
    }
    if !fields.body.is_empty() && !matches!(method, Method::Post | Method::Put) {
        return Err(InvalidJob::BodyForbidden { field: BODY, method, takers: "POST and PUT" });
    }
    let headers = headers::check(fields.headers)
        .map_err(|error| InvalidJob::Header { field: "job.app_engine_http_target.headers", error })?;
    Ok(AppEngineTarget {
        method: method.as_str().to_owned(),
        relative_uri,
        service: fields.service,
        version: fields.version,
        instance: fields.instance,
        headers,
        body: body(BODY, fields.body)?,
    })
}

/// A Pub/Sub target.
pub(super) fn pubsub(fields: PubsubFields, project: &ProjectId) -> Result<PubsubTarget, InvalidJob> {
    let (of, topic) = fields
        .topic
        .strip_prefix("projects/")
        .and_then(|rest| rest.split_once("/topics/"))
        .ok_or(InvalidJob::TopicMalformed)?;
    let of = ProjectRef::parse(of).map_err(|_| InvalidJob::TopicMalformed)?;
    let is_topic = (3..=255).contains(&topic.len())
        && topic.starts_with(|first: char| first.is_ascii_alphabetic())
        && topic.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.~+%".contains(&byte));
    if !is_topic {
        return Err(InvalidJob::TopicMalformed);
    }
    if of != ProjectRef::Id(project.clone()) {
        return Err(InvalidJob::TopicElsewhere { project: project.clone() });
    }
    if fields.data.is_empty() && fields.attributes.is_empty() {
        return Err(InvalidJob::MessageEmpty);
    }
    let attributes = fields.attributes;
    Ok(PubsubTarget { topic: fields.topic, data: body("job.pubsub_target.data", fields.data)?, attributes })
}

fn body(field: &'static str, body: Vec<u8>) -> Result<Vec<u8>, InvalidJob> {
    if body.len() > BODY_BYTES {
        return Err(InvalidJob::BodyTooLarge { field, found_bytes: body.len() });
    }
    Ok(body)
}

/// What is accepted here can be minted later.
fn check_token(token: &TokenKind, uri: &str, encoded: &str, universe: &Universe) -> Result<(), InvalidJob> {
    match token {
        TokenKind::Id(audience) => {
            let audience = if audience.is_empty() { uri } else { audience };
            let fits = audience.len() <= AUDIENCE_BYTES && !audience.chars().any(char::is_control);
            if fits { Ok(()) } else { Err(InvalidJob::Audience) }
        }
        TokenKind::Access(scopes) => {
            let says_something = |parsed: &Scopes| scopes.is_empty() || !parsed.is_empty();
            let known = |parsed: &Scopes| parsed.are_recognised() && says_something(parsed);
            if scopes.len() > SCOPE_BYTES || !Scopes::parse(scopes).is_ok_and(|parsed| known(&parsed)) {
                return Err(InvalidJob::Scope);
            }
            if !is_of_an_api(encoded, universe) {
                return Err(InvalidJob::OauthHost { domain: universe.domain().to_string() });
            }
            Ok(())
        }
    }
}

/// Whether the URI is encrypted and of a host below the domain of the universe's APIs: an access token opens
/// everything that its account may do, and is shown to nobody else.
fn is_of_an_api(uri: &str, universe: &Universe) -> bool {
    let Ok(url) = uri.parse::<Url>() else { return false };
    let target = url.target();
    let Host::Name(name) = &target.host else { return false };
    let below =
        name.as_str().strip_suffix(universe.domain().as_str()).is_some_and(|rest| rest.ends_with('.'));
    below && target.scheme == Scheme::Https && target.port == 443
}

pub(super) const BODY_BYTES: usize = 1024 * 1024;
/// The longest audience that a token is minted for.
pub(super) const AUDIENCE_BYTES: usize = 2048;
/// So many bytes of scopes fit into an access token, which has at most 2048 (facts §0.2).
const SCOPE_BYTES: usize = 1024;
