//! Durable writes, alone and in company, against one `fdatasync` on the same disk in the same run.

use std::io::Write as _;
use std::time::Instant;

use serde_json::json;
use store::{AuditEntry, Plan};
use testbed::Testbed;

use crate::rate::{Times, per_second};

const ALONE: usize = 500;
const WRITERS: usize = 64;
const EACH: usize = 100;

pub async fn run() {
    let testbed = Testbed::start().await;
    let mut floor = Times::default();
    let mut file = std::fs::File::create(testbed.data().join("floor")).unwrap();
    for _ in 0..ALONE {
        let started = Instant::now();
        file.write_all(&[7; 4096]).unwrap();
        file.sync_data().unwrap();
        floor.of(started);
    }
    println!("one write of 4 KiB and fdatasync: {}", floor.describe());

    let mut alone = Times::default();
    for number in 0..ALONE {
        let plan = plan(&testbed, number);
        let started = Instant::now();
        testbed.house.store.apply(plan).await.unwrap();
        alone.of(started);
    }
    println!("one plan, alone: {}; {:.1} × fdatasync", alone.describe(), alone.median() / floor.median());

    let started = Instant::now();
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..WRITERS {
        let plans: Vec<_> = (0..EACH).map(|number| plan(&testbed, ALONE + writer * EACH + number)).collect();
        let store = testbed.house.store.clone();
        writers.spawn(async move {
            for plan in plans {
                store.apply(plan).await.unwrap();
            }
        });
    }
    writers.join_all().await;
    let together = per_second(WRITERS * EACH, started);
    println!(
        "plans of {WRITERS} writers at once: {together:.0}/s, {:.1} × alone, {:.1} × fdatasyncs",
        together * alone.median(),
        together * floor.median()
    );
}

/// One durable write: a line of the audit log.
fn plan(testbed: &Testbed, number: usize) -> Plan {
    Plan::new().audit(AuditEntry {
        time: testbed.now(),
        request_id: format!("{number:032}"),
        principal: "user:maria@example.com".to_owned(),
        permission: "run.services.update".to_owned(),
        resource: "projects/demo".to_owned(),
        uid: None,
        detail: json!({}),
    })
}
