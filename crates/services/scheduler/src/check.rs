//! What a caller wrote, checked: a job's configuration, or every reason why it is none.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::SignedDuration;
use names::{Email, ProjectId};
use schedule::{Schedule, Zone, ZoneError};
use store::RetryRecord;

use crate::fields::{Authorization, HttpFields, JobFields, Method, NamedIdentity, RetryFields, TargetFields};
use crate::headers::{self, HeaderError};
use crate::uri::{self, UriError};

/// A job's configuration, well formed. The account it names is not looked up yet.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CheckedJob {
    pub(crate) description: String,
    pub(crate) schedule: Schedule,
    pub(crate) zone: Zone,
    pub(crate) retry: RetryRecord,
    pub(crate) attempt_deadline: Duration,
    pub(crate) http: CheckedHttp,
}

/// An HTTP target, well formed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CheckedHttp {
    pub(crate) uri: String,
    pub(crate) method: Method,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
    pub(crate) identity: Option<(Email, String)>,
}

/// Why a job cannot be written like this.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidJob {
    /// The account belongs to another project (facts §7.2).
    #[error("service account {email} is not in project {project}: a job uses accounts of its own project")]
    AccountElsewhere {
        /// The account.
        email: Email,
        /// The job's project.
        project: ProjectId,
    },
    /// A token without an account.
    #[error("an OIDC token needs the e-mail of a service account")]
    AccountMissing,
    /// Outside 15 s to 30 min.
    #[error("the attempt deadline is {found:?}, expected 15 s to 30 min")]
    AttemptDeadline {
        /// What was given.
        found: SignedDuration,
    },
    /// An audience longer than any real one.
    #[error("the audience has {found_bytes} bytes, at most {AUDIENCE_BYTES} are allowed")]
    AudienceTooLong {
        /// Its length.
        found_bytes: usize,
    },
    /// A body with a method that has none.
    #[error("a request with method {} has no body; POST, PUT and PATCH have one", method.as_str())]
    BodyForbidden {
        /// The method.
        method: Method,
    },
    /// More than 1 MiB.
    #[error("the body has {found_bytes} bytes, at most {BODY_BYTES} are allowed")]
    BodyTooLarge {
        /// Its length.
        found_bytes: usize,
    },
    /// More than 500 characters.
    #[error("the description has {found} characters, at most {DESCRIPTION_CHARACTERS} are allowed")]
    DescriptionTooLong {
        /// Its length in characters.
        found: usize,
    },
    /// A header cannot be sent.
    #[error("a header cannot be sent")]
    Header(#[source] HeaderError),
    /// Something that Cloud Scheduler does and Doorward does not do yet.
    #[error(transparent)]
    NotYet(#[from] NotYet),
    /// The retry settings are out of bounds.
    #[error("the retry settings are out of bounds")]
    Retry(#[source] pace::Error),
    /// Not unix-cron. The wording is Cloud Scheduler's.
    #[error("Schedule or time zone is invalid.")]
    Schedule(#[source] schedule::Error),
    /// Nothing to call.
    #[error("a job needs a target")]
    TargetMissing,
    /// Not a URI that can be called.
    #[error("the target's URI cannot be called")]
    Uri(#[source] UriError),
    /// Not a time zone. The wording is Cloud Scheduler's.
    #[error("Schedule or time zone is invalid.")]
    Zone(#[source] ZoneError),
}

/// What exists in the protocol but not here yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotYet {
    /// `appEngineHttpTarget`.
    #[error("App Engine targets are not implemented; use an HTTP target")]
    AppEngineTarget,
    /// A schedule such as `every 5 minutes`.
    #[error("schedules in English are not implemented; write unix-cron, such as \"*/5 * * * *\"")]
    EnglishSchedule,
    /// `httpTarget.oauthToken`.
    #[error("OAuth tokens are not implemented; use an OIDC token")]
    OauthToken,
    /// `pubsubTarget`.
    #[error("Pub/Sub targets are not implemented; use an HTTP target")]
    PubsubTarget,
}

impl InvalidJob {
    /// The field that is wrong, as on the wire.
    pub fn field(&self) -> &'static str {
        match self {
            Self::AccountElsewhere { .. } | Self::AccountMissing => {
                "job.http_target.oidc_token.service_account_email"
            }
            Self::AttemptDeadline { .. } => "job.attempt_deadline",
            Self::AudienceTooLong { .. } => "job.http_target.oidc_token.audience",
            Self::BodyForbidden { .. } | Self::BodyTooLarge { .. } => "job.http_target.body",
            Self::DescriptionTooLong { .. } => "job.description",
            Self::Header(_) => "job.http_target.headers",
            Self::NotYet(not_yet) => not_yet.field(),
            Self::Retry(_) => "job.retry_config",
            Self::Schedule(_) => "job.schedule",
            Self::TargetMissing => "job.target",
            Self::Uri(_) => "job.http_target.uri",
            Self::Zone(_) => "job.time_zone",
        }
    }
}

impl NotYet {
    /// The field that asks for it, as on the wire.
    pub fn field(self) -> &'static str {
        match self {
            Self::AppEngineTarget => "job.app_engine_http_target",
            Self::EnglishSchedule => "job.schedule",
            Self::OauthToken => "job.http_target.oauth_token",
            Self::PubsubTarget => "job.pubsub_target",
        }
    }
}

/// Checks every field (facts §7.2); the first wrong one is told.
pub(crate) fn check(fields: JobFields<NamedIdentity>) -> Result<CheckedJob, InvalidJob> {
    let characters = fields.description.chars().count();
    if characters > DESCRIPTION_CHARACTERS {
        return Err(InvalidJob::DescriptionTooLong { found: characters });
    }
    let http = match fields.target {
        None => return Err(InvalidJob::TargetMissing),
        Some(TargetFields::AppEngine) => return Err(NotYet::AppEngineTarget.into()),
        Some(TargetFields::Http(http)) => check_http(http)?,
        Some(TargetFields::Pubsub) => return Err(NotYet::PubsubTarget.into()),
    };
    let schedule = Schedule::parse(&fields.schedule).map_err(|error| match error {
        schedule::Error::EnglishUnimplemented => NotYet::EnglishSchedule.into(),
        error => InvalidJob::Schedule(error),
    })?;
    let zone = match fields.time_zone.as_str() {
        "" => Zone::utc(),
        name => Zone::parse(name).map_err(InvalidJob::Zone)?,
    };
    let retry = check_retry(fields.retry.unwrap_or_default())?;
    let attempt_deadline = check_deadline(fields.attempt_deadline)?;
    Ok(CheckedJob { description: fields.description, schedule, zone, retry, attempt_deadline, http })
}

fn check_http(fields: HttpFields<NamedIdentity>) -> Result<CheckedHttp, InvalidJob> {
    uri::encode(&fields.uri).map_err(InvalidJob::Uri)?;
    let method = fields.method.unwrap_or(Method::Post);
    if !fields.body.is_empty() && !method.takes_body() {
        return Err(InvalidJob::BodyForbidden { method });
    }
    if fields.body.len() > BODY_BYTES {
        return Err(InvalidJob::BodyTooLarge { found_bytes: fields.body.len() });
    }
    let headers = headers::check(fields.headers).map_err(InvalidJob::Header)?;
    let identity = match fields.authorization {
        Authorization::Nothing => None,
        Authorization::OauthToken => return Err(NotYet::OauthToken.into()),
        Authorization::OidcToken(NamedIdentity { service_account_email, audience }) => {
            if audience.len() > AUDIENCE_BYTES {
                return Err(InvalidJob::AudienceTooLong { found_bytes: audience.len() });
            }
            Some((service_account_email.ok_or(InvalidJob::AccountMissing)?, audience))
        }
    };
    Ok(CheckedHttp { uri: fields.uri, method, headers, body: fields.body, identity })
}

fn check_retry(fields: RetryFields) -> Result<RetryRecord, InvalidJob> {
    let default = pace::RetryFields::default();
    let checked = pace::RetryConfig::new(pace::RetryFields {
        retry_count: fields.retry_count,
        max_retry_duration: fields.max_retry_duration.unwrap_or(default.max_retry_duration),
        min_backoff: fields.min_backoff.unwrap_or(default.min_backoff),
        max_backoff: fields.max_backoff.unwrap_or(default.max_backoff),
        max_doublings: if fields.max_doublings == 0 { default.max_doublings } else { fields.max_doublings },
    })
    .map_err(InvalidJob::Retry)?;
    Ok(RetryRecord {
        retry_count: checked.retry_count(),
        max_retry_duration: checked.max_retry_duration(),
        min_backoff: checked.min_backoff(),
        max_backoff: checked.max_backoff(),
        max_doublings: checked.max_doublings(),
    })
}

fn check_deadline(given: Option<SignedDuration>) -> Result<Duration, InvalidJob> {
    let Some(found) = given else { return Ok(DEFAULT_ATTEMPT_DEADLINE) };
    Duration::try_from(found)
        .ok()
        .filter(|deadline| (SHORTEST_ATTEMPT_DEADLINE..=LONGEST_ATTEMPT_DEADLINE).contains(deadline))
        .ok_or(InvalidJob::AttemptDeadline { found })
}

const DESCRIPTION_CHARACTERS: usize = 500;
const BODY_BYTES: usize = 1024 * 1024;
/// An audience is a URL or a client ID; nothing longer than a URI may be is either.
const AUDIENCE_BYTES: usize = uri::MAX_BYTES;
const DEFAULT_ATTEMPT_DEADLINE: Duration = Duration::from_secs(180);
const SHORTEST_ATTEMPT_DEADLINE: Duration = Duration::from_secs(15);
const LONGEST_ATTEMPT_DEADLINE: Duration = Duration::from_secs(30 * 60);

#[cfg(test)]
mod tests;
