//! Several nodes on one PostgreSQL.

use futures_util::future::{join, join_all};
use names::Revision;
use store::{Backend, Plan, Shares, Work};

use crate::databases::Database;
use crate::followers::Notebook;
use crate::samples::{delivery, job_state, project, second};

#[tokio::test]
async fn nodes_that_write_at_the_same_time_agree_on_the_order() {
    let test = "nodes_that_write_at_the_same_time_agree_on_the_order";
    let Some(database) = Database::on_postgres(test).await else { return };
    let other = database.another_node().await;
    let (ada, _) = Notebook::following(database.backend()).await;
    let (grace, _) = Notebook::following(&*other).await;
    let write = |node: &'static str, backend: std::sync::Arc<store_sql::SqlStore>| {
        join_all((0..40).map(move |number| {
            let backend = backend.clone();
            async move {
                backend.apply(Plan::new().put(project(&format!("{node}-{number}"), "p-1"))).await.unwrap()
            }
        }))
    };
    let (mut revisions, others) =
        join(write("ada", database.store.clone()), write("grace", other.clone())).await;
    revisions.extend(others);
    revisions.sort();
    assert_eq!(revisions, (1..=80).map(Revision).collect::<Vec<_>>());

    // Whoever writes next has seen everything before it is answered.
    for backend in [database.backend(), &*other] {
        backend.apply(Plan::new().put(project("last", "p-1"))).await.unwrap();
    }
    ada.assert_without_gap();
    grace.assert_without_gap();
    let (ada, grace) = (ada.changes(), grace.changes());
    assert_eq!(grace.len(), 82);
    assert_eq!(ada[..81], grace[..81]);
    other.close().await;
    database.end().await;
}

#[tokio::test]
async fn a_node_hears_of_the_changes_of_another() {
    let Some(database) = Database::on_postgres("a_node_hears_of_the_changes_of_another").await else {
        return;
    };
    let other = database.another_node().await;
    let (grace, _) = Notebook::following(&*other).await;
    let revision = database.backend().apply(Plan::new().put(project("bakery", "p-1"))).await.unwrap();
    // Nobody asks the other node for anything; the wait is bounded by the run of the tests.
    while other.followed() < revision {
        tokio::task::yield_now().await;
    }
    assert_eq!(grace.changes(), ["put project bakery p-1"]);
    other.close().await;
    database.end().await;
}

#[tokio::test]
async fn nodes_never_claim_the_same_delivery() {
    let Some(database) = Database::on_postgres("nodes_never_claim_the_same_delivery").await else { return };
    let other = database.another_node().await;
    let works =
        (0..100).map(|number| Work::PutDelivery(Box::new(delivery(&format!("d-{number}"), second(0)))));
    database.backend().apply(works.fold(Plan::new(), Plan::work)).await.unwrap();
    let claims = (0..40).map(|number| {
        let node = if number % 2 == 0 { database.store.clone() } else { other.clone() };
        async move {
            node.claim_deliveries(&format!("node-{number}"), second(1), second(60), 5, &Shares::unlimited())
                .await
                .unwrap()
        }
    });
    let claimed = join_all(claims).await;
    let mut uids: Vec<_> = claimed.iter().flatten().map(|(_, delivery)| delivery.uid.clone()).collect();
    uids.sort();
    let with_repeats = uids.len();
    uids.dedup();
    assert_eq!(with_repeats, uids.len());
    let (rest, _) = join(
        database.backend().claim_deliveries("rest", second(1), second(60), 100, &Shares::unlimited()),
        other.claim_deliveries("nobody", second(1), second(60), 0, &Shares::unlimited()),
    )
    .await;
    assert_eq!(uids.len() + rest.unwrap().len(), 100, "none is lost");
    other.close().await;
    database.end().await;
}

#[tokio::test]
async fn writes_that_lock_each_other_out_are_done_again() {
    let test = "writes_that_lock_each_other_out_are_done_again";
    let Some(database) = Database::on_postgres(test).await else { return };
    let other = database.another_node().await;
    let states = |order: [&'static str; 2], expected| {
        order.into_iter().fold(Plan::new(), |plan, id| {
            let state = Box::new(job_state(id, id, None));
            plan.work(Work::PutJobState { state, expected })
        })
    };
    database.backend().apply(states(["a", "b"], None)).await.unwrap();
    // Two nodes take the same two rows in opposite order: one is the victim of a deadlock or comes too late, and
    // is told of a conflict rather than of an unavailable store.
    for version in 1..20 {
        let (one, two) = join(
            database.backend().apply(states(["a", "b"], Some(version))),
            other.apply(states(["b", "a"], Some(version))),
        )
        .await;
        let conflicts = [one, two].into_iter().filter_map(Result::err).collect::<Vec<_>>();
        assert!(matches!(conflicts[..], [store::ApplyError::Conflict(_)]), "{conflicts:?}");
    }
    other.close().await;
    database.end().await;
}

#[tokio::test]
async fn a_broken_connection_is_made_anew() {
    let Some(database) = Database::on_postgres("a_broken_connection_is_made_anew").await else { return };
    database.backend().apply(Plan::new().put(project("bakery", "p-1"))).await.unwrap();
    let mut connection = database.connection().await;
    let end_all = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    sqlx::raw_sql(end_all).execute(&mut connection).await.unwrap();
    let revision = database.backend().apply(Plan::new().put(project("mill", "p-2"))).await.unwrap();
    assert_eq!(revision, Revision(2));
    assert!(database.backend().record("project", "mill").await.unwrap().is_some());
    database.end().await;
}
