//! The whole of it against a small model: whatever users do, targets answer and processes suffer.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use proptest::prelude::*;
use scheduler::RetryFields;

use crate::house::{Answer, Seen, house};
use crate::*;

#[derive(Clone, Debug)]
enum Step {
    /// `kill -9`, and a new process a second later.
    Kill,
    Pause,
    Resume,
    /// Ada runs the job now.
    Run,
    Wait(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        1 => Just(Step::Kill),
        1 => Just(Step::Pause),
        2 => Just(Step::Resume),
        4 => Just(Step::Run),
        5 => (1_u64..150).prop_map(Step::Wait),
    ];
    proptest::collection::vec(step, 1..30)
}

fn answers() -> impl Strategy<Value = Vec<Answer>> {
    let answer = prop_oneof![
        3 => Just(Answer::Status(200)),
        3 => Just(Answer::Status(503)),
        3 => (1_u64..170).prop_map(Answer::Late),
        1 => Just(Answer::Silence),
    ];
    proptest::collection::vec(answer, 0..60)
}

/// What happened, told by the log and by the test.
#[derive(Default)]
struct Told {
    /// When each accepted run was asked for: no two within a second, and none on a whole minute.
    runs: BTreeSet<Timestamp>,
    kills: Vec<Timestamp>,
}

/// An attempt of an execution of the schedule.
struct Attempt {
    stands_for: Timestamp,
    began: Timestamp,
    ended: Timestamp,
}

impl Told {
    /// Of the schedule's executions at most one is under way, and they stand for instants that grow; every run has an
    /// attempt.
    fn agrees_with(&self, log: &[LogEntry], arrived: &[Seen]) -> Result<(), TestCaseError> {
        let (mut attempts, mut run) = (Vec::<Attempt>::new(), BTreeSet::new());
        let name = |entry: &LogEntry| entry.labels["doorward.dev/request-id"].clone();
        let ends: BTreeMap<String, Timestamp> = log
            .iter()
            .filter(|entry| !entry.payload["scheduledTime"].is_string())
            .map(|entry| (name(entry), entry.timestamp))
            .collect();
        for entry in log {
            let Some(stands_for) = entry.payload["scheduledTime"].as_str() else { continue };
            let (stands_for, began) = (stands_for.parse().unwrap(), entry.timestamp);
            if self.runs.contains(&stands_for) {
                run.insert(stands_for);
                continue;
            }
            prop_assert_eq!(stands_for.as_second() % 60, 0, "neither asked for nor due");
            // What was not finished was cut off by a kill.
            let killed = || self.kills.iter().copied().find(|kill| *kill >= began);
            let ended = ends.get(&name(entry)).copied().or_else(killed).unwrap_or(Timestamp::MAX);
            attempts.push(Attempt { stands_for, began, ended });
        }
        // What began in one instant has no order in the log; the target has seen it.
        attempts.sort_by_key(|attempt| (attempt.began, attempt.stands_for));
        let stood_for =
            arrived.iter().map(|seen| seen.headers["x-cloudscheduler-scheduletime"].parse().unwrap());
        let stood_for: Vec<Timestamp> = stood_for.filter(|instant| !self.runs.contains(instant)).collect();
        prop_assert!(stood_for.is_sorted(), "in the order in which they arrived: {stood_for:?}");
        for attempt in &attempts {
            prop_assert!(attempt.stands_for <= attempt.began, "{} began early", attempt.stands_for);
        }
        for pair in attempts.windows(2) {
            let (stands_for, ended) = (pair[0].stands_for, pair[0].ended);
            prop_assert!(
                ended <= pair[1].began,
                "{stands_for} went on until {ended}, {} began",
                pair[1].began
            );
            prop_assert!(stands_for <= pair[1].stands_for, "{} after {stands_for}", pair[1].stands_for);
        }
        prop_assert_eq!(&run, &self.runs, "each accepted run leads to an attempt of its own");
        Ok(())
    }
}

async fn plays(steps: Vec<Step>, answers: Vec<Answer>) -> Result<(), TestCaseError> {
    let house = house(START).await;
    let target = house.upstream(&answers).await;
    let mut running = run(&house);
    let retry = RetryFields { retry_count: 2, ..RetryFields::default() };
    let fields = JobFields { retry: Some(retry), time_zone: "UTC".into(), ..each_minute(&target) };
    let uid = create(&house, &running, fields).await.record.uid;
    let (mut told, mut paused) = (Told::default(), false);
    for step in steps {
        match step {
            Step::Kill => {
                told.kills.push(house.timer.now());
                drop(running);
                seconds(&house, 1).await;
                running = run(&house);
            }
            Step::Pause if !paused => {
                pause(&house, &running).await;
                paused = true;
            }
            Step::Resume if paused => {
                resume(&house, &running).await;
                paused = false;
            }
            Step::Pause | Step::Resume => {}
            Step::Run => {
                seconds(&house, if house.timer.now().as_second() % 60 == 59 { 2 } else { 1 }).await;
                told.runs.insert(house.timer.now());
                run_now(&house, &running).await;
            }
            Step::Wait(length) => seconds(&house, length).await,
        }
    }
    if paused {
        resume(&house, &running).await;
    }
    // Long enough for every answer that is still to come, and for the retries after it.
    while house.store.backend().deliveries_of(&uid).await.unwrap().iter().any(|left| left.forced) {
        seconds(&house, 100).await;
    }
    told.agrees_with(&log(&house).await, &target.seen())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, max_shrink_iters: 64, ..ProptestConfig::default() })]
    #[test]
    fn executions_of_the_schedule_never_overlap_and_no_run_is_without_an_attempt(
        steps in steps(),
        answers in answers(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(plays(steps, answers))?;
    }
}
