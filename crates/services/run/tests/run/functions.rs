//! Functions: what is called by name at the host of its project and region.

use std::sync::Arc;
use std::time::Duration;

use iam::Permit;
use iam::permission::*;
use names::{FunctionId, FunctionName, Location, ServiceName};
use rstest::rstest;
use run::*;
use serde_json::json;
use store::{OperationKind, RevisionRecord, ServiceRecord};

use crate::support::*;

const HOST: &str = "us-central1-demo.cloudfunctions.net";

fn greet() -> FunctionName {
    FunctionName::parse_canonical("projects/demo/locations/us-central1/functions/Greet_me").unwrap()
}

fn owned() -> ServiceName {
    ServiceName::parse_canonical("projects/demo/locations/us-central1/services/greet-me").unwrap()
}

fn at(image: &str) -> FunctionSpec {
    let build = json!({"runtime": "nodejs24", "environmentVariables": {"DOORWARD_IMAGE": image}});
    let template = of_image(image).template;
    FunctionSpec { build: build.as_object().unwrap().clone(), template, ..FunctionSpec::default() }
}

fn new(generation: Generation, spec: FunctionSpec) -> NewFunction {
    NewFunction {
        location: Location::parse("us-central1").unwrap(),
        function_id: FunctionId::parse("Greet_me").unwrap(),
        generation,
        spec,
    }
}

fn patched(paths: &[&str], spec: FunctionSpec) -> FunctionPatch {
    let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
    FunctionPatch { spec, mask: FunctionMask::parse(&paths).unwrap() }
}

impl World {
    async fn create(
        &self,
        generation: Generation,
        spec: FunctionSpec,
    ) -> Result<Operation, CreateFunctionError> {
        self.run.create_function(&self.context, on_project(), new(generation, spec), None).await
    }

    async fn function(&self) -> FunctionRecord {
        self.store.find::<FunctionRecord>(&greet()).await.unwrap().unwrap().record
    }

    async fn on_function<P: iam::Permission<Resource = FunctionName>>(&self) -> Permit<P> {
        permit(greet(), &self.function().await.uid)
    }

    async fn change(&self, patch: FunctionPatch) -> Result<Operation, UpdateFunctionError> {
        self.run.update_function(&self.context, self.on_function().await, patch, None).await
    }

    async fn end(&self) {
        let permit = self.on_function().await;
        let operation = self.run.delete_function(&self.context, permit).await.unwrap();
        assert_eq!(operation.kind, OperationKind::DeleteFunction);
    }

    fn found(&self, authority: &str, target: &str) -> Option<Entered> {
        self.run.routes().find(authority, target).unwrap()
    }

    fn view(&self, record: FunctionRecord) -> FunctionView {
        let stored = Stored { record, revision: names::Revision(1) };
        self.run.view_of_function(stored).unwrap()
    }
}

fn served(entered: &Entered) -> Arc<ServedRevision> {
    entered.revision(&context::Seeded::new(1))
}

#[tokio::test]
async fn function_of_the_second_generation_is_a_service_with_a_url_more() {
    let world = world().await;
    let operation = world.create(Generation::Second, at("http://127.0.0.1:3000")).await.unwrap();
    assert!(operation.name.operation.as_str().starts_with("operation-"), "{}", operation.name);
    let entered = world.found(HOST, "/Greet_me/a?b=/c").unwrap();
    assert_eq!(entered.service.name, Invoked::Service(owned()));
    assert_eq!(entered.below(), Some("/a?b=/c"));
    assert_eq!(served(&entered).timeout, Duration::from_secs(60));
    let same = world.found("greet-me-42.us-central1.run.app", "/a").unwrap();
    assert_eq!((&same.service, same.below()), (&entered.service, None));
    for audience in
        ["https://us-central1-demo.cloudfunctions.net/Greet_me", "https://greet-me-42.us-central1.run.app"]
    {
        assert!(entered.service.takes(audience), "{audience}");
    }
    assert!(!entered.service.takes("https://us-central1-demo.cloudfunctions.net"));
    let service = world.store.find::<ServiceRecord>(&owned()).await.unwrap().unwrap().record;
    assert_eq!(service.labels["goog-managed-by"], "cloudfunctions");
    assert_eq!(service.template.max_instance_request_concurrency, 1);
    let view = world.view(world.function().await);
    assert_eq!(
        (view.state, view.runs_as.as_str()),
        (FunctionState::Active, "42-compute@developer.gserviceaccount.com")
    );
    assert_eq!(view.service.unwrap().url.as_deref(), Some("https://greet-me-42.us-central1.run.app"));
}

#[tokio::test]
async fn function_of_the_first_generation_stands_for_itself() {
    let world = world().await;
    world.create(Generation::First, at("http://127.0.0.1:3000")).await.unwrap();
    let local = "us-central1-demo.cloudfunctions.localhost:8080";
    for authority in [HOST, local, "US-Central1-Demo.CloudFunctions.net."] {
        let entered = world.found(authority, "/Greet_me").unwrap();
        assert_eq!(entered.service.name, Invoked::Function(greet()), "{authority}");
        assert_eq!(entered.below(), Some("/"));
        assert_eq!(served(&entered).timeout, Duration::from_secs(60));
        assert_eq!(
            entered.service.audiences,
            [
                "https://us-central1-demo.cloudfunctions.net/Greet_me",
                "32555940559.apps.googleusercontent.com"
            ]
        );
    }
    assert!(world.store.find::<ServiceRecord>(&owned()).await.unwrap().is_none(), "no service comes with it");
    let view = world.view(world.function().await);
    assert_eq!((view.runs_as.as_str(), view.service), ("demo@appspot.gserviceaccount.com", None));
    assert_eq!(world.run.routes().taking("https://us-central1-demo.cloudfunctions.net/Greet_me", 5).len(), 1);
}

#[rstest]
#[case::another_function("/greet_me")]
#[case::none("/")]
#[case::the_start_of_the_name("/Greet")]
#[case::more_than_the_name("/Greet_me2")]
#[case::no_name("/9")]
#[tokio::test]
async fn a_path_that_names_no_function_leads_nowhere(#[case] target: &str) {
    let world = world().await;
    world.create(Generation::First, at("http://127.0.0.1:3000")).await.unwrap();
    assert_eq!(world.found(HOST, target), None);
    for other in
        ["us-east1-demo.cloudfunctions.net", "us-central1-other.cloudfunctions.net", "cloudfunctions.net"]
    {
        assert_eq!(world.found(other, "/Greet_me"), None, "{other}");
    }
}

#[rstest]
#[tokio::test]
async fn a_path_with_two_readings_leads_to_no_function(
    #[values(
        "//Greet_me",
        "/Greet_me/../x",
        "/x/../Greet_me",
        "/x/%2e%2e/Greet_me",
        "/Greet_me%2fx",
        "/Greet_me;x",
        "/%47reet_me",
        "/x\\..\\Greet_me",
        "*",
        "Greet_me"
    )]
    target: &str,
) {
    let world = world().await;
    world.create(Generation::First, at("http://127.0.0.1:3000")).await.unwrap();
    let found = world.run.routes().find(HOST, target);
    assert!(matches!(found, Err(Unroutable::Path(_))), "{found:?}");
    assert_eq!(world.found("hello-42.us-central1.run.app", target), None, "elsewhere the path says nothing");
}

#[tokio::test]
async fn deleted_function_takes_its_service_and_revisions_with_it() {
    let world = world().await;
    world.create(Generation::Second, at("http://127.0.0.1:3000")).await.unwrap();
    world.change(patched(&["service_config.environment_variables"], with_variable())).await.unwrap();
    world.end().await;
    assert!(world.store.find::<ServiceRecord>(&owned()).await.unwrap().is_none());
    assert_eq!(world.store.keys::<RevisionRecord>(&format!("{}/", owned())).await.unwrap(), []);
    assert_eq!(world.found(HOST, "/Greet_me"), None);
    assert_eq!(world.found("greet-me-42.us-central1.run.app", "/"), None);
}

#[tokio::test]
async fn service_that_took_over_the_name_is_not_the_functions() {
    let world = world().await;
    world.create(Generation::Second, at("http://127.0.0.1:3000")).await.unwrap();
    let uid = world.store.find::<ServiceRecord>(&owned()).await.unwrap().unwrap().record.uid;
    let permit = permit::<RunServicesDelete>(owned(), &uid);
    world.run.delete(&world.context, permit, Deletion::default()).await.unwrap();
    assert_eq!(world.view(world.function().await).state, FunctionState::ServiceGone);
    let mut stranger = new_hello(of_image("http://127.0.0.1:9000"));
    stranger.service_id = owned().service;
    world.run.create(&world.context, on_project(), stranger, None, None).await.unwrap();
    assert_eq!(world.found(HOST, "/Greet_me"), None);
    let other = world.found("greet-me-42.us-central1.run.app", "/").unwrap();
    assert!(!other.service.takes("https://us-central1-demo.cloudfunctions.net/Greet_me"));
    let refused = world.change(patched(&["description"], FunctionSpec::default())).await;
    assert!(matches!(refused, Err(UpdateFunctionError::ServiceGone(_))), "{refused:?}");
    world.end().await;
    assert!(world.found("greet-me-42.us-central1.run.app", "/").is_some(), "it stays");
}

#[tokio::test]
async fn function_and_service_of_one_name_are_not_taken_twice() {
    let world = world().await;
    let mut taken = new_hello(of_image("http://127.0.0.1:9000"));
    taken.service_id = owned().service;
    world.run.create(&world.context, on_project(), taken, None, None).await.unwrap();
    let refused = world.create(Generation::Second, at("http://127.0.0.1:3000")).await;
    assert!(matches!(refused, Err(CreateFunctionError::ServiceExists(_))), "{refused:?}");
    world.create(Generation::First, at("http://127.0.0.1:3000")).await.unwrap();
    for generation in [Generation::First, Generation::Second] {
        let refused = world.create(generation, at("http://127.0.0.1:3000")).await;
        assert!(matches!(refused, Err(CreateFunctionError::AlreadyExists(_))), "{refused:?}");
    }
}

fn with_variable() -> FunctionSpec {
    let mut spec = at("http://127.0.0.1:4000");
    spec.template.containers[0].environment =
        vec![EnvironmentVariable { name: "GREETING".to_owned(), value: "hi".to_owned() }];
    spec
}

#[tokio::test]
async fn patch_writes_what_its_mask_names_and_keeps_what_only_the_service_has() {
    let world = world().await;
    world.create(Generation::Second, at("http://127.0.0.1:3000")).await.unwrap();
    world.change(patched(&["serviceConfig.environmentVariables"], with_variable())).await.unwrap();
    let record = world.function().await;
    assert_eq!(record.template.containers[0].environment.len(), 1);
    assert_eq!(record.template.containers[0].image, "http://127.0.0.1:3000", "no mask named the build");
    assert_eq!(record.version, 2);
    let service = world.store.find::<ServiceRecord>(&owned()).await.unwrap().unwrap().record;
    assert_eq!((service.generation, service.revisions_made), (2, 2));
    world.change(patched(&["buildConfig"], with_variable())).await.unwrap();
    let port = match &served(&world.found(HOST, "/Greet_me").unwrap()).backend {
        Backend::Address(address) => address.port,
        Backend::BuiltIn(page) => panic!("{page:?}"),
    };
    assert_eq!(port, 4000);
}

#[test]
fn masks_of_both_apis_name_the_same_fields() {
    let mask = |path: &str| FunctionMask::parse(&[path.to_owned()]);
    let first = |path: &str| FunctionMask::parse_first(&[path.to_owned()]);
    assert_eq!(first("timeout"), mask("service_config.timeout_seconds"));
    assert_eq!(first("buildEnvironmentVariables"), mask("build_config.environment_variables"));
    for unknown in ["teleports", "serviceConfig.teleports", "buildConfig.source.gitUri"] {
        assert!(mask(unknown).is_err() && first(unknown).is_err(), "{unknown}");
    }
}

#[tokio::test]
async fn what_is_not_served_is_refused_by_name() {
    let world = world().await;
    let nowhere = world.create(Generation::Second, FunctionSpec::default()).await;
    assert!(
        matches!(
            nowhere,
            Err(CreateFunctionError::Write(WriteFunctionError::Spec(FunctionSpecError::SourceMissing)))
        ),
        "{nowhere:?}"
    );
    let mut event = at("http://127.0.0.1:3000");
    event.settings.insert("eventTrigger".to_owned(), json!({"eventType": "x"}));
    let refused = world.create(Generation::Second, event).await;
    let Err(CreateFunctionError::Write(WriteFunctionError::Spec(FunctionSpecError::NotYet { field }))) =
        refused
    else {
        panic!("{refused:?}")
    };
    assert_eq!(field, "eventTrigger");
    let mut elsewhere = new(Generation::First, at("http://127.0.0.1:3000"));
    elsewhere.location = Location::parse("us").unwrap();
    let refused = world.run.create_function(&world.context, on_project(), elsewhere, None).await;
    assert!(
        matches!(
            refused,
            Err(CreateFunctionError::Write(WriteFunctionError::Spec(FunctionSpecError::Region(_))))
        ),
        "{refused:?}"
    );
    let mut long = new(Generation::Second, at("http://127.0.0.1:3000"));
    long.function_id = FunctionId::parse(&"f".repeat(50)).unwrap();
    let refused = world.run.create_function(&world.context, on_project(), long, None).await;
    assert!(
        matches!(
            refused,
            Err(CreateFunctionError::Write(WriteFunctionError::Spec(FunctionSpecError::ServiceId(_))))
        ),
        "{refused:?}"
    );
    let mut slow = at("http://127.0.0.1:3000");
    slow.template.timeout = Some(Duration::from_secs(541));
    assert!(world.create(Generation::First, slow.clone()).await.is_err(), "nine minutes are the most");
    world.create(Generation::Second, slow).await.unwrap();
}

#[tokio::test]
async fn function_runs_as_an_account_only_for_who_may_act_as_it() {
    let world = world().await;
    for generation in [Generation::First, Generation::Second] {
        let mut spec = at("http://127.0.0.1:3000");
        spec.template.service_account = "runner@demo.iam.gserviceaccount.com".to_owned();
        let refused = world.create(generation, spec).await;
        assert!(
            matches!(refused, Err(CreateFunctionError::Write(WriteFunctionError::ActAs(_)))),
            "{refused:?}"
        );
    }
    let mut default = at("http://127.0.0.1:3000");
    default.template.service_account = "demo@appspot.gserviceaccount.com".to_owned();
    world.create(Generation::First, default).await.unwrap();
    assert_eq!(world.function().await.template.service_account, "", "the default one by its name");
}

#[tokio::test]
async fn functions_are_listed_by_region_and_generation_and_found_after_a_start() {
    let world = world().await;
    world.create(Generation::First, at("http://127.0.0.1:3000")).await.unwrap();
    let mut second = new(Generation::Second, at("gcr.io/cloudrun/hello"));
    second.function_id = FunctionId::parse("hello").unwrap();
    world.run.create_function(&world.context, on_project(), second, None).await.unwrap();
    let listed = async |place: Where, generation| {
        let page = Page { after: None, limit: 10 };
        let permit = on_project();
        let found = world.run.list_functions(&world.context, &permit, place, generation, page).await.unwrap();
        found.records.len()
    };
    assert_eq!(listed(Where::Everywhere, None).await, 2);
    assert_eq!(listed(Where::Everywhere, Some(Generation::First)).await, 1);
    assert_eq!(listed(Where::Region(Location::parse("us-east1").unwrap()), None).await, 0);
    let again = Run::start(&world.store, names::Universe::default(), Config::default()).await.unwrap();
    for target in ["/Greet_me", "/hello"] {
        assert!(again.routes().find(HOST, target).unwrap().is_some(), "{target}");
    }
    assert!(again.routes().owns(&host(HOST)), "deliveries look for it nowhere else");
}

#[tokio::test]
async fn refused_audience_of_gcloud_is_refused_by_functions_too() {
    let world = world_with(Config { gcloud_audience: GcloudAudience::Refused, ..Config::default() }).await;
    world.create(Generation::First, at("http://127.0.0.1:3000")).await.unwrap();
    let entered = world.found(HOST, "/Greet_me").unwrap();
    assert!(!entered.service.takes("32555940559.apps.googleusercontent.com"));
}
