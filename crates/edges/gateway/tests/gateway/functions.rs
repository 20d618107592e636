//! Functions behind the gate: found by host and path, decided about as what they are.

use audit::{DecidedRequest, GateAnswer};
use http::uri::Scheme;
use iam::{Binding, Grantee, Policy};
use names::*;
use outbound::{DeliveryKind, Origin, OwnHosts};
use rstest::rstest;
use run::{FunctionRecord, FunctionSpec, Generation, Ingress, NewFunction};
use serde_json::json;
use store::{Container, Plan, PolicyRecord, Record, RevisionTemplate};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::*;

const HOST: &str = "us-central1-demo.cloudfunctions.net";
const GREET: &str = "https://us-central1-demo.cloudfunctions.net/greet";

impl World {
    /// A function of the first generation, before the service that the tests look at, with this role for the runner.
    async fn function(&self, id: &str, role: &str, ingress: Ingress) -> FunctionRecord {
        self.function_of_level("", id, role, ingress).await
    }

    /// The same with a security level, in the API's spelling.
    async fn function_of_level(&self, level: &str, id: &str, role: &str, ingress: Ingress) -> FunctionRecord {
        let image = format!("http://{}", self.upstream.address);
        let build = json!({"environmentVariables": {"DOORWARD_IMAGE": image}});
        let container = Container { image, ..Container::default() };
        let spec = FunctionSpec {
            build: build.as_object().unwrap().clone(),
            template: RevisionTemplate { containers: vec![container], ..RevisionTemplate::default() },
            ingress,
            security_level: level.to_owned(),
            ..FunctionSpec::default()
        };
        let new = NewFunction {
            location: Location::parse("us-central1").unwrap(),
            function_id: FunctionId::parse(id).unwrap(),
            generation: Generation::First,
            spec,
        };
        let operation = self.run.create_function(&self.context, in_project(), new, None).await.unwrap();
        let name = FunctionName::try_from(&operation.target).unwrap();
        let record = self.store.find::<FunctionRecord>(&name).await.unwrap().unwrap().record;
        let member = Member::ServiceAccount(Email::parse(RUNNER).unwrap());
        let binding = Binding {
            role: RoleName::parse(role).unwrap(),
            members: vec![Grantee { member, unique_id: Some(UniqueId::parse("1").unwrap()) }],
            condition: None,
        };
        let policy = PolicyRecord {
            resource: name.into(),
            uid: record.uid.clone(),
            version: 1,
            policy: Policy::of(vec![binding]),
        };
        self.store.apply(Plan::new().put(Record::Policy(policy))).await.unwrap();
        record
    }

    async fn greet(&self, path: &str, token: &str) -> Answer {
        self.get(HOST, path, &[bearer(token)]).await
    }
}

#[tokio::test]
async fn function_is_called_by_its_name_and_sees_the_path_below_it() {
    let world = World::start().await;
    world.function("greet", "roles/cloudfunctions.invoker", Ingress::All).await;
    let token = world.tokens.mint(RUNNER, GREET);
    for (path, seen) in
        [("/greet", "/"), ("/greet/", "/"), ("/greet?a=/b", "/?a=/b"), ("/greet/a/b?c", "/a/b?c")]
    {
        let answer = world.greet(path, &token).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.whole());
        let head = world.upstream.requests().pop().unwrap().head;
        assert!(head.starts_with(&format!("GET {seen} HTTP/1.1\r\n")), "{path}: {head}");
        assert!(head.contains("SIGNATURE_REMOVED_BY_GOOGLE"), "{head}");
    }
    let local = world.get("us-central1-demo.cloudfunctions.localhost", "/greet", &[bearer(&token)]).await;
    assert_eq!(local.status, 200, "{}", local.whole());
}

#[tokio::test]
async fn function_is_refused_with_its_own_permission_and_audience() {
    let world = World::start().await;
    // The invoker of Cloud Run is nobody to a function of the first generation.
    world.function("greet", "roles/run.invoker", Ingress::All).await;
    let json = "Accept: application/json".to_owned();
    let nobody = world.get(HOST, "/greet", std::slice::from_ref(&json)).await;
    assert_eq!((nobody.status, nobody.reason()), (403, "INVOKER_CREDENTIALS_MISSING"));
    assert!(nobody.body.contains(&format!("--audience {GREET}")), "{}", nobody.body);
    for audience in [
        "https://us-central1-demo.cloudfunctions.net",
        "https://us-central1-demo.cloudfunctions.net/greet/",
        "https://us-central1-demo.cloudfunctions.net/other",
        ORDERS_URL,
    ] {
        let other = world.greet("/greet", &world.tokens.mint(RUNNER, audience)).await;
        assert_eq!((other.status, other.reason()), (401, "INVOKER_TOKEN_AUDIENCE_MISMATCH"), "{audience}");
    }
    let token = world.tokens.mint(RUNNER, GREET);
    let denied = world.get(HOST, "/greet", &[bearer(&token), json]).await;
    assert_eq!((denied.status, denied.reason()), (403, "INVOKER_PERMISSION_DENIED"));
    for part in [
        "cloudfunctions.functions.invoke",
        "doorward add-iam-policy-binding projects/demo/locations/us-central1/functions/greet --member=serviceAccount:runner@demo.iam.gserviceaccount.com --role=roles/cloudfunctions.invoker",
    ] {
        assert!(denied.body.contains(part), "{part}: {}", denied.body);
    }
    assert_eq!(world.upstream.requests().len(), 0);
}

#[rstest]
#[tokio::test]
async fn path_with_two_readings_reaches_no_function(
    #[values("/greet/../other", "//greet", "/greet%2fx", "/greet;x", "/x/%2e%2e/greet", "/gree%74")]
    path: &str,
) {
    let world = World::start().await;
    world.function("greet", "roles/cloudfunctions.invoker", Ingress::All).await;
    world.function("other", "roles/cloudfunctions.invoker", Ingress::All).await;
    let answer = world.greet(path, &world.tokens.mint(RUNNER, GREET)).await;
    assert_eq!((answer.status, answer.reason()), (400, "REQUEST_MALFORMED"), "{path}");
    assert_eq!(world.upstream.requests().len(), 0);
}

#[tokio::test]
async fn what_is_no_function_is_not_found() {
    let world = World::start().await;
    world.function("greet", "roles/cloudfunctions.invoker", Ingress::All).await;
    let token = world.tokens.mint(RUNNER, GREET);
    for path in ["/", "/Greet", "/greet2", "/orders"] {
        let answer = world.greet(path, &token).await;
        assert_eq!((answer.status, answer.reason()), (404, "ROUTE_NOT_FOUND"), "{path}");
    }
}

#[tokio::test]
async fn internal_function_is_there_for_deliveries_of_its_project_alone() {
    let world = World::start().await;
    world.function("greet", "roles/cloudfunctions.invoker", Ingress::Internal).await;
    let token = world.tokens.mint(RUNNER, GREET);
    let outside = world.greet("/greet", &token).await;
    assert_eq!((outside.status, outside.reason()), (404, "INGRESS_REFUSED"));
    for (project, status) in [("demo", "HTTP/1.1 200 OK"), ("other", "HTTP/1.1 404 Not Found")] {
        let origin = Origin::Delivery {
            kind: DeliveryKind::ScheduledJob,
            project: ProjectId::parse(project).unwrap(),
        };
        let mut io = world.handle.dial(HOST, &origin).unwrap();
        let head =
            format!("GET /greet HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n{}\r\n\r\n", bearer(&token));
        io.write_all(head.as_bytes()).await.unwrap();
        let mut answer = String::new();
        io.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with(status), "{project}: {answer}");
    }
}

#[tokio::test]
async fn function_that_is_secure_always_sends_plain_callers_to_https() {
    let world = World::start().await;
    let invoker = "roles/cloudfunctions.invoker";
    world.function_of_level("SECURE_ALWAYS", "greet", invoker, Ingress::All).await;
    world.function_of_level("SECURE_OPTIONAL", "other", invoker, Ingress::All).await;
    let token = world.tokens.mint(RUNNER, GREET);
    let sent = world.inside(HOST, "/greet/a?b=c", &[bearer(&token)], Scheme::HTTP).await;
    assert_eq!((sent.status, sent.reason()), (308, "HTTPS_REQUIRED"), "{}", sent.whole());
    assert_eq!(sent.header("location"), Some("https://us-central1-demo.cloudfunctions.net/greet/a?b=c"));
    assert!(world.upstream.requests().is_empty(), "nothing was forwarded");
    let id = sent.header("x-doorward-request-id").unwrap().to_owned();
    let (_, request) = crate::record::recorded(&world, &id).await;
    assert_eq!((request.status, request.reason.as_deref()), (308, Some("HTTPS_REQUIRED")));
    assert_eq!(request.credential, None, "no credential was looked at");
    let there = world.inside(HOST, "/greet/a?b=c", &[bearer(&token)], Scheme::HTTPS).await;
    assert_eq!(there.status, 200, "{}", there.whole());
    let other = world.tokens.mint(RUNNER, "https://us-central1-demo.cloudfunctions.net/other");
    assert_eq!(world.inside(HOST, "/other", &[bearer(&other)], Scheme::HTTP).await.status, 200);
    assert_eq!(world.greet("/greet", &token).await.status, 200, "a plain gate has nowhere to send anybody");
}

#[tokio::test]
async fn decision_about_a_function_is_written_down_as_such() {
    let (world, clock) = World::by_hand().await;
    let record = world.function("greet", "roles/cloudfunctions.invoker", Ingress::All).await;
    let answer = world.greet("/greet/a", &world.tokens.mint(RUNNER, GREET)).await;
    let id = answer.header("x-doorward-request-id").unwrap().to_owned();
    let (_, request) = crate::record::recorded_by_hand(&world, &clock, &id).await;
    let expected = DecidedRequest::Gate {
        host: HOST.to_owned(),
        method: "GET".to_owned(),
        path: "/greet/a".to_owned(),
        service: record.name.to_string(),
        answer: Some(GateAnswer { revision: None, latency_microseconds: 0 }),
    };
    assert_eq!(request.request, expected, "with the path as it came");
    assert_eq!(request.permission.unwrap().permission, "cloudfunctions.functions.invoke");
}
