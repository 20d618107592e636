//! The scheduler as the owner of its deliveries.

use async_trait::async_trait;
use context::Context;
use delivery::{Attempt, DeliveryOwner, Judgement, Start, Verdict};
use jiff::Timestamp;
use names::{JobName, ServiceAgent};
use outbound::DeliveryKind;
use store::{Delivery, Expectation, JobRecord, JobState, Plan, ReadError, Work};

use crate::entries::Called;
use crate::firing::Clockwork;
use crate::judge::Scene;
use crate::{Scheduler, Standing, entries, firing, status};

#[async_trait]
impl DeliveryOwner for Scheduler {
    fn agent(&self) -> ServiceAgent {
        ServiceAgent::CLOUD_SCHEDULER
    }

    fn kind(&self) -> DeliveryKind {
        DeliveryKind::ScheduledJob
    }

    async fn start(&self, context: &Context, delivery: &Delivery) -> Result<Start, ReadError> {
        let Some(name) = job_of(delivery) else { return Ok(Start::Withdraw(Plan::new())) };
        let found = self.read_owner(&name, delivery).await?;
        let now = context.now();
        let deleted = self.parts.access.is_deleted(&name.project);
        if deleted || !scene(found.as_ref(), delivery).is_wanted(now) {
            let plan = match found {
                Some(found) => found.end(delivery, now, |state| state),
                None => Plan::new(),
            };
            return Ok(Start::Withdraw(plan));
        }
        let plan = match found {
            Some(found) => found.plan(|state| {
                let state = firing::tries_again(state, &delivery.uid, None);
                JobState { last_attempt_time: Some(now), ..state }
            }),
            None => Plan::new(),
        };
        let entry = entries::started(context, &name, called(delivery), delivery.schedule_time);
        let entry = entries::of_attempt(context, entry);
        Ok(Start::Go(plan.work(Work::AppendLogs(vec![entry]))))
    }

    async fn judge(
        &self,
        context: &Context,
        delivery: &Delivery,
        attempt: &Attempt,
    ) -> Result<Judgement, ReadError> {
        let Some(name) = job_of(delivery) else {
            return Ok(Judgement { plan: Plan::new(), verdict: Verdict::Done });
        };
        let found = self.read_owner(&name, delivery).await?;
        let status = status::of(&attempt.outcome);
        let verdict = scene(found.as_ref(), delivery).verdict(&status, attempt.finished_at);
        let plan = match found {
            Some(found) => {
                let judged = |state| JobState { status: Some(status.record()), ..state };
                match verdict {
                    Verdict::Done => found.end(delivery, attempt.finished_at, judged),
                    Verdict::RetryAt(at) => {
                        found.plan(|state| firing::tries_again(judged(state), &delivery.uid, Some(at)))
                    }
                }
            }
            None => Plan::new(),
        };
        let entry = entries::finished(context, &name, called(delivery), attempt.finished_at, &status);
        let entry = entries::of_attempt(context, entry);
        Ok(Judgement { plan: plan.work(Work::AppendLogs(vec![entry])), verdict })
    }

    fn ended(&self, _delivery: &Delivery) {
        // The next execution may have waited for this one.
        self.wake();
    }
}

/// A job and its state as read.
struct Found {
    job: JobRecord,
    revision: names::Revision,
    state: JobState,
}

impl Found {
    /// A plan that writes the state as `change` makes it, if neither it nor the job has changed since.
    fn plan(self, change: impl FnOnce(JobState) -> JobState) -> Plan {
        let expected = Some(self.state.version);
        let state = Box::new(change(self.state));
        Plan::new()
            .expect(Expectation::At(self.job.name.into(), self.revision))
            .work(Work::PutJobState { state, expected })
    }

    /// The same when the delivery is over: its execution ends.
    fn end(self, delivery: &Delivery, now: Timestamp, change: impl FnOnce(JobState) -> JobState) -> Plan {
        let is_held_back = Standing::of(&self.job, Some(&self.state)) != Standing::Enabled;
        // What cannot be read any more is told by the worker, when the job would fire.
        let clockwork = if is_held_back { None } else { Clockwork::of(&self.job).ok() };
        self.plan(|state| firing::end(change(state), &delivery.uid, clockwork.as_ref(), now))
    }
}

fn called(delivery: &Delivery) -> Called<'_> {
    Called::Http { url: &delivery.request.url }
}

fn scene<'a>(found: Option<&'a Found>, delivery: &'a Delivery) -> Scene<'a> {
    Scene { job: found.map(|found| (&found.job, &found.state)), delivery }
}

fn job_of(delivery: &Delivery) -> Option<JobName> {
    JobName::try_from(&delivery.owner).ok()
}

impl Scheduler {
    /// The job that asked for the delivery, not another one of its name.
    async fn read_owner(&self, name: &JobName, delivery: &Delivery) -> Result<Option<Found>, ReadError> {
        let Some((stored, state)) = self.read(name, &delivery.owner_uid).await? else { return Ok(None) };
        Ok(state.map(|state| Found { job: stored.record, revision: stored.revision, state }))
    }
}
