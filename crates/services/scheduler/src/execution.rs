//! What one execution of a job does.

use context::Context;
use jiff::Timestamp;
use names::Uid;
use store::{
    Delivery, DeliveryIdentity, DeliveryRequest, HttpTarget, JobRecord, JobTarget, LogEntry, TokenKind,
};

use crate::entries::{self, Called};
use crate::firing::{Clockwork, Unreadable};
use crate::headers;
use crate::status::{self, Status};
use crate::uri::{self, UriError};

/// One execution of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Execution {
    /// What it is.
    pub(crate) uid: Uid,
    /// Who asked for it.
    pub(crate) asked: Asked,
    /// The due instant that it stands for, or the instant at which a user asked for it.
    pub(crate) schedule_time: Timestamp,
}

/// Who asked for an execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// The schedule.
    BySchedule,
    /// A user, now, beside the schedule.
    ByUser,
}

/// What comes of an execution that begins.
#[derive(Clone, Debug)]
pub(crate) enum Begun {
    /// It is over: the target is of a kind that is not here.
    Refused {
        /// How that went.
        status: Status,
        /// What the log says.
        entries: Vec<LogEntry>,
    },
    /// This is sent.
    Sends(Box<Delivery>),
}

/// Why a job cannot be executed although it could be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unfireable {
    #[error(transparent)]
    Clockwork(#[from] Unreadable),
    #[error("the stored URI cannot be called")]
    Uri(#[from] UriError),
}

/// Begins an execution.
pub(crate) fn begin(
    context: &Context,
    job: &JobRecord,
    clockwork: &Clockwork,
    execution: Execution,
) -> Result<Begun, Unfireable> {
    let called = match &job.target {
        JobTarget::Http(target) => {
            return Ok(Begun::Sends(Box::new(delivery(context, job, target, clockwork, execution)?)));
        }
        JobTarget::AppEngine(target) => Called::AppEngine { relative_uri: &target.relative_uri },
        JobTarget::Pubsub(target) => Called::Pubsub { topic: &target.topic },
    };
    let status = status::unimplemented(called);
    let entries = vec![
        entries::started(context, &job.name, called, execution.schedule_time),
        entries::finished(context, &job.name, called, context.now(), &status),
    ];
    Ok(Begun::Refused { status, entries })
}

/// The delivery that stands for one execution, due at once. It holds what the job said when the execution began:
/// its retries send the same, whatever becomes of the job.
fn delivery(
    context: &Context,
    job: &JobRecord,
    target: &HttpTarget,
    clockwork: &Clockwork,
    execution: Execution,
) -> Result<Delivery, UriError> {
    let (job_id, now) = (job.name.job.as_str(), context.now());
    let Execution { uid, asked, schedule_time } = execution;
    // Google defines the header with the time for unix-cron alone (facts §7.4).
    let told = clockwork.schedule.is_unix_cron().then(|| clockwork.zone.rfc_3339(schedule_time));
    let request = DeliveryRequest {
        method: target.method.clone(),
        url: uri::encode(&target.uri)?,
        headers: headers::of_execution(&target.headers, &target.body, job_id, told.as_deref()),
        body: target.body.clone(),
        attempt_deadline: job.attempt_deadline,
    };
    let identity = target.identity.as_ref().map(|identity| DeliveryIdentity {
        service_account_email: identity.service_account_email.clone(),
        service_account_unique_id: identity.service_account_unique_id.clone(),
        token: match &identity.token {
            TokenKind::Access(scopes) if scopes.is_empty() => TokenKind::Access(WHOLE_PLATFORM.to_owned()),
            TokenKind::Id(audience) if audience.is_empty() => TokenKind::Id(target.uri.clone()),
            given => given.clone(),
        },
    });
    Ok(Delivery {
        uid,
        owner: job.name.clone().into(),
        owner_uid: job.uid.clone(),
        project: job.name.project.clone(),
        forced: asked == Asked::ByUser,
        request,
        identity,
        schedule_time,
        due_at: now,
        attempts: 0,
        first_attempt_at: None,
        create_time: now,
    })
}

/// 32 hexadecimal digits.
pub(crate) fn draw_uid(context: &Context) -> Uid {
    let chance = context.randomness();
    Uid::parse(&format!("{:016x}{:016x}", chance.number(), chance.number())).expect("32 letters and digits")
}

/// The scope of an access token that names none (facts §7.2).
const WHOLE_PLATFORM: &str = "https://www.googleapis.com/auth/cloud-platform";
