//! What one execution of a job sends.

use context::Context;
use jiff::Timestamp;
use names::Uid;
use schedule::Zone;
use store::{Delivery, DeliveryIdentity, DeliveryRequest, JobRecord, JobTarget};

use crate::headers;
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

/// The delivery that stands for one execution, due at once. It holds what the job said when the execution began:
/// its retries send the same, whatever becomes of the job.
pub(crate) fn delivery(
    context: &Context,
    job: &JobRecord,
    zone: &Zone,
    execution: Execution,
) -> Result<Delivery, UriError> {
    let JobTarget::Http(target) = &job.target;
    let (job_id, now) = (job.name.job.as_str(), context.now());
    let Execution { uid, asked, schedule_time } = execution;
    let request = DeliveryRequest {
        method: target.method.clone(),
        url: uri::encode(&target.uri)?,
        headers: headers::of_execution(&target.headers, &target.body, job_id, schedule_time, zone),
        body: target.body.clone(),
        attempt_deadline: job.attempt_deadline,
    };
    let identity = target.oidc_token.as_ref().map(|oidc| DeliveryIdentity {
        service_account_email: oidc.service_account_email.clone(),
        service_account_unique_id: oidc.service_account_unique_id.clone(),
        audience: if oidc.audience.is_empty() { target.uri.clone() } else { oidc.audience.clone() },
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
