//! Which fields of a job a patch replaces.

use crate::fields::{Authorization, HttpFields, JobFields, NamedIdentity, RetryFields, TargetFields};

/// Why a mask cannot be followed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MaskError {
    /// A field that users do not write.
    #[error("\"{path}\" cannot be changed")]
    Immutable {
        /// The path.
        path: String,
    },
    /// A field that a job does not have.
    #[error("\"{path}\" is not a field of a job")]
    Unknown {
        /// The path, cut to 80 characters.
        path: String,
    },
}

/// A path of a mask.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Path {
    AppEngineTarget,
    AttemptDeadline,
    Description,
    Everything,
    Http(HttpPath),
    PubsubTarget,
    Retry(RetryPath),
    Schedule,
    TimeZone,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum HttpPath {
    Body,
    Headers,
    Method,
    OauthToken,
    OidcAccount,
    OidcAudience,
    OidcToken,
    Uri,
    Whole,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum RetryPath {
    Count,
    MaxBackoff,
    MaxDoublings,
    MaxDuration,
    MinBackoff,
    Whole,
}

/// The job's fields with those of the patch that the mask names; without a mask, with all that the patch fills
/// (facts §0.4). What the mask does not name is not looked at: clients send defaults there.
pub(crate) fn merge(
    mut job: JobFields<NamedIdentity>,
    patch: &JobFields<NamedIdentity>,
    mask: Option<&[String]>,
) -> Result<JobFields<NamedIdentity>, MaskError> {
    let paths = match mask {
        Some(paths) => paths.iter().map(|path| parse(path)).collect::<Result<Vec<_>, _>>()?,
        None => populated(patch),
    };
    for path in paths {
        replace(&mut job, patch, path);
    }
    Ok(job)
}

fn populated(patch: &JobFields<NamedIdentity>) -> Vec<Path> {
    let fields = [
        (Path::AttemptDeadline, patch.attempt_deadline.is_some()),
        (Path::Description, !patch.description.is_empty()),
        (Path::Http(HttpPath::Whole), patch.target.is_some()),
        (Path::Retry(RetryPath::Whole), patch.retry.is_some()),
        (Path::Schedule, !patch.schedule.is_empty()),
        (Path::TimeZone, !patch.time_zone.is_empty()),
    ];
    fields.into_iter().filter_map(|(path, filled)| filled.then_some(path)).collect()
}

fn replace(job: &mut JobFields<NamedIdentity>, patch: &JobFields<NamedIdentity>, path: Path) {
    match path {
        Path::AppEngineTarget => {
            if patch.target == Some(TargetFields::AppEngine) {
                job.target = Some(TargetFields::AppEngine);
            }
        }
        Path::AttemptDeadline => job.attempt_deadline = patch.attempt_deadline,
        Path::Description => job.description.clone_from(&patch.description),
        Path::Everything => *job = patch.clone(),
        Path::Http(HttpPath::Whole) => job.target.clone_from(&patch.target),
        Path::Http(path) => replace_http(job, patch, path),
        Path::PubsubTarget => {
            if patch.target == Some(TargetFields::Pubsub) {
                job.target = Some(TargetFields::Pubsub);
            }
        }
        Path::Retry(path) => replace_retry(job, patch, path),
        Path::Schedule => job.schedule.clone_from(&patch.schedule),
        Path::TimeZone => job.time_zone.clone_from(&patch.time_zone),
    }
}

fn replace_http(job: &mut JobFields<NamedIdentity>, patch: &JobFields<NamedIdentity>, path: HttpPath) {
    let mut http = http_of(job.target.as_ref());
    let wished = http_of(patch.target.as_ref());
    match path {
        HttpPath::Body => http.body = wished.body,
        HttpPath::Headers => http.headers = wished.headers,
        HttpPath::Method => http.method = wished.method,
        HttpPath::OauthToken => {
            if wished.authorization == Authorization::OauthToken {
                http.authorization = Authorization::OauthToken;
            }
        }
        HttpPath::OidcAccount | HttpPath::OidcAudience => {
            let (mut identity, new) = (identity_of(http.authorization), identity_of(wished.authorization));
            match path {
                HttpPath::OidcAccount => identity.service_account_email = new.service_account_email,
                _ => identity.audience = new.audience,
            }
            http.authorization = Authorization::OidcToken(identity);
        }
        HttpPath::OidcToken => {
            http.authorization = match wished.authorization {
                Authorization::OidcToken(identity) => Authorization::OidcToken(identity),
                Authorization::Nothing | Authorization::OauthToken => Authorization::Nothing,
            }
        }
        HttpPath::Uri => http.uri = wished.uri,
        HttpPath::Whole => http = wished,
    }
    job.target = Some(TargetFields::Http(http));
}

fn replace_retry(job: &mut JobFields<NamedIdentity>, patch: &JobFields<NamedIdentity>, path: RetryPath) {
    let wished = patch.retry.clone().unwrap_or_default();
    let retry = job.retry.get_or_insert_with(RetryFields::default);
    match path {
        RetryPath::Count => retry.retry_count = wished.retry_count,
        RetryPath::MaxBackoff => retry.max_backoff = wished.max_backoff,
        RetryPath::MaxDoublings => retry.max_doublings = wished.max_doublings,
        RetryPath::MaxDuration => retry.max_retry_duration = wished.max_retry_duration,
        RetryPath::MinBackoff => retry.min_backoff = wished.min_backoff,
        RetryPath::Whole => *retry = wished,
    }
}

fn http_of(target: Option<&TargetFields<NamedIdentity>>) -> HttpFields<NamedIdentity> {
    match target {
        Some(TargetFields::Http(http)) => http.clone(),
        Some(TargetFields::AppEngine | TargetFields::Pubsub) | None => HttpFields::empty(),
    }
}

fn identity_of(authorization: Authorization<NamedIdentity>) -> NamedIdentity {
    match authorization {
        Authorization::OidcToken(identity) => identity,
        Authorization::Nothing | Authorization::OauthToken => {
            NamedIdentity { service_account_email: None, audience: String::new() }
        }
    }
}

/// Paths in the protocol's own spelling, below the job.
fn parse(path: &str) -> Result<Path, MaskError> {
    Ok(match path {
        "*" => Path::Everything,
        "attempt_deadline" => Path::AttemptDeadline,
        "description" => Path::Description,
        "http_target" => Path::Http(HttpPath::Whole),
        "http_target.body" => Path::Http(HttpPath::Body),
        "http_target.headers" => Path::Http(HttpPath::Headers),
        "http_target.http_method" => Path::Http(HttpPath::Method),
        "http_target.oidc_token" => Path::Http(HttpPath::OidcToken),
        "http_target.oidc_token.audience" => Path::Http(HttpPath::OidcAudience),
        "http_target.oidc_token.service_account_email" => Path::Http(HttpPath::OidcAccount),
        "http_target.uri" => Path::Http(HttpPath::Uri),
        "retry_config" => Path::Retry(RetryPath::Whole),
        "retry_config.max_backoff_duration" => Path::Retry(RetryPath::MaxBackoff),
        "retry_config.max_doublings" => Path::Retry(RetryPath::MaxDoublings),
        "retry_config.max_retry_duration" => Path::Retry(RetryPath::MaxDuration),
        "retry_config.min_backoff_duration" => Path::Retry(RetryPath::MinBackoff),
        "retry_config.retry_count" => Path::Retry(RetryPath::Count),
        "schedule" => Path::Schedule,
        "time_zone" => Path::TimeZone,
        "last_attempt_time" | "name" | "schedule_time" | "state" | "status" | "user_update_time" => {
            return Err(MaskError::Immutable { path: path.to_owned() });
        }
        _ if within(path, "app_engine_http_target") => Path::AppEngineTarget,
        _ if within(path, "http_target.oauth_token") => Path::Http(HttpPath::OauthToken),
        _ if within(path, "pubsub_target") => Path::PubsubTarget,
        _ => return Err(MaskError::Unknown { path: path.chars().take(80).collect() }),
    })
}

fn within(path: &str, field: &str) -> bool {
    path.strip_prefix(field).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests;
