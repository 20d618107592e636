//! Cloud Scheduler jobs: what a user configured. When one fires next is [`crate::JobState`].

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use names::{Email, JobName, ResourceName, Uid, UniqueId};

use super::Recorded;

/// A job.
#[derive(Clone, PartialEq, Debug, serde::Serialize, serde::Deserialize)]
pub struct JobRecord {
    /// Its canonical name.
    pub name: JobName,
    /// What it is, under whatever name.
    pub uid: Uid,
    /// At most 500 characters.
    pub description: String,
    /// What is called.
    pub target: JobTarget,
    /// unix-cron or App Engine's English, as written.
    pub schedule: String,
    /// tz-database name, as written.
    pub time_zone: String,
    /// Set while the user holds it back.
    pub paused_at: Option<Timestamp>,
    /// How failures are repeated.
    pub retry: RetryRecord,
    /// How long one attempt may take: 15 s to 30 min, to App Engine up to a day and 15 s, where 0 is as long as its
    /// scaling allows.
    pub attempt_deadline: Duration,
    /// When it was made.
    pub create_time: Timestamp,
    /// When a user last changed it.
    pub user_update_time: Timestamp,
}

/// How failures are repeated (facts §7.3), as checked when the job was written.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct RetryRecord {
    /// 0 to 5; 0 waits for the next firing.
    pub retry_count: u32,
    /// Zero means without limit.
    pub max_retry_duration: Duration,
    /// The first delay.
    pub min_backoff: Duration,
    /// The longest delay.
    pub max_backoff: Duration,
    /// How often the delay doubles before it grows evenly.
    pub max_doublings: u32,
}

/// What a job calls.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum JobTarget {
    /// A handler of an App Engine application.
    AppEngine(AppEngineTarget),
    /// An HTTP endpoint.
    Http(HttpTarget),
    /// A topic.
    Pubsub(PubsubTarget),
}

/// A request to a handler of the project's App Engine application (facts §7.2).
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct AppEngineTarget {
    /// The method in capitals.
    pub method: String,
    /// Begins with `/`, at most 2083 characters.
    pub relative_uri: String,
    /// Which service; empty means the default one.
    pub service: String,
    /// Which version; empty means the default one.
    pub version: String,
    /// Which instance; empty means any.
    pub instance: String,
    /// Headers as given, without those that the scheduler computes.
    pub headers: BTreeMap<String, String>,
    /// Only with POST and PUT.
    #[serde(with = "crate::base64_text")]
    pub body: Vec<u8>,
}

/// An HTTP request to be made (facts §7.2).
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct HttpTarget {
    /// `http://` or `https://`, at most 2083 characters.
    pub uri: String,
    /// The method in capitals.
    pub method: String,
    /// Headers as given, without those that the scheduler computes.
    pub headers: BTreeMap<String, String>,
    /// Only with POST, PUT and PATCH.
    #[serde(with = "crate::base64_text")]
    pub body: Vec<u8>,
    /// The identity that the request carries.
    #[serde(alias = "oidc_token")]
    pub identity: Option<TargetIdentity>,
}

/// A message to a topic of the job's project (facts §7.2).
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct PubsubTarget {
    /// `projects/P/topics/T`, as given.
    pub topic: String,
    /// What the message says.
    #[serde(with = "crate::base64_text")]
    pub data: Vec<u8>,
    /// What it says besides.
    pub attributes: BTreeMap<String, String>,
}

/// Whose token a request carries, and which.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct TargetIdentity {
    /// The account's e-mail, as given.
    pub service_account_email: Email,
    /// Which account that was when the job was written.
    pub service_account_unique_id: UniqueId,
    /// As given: an empty audience means the target's URI, an empty scope the whole platform.
    #[serde(flatten)]
    pub token: TokenKind,
}

/// Which token of an account a request carries.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub enum TokenKind {
    /// An access token of this scope, or of several with blanks between.
    #[serde(rename = "scope")]
    Access(String),
    /// An ID token for this audience.
    #[serde(rename = "audience")]
    Id(String),
}

impl Recorded for JobRecord {
    const KIND: &'static str = "job";
    type Key = JobName;

    fn key(&self) -> JobName {
        self.name.clone()
    }
    fn uid(&self) -> &Uid {
        &self.uid
    }
    fn resource(&self) -> Option<ResourceName> {
        Some(self.name.clone().into())
    }
}
