//! What becomes of tasks: panics, drain, readiness.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use jiff::Timestamp;
use supervise::{Blocked, HandClock, State, Supervisor, Timer, Undrained};

const SECOND: Duration = Duration::from_secs(1);

fn supervised() -> (Supervisor, HandClock) {
    let start: Timestamp = "2026-11-22T08:00:00Z".parse().expect("a valid instant");
    let (timer, clock) = Timer::by_hand(start);
    (Supervisor::new(&timer), clock)
}

#[tokio::test]
async fn a_panic_ends_its_task_and_nothing_else() {
    let (supervisor, clock) = supervised();
    let finished = Arc::new(AtomicU32::new(0));
    supervisor.tasks().spawn("broken", async { panic!("the oven is cold") });
    let (count, timer) = (finished.clone(), supervisor.tasks().timer().clone());
    supervisor.tasks().spawn("whole", async move {
        timer.sleep(SECOND).await;
        count.fetch_add(1, Ordering::SeqCst);
    });
    clock.advance(SECOND).await;
    assert_eq!(finished.load(Ordering::SeqCst), 1);
    assert_eq!(supervisor.drain(clock.now()).await, Ok(()));
}

#[tokio::test]
async fn a_loop_begins_anew_after_a_panic_with_growing_pauses() {
    let (supervisor, clock) = supervised();
    let begun = Arc::new(AtomicU32::new(0));
    let count = begun.clone();
    supervisor.tasks().spawn_loop("worker", move || {
        let count = count.clone();
        async move {
            assert!(count.fetch_add(1, Ordering::SeqCst) >= 3, "not yet");
            std::future::pending().await
        }
    });
    for (after, expected) in [(0, 1), (1, 2), (1, 2), (1, 3), (3, 3), (1, 4), (1000, 4)] {
        clock.advance(after * SECOND).await;
        assert_eq!(begun.load(Ordering::SeqCst), expected);
    }
}

#[tokio::test]
async fn a_loop_that_begins_with_a_panic_is_started_anew_too() {
    let (supervisor, clock) = supervised();
    let begun = Arc::new(AtomicU32::new(0));
    let count = begun.clone();
    supervisor.tasks().spawn_loop("worker", move || {
        assert!(count.fetch_add(1, Ordering::SeqCst) > 0, "before the future exists");
        async {}
    });
    clock.advance(SECOND).await;
    assert_eq!(begun.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_broken_loop_does_not_begin_anew_while_draining() {
    let (supervisor, clock) = supervised();
    supervisor.tasks().spawn_loop("worker", || async { panic!("always") });
    clock.settle().await;
    assert_eq!(supervisor.drain(clock.now() + SECOND).await, Ok(()));
}

#[tokio::test]
async fn an_essential_task_that_ends_withdraws_readiness() {
    for panics in [true, false] {
        let (supervisor, clock) = supervised();
        supervisor.readiness().all_declared();
        assert!(supervisor.readiness().is_ready());
        supervisor.tasks().spawn_essential("accept loop", async move { assert!(!panics) });
        clock.settle().await;
        assert_eq!(supervisor.readiness().state(), State::Failed { tasks: vec!["accept loop".into()] });
    }
}

#[tokio::test]
async fn drain_waits_for_what_is_in_flight() {
    let (supervisor, clock) = supervised();
    let tasks = supervisor.tasks().clone();
    let (drain, timer) = (tasks.drain(), tasks.timer().clone());
    let finished = Arc::new(AtomicU32::new(0));
    let count = finished.clone();
    tasks.spawn_essential("slow", async move {
        drain.draining().await;
        timer.sleep(SECOND).await;
        count.fetch_add(1, Ordering::SeqCst);
    });
    let hand = clock.clone();
    let (outcome, ()) =
        tokio::join!(supervisor.drain(clock.now() + 2 * SECOND), async move { hand.advance(SECOND).await });
    assert_eq!((outcome, finished.load(Ordering::SeqCst)), (Ok(()), 1));
}

#[tokio::test]
async fn drain_names_and_ends_who_does_not_end() {
    let (supervisor, clock) = supervised();
    let tasks = supervisor.tasks().clone();
    let dropped = Arc::new(());
    for name in ["stubborn", "deaf"] {
        let held = dropped.clone();
        tasks.spawn(name, async move {
            let _held = held;
            std::future::pending().await
        });
    }
    tasks.spawn("obedient", {
        let drain = tasks.drain();
        async move { drain.draining().await }
    });
    let hand = clock.clone();
    let (outcome, ()) =
        tokio::join!(supervisor.drain(clock.now() + SECOND), async move { hand.advance(SECOND).await });
    assert_eq!(outcome, Err(Undrained { names: vec!["deaf".into(), "stubborn".into()] }));
    clock.settle().await;
    assert_eq!(Arc::strong_count(&dropped), 1);
    tasks.spawn("late", async move { drop(dropped) }).ended().await;
    assert_eq!(tasks.blocking("late", || ()).await, Err(Blocked::Stopped));
}

#[tokio::test]
async fn dropping_the_supervisor_ends_its_tasks() {
    let (supervisor, clock) = supervised();
    let held = Arc::new(());
    let task = supervisor.tasks().spawn("holder", {
        let held = held.clone();
        async move {
            let _held = held;
            std::future::pending().await
        }
    });
    clock.settle().await;
    drop(supervisor);
    task.ended().await;
    assert_eq!(Arc::strong_count(&held), 1);
}

#[tokio::test]
async fn blocking_work_answers_or_says_that_it_panicked() {
    let (supervisor, _clock) = supervised();
    let tasks = supervisor.tasks();
    assert_eq!(tasks.blocking("sum", || 2 + 2).await, Ok(4));
    let outcome = tasks.blocking("broken", || panic!("no flour")).await;
    assert_eq!(outcome, Err::<(), _>(Blocked::Panicked { task: "broken".into() }));
}

#[tokio::test]
async fn nothing_is_ready_before_every_declared_part_is() {
    let (supervisor, clock) = supervised();
    let readiness = supervisor.readiness().clone();
    let (api, gate) = (readiness.part("api"), readiness.part("gate"));
    api.ready();
    assert_eq!(readiness.state(), State::Starting { waiting_for: vec!["gate".into()] });
    readiness.all_declared();
    assert!(!readiness.is_ready());
    let (state, ()) = tokio::join!(readiness.settled(), async { gate.ready() });
    assert_eq!(state, State::Ready);
    supervisor.drain(clock.now()).await.unwrap();
    assert_eq!(readiness.state(), State::Draining);
}

#[tokio::test]
async fn nothing_is_ready_before_the_declarations_end() {
    let (supervisor, _clock) = supervised();
    supervisor.readiness().part("quick").ready();
    assert_eq!(supervisor.readiness().state(), State::Starting { waiting_for: vec![] });
}

#[tokio::test]
async fn a_part_that_gave_up_is_never_ready() {
    let (supervisor, _clock) = supervised();
    drop(supervisor.readiness().part("gate"));
    supervisor.readiness().all_declared();
    assert_eq!(supervisor.readiness().state(), State::Starting { waiting_for: vec!["gate".into()] });
}
