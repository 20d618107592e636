//! What is forgotten, what stays, and limits that hold within the transaction.

use jiff::Timestamp;
use store::{ApplyError, Expired, LogFilter, Operation, OperationOutcome, Plan, Shares, Work};

use crate::databases::Database;
use crate::samples::{
    audit_entry, decision, delivery, log_entry, operation, project, project_id, second, uid,
};

async fn forget(database: &Database, expired: Expired, limit: u32) -> u64 {
    database.backend().forget(expired, limit).await.unwrap()
}

async fn logged(database: &Database) -> Vec<String> {
    let filter = LogFilter { limit: 1000, ..LogFilter::default() };
    let entries = database.backend().logs(&project_id("bakery"), &filter).await.unwrap();
    entries.into_iter().map(|entry| entry.insert_id).collect()
}

pub async fn log_entries_go_by_age_and_by_size_and_the_oldest_first(database: &Database) {
    let entries = (1..=9).map(|time| log_entry(&format!("e-{time}"), "log", second(time))).collect();
    database.backend().apply(Plan::new().work(Work::AppendLogs(entries))).await.unwrap();
    let by_age = |before, limit| forget(database, Expired::Logs { before, most_bytes: u64::MAX }, limit);
    assert_eq!(by_age(second(1), 10).await, 0, "what was written at that instant stays");
    assert_eq!(by_age(second(4), 2).await, 2, "no more than the limit at once");
    assert_eq!(by_age(second(4), 2).await, 1);
    assert_eq!(logged(database).await, ["e-4", "e-5", "e-6", "e-7", "e-8", "e-9"]);

    let size = serde_json::to_string(&log_entry("e-4", "log", second(4))).unwrap().len() as u64;
    let by_size = |most_bytes| forget(database, Expired::Logs { before: second(0), most_bytes }, 100);
    assert_eq!(by_size(6 * size).await, 0, "what fits stays");
    assert_eq!(by_size(6 * size - 1).await, 1);
    assert_eq!(by_size(2 * size).await, 3);
    assert_eq!(logged(database).await, ["e-8", "e-9"]);
    assert_eq!(by_size(0).await, 2);
    assert_eq!(by_size(0).await, 0);
}

fn done(id: &str, time: i64) -> Operation {
    Operation { outcome: Some(OperationOutcome::Succeeded), ..operation(id, second(time)) }
}

async fn stored(database: &Database) -> Vec<String> {
    let region = "projects/bakery/locations/us-central1";
    let operations = database.backend().operations(region, None, 10).await.unwrap();
    operations.iter().map(|operation| operation.name.operation.to_string()).collect()
}

pub async fn decisions_audit_entries_and_operations_go_by_age(database: &Database) {
    let backend = database.backend();
    backend.append_decisions(vec![decision("r-1", 200), decision("r-2", 403)]).await.unwrap();
    let work = Plan::new()
        .audit(audit_entry("r-1", "projects/bakery", second(0), 1))
        .work(Work::PutOperation(Box::new(operation("running", second(0)))))
        .work(Work::PutOperation(Box::new(done("old", 1))))
        .work(Work::PutOperation(Box::new(done("older", 0))))
        .work(Work::PutOperation(Box::new(done("young", 3))));
    backend.apply(work).await.unwrap();
    let soon = second(1_000_000);
    let kept = Expired::Decisions { before: Timestamp::MIN, most_bytes: u64::MAX };
    assert_eq!(forget(database, kept, 10).await, 0);
    assert_eq!(forget(database, Expired::Decisions { before: soon, most_bytes: u64::MAX }, 10).await, 2);
    assert!(backend.decisions("r-1").await.unwrap().is_empty());
    assert_eq!(
        forget(database, Expired::Audit { before: Timestamp::MIN, most_bytes: u64::MAX }, 10).await,
        0
    );
    assert_eq!(forget(database, Expired::Audit { before: soon, most_bytes: u64::MAX }, 10).await, 1);
    assert!(backend.audit_of_request("r-1").await.unwrap().is_empty());
    let operations =
        |before, limit| forget(database, Expired::Operations { before, most_bytes: u64::MAX }, limit);
    assert_eq!(operations(Timestamp::MIN, 10).await, 0);
    assert_eq!(operations(second(3), 1).await, 1, "what runs counts for nothing");
    assert_eq!(stored(database).await, ["young", "old", "running"]);
    assert_eq!(operations(second(3), 10).await, 1);
    assert_eq!(operations(second(3), 10).await, 0);
    assert_eq!(stored(database).await, ["young", "running"]);
}

pub async fn audit_entries_and_operations_go_by_size_and_the_oldest_first(database: &Database) {
    let backend = database.backend();
    for time in 1..=4 {
        let entry = audit_entry(&format!("r-{time}"), "projects/bakery", second(time), 1);
        let work = Work::PutOperation(Box::new(done(&format!("o-{time}"), time)));
        backend.apply(Plan::new().audit(entry).work(work)).await.unwrap();
    }
    // Written anew, it counts once; deleted, not at all.
    backend.apply(Plan::new().work(Work::PutOperation(Box::new(done("o-4", 4))))).await.unwrap();
    backend.apply(Plan::new().work(Work::PutOperation(Box::new(done("o-5", 5))))).await.unwrap();
    backend.apply(Plan::new().work(Work::DeleteOperation(done("o-5", 5).name))).await.unwrap();
    backend.apply(Plan::new().work(Work::DeleteOperation(done("o-5", 5).name))).await.unwrap();
    let size = serde_json::to_string(&done("o-1", 1)).unwrap().len() as u64;
    let operations = |most_bytes| forget(database, Expired::Operations { before: second(0), most_bytes }, 10);
    assert_eq!(operations(4 * size).await, 0, "what fits stays");
    assert_eq!(operations(4 * size - 1).await, 1);
    assert_eq!(stored(database).await, ["o-4", "o-3", "o-2"]);
    let size =
        serde_json::to_string(&audit_entry("r-1", "projects/bakery", second(1), 1)).unwrap().len() as u64;
    let entries = |most_bytes| forget(database, Expired::Audit { before: second(0), most_bytes }, 10);
    assert_eq!(entries(4 * size).await, 0, "what fits stays");
    assert_eq!(entries(2 * size).await, 2);
    for (request, kept) in [("r-2", false), ("r-3", true)] {
        assert_eq!(!backend.audit_of_request(request).await.unwrap().is_empty(), kept, "{request}");
    }
}

pub async fn what_is_recorded_of_a_project_goes_with_it_and_nothing_of_another(database: &Database) {
    let backend = database.backend();
    let mut others = [log_entry("e-7", "log", second(1)), log_entry("e-8", "log", second(1))];
    others[0].project = project_id("bakery-2");
    others[1].project = project_id("bake");
    let entries =
        (1..=3).map(|time| log_entry(&format!("e-{time}"), "log", second(time))).chain(others).collect();
    let mut other = done("other", 1);
    other.name.project = project_id("bakery-2");
    let work = Plan::new()
        .work(Work::AppendLogs(entries))
        .work(Work::PutOperation(Box::new(operation("running", second(0)))))
        .work(Work::PutOperation(Box::new(done("old", 1))))
        .work(Work::PutOperation(Box::new(other)));
    backend.apply(work).await.unwrap();
    let all = |limit| forget(database, Expired::OfProject(project_id("bakery")), limit);
    assert_eq!(all(2).await, 2, "no more than the limit at once");
    assert_eq!(all(2).await, 2, "the last entry and an operation");
    assert_eq!(all(2).await, 1, "what runs too");
    assert_eq!(all(2).await, 0);
    assert_eq!((logged(database).await.len(), stored(database).await.len()), (0, 0));
    for id in ["bakery-2", "bake"] {
        let found =
            backend.logs(&project_id(id), &LogFilter { limit: 9, ..LogFilter::default() }).await.unwrap();
        assert_eq!(found.len(), 1, "{id}");
    }
    let found = backend.operations("projects/bakery-2/locations/us-central1", None, 9).await.unwrap();
    assert_eq!(found.len(), 1);
    // What is gone counts for no bytes: what is left fits.
    let most_bytes = 2 * serde_json::to_string(&log_entry("e-7", "log", second(1))).unwrap().len() as u64 + 2;
    assert_eq!(forget(database, Expired::Logs { before: second(0), most_bytes }, 9).await, 0);
}

pub async fn changes_go_behind_the_slowest_process_that_says_how_far_it_is(database: &Database) {
    let backend = database.backend();
    for name in ["bakery", "mill-1", "mill-2"] {
        backend.apply(Plan::new().put(project(name, "p-1"))).await.unwrap();
    }
    // Years after the changes were made, by whatever clock.
    let (before, now) = (second(100_000_000), second(100_000_001));
    let looked = |before| Expired::Changes { before, node: "ada".into(), now };
    assert_eq!(forget(database, looked(Timestamp::MIN), 10).await, 0, "they are too young");
    let mut connection = database.connection().await;
    sqlx::query("INSERT INTO nodes (node, followed, seen_at) VALUES ('grace', 2, $1)")
        .bind(now.as_microsecond())
        .execute(&mut connection)
        .await
        .unwrap();
    assert_eq!(forget(database, looked(before), 1).await, 1, "no more than the limit at once");
    assert_eq!(forget(database, looked(before), 10).await, 1, "another process has not followed the third");
    sqlx::query("UPDATE nodes SET seen_at = 0 WHERE node = 'grace'").execute(&mut connection).await.unwrap();
    assert_eq!(forget(database, looked(before), 10).await, 1, "nobody waits for one that is silent");
    // Writing goes on, and who begins to follow sees everything.
    let (notebook, _) = crate::followers::Notebook::following(backend).await;
    backend.apply(Plan::new().put(project("mill-3", "p-1"))).await.unwrap();
    assert_eq!(notebook.loaded().len(), 3);
    assert_eq!(notebook.changes(), ["put project mill-3 p-1"]);
}

pub async fn an_owner_gets_no_more_deliveries_than_the_plan_allows(database: &Database) {
    let put = |name: &str, most| {
        let delivery = Box::new(delivery(name, second(0)));
        Plan::new().work(Work::PutDeliveryWithin { delivery, most })
    };
    let backend = database.backend();
    backend.apply(put("d-1", 2)).await.unwrap();
    backend.apply(put("d-2", 2)).await.unwrap();
    let full = backend.apply(put("d-3", 2)).await.unwrap_err();
    assert!(matches!(full, ApplyError::Full(owner) if owner == uid("bread-uid")));
    assert_eq!(backend.count_deliveries_of(&uid("bread-uid")).await.unwrap(), 2);
    let claimed =
        backend.claim_deliveries("one", second(1), second(60), 1, &Shares::unlimited()).await.unwrap();
    backend.apply(Plan::new().work(Work::FinishDelivery(claimed[0].0.clone()))).await.unwrap();
    backend.apply(put("d-3", 2)).await.unwrap();
}

pub async fn plans_applied_together_have_answers_of_their_own(database: &Database) {
    let backend = database.backend();
    let before = database.store.counts();
    let missing = Plan::new().delete(project_id("nowhere"));
    let plans =
        vec![Plan::new().put(project("bakery", "p-1")), missing, Plan::new().put(project("mill-1", "p-2"))];
    let answers = backend.apply_each(plans).await;
    assert!(answers[0].is_ok() && answers[2].is_ok());
    assert!(matches!(answers[1], Err(ApplyError::NotFound(_))));
    let after = database.store.counts();
    assert_eq!(after.plans - before.plans, 2);

    let keys = ["mill-1", "nowhere", "bakery"].map(str::to_owned);
    let mut found = backend.records_of("project", &keys).await.unwrap();
    found.sort_by(|one, other| one.key.cmp(&other.key));
    assert_eq!(found.iter().map(|found| found.key.as_str()).collect::<Vec<_>>(), ["bakery", "mill-1"]);
}
