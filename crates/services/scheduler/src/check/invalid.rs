//! Every reason why a job cannot be written.

use std::time::Duration;

use jiff::SignedDuration;
use names::{Email, ProjectId};
use schedule::ZoneError;
use store::TokenKind;

use super::target::{AUDIENCE_BYTES, BODY_BYTES};
use crate::fields::Method;
use crate::headers::HeaderError;
use crate::uri::UriError;

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
        /// Which token it was for.
        token: TokenKind,
    },
    /// A token without an account.
    #[error("a token needs the e-mail of a service account")]
    AccountMissing {
        /// Which token.
        token: TokenKind,
    },
    /// A method that App Engine does not have.
    #[error("App Engine takes no {} requests", method.as_str())]
    AppEngineMethod {
        /// The method.
        method: Method,
    },
    /// Outside 15 s to the longest that the target allows.
    #[error("the attempt deadline is {found:?}, expected 15 s to {longest:?}")]
    AttemptDeadline {
        /// What was given.
        found: SignedDuration,
        /// The longest allowed.
        longest: Duration,
    },
    /// An audience that no token can have; where none is given, it is the target's URI.
    #[error("the audience must have at most {AUDIENCE_BYTES} bytes and no control characters")]
    Audience,
    /// A body with a method that has none.
    #[error("a request with method {} has no body; {takers} have one", method.as_str())]
    BodyForbidden {
        /// The field, as on the wire.
        field: &'static str,
        /// The method.
        method: Method,
        /// The methods that have one.
        takers: &'static str,
    },
    /// More than 1 MiB.
    #[error("the body has {found_bytes} bytes, at most {BODY_BYTES} are allowed")]
    BodyTooLarge {
        /// The field, as on the wire.
        field: &'static str,
        /// Its length.
        found_bytes: usize,
    },
    /// More than 500 characters.
    #[error("the description has {found} characters, at most 500 are allowed")]
    DescriptionTooLong {
        /// Its length in characters.
        found: usize,
    },
    /// A header cannot be sent.
    #[error("a header cannot be sent")]
    Header {
        /// The field, as on the wire.
        field: &'static str,
        /// Why.
        #[source]
        error: HeaderError,
    },
    /// A message that says nothing.
    #[error("a message needs data or at least one attribute")]
    MessageEmpty,
    /// An access token for a host that is not one of Google's APIs (facts §7.2: `oauthToken` is for those).
    #[error(
        "an OAuth token goes only to https:// hosts of *.{domain}, and the target is another; use an OIDC token there"
    )]
    OauthHost {
        /// The domain of the APIs.
        domain: String,
    },
    /// A path that App Engine cannot be asked for.
    #[error("the relative URI must begin with \"/\", have no blanks and at most 2083 bytes")]
    RelativeUri,
    /// The retry settings are out of bounds.
    #[error("the retry settings are out of bounds")]
    Retry(#[source] pace::Error),
    /// Neither unix-cron nor App Engine's English. The wording is Cloud Scheduler's.
    #[error("Schedule or time zone is invalid.")]
    Schedule(#[source] schedule::Error),
    /// Not OAuth scopes of Google's.
    #[error(
        "the scope is not a list of Google's OAuth scopes, such as https://www.googleapis.com/auth/cloud-platform"
    )]
    Scope,
    /// Nothing to call.
    #[error("a job needs a target")]
    TargetMissing,
    /// A topic of another project (facts §7.2).
    #[error("the topic is not in project {project}: a job publishes to topics of its own project")]
    TopicElsewhere {
        /// The job's project.
        project: ProjectId,
    },
    /// Not a topic's name.
    #[error(
        "expected projects/PROJECT/topics/TOPIC, TOPIC being 3 to 255 letters, digits and -_.~+% that begin with a letter"
    )]
    TopicMalformed,
    /// Not a URI that can be called.
    #[error("the target's URI cannot be called")]
    Uri(#[source] UriError),
    /// Not a time zone. The wording is Cloud Scheduler's.
    #[error("Schedule or time zone is invalid.")]
    Zone(#[source] ZoneError),
}

impl InvalidJob {
    /// The field that is wrong, as on the wire.
    pub fn field(&self) -> &'static str {
        match self {
            Self::AccountElsewhere { token, .. } | Self::AccountMissing { token } => match token {
                TokenKind::Access(_) => "job.http_target.oauth_token.service_account_email",
                TokenKind::Id(_) => "job.http_target.oidc_token.service_account_email",
            },
            Self::AppEngineMethod { .. } => "job.app_engine_http_target.http_method",
            Self::AttemptDeadline { .. } => "job.attempt_deadline",
            Self::Audience => "job.http_target.oidc_token.audience",
            Self::BodyForbidden { field, .. }
            | Self::BodyTooLarge { field, .. }
            | Self::Header { field, .. } => field,
            Self::DescriptionTooLong { .. } => "job.description",
            Self::MessageEmpty => "job.pubsub_target.data",
            Self::OauthHost { .. } => "job.http_target.oauth_token",
            Self::RelativeUri => "job.app_engine_http_target.relative_uri",
            Self::Retry(_) => "job.retry_config",
            Self::Schedule(_) => "job.schedule",
            Self::Scope => "job.http_target.oauth_token.scope",
            Self::TargetMissing => "job.target",
            Self::TopicElsewhere { .. } | Self::TopicMalformed => "job.pubsub_target.topic_name",
            Self::Uri(_) => "job.http_target.uri",
            Self::Zone(_) => "job.time_zone",
        }
    }
}
