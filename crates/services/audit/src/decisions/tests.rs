//! The queue and its worker, over a real store and a clock moved by hand.

use std::future::Future;

use store_sql::{DataDirectory, SqlStore};
use supervise::{HandClock, Supervisor, Timer};

use super::*;

struct House {
    clock: HandClock,
    database: Arc<SqlStore>,
    store: Store,
    supervisor: Supervisor,
    timer: Timer,
    _folder: tempfile::TempDir,
}

async fn house() -> House {
    let (timer, clock) = Timer::by_hand("2026-03-02T09:00:00Z".parse().unwrap());
    let (supervisor, folder) = (Supervisor::new(&timer), tempfile::tempdir().unwrap());
    let directory = DataDirectory::lock(folder.path()).unwrap();
    let database = SqlStore::open_sqlite(directory, supervisor.tasks()).await.unwrap();
    House { clock, store: Store::on(database.clone()), database, supervisor, timer, _folder: folder }
}

impl House {
    fn start(&self, worker: Worker) {
        let run = worker.run(self.timer.clone(), self.supervisor.tasks().drain());
        self.supervisor.tasks().spawn("decisions", run);
    }

    async fn is_written(&self, request_id: &str) -> bool {
        !self.store.backend().decisions(request_id).await.unwrap().is_empty()
    }
}

fn few(capacity: usize, when_full: WhenFull) -> Config {
    Config { capacity, when_full }
}

fn decision(request_id: &str) -> Decision {
    Decision {
        time: jiff::Timestamp::UNIX_EPOCH,
        request_id: request_id.to_owned(),
        ordinal: 0,
        principal: "anonymous".to_owned(),
        decided: Decided::Permission(permission("run.routes.invoke")),
    }
}

fn permission(name: &str) -> PermissionDecision {
    PermissionDecision {
        permission: name.to_owned(),
        resource: "projects/demo".to_owned(),
        revision: names::Revision(1),
        ground: None,
        checks: Vec::new(),
        command: None,
        asker: None,
        ground_level: None,
        command_level: None,
    }
}

fn dropped(decisions: &Decisions) -> u64 {
    decisions.dropped.load(Ordering::Relaxed)
}

/// Whether it is done at once, without anybody else doing anything.
async fn is_ready(future: &mut (impl Future<Output = ()> + Unpin)) -> bool {
    std::future::poll_fn(|context| {
        std::task::Poll::Ready(std::pin::Pin::new(&mut *future).poll(context).is_ready())
    })
    .await
}

#[tokio::test]
async fn decisions_wait_for_company_and_no_longer_than_twenty_milliseconds() {
    let house = house().await;
    let (decisions, worker) = Decisions::new(house.store.clone(), Config::default());
    house.start(worker);
    for number in 0..10 {
        decisions.record(decision(&format!("r{number}"))).await;
    }
    house.clock.advance(LINGER - Duration::from_millis(1)).await;
    assert!(!house.is_written("r0").await && !house.is_written("r9").await);
    house.clock.advance(Duration::from_millis(1)).await;
    assert!(house.is_written("r0").await && house.is_written("r9").await);
}

#[tokio::test]
async fn a_full_batch_waits_for_nobody() {
    let house = house().await;
    let (decisions, worker) = Decisions::new(house.store.clone(), Config::default());
    for number in 0..=BATCH {
        decisions.record(decision(&format!("r{number}"))).await;
    }
    house.start(worker);
    house.clock.settle().await;
    assert!(house.is_written("r0").await && house.is_written(&format!("r{}", BATCH - 1)).await);
    assert!(!house.is_written(&format!("r{BATCH}")).await, "the one that was too many waits for company");
}

#[tokio::test]
async fn what_finds_no_room_is_dropped_and_counted() {
    let house = house().await;
    let (decisions, worker) = Decisions::new(house.store.clone(), few(2, WhenFull::CountDropped));
    for name in ["first", "second", "third", "fourth"] {
        decisions.record(decision(name)).await;
    }
    assert_eq!(dropped(&decisions), 2);
    house.start(worker);
    house.clock.advance(LINGER).await;
    assert!(house.is_written("second").await && !house.is_written("third").await);
}

#[tokio::test]
async fn where_requests_may_wait_nothing_is_dropped() {
    let house = house().await;
    let (decisions, worker) = Decisions::new(house.store.clone(), few(1, WhenFull::Wait));
    decisions.record(decision("first")).await;
    let mut second = Box::pin(decisions.record(decision("second")));
    assert!(!is_ready(&mut second).await, "there is no room");
    house.start(worker);
    house.clock.settle().await;
    assert!(is_ready(&mut second).await, "there is room");
    house.clock.advance(LINGER).await;
    house.clock.advance(LINGER).await;
    assert!(house.is_written("first").await && house.is_written("second").await);
    drop(second);
    assert_eq!(dropped(&decisions), 0);
}

#[tokio::test]
async fn what_is_given_up_while_it_waits_for_room_is_counted() {
    let house = house().await;
    let (decisions, _worker) = Decisions::new(house.store.clone(), few(1, WhenFull::Wait));
    decisions.record_at_once(decision("first"));
    assert_eq!(dropped(&decisions), 0);
    let mut second = Box::pin(decisions.record(decision("second")));
    assert!(!is_ready(&mut second).await, "there is no room");
    drop(second);
    assert_eq!(dropped(&decisions), 1);
    decisions.record_at_once(decision("third"));
    assert_eq!(dropped(&decisions), 2);
}

#[tokio::test]
async fn what_is_decided_while_draining_is_written_before_the_last_handle_is_gone() {
    let House { clock, store, supervisor, timer, _folder, database: _ } = house().await;
    let (decisions, worker) = Decisions::new(store.clone(), Config::default());
    let run = worker.run(timer.clone(), supervisor.tasks().drain());
    let writer = supervisor.tasks().spawn("decisions", run);
    let draining = supervisor.drain(timer.now() + Duration::from_secs(30));
    let request = async {
        // Under way when the drain began; nothing waits in the queue.
        clock.settle().await;
        clock.advance(Duration::from_secs(5)).await;
        decisions.record(decision("late")).await;
        assert_eq!(dropped(&decisions), 0);
        drop(decisions);
        writer.ended().await;
        assert!(!store.backend().decisions("late").await.unwrap().is_empty());
        drop(store);
    };
    let (drained, ()) = tokio::join!(draining, request);
    drained.unwrap();
}

#[tokio::test]
async fn a_batch_that_cannot_be_written_is_counted_and_the_next_is_tried() {
    let house = house().await;
    let (decisions, worker) = Decisions::new(house.store.clone(), Config::default());
    house.database.close().await;
    house.start(worker);
    decisions.record(decision("first")).await;
    decisions.record(decision("second")).await;
    house.clock.advance(LINGER).await;
    assert_eq!(dropped(&decisions), 2);
    decisions.record(decision("third")).await;
    house.clock.advance(LINGER).await;
    assert_eq!(dropped(&decisions), 3);
}

#[tokio::test]
async fn every_note_of_a_request_has_a_place_of_its_own() {
    let house = house().await;
    let (decisions, worker) = Decisions::new(house.store.clone(), Config::default());
    house.start(worker);
    let caller = context::Caller::of(names::Principal::Anonymous);
    let chance = Arc::new(context::Seeded::new(1));
    let context = Context::new(caller, Arc::new(house.timer.clone()), chance);
    for name in ["run.services.get", "run.services.update"] {
        decisions.note(&context, permission(name));
    }
    house.clock.advance(LINGER).await;
    let rows = house.store.backend().decisions(&context.request_id().to_string()).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.ordinal).collect::<Vec<_>>(), [1, 2]);
}

#[tokio::test]
async fn the_worker_makes_the_record_of_a_decision_and_not_who_decides() {
    struct Known(Arc<std::sync::atomic::AtomicBool>);
    impl Unwritten for Known {
        fn written(self: Box<Self>) -> Decision {
            self.0.store(true, Ordering::Relaxed);
            decision("late")
        }
    }
    let house = house().await;
    let (decisions, worker) = Decisions::new(house.store.clone(), Config::default());
    let made = Arc::<std::sync::atomic::AtomicBool>::default();
    decisions.record(Box::new(Known(made.clone())) as Box<dyn Unwritten>).await;
    assert!(!made.load(Ordering::Relaxed));
    house.start(worker);
    house.clock.advance(LINGER).await;
    assert!(made.load(Ordering::Relaxed) && house.is_written("late").await);
}
