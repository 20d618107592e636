//! `kill -9` at any instant: what was acknowledged is there, whole.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::Arc;

use futures_util::future::join_all;
use store::{Backend, Expectation, Plan, ProjectRecord, Store, Work};
use store_sql::SqlStore;
use supervise::{Supervisor, Timer};

use crate::databases::{self, Database};
use crate::samples::{audit_entry, delivery, project, project_id, second, uid};

#[tokio::test]
async fn acknowledged_plans_survive_a_kill_on_sqlite() {
    match doomed() {
        Some((place, round)) => write_until_killed(&place, &round).await,
        None => {
            survive(Database::on_sqlite().await, "crash::acknowledged_plans_survive_a_kill_on_sqlite").await
        }
    }
}

#[tokio::test]
async fn acknowledged_plans_survive_a_kill_on_postgres() {
    let test = "crash::acknowledged_plans_survive_a_kill_on_postgres";
    match doomed() {
        Some((place, round)) => write_until_killed(&place, &round).await,
        None => {
            let Some(database) = Database::on_postgres(test).await else { return };
            survive(database, test).await;
        }
    }
}

/// Kills a process in each round once it has acknowledged some plans, then looks for all that it acknowledged.
async fn survive(database: Database, test: &str) {
    database.store.close().await;
    let mut chance = SEED;
    for round in 0..ROUNDS {
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let acknowledged = kill_after(1 + (chance >> 33) as usize % 150, &database.place(), round, test);
        let store = database.another_node().await;
        for id in &acknowledged {
            assert!(
                store.record("project", id).await.unwrap().is_some(),
                "{id} was acknowledged, seed {SEED}"
            );
        }
        check_whole(store).await;
    }
    database.end().await;
}

/// The ids that a process acknowledged before it was killed.
fn kill_after(acknowledgements: usize, place: &str, round: u32, test: &str) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(PLACE, place)
        .env(ROUND, round.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut acknowledged = Vec::new();
    let mut read = |acknowledged: &mut Vec<String>| match lines.next() {
        Some(line) => {
            let line = line.unwrap();
            acknowledged.extend(line.split_once(ACKNOWLEDGED).map(|(_, id)| id.to_owned()));
            true
        }
        None => false,
    };
    while acknowledged.len() < acknowledgements {
        assert!(read(&mut acknowledged), "the writing process ended by itself");
    }
    child.kill().unwrap();
    // It was faster than the signal: what it printed until then counts too.
    while read(&mut acknowledged) {}
    child.wait().unwrap();
    acknowledged
}

/// No plan is there by half, and every change has its revision.
async fn check_whole(store: Arc<SqlStore>) {
    let projects = Store::on(store.clone()).all::<ProjectRecord>("").await.unwrap();
    let deliveries = store.deliveries_of(&uid("bread-uid")).await.unwrap();
    assert!(projects.len() <= deliveries.len());
    let mut revisions = Vec::new();
    for stored in &projects {
        let id = stored.record.id.as_str();
        assert!(deliveries.iter().any(|delivery| delivery.uid.as_str() == id), "{id} lacks its delivery");
        assert_eq!(store.audit_of_request(id).await.unwrap().len(), 1, "{id} lacks its audit entry");
        revisions.push(stored.revision.0);
    }
    for delivery in &deliveries {
        assert!(store.record("project", delivery.uid.as_str()).await.unwrap().is_some(), "{}", delivery.uid);
    }
    revisions.sort();
    assert_eq!(revisions, (1..=projects.len() as u64).collect::<Vec<_>>());
    store.close().await;
}

/// The process that is killed: several writers, each of which prints what was acknowledged to it.
async fn write_until_killed(place: &str, round: &str) {
    let supervisor = Supervisor::new(&Timer::wall());
    let store = databases::at(place, &supervisor).await.unwrap();
    let writers = (0..8).map(|writer| {
        let store = store.clone();
        async move {
            for number in 0.. {
                let id = format!("p-{round}-{writer}-{number}");
                let plan = Plan::new()
                    .expect(Expectation::Absent(project_id(&id).into()))
                    .put(project(&id, &id))
                    .audit(audit_entry(&id, &id, second(0), 0))
                    .work(Work::PutDelivery(Box::new(delivery(&id, second(0)))));
                store.apply(plan).await.unwrap();
                println!("{ACKNOWLEDGED}{id}");
            }
        }
    });
    join_all(writers).await;
}

/// Where to write, and in which round, in the process that is to be killed.
#[expect(clippy::disallowed_methods, reason = "a test tells its own child what to do")]
fn doomed() -> Option<(String, String)> {
    Some((std::env::var(PLACE).ok()?, std::env::var(ROUND).ok()?))
}

const SEED: u64 = 2026;
const ROUNDS: u32 = 8;
const PLACE: &str = "DOORWARD_STORE_CRASH_PLACE";
const ROUND: &str = "DOORWARD_STORE_CRASH_ROUND";
const ACKNOWLEDGED: &str = "acknowledged ";
