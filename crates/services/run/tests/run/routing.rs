use std::collections::BTreeMap;

use context::Seeded;
use iam::permission::RunServicesGet;
use names::ProjectId;
use outbound::Target as Address;
use rstest::rstest;
use run::*;

use crate::support::*;

const HOST: &str = "hello-42.us-central1.run.app";
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

fn address(revision: &ServedRevision) -> &Address {
    match &revision.backend {
        Backend::Address(address) => address,
        Backend::BuiltIn(page) => panic!("{page:?}"),
    }
}

impl World {
    /// How many of a thousand requests to this host go where.
    async fn thousand(&self, at: &str) -> BTreeMap<u16, u32> {
        let chance = Seeded::new(7);
        let entered = self.run.routes().lookup(&host(at)).unwrap();
        let mut counts = BTreeMap::new();
        for _ in 0..1000 {
            *counts.entry(address(&entered.revision(&chance)).port).or_default() += 1;
        }
        counts
    }

    async fn two_revisions(traffic: Vec<TrafficTarget>) -> Self {
        let world = world().await;
        world.create_hello(named(FIRST, "hello-one")).await.unwrap();
        world.changed(patch(&["template"], named(SECOND, "hello-two"))).await;
        world.changed(divided(traffic)).await;
        world
    }
}

#[tokio::test]
async fn requests_are_divided_as_the_percentages_say() {
    let world = World::two_revisions(vec![target("hello-one", 90, ""), target("", 10, "")]).await;
    let counts = world.thousand(HOST).await;
    assert_eq!(counts.values().sum::<u32>(), 1000);
    assert!((840..=950).contains(&counts[&3001]), "{counts:?}");
    // Back to what was before, at once and for everybody.
    world.changed(divided(vec![target("hello-one", 100, "")])).await;
    assert_eq!(world.thousand(HOST).await, BTreeMap::from([(3001, 1000)]));
    world.changed(divided(Vec::new())).await;
    assert_eq!(world.thousand(HOST).await, BTreeMap::from([(3002, 1000)]));
}

#[tokio::test]
async fn tag_leads_to_its_revision_alone_and_is_an_audience() {
    let world =
        World::two_revisions(vec![target("hello-one", 100, ""), target("hello-two", 0, "next")]).await;
    for at in [
        format!("next---{HOST}"),
        format!("next---{}", hashed_host()),
        "next---hello-42.us-central1.run.localhost".to_owned(),
    ] {
        assert_eq!(world.thousand(&at).await, BTreeMap::from([(3002, 1000)]), "{at}");
    }
    assert_eq!(world.thousand(HOST).await, BTreeMap::from([(3001, 1000)]));
    let audiences = &world.run.routes().lookup(&host(HOST)).unwrap().service.audiences;
    assert!(audiences.contains(&format!("https://next---{HOST}")), "{audiences:?}");
    let shown = world.run.get(&world.context, &world.on_hello::<RunServicesGet>().await).await.unwrap();
    let shown = world.run.view(shown).unwrap();
    assert_eq!(shown.traffic[1].uri, Some(format!("https://next---{HOST}")));
    world.changed(divided(Vec::new())).await;
    assert_eq!(world.run.routes().lookup(&host(&format!("next---{HOST}"))), None);
}

#[rstest]
#[case(Ingress::All, [true, true, true])]
#[case(Ingress::Internal, [true, false, false])]
#[case(Ingress::InternalAndLoadBalancer, [true, false, false])]
#[case(Ingress::Nowhere, [false, false, false])]
#[tokio::test]
async fn deliveries_of_the_own_project_are_inside(#[case] ingress: Ingress, #[case] expected: [bool; 3]) {
    let world = world().await;
    world.create_hello(ServiceSpec { ingress, ..of_image(FIRST) }).await.unwrap();
    let entered = world.run.routes().lookup(&host(HOST)).unwrap();
    let (own, other) = (ProjectId::parse("demo").unwrap(), ProjectId::parse("other").unwrap());
    assert_eq!([entered.admits(Some(&own)), entered.admits(Some(&other)), entered.admits(None)], expected);
}

#[tokio::test]
async fn service_without_default_uri_has_no_host_and_no_url() {
    let world = world().await;
    let spec =
        ServiceSpec { default_uri_disabled: true, traffic: vec![target("", 100, "next")], ..of_image(FIRST) };
    let operation = world.create_hello(spec).await.unwrap();
    let shown = world.shown(&operation);
    assert_eq!((shown.urls.len(), &shown.traffic[0].uri), (0, &None));
    for at in [HOST, &hashed_host(), "next---hello-42.us-central1.run.app"] {
        assert_eq!(world.run.routes().lookup(&host(at)), None);
    }
    let open = ServiceSpec::default();
    world.changed(patch(&["default_uri_disabled"], open)).await;
    assert!(world.run.routes().lookup(&host(HOST)).is_some());
}

#[rstest]
#[case("gcr.io/acme/app", Some(3001))]
#[case("gcr.io/acme/app:v1", Some(3001))]
#[case("gcr.io/acme/app@sha256:00", Some(3001))]
#[case("gcr.io/acme/app:v2", Some(3002))]
#[case("gcr.io/acme/app:v2@sha256:00", Some(3002))]
#[case("localhost:5000/app", Some(3003))]
#[case("localhost:5000/app:v9", Some(3003))]
#[case("gcr.io/acme/app2", None)]
#[case("gcr.io/acme", None)]
fn image_of_the_table_stands_for_its_address(#[case] image: &str, #[case] port: Option<u16>) {
    let images = Images::new(
        [("gcr.io/acme/app", 3001), ("gcr.io/acme/app:v2", 3002), ("localhost:5000/app", 3003)]
            .map(|(name, port)| (name.to_owned(), format!("http://127.0.0.1:{port}"))),
    )
    .unwrap();
    match (images.resolve(image), port) {
        (Ok(found), Some(port)) => {
            assert!(matches!(found.into_backend(), Backend::Address(address) if address.port == port));
        }
        (Err(refused), None) => {
            assert!(refused.to_string().contains(&format!("[images] in the configuration ({image:?} =")));
        }
        (found, _) => panic!("{found:?}"),
    }
}

#[tokio::test]
async fn address_of_an_image_is_looked_up_when_its_revision_is_made() {
    let images = Images::new([("acme/app".to_owned(), FIRST.to_owned())]).unwrap();
    let world = world_with(Config { images, ..Config::default() }).await;
    world.create_hello(of_image("acme/app:v1")).await.unwrap();
    assert_eq!(world.thousand(HOST).await, BTreeMap::from([(3001, 1000)]));
    assert_eq!(world.hello_record().await.template.containers[0].image, "acme/app:v1");
    // Without the table the service goes on, and can be changed in everything but what it runs.
    let again = Run::start(&world.store, names::Universe::default(), Config::default()).await.unwrap();
    let entered = again.routes().lookup(&host(HOST)).unwrap();
    assert_eq!(address(&entered.revision(&Seeded::new(1))).port, 3001);
    let change = patch(&["description"], described("bread"));
    again.update(&world.context, world.on_hello().await, change, None, None).await.unwrap();
    let change = patch(&["template"], of_image("acme/app:v2"));
    let refused = again.update(&world.context, world.on_hello().await, change, None, None).await;
    assert!(matches!(refused, Err(UpdateError::Spec(SpecError::Image(ImageError::Unsupported { .. })))));
}

#[rstest]
#[case("", FIRST)]
#[case("http://127.0.0.1:1", FIRST)]
#[case("an image", FIRST)]
#[case("acme/app", "nginx")]
#[case("acme/app", "http://127.0.0.1:1/path")]
fn table_with_a_mistake_is_refused(#[case] name: &str, #[case] address: &str) {
    assert!(Images::new([(name.to_owned(), address.to_owned())]).is_err());
}
