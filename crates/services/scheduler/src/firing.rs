//! When a job fires: the states that a schedule goes through. Pure; the worker and the use cases write them.
//!
//! A job's state says when it fires next (`next_at`), what users are told (`schedule_time`), and which scheduled
//! execution is under way (`executing`). While one is under way `next_at` is empty, so that no second one can begin;
//! when it ends, `next_at` becomes what `schedule_time` was all along, late if necessary (facts §7.3). A schedule that
//! counts from the end of the execution before has no `schedule_time` until then.

use jiff::{SignedDuration, Timestamp};
use names::Uid;
use schedule::{Schedule, Zone, ZoneError};
use store::{JobRecord, JobState};

/// A job's schedule on the wall clock of its zone.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Clockwork {
    pub(crate) schedule: Schedule,
    pub(crate) zone: Zone,
}

/// Why a stored job's clockwork cannot be made. It could when the job was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unreadable {
    #[error("the stored schedule cannot be read")]
    Schedule(#[from] schedule::Error),
    #[error("the stored time zone cannot be read")]
    Zone(#[from] ZoneError),
}

/// An execution that begins.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fired {
    /// The state from now on.
    pub(crate) state: JobState,
    /// The due instant that the execution stands for.
    pub(crate) schedule_time: Timestamp,
}

impl Clockwork {
    pub(crate) fn of(job: &JobRecord) -> Result<Self, Unreadable> {
        Ok(Self { schedule: Schedule::parse(&job.schedule)?, zone: Zone::parse(&job.time_zone)? })
    }

    fn next_after(&self, instant: Timestamp) -> Option<Timestamp> {
        self.schedule.next_after(instant, &self.zone)
    }

    /// The next firing while an execution is under way, as far as that can be said before it ends.
    fn next_during_execution(&self, instant: Timestamp) -> Option<Timestamp> {
        if self.schedule.interval().is_some() { None } else { self.next_after(instant) }
    }

    /// The last due instant that is not after `now`, given one that is not. Whether a later one is due by `now` is
    /// true up to some second and false from there on, so the search halves.
    fn latest_due(&self, due: Timestamp, now: Timestamp) -> Timestamp {
        if self.schedule.interval().is_some() {
            return due;
        }
        let is_due_after = |second: i64| {
            let instant = Timestamp::from_second(second).ok()?;
            self.next_after(instant).filter(|next| *next <= now)
        };
        let (mut latest, mut end) = (due, now.as_second());
        while latest.as_second() < end {
            let middle = latest.as_second() + (end - latest.as_second()) / 2;
            match is_due_after(middle) {
                Some(later) => latest = later,
                None => end = middle,
            }
        }
        latest
    }
}

/// The state of a job that was just written for the first time.
pub(crate) fn begin(job: &JobRecord, clockwork: &Clockwork, now: Timestamp) -> JobState {
    restart(JobState::idle(job.name.clone(), job.uid.clone()), clockwork, now)
}

/// The schedule starts afresh: instants that were missed so far are forgotten, an execution under way goes on.
pub(crate) fn restart(state: JobState, clockwork: &Clockwork, now: Timestamp) -> JobState {
    let (next_at, schedule_time) = match state.executing {
        Some(_) => (None, clockwork.next_during_execution(now)),
        None => (clockwork.next_after(now), clockwork.next_after(now)),
    };
    JobState { next_at, schedule_time, disabled_at: None, ..state }
}

/// The system holds the schedule back, until the job is written anew.
pub(crate) fn disable(state: JobState, now: Timestamp) -> JobState {
    JobState { disabled_at: Some(now), ..pause(state) }
}

/// The schedule stops. An execution under way is not cut off.
pub(crate) fn pause(state: JobState) -> JobState {
    JobState { next_at: None, schedule_time: None, retry_at: None, ..state }
}

/// The execution begins that is due, if one is. It stands for the latest due instant; those before it, missed while
/// the one before was under way or while nobody was there to fire them, are coalesced into it.
pub(crate) fn fire(state: &JobState, clockwork: &Clockwork, now: Timestamp, execution: Uid) -> Option<Fired> {
    let due = state.next_at.filter(|due| *due <= now && state.executing.is_none())?;
    let schedule_time = clockwork.latest_due(due, now);
    let state = JobState {
        next_at: None,
        schedule_time: clockwork.next_during_execution(now),
        executing: Some(execution),
        ..state.clone()
    };
    Some(Fired { state, schedule_time })
}

/// The execution has ended; the next one may begin. `clockwork` is that of a job which nobody holds back.
pub(crate) fn end(
    state: JobState,
    execution: &Uid,
    clockwork: Option<&Clockwork>,
    now: Timestamp,
) -> JobState {
    if state.executing.as_ref() != Some(execution) {
        return state;
    }
    let interval = clockwork.filter(|clockwork| clockwork.schedule.interval().is_some());
    let schedule_time = match interval {
        Some(clockwork) => clockwork.next_after(now),
        None => state.schedule_time,
    };
    JobState { executing: None, next_at: schedule_time, retry_at: None, schedule_time, ..state }
}

/// An attempt of the execution begins (`None`), or has failed and is made again then.
pub(crate) fn tries_again(state: JobState, execution: &Uid, retry_at: Option<Timestamp>) -> JobState {
    if state.executing.as_ref() == Some(execution) { JobState { retry_at, ..state } } else { state }
}

/// An instant without its fraction, as the schedule time of a run that a user asked for.
pub(crate) fn whole_second(instant: Timestamp) -> Timestamp {
    let fraction = SignedDuration::from_nanos(i64::from(instant.subsec_nanosecond()));
    instant.checked_sub(fraction).unwrap_or(instant)
}

#[cfg(test)]
mod tests;
