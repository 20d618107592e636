//! What users ask for beside the schedule.

use scheduler::RunError;

use crate::house::{Answer, at, house};
use crate::*;

#[tokio::test]
async fn each_run_is_an_attempt_of_its_own_and_the_schedule_does_not_move() {
    let house = house(START).await;
    let target = house.upstream(&[Answer::Late(100), Answer::Silence]).await;
    let running = run(&house);
    create(&house, &running, each_minute(&target)).await;
    seconds(&house, 30).await;
    run_now(&house, &running).await;
    run_now(&house, &running).await;
    seconds(&house, 1).await;
    assert_eq!(target.seconds_after(START), [30, 30, 30], "even while one is under way");
    assert_eq!(get(&house, &running).await.schedule_time, Some(at("2024-05-06T09:02:00Z")));
    let times = target.seen()[1].headers["x-cloudscheduler-scheduletime"].clone();
    assert_eq!(times, "2024-05-06T02:01:00-07:00");
}

#[tokio::test]
async fn a_run_of_a_paused_job_is_sent() {
    let house = house(START).await;
    let target = house.upstream(&[]).await;
    let running = run(&house);
    create(&house, &running, each_minute(&target)).await;
    pause(&house, &running).await;
    run_now(&house, &running).await;
    seconds(&house, 300).await;
    assert_eq!(target.seconds_after(START), [0]);
}

#[tokio::test]
async fn an_accepted_run_survives_a_kill_before_and_in_the_middle_of_its_attempt() {
    let house = house(START).await;
    let target = house.upstream(&[Answer::Silence]).await;
    let killed = run(&house);
    create(&house, &killed, each_minute(&target)).await;
    pause(&house, &killed).await;
    run_now(&house, &killed).await;
    drop(killed);
    seconds(&house, 10).await;
    assert_eq!(target.seen().len(), 0, "accepted, and nobody there to send it");

    let killed = run(&house);
    seconds(&house, 1).await;
    assert_eq!(target.seen().len(), 1);
    drop(killed);

    let running = run(&house);
    seconds(&house, 1).await;
    assert_eq!(target.seen().len(), 2);
    assert_eq!(get(&house, &running).await.status.map(|status| status.code), Some(0));
    seconds(&house, 3600).await;
    assert_eq!(target.seen().len(), 2, "and not once more");
}

/// The process is killed after more and more turns of the runtime, so that the kills fall before the claim, before and
/// after the attempt is counted, before and after the answer, and after the end.
#[tokio::test]
async fn no_accepted_run_is_lost_whenever_the_process_is_killed() {
    let house = house(START).await;
    let target = house.upstream(&[]).await;
    let mut running = run(&house);
    let utc = JobFields { time_zone: "UTC".into(), ..each_minute(&target) };
    create(&house, &running, utc).await;
    let uid = pause(&house, &running).await.record.uid;
    let mut accepted = Vec::new();
    for round in 0..40 {
        accepted.push(house.timer.now().strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string());
        run_now(&house, &running).await;
        for _ in 0..round * round {
            tokio::task::yield_now().await;
        }
        drop(running);
        running = run(&house);
        seconds(&house, 1).await;
    }
    let sent: Vec<_> =
        target.seen().iter().map(|seen| seen.headers["x-cloudscheduler-scheduletime"].clone()).collect();
    let lost: Vec<_> = accepted.iter().filter(|time| !sent.contains(time)).collect();
    assert!(lost.is_empty(), "lost {lost:?} of {accepted:?}");
    assert_eq!(house.store.backend().deliveries_of(&uid).await.unwrap(), []);
}

#[tokio::test]
async fn a_job_with_a_hundred_unfinished_runs_takes_no_more_until_one_ends() {
    let house = house(START).await;
    let target = house.upstream(&[]).await;
    let killed = run(&house);
    create(&house, &killed, each_minute(&target)).await;
    let uid = pause(&house, &killed).await.record.uid;
    // Nobody is there to send; whoever accepts goes on.
    let Running { process, scheduler } = killed;
    drop(process);
    let permit = || permit::<CloudschedulerJobsRun>(&house, &report());
    for _ in 0..100 {
        scheduler.run(&ada(&house), permit()).await.unwrap();
    }
    let refused = scheduler.run(&ada(&house), permit()).await.unwrap_err();
    assert!(matches!(refused, RunError::TooManyPending { limit: 100, .. }), "{refused}");
    assert_eq!(
        house.store.backend().count_deliveries_of(&uid).await.unwrap(),
        100,
        "and nothing is kept of it"
    );

    let running = run(&house);
    seconds(&house, 1).await;
    assert_eq!(target.seen().len(), 100, "what was accepted is sent");
    run_now(&house, &running).await;
    seconds(&house, 1).await;
    assert_eq!(target.seen().len(), 101);
}

#[tokio::test]
async fn a_deleted_job_sends_nothing_more() {
    let house = house(START).await;
    let target = house.upstream(&[Answer::Status(503)]).await;
    let running = run(&house);
    let retry = scheduler::RetryFields { retry_count: 5, ..Default::default() };
    create(&house, &running, JobFields { retry: Some(retry), ..each_minute(&target) }).await;
    seconds(&house, 30).await;
    assert_eq!(target.seen().len(), 1);
    let store::JobRecord { uid, name, .. } = get(&house, &running).await.record;
    delete(&house, &running).await;
    seconds(&house, 3600).await;
    assert_eq!(target.seen().len(), 1, "neither the retry nor the next firing");
    assert_eq!(house.store.backend().deliveries_of(&uid).await.unwrap(), []);
    assert_eq!(house.store.backend().job_states(&[name]).await.unwrap(), []);
}

#[tokio::test]
async fn a_job_deleted_during_its_attempt_is_not_repeated() {
    let house = house(START).await;
    let target = house.upstream(&[Answer::Silence]).await;
    let running = run(&house);
    let retry = scheduler::RetryFields { retry_count: 5, ..Default::default() };
    create(&house, &running, JobFields { retry: Some(retry), ..each_minute(&target) }).await;
    seconds(&house, 31).await;
    let uid = get(&house, &running).await.record.uid;
    delete(&house, &running).await;
    seconds(&house, 3600).await;
    assert_eq!(target.seen().len(), 1);
    assert_eq!(house.store.backend().deliveries_of(&uid).await.unwrap(), []);
    assert_eq!(log(&house).await.len(), 2, "its outcome is logged all the same");
    let drained = running.process.drain(house.timer.now() + Duration::from_secs(5)).await;
    assert_eq!(drained, Ok(()));
}

/// The limit is looked at in the transaction that accepts the run, so that nobody slips through between.
#[tokio::test]
async fn of_runs_that_are_asked_for_at_the_same_time_no_more_are_accepted_than_may_wait() {
    let house = house(START).await;
    let target = house.upstream(&[]).await;
    let killed = run(&house);
    create(&house, &killed, each_minute(&target)).await;
    let uid = pause(&house, &killed).await.record.uid;
    let Running { process, scheduler } = killed;
    drop(process);
    let asked = (0..150).map(|_| {
        let (scheduler, context) = (scheduler.clone(), ada(&house));
        let permit = permit::<CloudschedulerJobsRun>(&house, &report());
        async move { scheduler.run(&context, permit).await }
    });
    let outcomes = all_at_once(asked).await;
    let refused = outcomes.iter().filter(|outcome| matches!(outcome, Err(RunError::TooManyPending { .. })));
    assert_eq!((outcomes.iter().filter(|outcome| outcome.is_ok()).count(), refused.count()), (100, 50));
    assert_eq!(house.store.backend().count_deliveries_of(&uid).await.unwrap(), 100);
}

/// Polls all of them in turn, until each is done.
async fn all_at_once<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut pending: Vec<_> = futures.into_iter().map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(move |context| {
        let mut ready = true;
        for (future, outcome) in &mut pending {
            if outcome.is_none() {
                match future.as_mut().poll(context) {
                    std::task::Poll::Ready(done) => *outcome = Some(done),
                    std::task::Poll::Pending => ready = false,
                }
            }
        }
        if !ready {
            return std::task::Poll::Pending;
        }
        std::task::Poll::Ready(pending.iter_mut().filter_map(|(_, outcome)| outcome.take()).collect())
    })
    .await
}
