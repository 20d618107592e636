//! Records: expectations, atomicity, paging, and policies that go with their resource.

use names::Revision;
use store::{
    ApplyError, Expectation, Gathering, Page, Plan, PolicyRecord, ProjectRecord, ReadError, Record,
    RecordKey, RingKeyRecord, ServiceRecord, Shares, Work,
};

use crate::databases::Database;
use crate::samples::{
    audit_entry, delivery, log_entry, policy, policy_key, project, project_id, ring_key, second, service,
    service_name, uid,
};

pub async fn what_was_put_is_found(database: &Database) {
    let store = database.handle();
    assert_eq!(store.find::<ProjectRecord>(&project_id("bakery")).await.unwrap(), None);
    let revision = store.apply(Plan::new().put(project("bakery", "p-1"))).await.unwrap();
    let found = store.find::<ProjectRecord>(&project_id("bakery")).await.unwrap().unwrap();
    assert_eq!((found.record.uid, found.revision), (uid("p-1"), revision));
    assert_eq!(revision, Revision(1));
}

pub async fn a_later_put_replaces_the_record_and_its_revision(database: &Database) {
    let store = database.handle();
    let plan = Plan::new().put(service("oven", "s-1")).put(service("till", "s-2"));
    assert_eq!(store.apply(plan).await.unwrap(), Revision(2));
    let later = store.apply(Plan::new().put(service("oven", "s-1"))).await.unwrap();
    assert_eq!(later, Revision(3));
    let oven = store.find::<ServiceRecord>(&service_name("oven")).await.unwrap().unwrap();
    let till = store.find::<ServiceRecord>(&service_name("till")).await.unwrap().unwrap();
    assert_eq!((oven.revision, till.revision), (Revision(3), Revision(2)));
}

pub async fn absent_refuses_a_record_that_is_there(database: &Database) {
    let store = database.handle();
    let key: RecordKey = project_id("bakery").into();
    let plan = Plan::new().expect(Expectation::Absent(key.clone())).put(project("bakery", "p-1"));
    store.apply(plan.clone()).await.unwrap();
    let refused = store.apply(plan).await.unwrap_err();
    assert!(matches!(refused, ApplyError::AlreadyExists(found) if found == key));
}

pub async fn at_refuses_another_revision_and_a_missing_record(database: &Database) {
    let store = database.handle();
    let key: RecordKey = project_id("bakery").into();
    let at =
        |revision| Plan::new().expect(Expectation::At(key.clone(), revision)).put(project("bakery", "p-1"));
    let refused = store.apply(at(Revision(0))).await.unwrap_err();
    assert!(matches!(refused, ApplyError::NotFound(found) if found == key));
    let first = store.apply(Plan::new().put(project("bakery", "p-1"))).await.unwrap();
    let second = store.apply(at(first)).await.unwrap();
    let refused = store.apply(at(first)).await.unwrap_err();
    assert!(matches!(refused, ApplyError::Conflict(found) if found == key));
    store.apply(at(second)).await.unwrap();
}

pub async fn is_refuses_another_uid_and_a_missing_record(database: &Database) {
    let store = database.handle();
    let key: RecordKey = project_id("bakery").into();
    let is = |text| Plan::new().expect(Expectation::Is(key.clone(), uid(text)));
    let refused = store.apply(is("p-1")).await.unwrap_err();
    assert!(matches!(refused, ApplyError::NotFound(found) if found == key));
    let revision = store.apply(Plan::new().put(project("bakery", "p-1"))).await.unwrap();
    assert_eq!(store.apply(is("p-1")).await.unwrap(), revision);
    let refused = store.apply(is("p-2")).await.unwrap_err();
    assert!(matches!(refused, ApplyError::Conflict(found) if found == key));
}

pub async fn unchanged_refuses_when_one_of_them_came_went_or_was_written(database: &Database) {
    let store = database.handle();
    let prefix = "projects/bakery/locations/";
    let read = async || {
        let found = store.all::<ServiceRecord>(prefix).await.unwrap();
        let gathering = Gathering::of(project_id("bakery"), prefix, &found);
        Plan::new().expect(Expectation::Unchanged(gathering)).put(ring_key("a", "r-1"))
    };
    store.apply(Plan::new().put(service("oven", "s-1"))).await.unwrap();
    for change in [
        Plan::new().put(service("till", "s-2")),
        Plan::new().put(service("oven", "s-1")),
        Plan::new().delete(service_name("till")),
        Plan::new().delete(service_name("oven")).put(service("door", "s-3")),
        Plan::new().delete(service_name("door")),
        Plan::new().put(service("oven", "s-4")),
    ] {
        let before = read().await;
        store.apply(before.clone()).await.unwrap();
        store.apply(before.clone()).await.unwrap();
        store.apply(change.clone()).await.unwrap();
        let refused = store.apply(before).await.unwrap_err();
        assert!(
            matches!(&refused, ApplyError::Conflict(found) if *found == project_id("bakery").into()),
            "{change:?}"
        );
        // What else is in the store does not matter.
        let after = read().await;
        store.apply(Plan::new().put(project("bakery", "p-1"))).await.unwrap();
        store.apply(after).await.unwrap();
    }
}

pub async fn deleting_what_is_not_there_is_refused(database: &Database) {
    let key: RecordKey = project_id("bakery").into();
    let refused = database.handle().apply(Plan::new().delete(key.clone())).await.unwrap_err();
    assert!(matches!(refused, ApplyError::NotFound(found) if found == key));
}

pub async fn a_plan_whose_last_part_fails_changes_nothing(database: &Database) {
    let (store, backend) = (database.handle(), database.backend());
    store.apply(Plan::new().put(service("oven", "s-1"))).await.unwrap();
    let lost = store::Lease { delivery: uid("nobody-has-it"), fence: 1 };
    let plan = Plan::new()
        .put(project("bakery", "p-1"))
        .delete(service_name("oven"))
        .audit(audit_entry("request-1", "projects/bakery", second(0), 1))
        .work(Work::AppendLogs(vec![log_entry("entry", "log", second(0))]))
        .work(Work::PutDelivery(Box::new(delivery("d-1", second(0)))))
        .work(Work::FinishDelivery(lost));
    let refused = store.apply(plan).await.unwrap_err();
    assert!(matches!(refused, ApplyError::LeaseLost(delivery) if delivery == uid("nobody-has-it")));

    assert_eq!(store.find::<ProjectRecord>(&project_id("bakery")).await.unwrap(), None);
    assert!(store.find::<ServiceRecord>(&service_name("oven")).await.unwrap().is_some());
    assert!(backend.audit_of_request("request-1").await.unwrap().is_empty());
    let filter = store::LogFilter { limit: 10, ..Default::default() };
    assert!(backend.logs(&project_id("bakery"), &filter).await.unwrap().is_empty());
    assert_eq!(backend.next_delivery_due(&Shares::unlimited()).await.unwrap(), None);
    let next = store.apply(Plan::new().put(project("bakery", "p-1"))).await.unwrap();
    assert_eq!(next, Revision(2), "no revision was used up");
}

pub async fn deleting_a_resource_removes_its_policy(database: &Database) {
    let store = database.handle();
    let (oven, till) = (service("oven", "s-1"), service("till", "s-2"));
    let (oven_policy, till_policy) = (policy(&oven), policy(&till));
    store.apply(Plan::new().put(oven).put(till).put(oven_policy).put(till_policy)).await.unwrap();
    let revision = store.apply(Plan::new().delete(service_name("oven"))).await.unwrap();
    assert_eq!(revision, Revision(6), "the policy's removal is a change of its own");
    assert_eq!(store.find::<PolicyRecord>(&policy_key("s-1")).await.unwrap(), None);
    assert!(store.find::<PolicyRecord>(&policy_key("s-2")).await.unwrap().is_some());
}

pub async fn a_resource_made_anew_has_no_policy(database: &Database) {
    let store = database.handle();
    let oven = service("oven", "s-1");
    let its_policy = policy(&oven);
    store.apply(Plan::new().put(oven).put(its_policy)).await.unwrap();
    store.apply(Plan::new().delete(service_name("oven"))).await.unwrap();
    store.apply(Plan::new().put(service("oven", "s-9"))).await.unwrap();
    assert!(store.all::<PolicyRecord>("").await.unwrap().is_empty());
}

pub async fn another_uid_under_a_name_loses_the_policy(database: &Database) {
    let store = database.handle();
    let oven = service("oven", "s-1");
    let its_policy = policy(&oven);
    store.apply(Plan::new().put(oven.clone()).put(its_policy)).await.unwrap();
    store.apply(Plan::new().put(oven)).await.unwrap();
    assert!(store.find::<PolicyRecord>(&policy_key("s-1")).await.unwrap().is_some());
    store.apply(Plan::new().put(service("oven", "s-9"))).await.unwrap();
    assert_eq!(store.find::<PolicyRecord>(&policy_key("s-1")).await.unwrap(), None);
}

pub async fn pages_follow_the_bytes_of_keys_and_miss_nothing(database: &Database) {
    let store = database.handle();
    // A dictionary would put these in another order.
    let ids = ["b", "B", "a", "A", "a-c", "ab", "a_b", "\u{e9}", "z", "a1"];
    let plan = ids.iter().fold(Plan::new(), |plan, id| plan.put(ring_key("bakery", id)));
    store.apply(plan.put(ring_key("mill", "a"))).await.unwrap();
    let mut expected = ids.map(|id| format!("bakery/{id}"));
    expected.sort();

    let (mut seen, mut page) = (Vec::new(), Page::first(3));
    loop {
        let listing = store.list::<RingKeyRecord>("bakery/", &page).await.unwrap();
        assert!(listing.records.len() <= 3);
        seen.extend(listing.records.into_iter().map(|stored| stored.record.key.to_string()));
        let Some(next) = listing.next else { break };
        page.after = Some(next);
    }
    assert_eq!(seen, expected);
}

pub async fn a_page_of_large_records_ends_early_and_the_next_goes_on(database: &Database) {
    let store = database.handle();
    for id in ["a", "b", "c", "d", "e"] {
        let mut key = ring_key("bakery", id);
        if let Record::RingKey(key) = &mut key {
            key.sealed = "x".repeat(3 << 20).into();
        }
        store.apply(Plan::new().put(key)).await.unwrap();
    }
    store.apply(Plan::new().put(ring_key("bakery", "f"))).await.unwrap();
    let (mut pages, mut page) = (Vec::new(), Page::first(1000));
    loop {
        let listing = store.list::<RingKeyRecord>("bakery/", &page).await.unwrap();
        pages.push(listing.records.iter().map(|stored| stored.record.key.to_string()).collect::<Vec<_>>());
        let Some(next) = listing.next else { break };
        page.after = Some(next);
    }
    let names = |ids: &[&str]| ids.iter().map(|id| format!("bakery/{id}")).collect::<Vec<_>>();
    assert_eq!(pages, [names(&["a", "b", "c"]), names(&["d", "e", "f"])]);
    assert_eq!(store.all::<RingKeyRecord>("bakery/").await.unwrap().len(), 6);
}

pub async fn pages_that_are_read_in_parts_miss_nothing(database: &Database) {
    let store = database.handle();
    let plan = (0..120).fold(Plan::new(), |plan, id| plan.put(ring_key("bakery", &format!("{id:03}"))));
    store.apply(plan).await.unwrap();
    for limit in [1, 49, 50, 51, 119, 120, 121] {
        let listing = store.list::<RingKeyRecord>("bakery/", &Page::first(limit)).await.unwrap();
        assert_eq!(listing.records.len() as u32, limit.min(120), "{limit}");
        let last = listing.records.last().unwrap().record.key.to_string();
        assert_eq!(listing.next, (limit < 120).then_some(last), "{limit}");
    }
}

pub async fn keys_are_read_with_when_they_were_written(database: &Database) {
    let store = database.handle();
    let plan = Plan::new().put(service("oven", "s-1")).put(service("till", "s-2"));
    store.apply(plan.put(project("bakery", "p-1"))).await.unwrap();
    store.apply(Plan::new().put(service("oven", "s-1"))).await.unwrap();
    let keys = store.keys::<ServiceRecord>("projects/").await.unwrap();
    assert_eq!(keys, [(service_name("oven"), Revision(4)), (service_name("till"), Revision(2))]);
    assert_eq!(store.keys::<ServiceRecord>("projects/elsewhere/").await.unwrap(), []);
}

pub async fn a_prefix_finds_what_starts_with_it_and_nothing_else(database: &Database) {
    let store = database.handle();
    let plan = Plan::new()
        .put(project("bakery", "p-1"))
        .put(project("bakery-two", "p-2"))
        .put(project("baker", "p-3"));
    store.apply(plan.put(service("bakery", "s-1"))).await.unwrap();
    let found = |prefix: &'static str| {
        let store = store.clone();
        async move {
            let found = store.all::<ProjectRecord>(prefix).await.unwrap();
            found.into_iter().map(|stored| stored.record.uid.to_string()).collect::<Vec<_>>()
        }
    };
    assert_eq!(found("bakery").await, ["p-1", "p-2"]);
    assert_eq!(found("").await, ["p-3", "p-1", "p-2"]);
    assert_eq!(found("baker_").await, [""; 0]);
    assert_eq!(found("%").await, [""; 0]);
}

pub async fn what_cannot_be_read_is_reported_as_such(database: &Database) {
    let store = database.handle();
    store.apply(Plan::new().put(project("bakery", "p-1"))).await.unwrap();
    let mut connection = database.connection().await;
    sqlx::raw_sql("UPDATE records SET record = '{}'").execute(&mut connection).await.unwrap();
    let unread = store.find::<ProjectRecord>(&project_id("bakery")).await.unwrap_err();
    assert!(matches!(unread, ReadError::Corrupt { kind: "project", key, .. } if key == "bakery"));
}
