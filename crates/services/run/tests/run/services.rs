use std::time::Duration;

use iam::permission::*;
use names::{MaskError, NotWritable};
use rstest::rstest;
use run::*;
use serde_json::json;
use store::{OperationKind, OperationOutcome, Page, ServiceRecord};

use crate::support::*;

#[tokio::test]
async fn created_service_is_routed_before_the_answer() {
    let world = world().await;
    let operation = world.create_hello(of_image("http://127.0.0.1:3000")).await.unwrap();
    assert_eq!(operation.outcome, Some(OperationOutcome::Succeeded));
    let stored = world.store.backend().operation(&operation.name).await.unwrap().unwrap();
    assert_eq!(stored, operation);
    let routes = world.run.routes();
    let found = routes.lookup(&host("hello-42.us-central1.run.app")).unwrap();
    assert_eq!(found.service.name, Invoked::Service(hello()));
    assert_eq!(found.revision(&context::Seeded::new(1)).timeout, Duration::from_secs(300));
    assert_eq!(
        found.service.audiences,
        [
            "https://hello-42.us-central1.run.app",
            &format!("https://{}", hashed_host()),
            "/projects/42/locations/us-central1/services/hello",
            "32555940559.apps.googleusercontent.com",
        ]
    );
    let twin = hashed_host().replace(".run.app", ".run.localhost:8080");
    for other in ["hello-42.us-central1.run.localhost:8080", &hashed_host(), &twin] {
        assert_eq!(routes.find(other, "/").unwrap().as_ref(), Some(&found), "{other}");
    }
    let view = world.shown(&operation);
    assert_eq!(
        view.urls,
        ["https://hello-42.us-central1.run.app".to_owned(), format!("https://{}", hashed_host())]
    );
}

#[tokio::test]
async fn deleted_service_is_no_longer_routed() {
    let world = world().await;
    world.create_hello(of_image("gcr.io/cloudrun/hello")).await.unwrap();
    let wrong = Deletion { etag: Some("\"999\"".to_owned()), mode: Mode::Apply };
    let refused = world.run.delete(&world.context, world.on_hello().await, wrong).await;
    assert!(matches!(refused, Err(DeleteError::EtagMismatch { .. })));
    let operation =
        world.run.delete(&world.context, world.on_hello().await, Deletion::default()).await.unwrap();
    assert_eq!(operation.kind, OperationKind::DeleteService);
    assert!(world.run.routes().lookup(&host("hello-42.us-central1.run.app")).is_none());
}

#[tokio::test]
async fn permit_for_an_older_service_of_the_name_deletes_nothing() {
    let world = world().await;
    world.create_hello(of_image("gcr.io/cloudrun/hello")).await.unwrap();
    let stale = permit::<RunServicesDelete>(hello(), &uid("older"));
    let refused = world.run.delete(&world.context, stale, Deletion::default()).await;
    assert!(matches!(refused, Err(DeleteError::NotFound(_))));
}

#[tokio::test]
async fn second_service_of_a_name_is_refused() {
    let world = world().await;
    world.create_hello(of_image("gcr.io/cloudrun/hello")).await.unwrap();
    let refused = world.create_hello(of_image("gcr.io/cloudrun/hello")).await;
    assert!(matches!(refused, Err(CreateError::AlreadyExists(name)) if name == hello()));
}

#[rstest]
#[case("iapEnabled", json!(true))]
#[case("binaryAuthorization", json!({ "useDefault": true }))]
#[case("multiRegionSettings", json!({ "regions": ["us-east1"] }))]
#[case("template.volumes", json!([{ "name": "data" }]))]
#[case("template.containers.command", json!({ "0": ["/bin/sh"] }))]
#[tokio::test]
async fn setting_that_is_not_served_is_refused_by_name(#[case] path: &str, #[case] value: serde_json::Value) {
    let world = world().await;
    let mut spec = of_image("gcr.io/cloudrun/hello");
    spec.settings.insert(path.to_owned(), value);
    let refused = world.create_hello(spec).await;
    assert!(matches!(refused, Err(CreateError::Spec(SpecError::NotYet { field })) if field == path));
}

#[tokio::test]
async fn setting_that_asks_for_what_happens_anyway_is_accepted() {
    let world = world().await;
    let mut spec = of_image("gcr.io/cloudrun/hello");
    spec.settings.insert("iapEnabled".to_owned(), json!(false));
    world.create_hello(spec).await.unwrap();
}

#[tokio::test]
async fn mask_writes_what_it_names_and_nothing_else() {
    let world = world().await;
    let mut spec = of_image("http://127.0.0.1:3000");
    spec.description = "orders".to_owned();
    spec.labels.insert("team".to_owned(), "bakery".to_owned());
    world.create_hello(spec).await.unwrap();

    let mut wish = of_image("nginx");
    wish.settings.insert("iapEnabled".to_owned(), json!(true));
    let record = world.changed(patch(&["labels", "customAudiences"], wish)).await;
    assert_eq!(record.description, "orders");
    assert_eq!(record.template.containers[0].image, "http://127.0.0.1:3000");
    assert!(record.labels.is_empty());
    assert_eq!(record.generation, 2);

    let record = world.changed(patch(&[], described("bread"))).await;
    assert_eq!(record.description, "bread");
    assert_eq!(record.template.containers.len(), 1);
}

#[tokio::test]
async fn the_name_of_the_port_says_what_is_spoken_behind() {
    for (name, expected) in [("", Protocol::Http1), ("http1", Protocol::Http1), ("h2c", Protocol::H2c)] {
        let world = world().await;
        let mut spec = of_image("http://127.0.0.1:3000");
        spec.template.containers[0].ports =
            vec![ContainerPort { name: name.to_owned(), container_port: 8080 }];
        world.create_hello(spec).await.unwrap();
        let found = world.run.routes().lookup(&host("hello-42.us-central1.run.app")).unwrap();
        assert_eq!(found.revision(&context::Seeded::new(1)).protocol, expected);
    }
}

#[tokio::test]
async fn change_that_changes_nothing_is_no_generation() {
    let world = world().await;
    world.create_hello(of_image("gcr.io/cloudrun/hello")).await.unwrap();
    let record = world.changed(patch(&["description"], ServiceSpec::default())).await;
    assert_eq!(record.generation, 1);
}

#[test]
fn mask_with_an_unknown_path_is_refused() {
    for path in ["", "colour", "labels.team", "template.containers.image", "templates"] {
        let unknown = MaskError { path: path.to_owned(), why: NotWritable::Unknown };
        assert_eq!(UpdateMask::parse(&[path.to_owned()]), Err(unknown));
    }
}

#[tokio::test]
async fn setting_under_the_mask_is_refused_too() {
    let world = world().await;
    world.create_hello(of_image("gcr.io/cloudrun/hello")).await.unwrap();
    let mut wish = ServiceSpec::default();
    wish.settings.insert("template.vpcAccess".to_owned(), json!({ "connector": "c" }));
    let patch = patch(&["template.vpc_access.connector"], wish);
    let refused = world.run.update(&world.context, world.on_hello().await, patch, None, None).await;
    assert!(
        matches!(refused, Err(UpdateError::Spec(SpecError::NotYet { field })) if field == "template.vpcAccess")
    );
}

#[tokio::test]
async fn old_etag_changes_nothing() {
    let world = world().await;
    world.create_hello(of_image("gcr.io/cloudrun/hello")).await.unwrap();
    let read = world.run.get(&world.context, &world.on_hello::<RunServicesGet>().await).await.unwrap();
    let etag = world.run.view(read).unwrap().etag;
    let first = ServicePatch { etag: Some(etag.clone()), ..patch(&["description"], described("first")) };
    world.changed(first).await;
    let second = ServicePatch { etag: Some(etag), ..patch(&["description"], described("second")) };
    let refused = world.run.update(&world.context, world.on_hello().await, second, None, None).await;
    assert!(matches!(refused, Err(UpdateError::EtagMismatch { name }) if name == hello()));
}

#[tokio::test]
async fn the_answer_of_an_operation_shows_the_etag_to_go_on_with() {
    let world = world().await;
    let operation = world.create_hello(of_image("gcr.io/cloudrun/hello")).await.unwrap();
    let shown = world.shown(&operation);
    let read = world.run.get(&world.context, &world.on_hello::<RunServicesGet>().await).await.unwrap();
    assert_eq!(shown.etag, world.run.view(read).unwrap().etag);
    let wish = ServicePatch { etag: Some(shown.etag), ..patch(&["description"], described("next")) };
    assert!(world.run.update(&world.context, world.on_hello().await, wish, None, None).await.is_ok());
}

#[tokio::test]
async fn trying_stores_nothing() {
    let world = world().await;
    let new = NewService { mode: Mode::ValidateOnly, ..new_hello(of_image("gcr.io/cloudrun/hello")) };
    let operation = world.run.create(&world.context, on_project(), new, None, None).await.unwrap();
    assert!(world.store.find::<ServiceRecord>(&hello()).await.unwrap().is_none());
    assert!(world.store.backend().operation(&operation.name).await.unwrap().is_none());
}

#[tokio::test]
async fn services_are_listed_by_region_and_everywhere() {
    let world = world().await;
    world.create_hello(of_image("gcr.io/cloudrun/hello")).await.unwrap();
    let list = |place| {
        let (world, permit) = (&world, on_project::<RunServicesList>());
        async move { world.run.list(&world.context, &permit, place, Page::first(10)).await.unwrap().records.len() }
    };
    assert_eq!(list(Where::Everywhere).await, 1);
    assert_eq!(list(Where::Region(hello().location)).await, 1);
    assert_eq!(list(Where::Region(names::Location::parse("us-central").unwrap())).await, 0);
}

#[rstest]
#[case::description(|spec: &mut ServiceSpec| spec.description = "x".repeat(513), "description")]
#[case::annotation(|spec: &mut ServiceSpec| { spec.annotations.insert("run.googleapis.com/ingress".to_owned(), "all".to_owned()); }, "annotations")]
#[case::knative(|spec: &mut ServiceSpec| { spec.template.annotations.insert("autoscaling.knative.dev/minScale".to_owned(), "1".to_owned()); }, "template.annotations")]
#[case::label(|spec: &mut ServiceSpec| { spec.labels.insert("Team".to_owned(), String::new()); }, "labels")]
#[case::audience(|spec: &mut ServiceSpec| spec.custom_audiences.push("a b".to_owned()), "customAudiences")]
#[case::timeout(|spec: &mut ServiceSpec| spec.template.timeout = Some(Duration::from_secs(3601)), "template.timeout")]
#[case::no_container(|spec: &mut ServiceSpec| spec.template.containers.clear(), "template.containers")]
#[case::two_containers(|spec: &mut ServiceSpec| spec.template.containers.push(Default::default()), "template.containers[1]")]
#[case::port(|spec: &mut ServiceSpec| spec.template.containers[0].ports.push(ContainerPort { name: "grpc".to_owned(), container_port: 1 }), "template.containers[0].ports")]
#[case::quantity(|spec: &mut ServiceSpec| spec.template.containers[0].resources = limits("cpu", "much"), "template.containers[0].resources.limits")]
#[case::limit(|spec: &mut ServiceSpec| spec.template.containers[0].resources = limits("disk", "1Gi"), "template.containers[0].resources.limits")]
#[case::instances(|spec: &mut ServiceSpec| spec.template.scaling = Some(RevisionScaling { min_instance_count: 2, max_instance_count: 1 }), "template.scaling")]
#[case::no_instances(|spec: &mut ServiceSpec| spec.scaling = Some(ServiceScaling { scaling_mode: "MANUAL".to_owned(), ..ServiceScaling::default() }), "scaling.manualInstanceCount")]
#[case::image(|spec: &mut ServiceSpec| spec.template.containers[0].image = "nginx".to_owned(), "template.containers[0].image")]
#[case::account(|spec: &mut ServiceSpec| spec.template.service_account = "runner".to_owned(), "template.serviceAccount")]
#[case::variables(|spec: &mut ServiceSpec| spec.template.containers[0].environment = variables(1001, 1), "template.containers[0].env")]
#[case::value(|spec: &mut ServiceSpec| spec.template.containers[0].environment = variables(1, 32_769), "template.containers[0].env")]
#[case::whole(|spec: &mut ServiceSpec| spec.template.containers[0].environment = variables(33, 32_768), "")]
#[case::client(|spec: &mut ServiceSpec| spec.client = "x".repeat(1 << 20), "")]
#[case::concurrency(|spec: &mut ServiceSpec| spec.template.max_instance_request_concurrency = 1001, "template.maxInstanceRequestConcurrency")]
#[tokio::test]
async fn field_out_of_bounds_is_refused_by_name(#[case] spoil: fn(&mut ServiceSpec), #[case] field: &str) {
    let world = world().await;
    let mut spec = of_image("gcr.io/cloudrun/hello");
    spoil(&mut spec);
    let refused = world.create_hello(spec).await;
    assert!(matches!(refused, Err(CreateError::Spec(error)) if error.field() == field));
    assert!(world.store.find::<ServiceRecord>(&hello()).await.unwrap().is_none());
}

#[tokio::test]
async fn gclouds_own_audience_can_be_refused() {
    let world = world_with(Config { gcloud_audience: GcloudAudience::Refused, ..Config::default() }).await;
    let mut spec = of_image("gcr.io/cloudrun/hello");
    spec.custom_audiences.push("https://bakery.example.com".to_owned());
    world.create_hello(spec).await.unwrap();
    let found = world.run.routes().lookup(&host("hello-42.us-central1.run.app")).unwrap();
    assert!(found.service.audiences.iter().any(|audience| audience == "https://bakery.example.com"));
    assert!(!found.service.audiences.iter().any(|audience| audience.ends_with("googleusercontent.com")));
}

#[tokio::test]
async fn routes_of_services_that_were_there_before_are_known() {
    let world = world().await;
    world.create_hello(of_image("gcr.io/cloudrun/hello")).await.unwrap();
    let again = Run::start(&world.store, names::Universe::default(), Config::default()).await.unwrap();
    assert!(again.routes().lookup(&host("hello-42.us-central1.run.app")).is_some());
}

#[tokio::test]
async fn environment_may_be_as_large_as_at_google() {
    let world = world().await;
    let mut spec = of_image("gcr.io/cloudrun/hello");
    spec.template.containers[0].environment = variables(31, 32_768);
    spec.template.containers[0].environment.extend(variables(969, 0));
    world.create_hello(spec).await.unwrap();
}

/// So many, with values of so many bytes.
fn variables(count: usize, bytes: usize) -> Vec<EnvironmentVariable> {
    let variable = |number| EnvironmentVariable { name: format!("V{number}"), value: "x".repeat(bytes) };
    (0..count).map(variable).collect()
}

fn limits(key: &str, quantity: &str) -> Option<Resources> {
    let limits = [(key.to_owned(), quantity.to_owned())].into();
    Some(Resources { limits, ..Resources::default() })
}

#[tokio::test]
async fn service_is_opened_to_everybody_only_with_the_permit_to_say_who_invokes_it() {
    let world = world().await;
    let open = ServiceSpec { invoker_iam_disabled: true, ..of_image("gcr.io/cloudrun/hello") };
    assert!(matches!(world.create_hello(open.clone()).await, Err(CreateError::Opens)));
    world.create_hello(of_image("gcr.io/cloudrun/hello")).await.unwrap();
    for paths in [&[][..], &["*"], &["invokerIamDisabled"]] {
        let refused = world.try_change(patch(paths, open.clone())).await;
        assert!(matches!(refused, Err(UpdateError::Opens)), "{paths:?}: {refused:?}");
    }
    assert!(!world.hello_record().await.invoker_iam_disabled);
    // A mask that leaves it alone does not open it.
    world.try_change(patch(&["description"], open.clone())).await.unwrap();

    let of_another = permit(hello(), &uid("another"));
    let change = patch(&["invokerIamDisabled"], open.clone());
    let refused = world
        .run
        .update(&world.context, world.on_hello().await, change.clone(), None, Some(of_another))
        .await;
    assert!(matches!(refused, Err(UpdateError::Opens)));
    let shown = Some(world.on_hello().await);
    world.run.update(&world.context, world.on_hello().await, change, None, shown).await.unwrap();
    assert!(world.hello_record().await.invoker_iam_disabled);
    // What is open already stays so without being shown again, and is closed by whoever may change it.
    world.try_change(patch(&["*"], open)).await.unwrap();
    world.try_change(patch(&["invokerIamDisabled"], of_image("gcr.io/cloudrun/hello"))).await.unwrap();
    assert!(!world.hello_record().await.invoker_iam_disabled);
}
