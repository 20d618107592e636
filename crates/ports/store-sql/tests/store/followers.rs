//! The change feed, as those who follow it see it.

use std::sync::{Arc, Mutex};

use futures_util::future::join_all;
use names::Revision;
use store::{Backend, Change, Expectation, Follower, Plan};

use crate::databases::Database;
use crate::samples::{policy, project, project_id, service, service_name};

/// Writes down what it is told.
#[derive(Default)]
pub struct Notebook {
    told: Mutex<Vec<(Revision, Vec<String>)>>,
}

impl Follower for Notebook {
    fn follow(&self, revision: Revision, changes: &[Change]) {
        let changes = changes.iter().map(|change| match change {
            Change::Delete(key) => format!("delete {key}"),
            Change::Put(record) => format!("put {} {}", record.key(), record.uid()),
        });
        self.told.lock().unwrap().push((revision, changes.collect()));
    }
}

impl Notebook {
    pub async fn following(backend: &dyn Backend) -> (Arc<Self>, Revision) {
        let notebook = Arc::new(Self::default());
        let revision = backend.follow(notebook.clone()).await.unwrap();
        (notebook, revision)
    }

    /// Every change in the order in which it was told, without the first load.
    pub fn changes(&self) -> Vec<String> {
        self.told.lock().unwrap().iter().skip(1).flat_map(|(_, changes)| changes.clone()).collect()
    }

    pub fn loaded(&self) -> Vec<String> {
        self.told.lock().unwrap()[0].1.clone()
    }

    pub fn revision(&self) -> Revision {
        self.told.lock().unwrap().last().unwrap().0
    }

    /// Each call brought exactly as many changes as the revision went up.
    pub fn assert_without_gap(&self) {
        for pair in self.told.lock().unwrap().windows(2) {
            assert_eq!(pair[1].0.0 - pair[0].0.0, pair[1].1.len() as u64, "{pair:?}");
        }
    }
}

pub async fn a_follower_gets_everything_then_every_change_in_order(database: &Database) {
    let store = database.handle();
    let oven = service("oven", "s-1");
    let its_policy = policy(&oven);
    store.apply(Plan::new().put(project("bakery", "p-1")).put(oven).put(its_policy)).await.unwrap();
    let (notebook, revision) = Notebook::following(database.backend()).await;
    assert_eq!((revision, notebook.revision()), (Revision(3), Revision(3)));
    let oven = "service projects/bakery/locations/us-central1/services/oven";
    assert_eq!(
        notebook.loaded(),
        ["put policy s-1 s-1".to_owned(), "put project bakery p-1".to_owned(), format!("put {oven} s-1")]
    );

    store.apply(Plan::new().put(project("bakery", "p-1")).delete(service_name("oven"))).await.unwrap();
    let expected = ["put project bakery p-1", &format!("delete {oven}"), "delete policy s-1"];
    assert_eq!(notebook.changes(), expected);
    notebook.assert_without_gap();
}

pub async fn an_answer_comes_after_the_followers_were_told(database: &Database) {
    let (notebook, _) = Notebook::following(database.backend()).await;
    let plans = (0..20).map(|number| {
        let (store, notebook) = (database.handle(), notebook.clone());
        async move {
            let revision =
                store.apply(Plan::new().put(project(&format!("bakery-{number}"), "p-1"))).await.unwrap();
            assert!(notebook.revision() >= revision);
        }
    });
    join_all(plans).await;
    assert_eq!(database.store.followed(), Revision(20));
}

pub async fn revisions_of_plans_at_the_same_time_have_no_gap(database: &Database) {
    let (notebook, _) = Notebook::following(database.backend()).await;
    let plans = (0..50).map(|number| {
        let store = database.handle();
        async move {
            let id = format!("bakery-{number}");
            let mut plan =
                Plan::new().expect(Expectation::Absent(project_id(&id).into())).put(project(&id, "p-1"));
            if number % 5 == 0 {
                // These fail, and must not use up a revision.
                plan = plan.delete(project_id("nowhere"));
            }
            let applied = store.apply(plan).await;
            assert_eq!(applied.is_err(), number % 5 == 0);
            applied.ok().map(|revision| (revision, format!("put project {id} p-1")))
        }
    });
    let mut applied: Vec<_> = join_all(plans).await.into_iter().flatten().collect();
    applied.sort();
    let revisions: Vec<u64> = applied.iter().map(|(revision, _)| revision.0).collect();
    assert_eq!(revisions, (1..=40).collect::<Vec<u64>>());
    let changes: Vec<String> = applied.into_iter().map(|(_, change)| change).collect();
    assert_eq!(notebook.changes(), changes, "told in the order of revisions");
    notebook.assert_without_gap();
}

pub async fn what_was_rolled_back_is_told_to_nobody(database: &Database) {
    let (notebook, _) = Notebook::following(database.backend()).await;
    let plan = Plan::new().put(project("bakery", "p-1")).delete(project_id("nowhere"));
    database.handle().apply(plan).await.unwrap_err();
    database.handle().apply(Plan::new().put(project("mill", "p-2"))).await.unwrap();
    assert_eq!(notebook.changes(), ["put project mill p-2"]);
}

pub async fn a_late_follower_sees_what_an_early_one_saw(database: &Database) {
    let (early, _) = Notebook::following(database.backend()).await;
    let store = database.handle();
    store.apply(Plan::new().put(project("bakery", "p-1"))).await.unwrap();
    let (late, revision) = Notebook::following(database.backend()).await;
    assert_eq!(revision, Revision(1));
    assert_eq!(late.loaded(), early.changes());
    store.apply(Plan::new().put(project("mill", "p-2"))).await.unwrap();
    assert_eq!(late.changes(), ["put project mill p-2"]);
    assert_eq!(early.changes(), ["put project bakery p-1", "put project mill p-2"]);
}
