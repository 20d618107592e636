use names::JobName;
use proptest::prelude::*;
use rstest::rstest;

use super::*;

fn clockwork(schedule: &str) -> Clockwork {
    Clockwork { schedule: Schedule::parse(schedule).unwrap(), zone: Zone::utc() }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn uid(number: usize) -> Uid {
    Uid::parse(&format!("execution-{number}")).unwrap()
}

/// The execution ends, of a job whose schedule is on the wall clock.
fn end(state: JobState, execution: &Uid) -> JobState {
    super::end(state, execution, None, Timestamp::MIN)
}

fn idle(clockwork: &Clockwork, now: Timestamp) -> JobState {
    let job = JobName::parse_canonical("projects/demo/locations/us-central1/jobs/report").unwrap();
    let state = JobState::idle(job, Uid::parse("report-1").unwrap());
    restart(state, clockwork, now)
}

#[test]
fn nothing_fires_before_it_is_due() {
    let hourly = clockwork("0 * * * *");
    let state = idle(&hourly, at("2024-05-06T15:10:00Z"));
    assert_eq!(state.next_at, Some(at("2024-05-06T16:00:00Z")));
    assert_eq!(fire(&state, &hourly, at("2024-05-06T15:59:59Z"), uid(1)), None);
    let fired = fire(&state, &hourly, at("2024-05-06T16:00:00Z"), uid(1)).unwrap();
    assert_eq!(fired.schedule_time, at("2024-05-06T16:00:00Z"));
    assert_eq!(fired.state.schedule_time, Some(at("2024-05-06T17:00:00Z")));
}

/// The example of Cloud Scheduler's documentation: planned for 16:00, the one before ends at 16:15.
#[test]
fn an_execution_starts_late_when_the_one_before_ends_late() {
    let hourly = clockwork("0 * * * *");
    let first = fire(&idle(&hourly, at("2024-05-06T14:30:00Z")), &hourly, at("2024-05-06T15:00:00Z"), uid(1));
    let busy = first.unwrap().state;
    assert_eq!(fire(&busy, &hourly, at("2024-05-06T16:00:00Z"), uid(2)), None, "one is under way");
    assert_eq!(busy.schedule_time, Some(at("2024-05-06T16:00:00Z")));

    let free = end(busy, &uid(1));
    assert_eq!(free.next_at, Some(at("2024-05-06T16:00:00Z")), "due already");
    let late = fire(&free, &hourly, at("2024-05-06T16:15:00Z"), uid(2)).unwrap();
    assert_eq!(late.schedule_time, at("2024-05-06T16:00:00Z"));
    assert_eq!(late.state.schedule_time, Some(at("2024-05-06T17:00:00Z")));
}

#[rstest]
#[case("* * * * *", "2024-05-06T08:30:20Z", "2024-05-06T08:30:00Z")]
#[case("* * * * *", "2034-05-06T08:30:00Z", "2034-05-06T08:30:00Z")]
#[case("0 2 * * *", "2024-05-09T08:30:00Z", "2024-05-09T02:00:00Z")]
#[case("0 2 * * *", "2024-05-06T02:00:00Z", "2024-05-06T02:00:00Z")]
#[case("0 0 29 2 *", "2031-12-31T00:00:00Z", "2028-02-29T00:00:00Z")]
fn missed_instants_are_coalesced_into_the_latest(
    #[case] schedule: &str,
    #[case] now: &str,
    #[case] latest: &str,
) {
    let clockwork = clockwork(schedule);
    let state = idle(&clockwork, at("2024-05-05T23:00:00Z"));
    let fired = fire(&state, &clockwork, at(now), uid(1)).unwrap();
    assert_eq!(fired.schedule_time, at(latest));
    assert!(fired.state.schedule_time.unwrap() > at(now));
}

#[test]
fn a_paused_job_is_not_due_and_its_execution_goes_on() {
    let hourly = clockwork("0 * * * *");
    let state = idle(&hourly, at("2024-05-06T14:30:00Z"));
    let busy = fire(&state, &hourly, at("2024-05-06T15:00:00Z"), uid(1)).unwrap().state;
    let paused = pause(busy);
    assert_eq!((paused.next_at, paused.schedule_time), (None, None));
    assert_eq!(paused.executing, Some(uid(1)));
    let over = end(paused, &uid(1));
    assert_eq!((over.next_at, over.executing), (None, None));
}

#[test]
fn a_job_resumed_while_its_execution_is_under_way_waits_for_it() {
    let hourly = clockwork("0 * * * *");
    let state = idle(&hourly, at("2024-05-06T14:30:00Z"));
    let busy = fire(&state, &hourly, at("2024-05-06T15:00:00Z"), uid(1)).unwrap().state;
    let resumed = restart(pause(busy), &hourly, at("2024-05-06T15:20:00Z"));
    assert_eq!(resumed.next_at, None);
    assert_eq!(end(resumed, &uid(1)).next_at, Some(at("2024-05-06T16:00:00Z")));
}

#[test]
fn an_interval_counts_from_the_end_of_the_execution_before() {
    let interval = clockwork("every 10 minutes");
    let state = idle(&interval, at("2024-05-06T14:30:05.5Z"));
    assert_eq!(state.next_at, Some(at("2024-05-06T14:40:05Z")));
    let fired = fire(&state, &interval, at("2024-05-06T14:59:00Z"), uid(1)).unwrap();
    assert_eq!(fired.schedule_time, at("2024-05-06T14:40:05Z"), "late, and not coalesced with anything");
    assert_eq!((fired.state.next_at, fired.state.schedule_time), (None, None), "nobody knows yet");
    let over = super::end(fired.state.clone(), &uid(1), Some(&interval), at("2024-05-06T15:00:00Z"));
    assert_eq!((over.next_at, over.schedule_time), (Some(at("2024-05-06T15:10:00Z")), over.next_at));

    let held_back = super::end(pause(fired.state), &uid(1), None, at("2024-05-06T15:00:00Z"));
    assert_eq!((held_back.next_at, held_back.executing), (None, None));
}

#[test]
fn an_interval_that_begins_during_an_execution_waits_for_its_end() {
    let (hourly, interval) = (clockwork("0 * * * *"), clockwork("every 10 minutes"));
    let state = idle(&hourly, at("2024-05-06T14:30:00Z"));
    let busy = fire(&state, &hourly, at("2024-05-06T15:00:00Z"), uid(1)).unwrap().state;
    let changed = restart(busy, &interval, at("2024-05-06T15:01:00Z"));
    assert_eq!((changed.next_at, changed.schedule_time), (None, None));
    let over = super::end(changed, &uid(1), Some(&interval), at("2024-05-06T15:02:00Z"));
    assert_eq!(over.next_at, Some(at("2024-05-06T15:12:00Z")));
}

#[test]
fn a_disabled_job_is_not_due_until_it_is_written_anew() {
    let hourly = clockwork("0 * * * *");
    let disabled = disable(idle(&hourly, at("2024-05-06T14:30:00Z")), at("2024-05-06T15:00:00Z"));
    assert_eq!((disabled.next_at, disabled.disabled_at), (None, Some(at("2024-05-06T15:00:00Z"))));
    let anew = restart(disabled, &hourly, at("2024-05-06T15:30:00Z"));
    assert_eq!((anew.next_at, anew.disabled_at), (Some(at("2024-05-06T16:00:00Z")), None));
}

#[test]
fn the_end_of_another_execution_changes_nothing() {
    let hourly = clockwork("0 * * * *");
    let state = idle(&hourly, at("2024-05-06T14:30:00Z"));
    let busy = fire(&state, &hourly, at("2024-05-06T15:00:00Z"), uid(1)).unwrap().state;
    assert_eq!(end(busy.clone(), &uid(2)), busy);
}

#[test]
fn a_schedule_that_names_no_instant_never_fires() {
    let never = clockwork("0 0 30 2 *");
    let state = idle(&never, at("2024-05-06T14:30:00Z"));
    assert_eq!((state.next_at, state.schedule_time), (None, None));
    assert_eq!(fire(&state, &never, at("2030-01-01T00:00:00Z"), uid(1)), None);
}

#[test]
fn the_schedule_time_of_a_run_is_a_whole_second() {
    assert_eq!(whole_second(at("2024-05-06T14:30:01.999999Z")), at("2024-05-06T14:30:01Z"));
    assert_eq!(whole_second(at("2024-05-06T14:30:01Z")), at("2024-05-06T14:30:01Z"));
}

#[derive(Clone, Debug)]
enum Event {
    /// The execution under way, if any, ends.
    End,
    /// The user pauses the job.
    Pause,
    /// The user resumes the job.
    Resume,
    /// Time passes; nobody fires meanwhile, as if the process were down.
    Wait(u32),
    /// The worker looks.
    Work,
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        3 => Just(Event::End),
        1 => Just(Event::Pause),
        1 => Just(Event::Resume),
        4 => (1u32..2000).prop_map(Event::Wait),
        4 => Just(Event::Work),
    ];
    proptest::collection::vec(event, 1..60)
}

fn schedules() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just("* * * * *"), Just("*/7 * * * *"), Just("0,1,2 */2 * * *"), Just("30 2 * * *")]
}

proptest! {
    /// Whatever happens: never two scheduled executions at once, and every instant that became due while the job was
    /// enabled fires or is coalesced into a later one that does.
    #[test]
    fn every_due_instant_fires_once_or_is_coalesced(schedule in schedules(), events in events()) {
        let clockwork = clockwork(schedule);
        let mut now = at("2024-05-06T00:00:30Z");
        let mut state = idle(&clockwork, now);
        let (mut paused, mut under_way, mut owed) = (false, None::<Uid>, Vec::<Timestamp>::new());
        // In the end the job is left alone, enabled, long enough to make up for everything.
        let peace = [Event::Resume, Event::End, Event::Work];
        for (number, event) in events.into_iter().chain(peace).enumerate() {
            match event {
                Event::End => {
                    if let Some(execution) = under_way.take() {
                        state = end(state, &execution);
                    }
                }
                Event::Pause if !paused => {
                    (paused, state) = (true, pause(state));
                    owed.clear();
                }
                Event::Resume if paused => {
                    (paused, state) = (false, restart(state, &clockwork, now));
                }
                Event::Pause | Event::Resume => {}
                Event::Wait(seconds) => {
                    let until = now + SignedDuration::from_secs(i64::from(seconds));
                    while let Some(due) = clockwork.next_after(now).filter(|due| *due <= until) {
                        if !paused {
                            owed.push(due);
                        }
                        now = due;
                    }
                    now = until;
                }
                Event::Work => {
                    let Some(fired) = fire(&state, &clockwork, now, uid(number)) else {
                        prop_assert!(under_way.is_some() || owed.is_empty(), "owed {owed:?} and not fired");
                        continue;
                    };
                    prop_assert_eq!(under_way.replace(uid(number)), None, "two at once");
                    prop_assert!(!paused);
                    prop_assert_eq!(owed.last(), Some(&fired.schedule_time));
                    owed.clear();
                    state = fired.state;
                }
            }
            prop_assert_eq!(&state.executing, &under_way);
            prop_assert_eq!(state.next_at.is_some(), !paused && under_way.is_none());
        }
        prop_assert_eq!(owed, Vec::new());
    }
}
