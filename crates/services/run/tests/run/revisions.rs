use std::time::Duration;

use iam::permission::*;
use names::{RevisionId, RevisionName};
use rstest::rstest;
use run::*;
use store::{Plan, Record, RevisionRecord, ServiceRecord};

use crate::support::*;

const FIRST: &str = "http://127.0.0.1:3001";
const SECOND: &str = "http://127.0.0.1:3002";

fn named(image: &str, revision: &str) -> ServiceSpec {
    let mut spec = of_image(image);
    spec.template.revision = revision.to_owned();
    spec
}

fn divided(traffic: Vec<TrafficTarget>) -> ServicePatch {
    patch(&["traffic"], ServiceSpec { traffic, ..ServiceSpec::default() })
}

fn of_hello(revision: &str) -> RevisionName {
    RevisionName { service: hello(), revision: RevisionId::parse(revision).unwrap() }
}

impl World {
    async fn revisions(&self) -> Vec<String> {
        let permit = self.on_hello::<RunRevisionsList>().await;
        let listing = self.run.list_revisions(&self.context, &permit, Page::first(10)).await.unwrap();
        listing.revisions.iter().map(|view| view.record.name.revision.to_string()).collect()
    }

    async fn delete_revision(&self, revision: &str, etag: &str) -> Result<Operation, DeleteRevisionError> {
        let deletion = RevisionDeletion {
            revision: RevisionId::parse(revision).unwrap(),
            etag: Some(etag.to_owned()),
            mode: Mode::Apply,
        };
        self.run.delete_revision(&self.context, self.on_hello().await, deletion).await
    }
}

#[tokio::test]
async fn every_change_of_the_template_leaves_a_revision_and_no_other_change_does() {
    let world = world().await;
    world.create_hello(of_image(FIRST)).await.unwrap();
    world.changed(patch(&["description"], described("bread"))).await;
    assert_eq!(world.revisions().await.len(), 1);
    world.changed(patch(&["template"], of_image(SECOND))).await;
    let forced = ServicePatch { force_new_revision: true, ..patch(&["template"], of_image(SECOND)) };
    let record = world.changed(forced).await;
    assert_eq!((record.revisions_made, record.generation), (3, 4));
    let revisions = world.revisions().await;
    for (at, revision) in revisions.iter().enumerate() {
        let letters = revision.strip_prefix(&format!("hello-0000{}-", at + 1)).unwrap();
        assert_eq!(letters.len(), 3, "{revision}");
    }
    assert_eq!(revisions.last().map(String::as_str), Some(record.latest_revision.as_str()));
    let permit = world.on_hello::<RunRevisionsGet>().await;
    let first = RevisionId::parse(&revisions[0]).unwrap();
    let first = world.run.get_revision(&world.context, &permit, &first).await.unwrap();
    assert_eq!(first.record.template.containers[0].image, FIRST, "revisions do not change");
    assert!(!first.is_serving);
}

#[tokio::test]
async fn revision_has_the_name_that_its_template_asks_for_once() {
    let world = world().await;
    world.create_hello(named(FIRST, "hello-one")).await.unwrap();
    assert_eq!(world.hello_record().await.latest_revision.as_str(), "hello-one");
    let again = world.try_change(patch(&["template"], named(SECOND, "hello-one"))).await;
    assert!(matches!(again, Err(UpdateError::RevisionExists(name)) if name == of_hello("hello-one")));
    assert_eq!(world.hello_record().await.template.containers[0].image, FIRST);
    world.changed(patch(&["template"], named(SECOND, "hello-two"))).await;
    assert_eq!(world.revisions().await, ["hello-one", "hello-two"]);
}

#[rstest]
#[case("other-one")]
#[case("hello")]
#[case("hello-")]
#[case("helloone")]
#[case("hello-ONE")]
#[case("hello-one-")]
#[tokio::test]
async fn name_that_is_no_revision_of_the_service_is_refused(#[case] name: &str) {
    let world = world().await;
    let refused = world.create_hello(named(FIRST, name)).await;
    assert!(matches!(refused, Err(CreateError::Spec(error)) if error.field() == "template.revision"));
}

#[tokio::test]
async fn traffic_that_cannot_be_divided_is_refused_and_nothing_changes() {
    let world = world().await;
    world.create_hello(named(FIRST, "hello-one")).await.unwrap();
    let long = "t".repeat(59);
    let before = world.hello_record().await;
    for (traffic, expected) in [
        (vec![target("", 99, "")], TrafficError::Sum { found: 99 }),
        (vec![target("", 100, ""), target("hello-one", 1, "")], TrafficError::Sum { found: 101 }),
        (
            vec![target("", 100, "a"), target("hello-one", 0, "a")],
            TrafficError::TagTwice { tag: "a".parse().unwrap() },
        ),
        (vec![target("", 100, &long)], TrafficError::TagLength { tag: long.parse().unwrap() }),
        (
            vec![target("hello-gone", 100, "")],
            TrafficError::UnknownRevision { revision: "hello-gone".parse().unwrap() },
        ),
        (vec![target("", 100, ""); 2001], TrafficError::Count { found: 2001 }),
    ] {
        match world.try_change(divided(traffic)).await {
            Err(UpdateError::Spec(SpecError::Traffic(found))) => assert_eq!(found, expected),
            other => panic!("{other:?} instead of {expected}"),
        }
    }
    assert_eq!(world.hello_record().await, before);
}

#[tokio::test]
async fn revision_that_takes_traffic_or_is_the_latest_is_not_deleted() {
    let world = world().await;
    world.create_hello(named(FIRST, "hello-one")).await.unwrap();
    world.changed(patch(&["template"], named(SECOND, "hello-two"))).await;
    let all_to_one = vec![target("hello-one", 100, ""), target("hello-two", 0, "next")];
    world.changed(divided(all_to_one)).await;
    for serving in ["hello-one", "hello-two"] {
        let refused = world.delete_revision(serving, "").await;
        assert!(matches!(refused, Err(DeleteRevisionError::Serving(name)) if name == of_hello(serving)));
    }
    world.changed(divided(vec![target("hello-one", 100, "")])).await;
    let refused = world.delete_revision("hello-two", "").await;
    assert!(matches!(refused, Err(DeleteRevisionError::Latest(_))));
    world.changed(divided(Vec::new())).await;
    let refused = world.delete_revision("hello-one", "\"other\"").await;
    assert!(matches!(refused, Err(DeleteRevisionError::EtagMismatch { .. })));
    let gone = world.delete_revision("hello-none", "").await;
    assert!(matches!(gone, Err(DeleteRevisionError::NotFound(_))));
    let operation = world.delete_revision("hello-one", "").await.unwrap();
    assert!(matches!(
        world.run.view_of_operation(&operation),
        Some(OperationView::Revision(view)) if view.record.name == of_hello("hello-one")
    ));
    assert_eq!(world.revisions().await, ["hello-two"]);
}

#[tokio::test]
async fn deleted_service_takes_its_revisions_with_it() {
    let world = world().await;
    world.create_hello(named(FIRST, "hello-one")).await.unwrap();
    world.changed(patch(&["template"], named(SECOND, "hello-two"))).await;
    world.run.delete(&world.context, world.on_hello().await, Deletion::default()).await.unwrap();
    assert!(world.store.all::<RevisionRecord>("").await.unwrap().is_empty());
    world.create_hello(named(FIRST, "hello-one")).await.unwrap();
}

#[tokio::test]
async fn oldest_revision_makes_room_for_the_thousand_and_first() {
    let world = world().await;
    world.create_hello(named(FIRST, "hello-one")).await.unwrap();
    world.changed(divided(vec![target("hello-one", 1, ""), target("", 99, "")])).await;
    let one = world.store.find::<RevisionRecord>(&of_hello("hello-one")).await.unwrap().unwrap().record;
    let mut plan = Plan::new();
    for number in 0..999_u64 {
        let name = of_hello(&format!("hello-x{number}"));
        let create_time = one.create_time - Duration::from_secs(2000 - number);
        plan = plan.put(Record::Revision(RevisionRecord { name, create_time, ..one.clone() }));
    }
    let record = ServiceRecord { revisions_made: 1000, ..world.hello_record().await };
    world.store.apply(plan.put(Record::Service(record))).await.unwrap();
    world.changed(patch(&["template"], named(SECOND, "hello-two"))).await;
    let kept = world.store.all::<RevisionRecord>("").await.unwrap();
    assert_eq!(kept.len(), 1000);
    let is_kept = |id: &str| kept.iter().any(|stored| stored.record.name == of_hello(id));
    assert!(!is_kept("hello-x0") && is_kept("hello-x1") && is_kept("hello-one") && is_kept("hello-two"));
}
