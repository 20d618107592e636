//! A job as a caller writes it: unchecked.

use std::collections::BTreeMap;

use iam::Permit;
use iam::permission::IamServiceAccountsActAs;
use jiff::SignedDuration;
use names::Email;
use store::{HttpTarget, JobRecord, JobTarget};

/// What a caller says about a job. `I` is how an account is named: with the proof that the caller may act as it, to
/// create a job; or still without, in a patch, where the account may be the one that the job already has.
#[derive(Clone, Debug, PartialEq)]
pub struct JobFields<I = ProvenIdentity> {
    /// At most 500 characters.
    pub description: String,
    /// What is called.
    pub target: Option<TargetFields<I>>,
    /// unix-cron.
    pub schedule: String,
    /// tz-database name; empty means UTC.
    pub time_zone: String,
    /// How failures are repeated; absent means not at all.
    pub retry: Option<RetryFields>,
    /// How long one attempt may take, 15 s to 30 min; absent means 3 minutes.
    pub attempt_deadline: Option<SignedDuration>,
}

/// What is called.
#[derive(Clone, Debug, PartialEq)]
pub enum TargetFields<I = ProvenIdentity> {
    /// `appEngineHttpTarget`: not here yet.
    AppEngine,
    /// `httpTarget`.
    Http(HttpFields<I>),
    /// `pubsubTarget`: not here yet.
    Pubsub,
}

/// `httpTarget`.
#[derive(Clone, Debug, PartialEq)]
pub struct HttpFields<I = ProvenIdentity> {
    /// `http://` or `https://`, at most 2083 bytes once encoded.
    pub uri: String,
    /// Absent means POST.
    pub method: Option<Method>,
    /// Headers; those that the scheduler computes are dropped.
    pub headers: BTreeMap<String, String>,
    /// Only with POST, PUT and PATCH.
    pub body: Vec<u8>,
    /// What the request carries to show who calls.
    pub authorization: Authorization<I>,
}

/// What a request carries to show who calls.
#[derive(Clone, Debug, PartialEq)]
pub enum Authorization<I = ProvenIdentity> {
    /// Nothing.
    Nothing,
    /// `oauthToken`: not here yet.
    OauthToken,
    /// `oidcToken`.
    OidcToken(I),
}

/// An account together with the proof that the caller may act as it.
#[derive(Debug)]
pub struct ProvenIdentity {
    /// The proof. It names the account.
    pub act_as: Permit<IamServiceAccountsActAs>,
    /// For whom the tokens are; empty means the target's URI.
    pub audience: String,
}

/// An account as a patch names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedIdentity {
    /// The account; absent where the patch sets only the audience.
    pub service_account_email: Option<Email>,
    /// For whom the tokens are; empty means the target's URI.
    pub audience: String,
}

/// How failures are repeated, as on the wire: what is absent or zero gets Google's default.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct RetryFields {
    /// 0 to 5.
    pub retry_count: i32,
    /// Absent means without limit.
    pub max_retry_duration: Option<SignedDuration>,
    /// Absent means 5 s.
    pub min_backoff: Option<SignedDuration>,
    /// Absent means one hour.
    pub max_backoff: Option<SignedDuration>,
    /// Zero, which the wire cannot tell from absent, means 5.
    pub max_doublings: i32,
}

/// A method that a job can use (Cloud Scheduler v1, `HttpMethod`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is the method of its name")]
pub enum Method {
    Delete,
    Get,
    Head,
    Options,
    Patch,
    Post,
    Put,
}

impl Method {
    /// Every method, in alphabetical order.
    pub const ALL: [Self; 7] =
        [Self::Delete, Self::Get, Self::Head, Self::Options, Self::Patch, Self::Post, Self::Put];

    /// The method in capitals.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Delete => "DELETE",
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Options => "OPTIONS",
            Self::Patch => "PATCH",
            Self::Post => "POST",
            Self::Put => "PUT",
        }
    }

    /// Whether a request may have a body (facts: only POST, PUT and PATCH).
    pub fn takes_body(self) -> bool {
        matches!(self, Self::Patch | Self::Post | Self::Put)
    }

    fn of_record(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == text)
    }
}

impl JobFields<ProvenIdentity> {
    /// The fields without the proof, and the proof.
    pub(crate) fn without_proof(self) -> (JobFields<NamedIdentity>, Option<Permit<IamServiceAccountsActAs>>) {
        let mut proof = None;
        let target = self.target.map(|target| match target {
            TargetFields::AppEngine => TargetFields::AppEngine,
            TargetFields::Pubsub => TargetFields::Pubsub,
            TargetFields::Http(http) => {
                let authorization = match http.authorization {
                    Authorization::Nothing => Authorization::Nothing,
                    Authorization::OauthToken => Authorization::OauthToken,
                    Authorization::OidcToken(ProvenIdentity { act_as, audience }) => {
                        let service_account_email = Some(act_as.name().email.clone());
                        proof = Some(act_as);
                        Authorization::OidcToken(NamedIdentity { service_account_email, audience })
                    }
                };
                TargetFields::Http(HttpFields {
                    uri: http.uri,
                    method: http.method,
                    headers: http.headers,
                    body: http.body,
                    authorization,
                })
            }
        });
        let fields = JobFields {
            description: self.description,
            target,
            schedule: self.schedule,
            time_zone: self.time_zone,
            retry: self.retry,
            attempt_deadline: self.attempt_deadline,
        };
        (fields, proof)
    }
}

impl JobFields<NamedIdentity> {
    /// The fields that would write this very job.
    pub(crate) fn of_record(job: &JobRecord) -> Self {
        let JobTarget::Http(target) = &job.target;
        Self {
            description: job.description.clone(),
            target: Some(TargetFields::Http(HttpFields::of_record(target))),
            schedule: job.schedule.clone(),
            time_zone: job.time_zone.clone(),
            retry: Some(RetryFields {
                retry_count: i32::try_from(job.retry.retry_count).unwrap_or(i32::MAX),
                max_retry_duration: signed(job.retry.max_retry_duration),
                min_backoff: signed(job.retry.min_backoff),
                max_backoff: signed(job.retry.max_backoff),
                max_doublings: i32::try_from(job.retry.max_doublings).unwrap_or(i32::MAX),
            }),
            attempt_deadline: signed(job.attempt_deadline),
        }
    }
}

impl HttpFields<NamedIdentity> {
    /// A target of which nothing is said yet.
    pub(crate) fn empty() -> Self {
        Self {
            uri: String::new(),
            method: None,
            headers: BTreeMap::new(),
            body: Vec::new(),
            authorization: Authorization::Nothing,
        }
    }

    fn of_record(target: &HttpTarget) -> Self {
        let authorization = target.oidc_token.as_ref().map_or(Authorization::Nothing, |oidc| {
            Authorization::OidcToken(NamedIdentity {
                service_account_email: Some(oidc.service_account_email.clone()),
                audience: oidc.audience.clone(),
            })
        });
        Self {
            uri: target.uri.clone(),
            method: Method::of_record(&target.method),
            headers: target.headers.clone(),
            body: target.body.clone(),
            authorization,
        }
    }
}

fn signed(duration: std::time::Duration) -> Option<SignedDuration> {
    Some(SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX))
}
