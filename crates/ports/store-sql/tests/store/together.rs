//! Group commit, closing and opening again.

use std::collections::BTreeSet;

use futures_util::future::{join, join_all};
use names::Revision;
use store::{
    ApplyError, Backend, Expectation, Plan, ProjectRecord, RecordKey, ServiceRecord, Shares, Store, Work,
};
use store_sql::OpenError;

use crate::databases::Database;
use crate::followers::Notebook;
use crate::samples::{
    audit_entry, decision, delivery, job_name, job_state, log_entry, operation, policy, project, project_id,
    second, service, uid,
};

pub async fn plans_that_wait_share_a_commit(database: &Database) {
    let before = database.store.counts();
    let plans = (0..200).map(|number| {
        let store = database.handle();
        async move { store.apply(Plan::new().put(project(&format!("bakery-{number}"), "p-1"))).await.unwrap() }
    });
    join_all(plans).await;
    let after = database.store.counts();
    assert_eq!(after.plans - before.plans, 200);
    assert!(after.commits - before.commits <= 20, "{after:?}");
}

pub async fn a_bad_plan_does_not_harm_those_beside_it(database: &Database) {
    let plans = (0..9).map(|number| {
        let store = database.handle();
        async move {
            let mut plan = Plan::new().put(project(&format!("bakery-{number}"), "p-1"));
            plan = match number % 3 {
                0 => plan,
                1 => plan.delete(project_id("nowhere")),
                // A uid that is taken: an error of the database itself.
                _ => {
                    let twice = Box::new(delivery("d-1", second(0)));
                    plan.work(Work::PutDelivery(twice.clone())).work(Work::PutDelivery(twice))
                }
            };
            store.apply(plan).await
        }
    });
    for (number, outcome) in join_all(plans).await.into_iter().enumerate() {
        match number % 3 {
            0 => assert_eq!(outcome.unwrap(), Revision(number as u64 / 3 + 1)),
            1 => assert!(matches!(outcome, Err(ApplyError::NotFound(_)))),
            _ => assert!(matches!(outcome, Err(ApplyError::Unavailable(_)))),
        }
    }
    let found = database.handle().all::<ProjectRecord>("").await.unwrap();
    let found: Vec<_> = found.iter().map(|stored| stored.record.id.as_str()).collect();
    assert_eq!(found, ["bakery-0", "bakery-3", "bakery-6"]);
    assert_eq!(database.backend().next_delivery_due(&Shares::unlimited()).await.unwrap(), None);
}

pub async fn plans_that_share_a_commit_see_what_those_before_them_did(database: &Database) {
    let store = database.handle();
    let first = store.apply(Plan::new().put(project("bakery", "p-1"))).await.unwrap();
    let (second, third) = (first.next(), first.next().next());
    let key: RecordKey = project_id("bakery").into();
    let written_over =
        |revision| Plan::new().expect(Expectation::At(key.clone(), revision)).put(project("bakery", "p-1"));
    let before = database.store.counts();
    let outcomes = store.apply_each(vec![written_over(first), written_over(second)]).await;
    assert_eq!(outcomes.into_iter().collect::<Result<Vec<_>, _>>().unwrap(), [second, third]);
    assert_eq!(database.store.counts().commits - before.commits, 1);

    let absent = Plan::new().expect(Expectation::Absent(key.clone())).put(project("bakery", "p-2"));
    let plans = vec![
        written_over(first),
        absent.clone(),
        Plan::new().delete(project_id("bakery")),
        absent.clone(),
        absent,
    ];
    let outcomes = store.apply_each(plans).await;
    assert!(matches!(&outcomes[0], Err(ApplyError::Conflict(found)) if *found == key));
    assert!(matches!(&outcomes[1], Err(ApplyError::AlreadyExists(found)) if *found == key));
    assert_eq!(*outcomes[2].as_ref().unwrap(), third.next());
    assert_eq!(*outcomes[3].as_ref().unwrap(), third.next().next());
    assert!(matches!(&outcomes[4], Err(ApplyError::AlreadyExists(found)) if *found == key));
    let found = store.find::<ProjectRecord>(&project_id("bakery")).await.unwrap().unwrap();
    assert_eq!(found.record.uid.as_str(), "p-2");
}

pub async fn log_entries_of_a_refused_plan_are_not_written_and_those_beside_them_are(database: &Database) {
    let logged = |id: &str| Plan::new().work(Work::AppendLogs(vec![log_entry(id, "log", second(1))]));
    let refused = logged("b").expect(Expectation::Is(project_id("nowhere").into(), uid("p-1")));
    let backend = database.backend();
    let outcomes = backend.apply_each(vec![logged("a"), refused, logged("c"), logged("a")]).await;
    assert_eq!(outcomes.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true, true]);
    backend.apply_each((0..100).map(|number| logged(&format!("d-{number}"))).collect()).await;
    let ids = async || {
        let filter = store::LogFilter { limit: 200, ..Default::default() };
        let found = backend.logs(&project_id("bakery"), &filter).await.unwrap();
        found.into_iter().map(|entry| entry.insert_id).collect::<BTreeSet<_>>()
    };
    let mut expected: BTreeSet<String> = (0..100).map(|number| format!("d-{number}")).collect();
    expected.extend(["a".to_owned(), "c".to_owned()]);
    assert_eq!(ids().await, expected);
    let mut connection = database.connection().await;
    let mut value = async |statement: &'static str| {
        sqlx::query_scalar::<_, i64>(statement).fetch_one(&mut connection).await.unwrap()
    };
    let counted = value("SELECT value FROM counters WHERE name = 'log_bytes'").await;
    assert_eq!(counted, value("SELECT CAST(SUM(OCTET_LENGTH(entry)) AS BIGINT) FROM logs").await);

    // What was written before it in the same commit is deleted too.
    let project = project_id("bakery");
    let (applied, deleted) = join(backend.apply(logged("e")), backend.delete_log(&project, "log", 200)).await;
    applied.unwrap();
    assert_eq!((deleted.unwrap(), ids().await), (103, BTreeSet::new()));
}

pub async fn reads_go_on_while_somebody_writes(database: &Database) {
    let store = database.handle();
    store.apply(Plan::new().put(project("bakery", "p-1"))).await.unwrap();
    let mut connection = database.connection().await;
    let hold = "BEGIN; UPDATE counters SET value = value WHERE name = 'revision'";
    sqlx::raw_sql(hold).execute(&mut connection).await.unwrap();
    let plan = Plan::new().put(project("mill", "p-2"));
    let (applied, ()) = join(store.apply(plan), async {
        // The writer waits for whoever holds the lock; nobody who reads does.
        assert_eq!(store.all::<ProjectRecord>("").await.unwrap().len(), 1);
        sqlx::raw_sql("ROLLBACK").execute(&mut connection).await.unwrap();
    })
    .await;
    assert_eq!(applied.unwrap(), Revision(2));
}

pub async fn a_database_that_went_back_is_not_written(database: &Database) {
    let store = database.handle();
    for id in ["bakery", "mill"] {
        store.apply(Plan::new().put(project(id, "p-1"))).await.unwrap();
    }
    let mut connection = database.connection().await;
    sqlx::raw_sql("UPDATE counters SET value = value - 1").execute(&mut connection).await.unwrap();
    let refused = store.apply(Plan::new().put(project("shop", "p-3"))).await.unwrap_err();
    assert!(matches!(refused, ApplyError::Unavailable(_)));
    assert_eq!(store.find::<ProjectRecord>(&project_id("shop")).await.unwrap(), None);
    sqlx::raw_sql("UPDATE counters SET value = value + 1").execute(&mut connection).await.unwrap();
    let revision = store.apply(Plan::new().put(project("shop", "p-3"))).await.unwrap();
    assert_eq!(revision, Revision(3));
}

pub async fn reopening_shows_everything(database: &Database) {
    let oven = service("oven", "s-1");
    let its_policy = policy(&oven);
    let state = Box::new(job_state("bread", "j-1", Some(second(60))));
    let plan = Plan::new()
        .put(project("bakery", "p-1"))
        .put(oven)
        .put(its_policy)
        .audit(audit_entry("r-1", "projects/bakery", second(1), 1))
        .work(Work::AppendLogs(vec![log_entry("a", "log", second(1))]))
        .work(Work::PutDelivery(Box::new(delivery("d-1", second(5)))))
        .work(Work::PutJobState { state, expected: None })
        .work(Work::PutOperation(Box::new(operation("bake", second(1)))));
    let revision = database.backend().apply(plan).await.unwrap();
    database.backend().append_decisions(vec![decision("r-9", 200)]).await.unwrap();
    let (before, _) = Notebook::following(database.backend()).await;

    let again = database.reopened().await.unwrap();
    let (after, followed) = Notebook::following(&*again).await;
    assert_eq!((followed, again.followed()), (revision, revision));
    assert_eq!(after.loaded(), before.loaded());
    assert_eq!(after.loaded().len(), 3);
    assert_eq!(again.next_delivery_due(&Shares::unlimited()).await.unwrap(), Some(second(5)));
    assert_eq!(again.next_job_due().await.unwrap(), Some(second(60)));
    assert_eq!(again.job_states(&[job_name("bread")]).await.unwrap()[0].version, 1);
    assert_eq!(again.audit_of_request("r-1").await.unwrap().len(), 1);
    assert_eq!(again.decisions("r-9").await.unwrap(), [decision("r-9", 200)]);
    assert!(again.operation(&operation("bake", second(1)).name).await.unwrap().is_some());
    let filter = store::LogFilter { limit: 9, ..Default::default() };
    assert_eq!(again.logs(&project_id("bakery"), &filter).await.unwrap().len(), 1);
    let next = again.apply(Plan::new().put(project("mill", "p-2"))).await.unwrap();
    assert_eq!(next, revision.next());
    again.close().await;
}

pub async fn closing_finishes_what_was_asked_for(database: &Database) {
    let plans = (0..50).map(|number| {
        let store = database.handle();
        async move {
            let id = format!("oven-{number}");
            (id.clone(), store.apply(Plan::new().put(service(&id, "s-1"))).await)
        }
    });
    let (applied, ()) = join(join_all(plans), database.store.close()).await;
    let again = database.reopened().await.unwrap();
    let found = Store::on(again.clone()).all::<ServiceRecord>("").await.unwrap();
    let found: Vec<_> = found.iter().map(|stored| stored.record.name.service.to_string()).collect();
    for (id, outcome) in applied {
        outcome.unwrap();
        assert!(found.contains(&id), "{id} was asked for before the closing");
    }
    again.close().await;
}

pub async fn a_closed_store_refuses(database: &Database) {
    database.store.close().await;
    database.store.close().await;
    let refused = database.backend().apply(Plan::new().put(project("bakery", "p-1"))).await.unwrap_err();
    assert!(matches!(refused, ApplyError::Unavailable(_)));
    let refused = database.backend().record("project", "bakery").await.unwrap_err();
    assert!(matches!(refused, store::ReadError::Unavailable(_)));
}

pub async fn a_newer_database_is_refused(database: &Database) {
    let mut connection = database.connection().await;
    sqlx::raw_sql("INSERT INTO migrations (version, name, applied_at) VALUES (99, 'from the future', 0)")
        .execute(&mut connection)
        .await
        .unwrap();
    let refused = database.reopened().await.unwrap_err();
    assert!(matches!(refused, OpenError::Newer { found: 99, .. }), "{refused:?}");
}
