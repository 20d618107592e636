//! Nobody keeps the others waiting.

use std::time::Duration;

use names::ProjectId;
use store::{Delivery, Plan, Work};

use crate::house::{Answer, House, uid};
use crate::{Config, Rule, Running, START, delivery, nine_o_clock, run_with};

/// All at once, so that the engine finds them together, the first one oldest.
async fn enqueue_all(house: &House, running: &Running, deliveries: impl IntoIterator<Item = Delivery>) {
    let works = deliveries.into_iter().map(|delivery| Work::PutDelivery(Box::new(delivery)));
    house.store.apply(works.fold(Plan::new(), Plan::work)).await.unwrap();
    running.handle.wake();
    house.clock.settle().await;
}

/// So many of this owner and project, overdue by a second.
fn overdue(house: &House, count: u32, (owner, project): (&str, &str), url: &str) -> Vec<Delivery> {
    let of = |number| {
        let name = format!("{owner}-{number:03}");
        let due_at = house.timer.now() - Duration::from_secs(1);
        let (owner_uid, project) = (uid(owner), ProjectId::parse(project).unwrap());
        Delivery { owner_uid, project, due_at, ..delivery(house, &name, url) }
    };
    (0..count).map(of).collect()
}

fn by(owner: &str, house: &House, url: &str) -> Delivery {
    Delivery { owner_uid: uid(owner), ..delivery(house, owner, url) }
}

#[tokio::test]
async fn a_job_whose_target_never_answers_does_not_hold_up_the_others() {
    let house = nine_o_clock().await;
    let (silent, quick) = (house.upstream(&[Answer::Silence; 200]).await, house.upstream(&[]).await);
    let running = run_with(&house, Rule::new(), Config::of_node("one"));
    let mut all = overdue(&house, 200, ("job-1", "demo"), &silent.url("/"));
    all.push(by("job-2", &house, &quick.url("/")));
    enqueue_all(&house, &running, all).await;
    assert_eq!(silent.seen().len(), 4, "the job's share");
    assert_eq!(quick.seconds_after(START), [0]);
}

#[tokio::test]
async fn a_project_whose_targets_never_answer_does_not_hold_up_the_others() {
    let house = nine_o_clock().await;
    let (silent, quick) = (house.upstream(&[Answer::Silence; 200]).await, house.upstream(&[]).await);
    let running = run_with(&house, Rule::new(), Config::of_node("one"));
    let jobs: Vec<String> = (0..50).map(|number| format!("job-{number}")).collect();
    let all = jobs.iter().flat_map(|job| overdue(&house, 4, (job, "demo"), &silent.url("/")));
    let other =
        Delivery { project: ProjectId::parse("mill-1").unwrap(), ..by("flour", &house, &quick.url("/")) };
    enqueue_all(&house, &running, all.chain([other]).collect::<Vec<_>>()).await;
    assert_eq!(silent.seen().len(), 128, "the project's share");
    assert_eq!(quick.seconds_after(START), [0]);
}

#[tokio::test]
async fn what_waits_for_its_owners_share_is_sent_as_soon_as_an_attempt_ends() {
    let house = nine_o_clock().await;
    // At no multiple of the engine's own pauses.
    let target = house.upstream(&[Answer::Late(7); 5]).await;
    let config = Config { attempts_at_once_per_owner: 2, ..Config::of_node("one") };
    let running = run_with(&house, Rule::new(), config);
    enqueue_all(&house, &running, overdue(&house, 5, ("job-1", "demo"), &target.url("/"))).await;
    house.clock.advance(Duration::from_secs(60)).await;
    assert_eq!(target.seconds_after(START), [0, 0, 7, 7, 14]);
}
