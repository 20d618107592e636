//! Two who write at the same instant: what lives is never said to be gone.

use iam::Permit;
use iam::permission::{RunRevisionsDelete, RunServicesGet};
use names::RevisionId;
use run::*;
use store::RevisionRecord;

use crate::support::*;

const FIRST: &str = "http://127.0.0.1:3001";
const SECOND: &str = "http://127.0.0.1:3002";
const ROUNDS: usize = 5;

fn named(image: &str, revision: &str) -> ServiceSpec {
    let mut spec = of_image(image);
    spec.template.revision = revision.to_owned();
    spec
}

impl World {
    /// `hello` with three revisions, the last of which takes all requests.
    async fn three_revisions() -> Self {
        let world = world().await;
        world.create_hello(named(FIRST, "hello-one")).await.unwrap();
        world.changed(patch(&["template"], named(SECOND, "hello-two"))).await;
        world.changed(patch(&["template"], named(FIRST, "hello-three"))).await;
        world
    }

    async fn without_revision(
        &self,
        permit: Permit<RunRevisionsDelete>,
        revision: &str,
    ) -> Result<Operation, DeleteRevisionError> {
        let revision = RevisionId::parse(revision).unwrap();
        let deletion = RevisionDeletion { revision, etag: None, mode: Mode::Apply };
        self.run.delete_revision(&self.context, permit, deletion).await
    }
}

#[tokio::test]
async fn service_is_deleted_although_its_revisions_are_at_the_same_instant() {
    for _ in 0..ROUNDS {
        let world = World::three_revisions().await;
        let (one, two) = (world.on_hello().await, world.on_hello().await);
        let whole = world.run.delete(&world.context, world.on_hello().await, Deletion::default());
        let (_, _, deleted) = tokio::join!(
            world.without_revision(one, "hello-one"),
            world.without_revision(two, "hello-two"),
            whole
        );
        assert!(deleted.is_ok(), "{deleted:?}");
        assert!(world.store.find::<ServiceRecord>(&hello()).await.unwrap().is_none());
        assert!(world.store.all::<RevisionRecord>("").await.unwrap().is_empty());
        assert!(world.run.routes().lookup(&host("hello-42.us-central1.run.app")).is_none());
    }
}

#[tokio::test]
async fn service_is_deleted_although_it_is_changed_at_the_same_instant() {
    for _ in 0..ROUNDS {
        let world = World::three_revisions().await;
        let whole = world.run.delete(&world.context, world.on_hello().await, Deletion::default());
        let change =
            world.change_under(world.on_hello().await, patch(&["template"], named(SECOND, "hello-four")));
        let (_, deleted) = tokio::join!(change, whole);
        assert!(deleted.is_ok(), "{deleted:?}");
        assert!(world.store.all::<RevisionRecord>("").await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn etag_that_was_read_before_another_change_deletes_nothing() {
    for _ in 0..ROUNDS {
        let world = World::three_revisions().await;
        let read = world.run.get(&world.context, &world.on_hello::<RunServicesGet>().await).await.unwrap();
        let etag = Some(world.run.view(read).unwrap().etag);
        let deletion = Deletion { etag, mode: Mode::Apply };
        let whole = world.run.delete(&world.context, world.on_hello().await, deletion);
        let change = world.change_under(world.on_hello().await, patch(&["description"], described("x")));
        let (changed, deleted) = tokio::join!(change, whole);
        assert_ne!(changed.is_ok(), deleted.is_ok(), "{changed:?} {deleted:?}");
        if let Err(refused) = deleted {
            assert!(matches!(refused, DeleteError::EtagMismatch { .. }), "{refused:?}");
        }
    }
}

#[tokio::test]
async fn update_that_meets_the_end_of_a_revision_is_told_to_try_again() {
    for _ in 0..ROUNDS {
        let world = World::three_revisions().await;
        let (permit, allowed) = (world.on_hello().await, world.on_hello().await);
        let traffic = vec![target("hello-one", 100, "")];
        let change = patch(&["traffic"], ServiceSpec { traffic, ..ServiceSpec::default() });
        let (deleted, changed) =
            tokio::join!(world.without_revision(permit, "hello-one"), world.change_under(allowed, change));
        assert_ne!(deleted.is_ok(), changed.is_ok(), "{deleted:?} {changed:?}");
        match changed {
            Ok(_) => assert!(world.hello_record().await.traffic.len() == 1),
            Err(UpdateError::EtagMismatch { .. }) => {}
            Err(UpdateError::Spec(SpecError::Traffic(TrafficError::UnknownRevision { .. }))) => {}
            Err(other) => panic!("{other:?}: the service lives"),
        }
        assert!(world.run.routes().lookup(&host("hello-42.us-central1.run.app")).is_some());
    }
}
