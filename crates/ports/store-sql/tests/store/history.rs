//! What happened: logs, operations, audit entries, decisions.

use store::{
    Decision, DecisionFilter, LogEntry, LogFilter, LogOrder, Operation, OperationOutcome, Plan, Work,
};

use crate::databases::Database;
use crate::samples::{audit_entry, decision, log_entry, operation, operation_name, project_id, second};

async fn log(database: &Database, entries: Vec<LogEntry>) {
    database.backend().apply(Plan::new().work(Work::AppendLogs(entries))).await.unwrap();
}

async fn read(database: &Database, filter: LogFilter) -> Vec<LogEntry> {
    database.backend().logs(&project_id("bakery"), &filter).await.unwrap()
}

fn ids(entries: &[LogEntry]) -> Vec<&str> {
    entries.iter().map(|entry| entry.insert_id.as_str()).collect()
}

pub async fn log_entries_are_read_in_order_and_by_page(database: &Database) {
    let entries = [("e", 2), ("b", 1), ("d", 1), ("a", 3), ("c", 1)];
    let mut entries = entries.map(|(id, time)| log_entry(id, "log", second(time))).to_vec();
    // An ID is unique within its log.
    entries.push(log_entry("c", "other", second(1)));
    log(database, entries).await;
    for (order, expected) in [
        (LogOrder::OldestFirst, ["b", "c", "c", "d", "e", "a"]),
        (LogOrder::NewestFirst, ["a", "e", "d", "c", "c", "b"]),
    ] {
        let mut filter = LogFilter { order, limit: 2, ..Default::default() };
        let mut seen = Vec::new();
        loop {
            let page = read(database, filter.clone()).await;
            let Some(last) = page.last() else { break };
            filter.after = Some(last.place());
            seen.extend(ids(&page).into_iter().map(str::to_owned));
        }
        assert_eq!(seen, expected);
    }
}

pub async fn log_entries_are_filtered(database: &Database) {
    let entries = [("a", "one", 1), ("b", "two", 2), ("c", "one", 3)];
    log(database, entries.map(|(id, log, time)| log_entry(id, log, second(time))).to_vec()).await;
    let all = LogFilter { limit: 1000, ..Default::default() };
    let of_one = LogFilter { log_id: Some("one".into()), ..all.clone() };
    assert_eq!(ids(&read(database, of_one.clone()).await), ["a", "c"]);
    let since = LogFilter { since: Some(second(2)), ..all.clone() };
    assert_eq!(ids(&read(database, since).await), ["b", "c"]);
    let until = LogFilter { until: Some(second(2)), ..all.clone() };
    assert_eq!(ids(&read(database, until).await), ["a", "b"]);
    let both = LogFilter { since: Some(second(2)), order: LogOrder::NewestFirst, ..of_one };
    assert_eq!(ids(&read(database, both).await), ["c"]);
    let elsewhere = database.backend().logs(&project_id("mill"), &all).await.unwrap();
    assert!(elsewhere.is_empty());
    assert_eq!(read(database, all).await[0], log_entry("a", "one", second(1)));
}

pub async fn an_entry_that_was_logged_stays_as_it_is(database: &Database) {
    log(database, vec![log_entry("a", "log", second(1))]).await;
    let other = LogEntry { severity: "ERROR".into(), ..log_entry("a", "log", second(1)) };
    log(database, vec![other, log_entry("b", "log", second(1))]).await;
    let entries = read(database, LogFilter { limit: 10, ..Default::default() }).await;
    assert_eq!(entries, [log_entry("a", "log", second(1)), log_entry("b", "log", second(1))]);
}

pub async fn logs_are_listed_and_deleted_one_by_one(database: &Database) {
    let backend = database.backend();
    let entries = [("a", "one", 1), ("b", "two", 2), ("c", "one", 3), ("d", "three", 3), ("e", "one", 3)];
    log(database, entries.map(|(id, log, time)| log_entry(id, log, second(time))).to_vec()).await;
    let bakery = project_id("bakery");
    assert_eq!(backend.log_ids(&bakery, "", 9).await.unwrap(), ["one", "three", "two"]);
    assert_eq!(backend.log_ids(&bakery, "one", 1).await.unwrap(), ["three"]);
    assert_eq!(backend.log_ids(&project_id("mill"), "", 9).await.unwrap(), Vec::<String>::new());
    assert_eq!(backend.delete_log(&project_id("mill"), "one", 9).await.unwrap(), 0);
    assert_eq!(backend.delete_log(&bakery, "one", 2).await.unwrap(), 2);
    let all = LogFilter { limit: 9, ..Default::default() };
    assert_eq!(ids(&read(database, all.clone()).await), ["b", "d", "e"]);
    assert_eq!(backend.delete_log(&bakery, "one", 2).await.unwrap(), 1);
    assert_eq!(backend.log_ids(&bakery, "", 9).await.unwrap(), ["three", "two"]);
    assert_eq!(ids(&read(database, all).await), ["b", "d"]);
}

pub async fn requests_are_read_in_order_and_without_what_was_asked_on_their_way(database: &Database) {
    let backend = database.backend();
    let at = |id: &str, ordinal, time| Decision { ordinal, time: second(time), ..decision(id, 200) };
    let rows = [at("b", 0, 2), at("a", 0, 2), at("a", 1, 2), at("c", 0, 1), at("d", 0, 3), at("d", 5, 3)];
    backend.append_decisions(rows.to_vec()).await.unwrap();
    let read = async |filter: DecisionFilter| {
        let found = backend.requests(&filter).await.unwrap();
        found.into_iter().map(|decision| decision.request_id).collect::<Vec<_>>()
    };
    let all = DecisionFilter { limit: 9, ..DecisionFilter::default() };
    assert_eq!(read(all.clone()).await, ["c", "a", "b", "d"]);
    let newest = DecisionFilter { order: LogOrder::NewestFirst, limit: 3, ..all.clone() };
    assert_eq!(read(newest.clone()).await, ["d", "b", "a"]);
    let from = Some((second(2), "b".to_owned()));
    assert_eq!(read(DecisionFilter { from: from.clone(), ..all.clone() }).await, ["b", "d"]);
    assert_eq!(read(DecisionFilter { from, ..newest }).await, ["b", "a", "c"]);
    let bounds = DecisionFilter { since: Some(second(2)), until: Some(second(2)), ..all };
    assert_eq!(read(bounds).await, ["a", "b"]);
}

pub async fn operations_come_newest_first_and_by_page(database: &Database) {
    let times = [("a", 1), ("b", 3), ("c", 2), ("d", 3), ("e", 4)];
    let works = times.map(|(id, time)| Work::PutOperation(Box::new(operation(id, second(time)))));
    database.backend().apply(works.into_iter().fold(Plan::new(), Plan::work)).await.unwrap();
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let region = "projects/bakery/locations/us-central1";
        let operations = database.backend().operations(region, after.as_ref(), 2).await.unwrap();
        let Some(last) = operations.last() else { break };
        after = Some(last.place());
        // Forgotten meanwhile: the next page begins in its place.
        let forgotten = Work::DeleteOperation(last.name.clone());
        database.backend().apply(Plan::new().work(forgotten)).await.unwrap();
        seen.extend(operations.iter().map(|operation| operation.name.operation.to_string()));
    }
    assert_eq!(seen, ["e", "d", "b", "c", "a"]);
    let elsewhere = database.backend().operations("projects/bakery/locations/us", None, 9).await.unwrap();
    assert!(elsewhere.is_empty());
}

pub async fn an_operation_is_rewritten_and_forgotten(database: &Database) {
    let backend = database.backend();
    let running = operation("bake", second(1));
    backend.apply(Plan::new().work(Work::PutOperation(Box::new(running.clone())))).await.unwrap();
    assert_eq!(backend.operation(&running.name).await.unwrap(), Some(running.clone()));
    let done = Operation { outcome: Some(OperationOutcome::Succeeded), ..running };
    backend.apply(Plan::new().work(Work::PutOperation(Box::new(done.clone())))).await.unwrap();
    assert_eq!(backend.operation(&done.name).await.unwrap(), Some(done));
    backend.apply(Plan::new().work(Work::DeleteOperation(operation_name("bake")))).await.unwrap();
    assert_eq!(backend.operation(&operation_name("bake")).await.unwrap(), None);
}

pub async fn audit_entries_are_found_by_request_and_by_resource(database: &Database) {
    let backend = database.backend();
    let (oven, till) = ("services/oven", "services/till");
    let first = audit_entry("r-1", oven, second(1), 1);
    let beside = audit_entry("r-1", till, second(1), 2);
    let again = audit_entry("r-1", oven, second(1), 3);
    let later = audit_entry("r-0", oven, second(2), 4);
    let plan = Plan::new().audit(first.clone()).audit(beside.clone());
    backend.apply(plan).await.unwrap();
    backend.apply(Plan::new().audit(again.clone())).await.unwrap();
    backend.apply(Plan::new().audit(later.clone())).await.unwrap();
    assert_eq!(backend.audit_of_request("r-1").await.unwrap(), [first.clone(), beside, again.clone()]);
    assert_eq!(backend.audit_of_resource(oven, 9).await.unwrap(), [later.clone(), again, first]);
    assert_eq!(backend.audit_of_resource(oven, 1).await.unwrap(), [later]);
}

pub async fn the_first_decision_at_a_place_of_a_request_stays(database: &Database) {
    let backend = database.backend();
    let after = Decision { ordinal: 7, ..decision("r-1", 0) };
    backend.append_decisions(vec![after.clone(), decision("r-1", 200), decision("r-2", 403)]).await.unwrap();
    backend.append_decisions(vec![decision("r-1", 500)]).await.unwrap();
    assert_eq!(backend.decisions("r-1").await.unwrap(), [decision("r-1", 200), after.clone()]);
    assert_eq!(backend.decisions("r-2").await.unwrap(), [decision("r-2", 403)]);
    assert_eq!(backend.decisions("r-3").await.unwrap(), []);
    backend.append_decisions(Vec::new()).await.unwrap();
    // So many at once that they go in groups, some of them known already and some there twice.
    let many = (0..300).map(|number| decision(&format!("m-{}", number % 290), 200 + number));
    let known = (0..300).map(|_| decision("r-1", 500));
    backend.append_decisions(many.zip(known).flat_map(|(new, known)| [new, known]).collect()).await.unwrap();
    for number in 0..290 {
        let written = backend.decisions(&format!("m-{number}")).await.unwrap();
        assert_eq!(written, [decision(&format!("m-{number}"), 200 + number)]);
    }
    assert_eq!(backend.decisions("r-1").await.unwrap(), [decision("r-1", 200), after]);
}
