//! A job as a caller writes it: unchecked.

mod http;
mod record;

use std::collections::BTreeMap;

use iam::Permit;
use iam::permission::IamServiceAccountsActAs;
use jiff::SignedDuration;
use names::Email;
use store::TokenKind;

pub use http::{HttpFields, Method};

/// What a caller says about a job. `I` is how an account is named: with the proof that the caller may act as it, to
/// create a job; or still without, in a patch, where the account may be the one that the job already has.
#[derive(Clone, Debug, PartialEq)]
pub struct JobFields<I = ProvenIdentity> {
    /// At most 500 characters.
    pub description: String,
    /// What is called.
    pub target: Option<TargetFields<I>>,
    /// unix-cron or App Engine's English.
    pub schedule: String,
    /// tz-database name; empty means UTC.
    pub time_zone: String,
    /// How failures are repeated; absent means not at all.
    pub retry: Option<RetryFields>,
    /// How long one attempt may take: 15 s to 30 min, to App Engine 0 or up to a day and 15 s. Absent means 3 minutes,
    /// to App Engine 0.
    pub attempt_deadline: Option<SignedDuration>,
}

/// What is called.
#[derive(Clone, Debug, PartialEq)]
pub enum TargetFields<I = ProvenIdentity> {
    /// `appEngineHttpTarget`.
    AppEngine(AppEngineFields),
    /// `httpTarget`.
    Http(HttpFields<I>),
    /// `pubsubTarget`.
    Pubsub(PubsubFields),
}

/// `appEngineHttpTarget`.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct AppEngineFields {
    /// Absent means POST.
    pub method: Option<Method>,
    /// Begins with `/`; empty means `/`.
    pub relative_uri: String,
    /// Which service; empty means the default one.
    pub service: String,
    /// Which version; empty means the default one.
    pub version: String,
    /// Which instance; empty means any.
    pub instance: String,
    /// Headers; those that the scheduler computes are dropped.
    pub headers: BTreeMap<String, String>,
    /// Only with POST and PUT.
    pub body: Vec<u8>,
}

/// `pubsubTarget`.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct PubsubFields {
    /// `projects/P/topics/T`.
    pub topic: String,
    /// What the message says; may be empty where there is an attribute.
    pub data: Vec<u8>,
    /// What it says besides.
    pub attributes: BTreeMap<String, String>,
}

/// What a request carries to show who calls.
#[derive(Clone, Debug, PartialEq)]
pub enum Authorization<I = ProvenIdentity> {
    /// Nothing.
    Nothing,
    /// `oauthToken` or `oidcToken`.
    Token(I),
}

/// An account together with the proof that the caller may act as it.
#[derive(Debug)]
pub struct ProvenIdentity {
    /// The proof. It names the account.
    pub act_as: Permit<IamServiceAccountsActAs>,
    /// Which token, for whom or for what: an empty audience means the target's URI, an empty scope the whole platform.
    pub token: TokenKind,
}

/// An account as a patch names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedIdentity {
    /// The account; absent where the patch sets only a part of the rest.
    pub service_account_email: Option<Email>,
    /// Which token, for whom or for what: an empty audience means the target's URI, an empty scope the whole platform.
    pub token: TokenKind,
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

impl JobFields<ProvenIdentity> {
    /// The fields without the proof, and the proof.
    pub(crate) fn without_proof(self) -> (JobFields<NamedIdentity>, Option<Permit<IamServiceAccountsActAs>>) {
        let mut proof = None;
        let fields = self.with_identity(|ProvenIdentity { act_as, token }| {
            let service_account_email = Some(act_as.name().email.clone());
            proof = Some(act_as);
            Ok::<_, std::convert::Infallible>(NamedIdentity { service_account_email, token })
        });
        match fields {
            Ok(fields) => (fields, proof),
            Err(never) => match never {},
        }
    }
}

impl<I> JobFields<I> {
    /// The same fields with another way to name the account.
    ///
    /// # Errors
    ///
    /// What `change` says of the account, where the fields name one.
    pub fn with_identity<J, E>(self, change: impl FnOnce(I) -> Result<J, E>) -> Result<JobFields<J>, E> {
        let target = match self.target {
            None => None,
            Some(TargetFields::AppEngine(target)) => Some(TargetFields::AppEngine(target)),
            Some(TargetFields::Pubsub(target)) => Some(TargetFields::Pubsub(target)),
            Some(TargetFields::Http(http)) => Some(TargetFields::Http(HttpFields {
                authorization: match http.authorization {
                    Authorization::Nothing => Authorization::Nothing,
                    Authorization::Token(identity) => Authorization::Token(change(identity)?),
                },
                uri: http.uri,
                method: http.method,
                headers: http.headers,
                body: http.body,
            })),
        };
        Ok(JobFields {
            description: self.description,
            target,
            schedule: self.schedule,
            time_zone: self.time_zone,
            retry: self.retry,
            attempt_deadline: self.attempt_deadline,
        })
    }
}
