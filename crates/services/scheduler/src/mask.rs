//! Which fields of a job a patch replaces.

mod target;

use names::{FieldMask, FieldPath, MaskError, NotWritable};

use crate::fields::{JobFields, NamedIdentity, RetryFields, TargetFields};

use target::{replace_app_engine, replace_http, replace_pubsub};

/// Which fields are replaced.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UpdateMask(FieldMask<Path>);

/// A path of a mask.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Path {
    AppEngine(AppEnginePath),
    AttemptDeadline,
    Description,
    Http(HttpPath),
    Pubsub(PubsubPath),
    Retry(RetryPath),
    Schedule,
    TimeZone,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum AppEnginePath {
    Body,
    Headers,
    Instance,
    Method,
    RelativeUri,
    Routing,
    Service,
    Version,
    Whole,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum HttpPath {
    Body,
    Headers,
    Method,
    Token(Bearer, TokenPath),
    Uri,
    Whole,
}

/// The kinds of token, as fields of the target.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Bearer {
    Oauth,
    Oidc,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum TokenPath {
    Account,
    /// The audience or the scope.
    Purpose,
    Whole,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum PubsubPath {
    Attributes,
    Data,
    Topic,
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

impl UpdateMask {
    /// Reads the paths of a field mask, below the job: `http_target.uri`.
    ///
    /// # Errors
    ///
    /// The first path that names no field of a job, or one that users do not write.
    pub fn parse(paths: &[String]) -> Result<Self, MaskError> {
        FieldMask::read(paths, field).map(Self)
    }
}

/// The job's fields with those of the patch that the mask names; without a mask, with all that the patch fills
/// (facts §0.4). What the mask does not name is not looked at: clients send defaults there.
pub(crate) fn merge(
    mut job: JobFields<NamedIdentity>,
    patch: &JobFields<NamedIdentity>,
    mask: &UpdateMask,
) -> JobFields<NamedIdentity> {
    let replaced = match &mask.0 {
        FieldMask::Everything => return patch.clone(),
        FieldMask::Fields(paths) => whole_tokens(paths.clone()),
        FieldMask::Populated => populated(patch),
    };
    for path in replaced {
        replace(&mut job, patch, path);
    }
    job
}

/// Both fields of a token are the token: a patch that fills neither takes it away, as `--clear-auth-token` of gcloud does.
fn whole_tokens(mut paths: Vec<Path>) -> Vec<Path> {
    for bearer in [Bearer::Oauth, Bearer::Oidc] {
        let token = |path| Path::Http(HttpPath::Token(bearer, path));
        let parts = [token(TokenPath::Account), token(TokenPath::Purpose)];
        if parts.iter().all(|part| paths.contains(part)) {
            paths.retain(|path| !parts.contains(path));
            paths.push(token(TokenPath::Whole));
        }
    }
    paths
}

fn populated(patch: &JobFields<NamedIdentity>) -> Vec<Path> {
    let fields = [
        (Path::AttemptDeadline, patch.attempt_deadline.is_some()),
        (Path::Description, !patch.description.is_empty()),
        (whole_target(patch), patch.target.is_some()),
        (Path::Retry(RetryPath::Whole), patch.retry.is_some()),
        (Path::Schedule, !patch.schedule.is_empty()),
        (Path::TimeZone, !patch.time_zone.is_empty()),
    ];
    fields.into_iter().filter_map(|(path, filled)| filled.then_some(path)).collect()
}

fn whole_target(patch: &JobFields<NamedIdentity>) -> Path {
    match patch.target {
        Some(TargetFields::AppEngine(_)) => Path::AppEngine(AppEnginePath::Whole),
        Some(TargetFields::Http(_)) | None => Path::Http(HttpPath::Whole),
        Some(TargetFields::Pubsub(_)) => Path::Pubsub(PubsubPath::Whole),
    }
}

fn replace(job: &mut JobFields<NamedIdentity>, patch: &JobFields<NamedIdentity>, path: Path) {
    match path {
        Path::AppEngine(path) => replace_app_engine(job, patch, path),
        Path::AttemptDeadline => job.attempt_deadline = patch.attempt_deadline,
        Path::Description => job.description.clone_from(&patch.description),
        Path::Http(path) => replace_http(job, patch, path),
        Path::Pubsub(path) => replace_pubsub(job, patch, path),
        Path::Retry(path) => replace_retry(job, patch, path),
        Path::Schedule => job.schedule.clone_from(&patch.schedule),
        Path::TimeZone => job.time_zone.clone_from(&patch.time_zone),
    }
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

fn field(path: &FieldPath) -> Result<Path, NotWritable> {
    Ok(match path.as_str() {
        "app_engine_http_target" => Path::AppEngine(AppEnginePath::Whole),
        "app_engine_http_target.app_engine_routing" => Path::AppEngine(AppEnginePath::Routing),
        "app_engine_http_target.app_engine_routing.instance" => Path::AppEngine(AppEnginePath::Instance),
        "app_engine_http_target.app_engine_routing.service" => Path::AppEngine(AppEnginePath::Service),
        "app_engine_http_target.app_engine_routing.version" => Path::AppEngine(AppEnginePath::Version),
        "app_engine_http_target.body" => Path::AppEngine(AppEnginePath::Body),
        "app_engine_http_target.headers" => Path::AppEngine(AppEnginePath::Headers),
        "app_engine_http_target.http_method" => Path::AppEngine(AppEnginePath::Method),
        "app_engine_http_target.relative_uri" => Path::AppEngine(AppEnginePath::RelativeUri),
        "attempt_deadline" => Path::AttemptDeadline,
        "description" => Path::Description,
        "http_target" => Path::Http(HttpPath::Whole),
        "http_target.body" => Path::Http(HttpPath::Body),
        "http_target.headers" => Path::Http(HttpPath::Headers),
        "http_target.http_method" => Path::Http(HttpPath::Method),
        "http_target.oauth_token" => token(Bearer::Oauth, TokenPath::Whole),
        "http_target.oauth_token.scope" => token(Bearer::Oauth, TokenPath::Purpose),
        "http_target.oauth_token.service_account_email" => token(Bearer::Oauth, TokenPath::Account),
        "http_target.oidc_token" => token(Bearer::Oidc, TokenPath::Whole),
        "http_target.oidc_token.audience" => token(Bearer::Oidc, TokenPath::Purpose),
        "http_target.oidc_token.service_account_email" => token(Bearer::Oidc, TokenPath::Account),
        "http_target.uri" => Path::Http(HttpPath::Uri),
        "pubsub_target" => Path::Pubsub(PubsubPath::Whole),
        "pubsub_target.attributes" => Path::Pubsub(PubsubPath::Attributes),
        "pubsub_target.data" => Path::Pubsub(PubsubPath::Data),
        "pubsub_target.topic_name" => Path::Pubsub(PubsubPath::Topic),
        "retry_config" => Path::Retry(RetryPath::Whole),
        "retry_config.max_backoff_duration" => Path::Retry(RetryPath::MaxBackoff),
        "retry_config.max_doublings" => Path::Retry(RetryPath::MaxDoublings),
        "retry_config.max_retry_duration" => Path::Retry(RetryPath::MaxDuration),
        "retry_config.min_backoff_duration" => Path::Retry(RetryPath::MinBackoff),
        "retry_config.retry_count" => Path::Retry(RetryPath::Count),
        "schedule" => Path::Schedule,
        "time_zone" => Path::TimeZone,
        "app_engine_http_target.app_engine_routing.host"
        | "last_attempt_time"
        | "name"
        | "schedule_time"
        | "state"
        | "status"
        | "user_update_time" => {
            return Err(NotWritable::OutputOnly);
        }
        _ => return Err(NotWritable::Unknown),
    })
}

fn token(bearer: Bearer, path: TokenPath) -> Path {
    Path::Http(HttpPath::Token(bearer, path))
}

#[cfg(test)]
mod tests;
