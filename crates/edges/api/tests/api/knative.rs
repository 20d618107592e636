//! Services in Knative's form: what gcloud writes is read, and comes back as it was written.

use axum::body::Body;
use http::{Method, Request};
use serde_json::{Value, json};

use crate::house::{Answer, House, house};
use crate::services::hello;

pub const SERVICES: &str = "/apis/serving.knative.dev/v1/namespaces/demo/services";
pub const REVISIONS: &str = "/apis/serving.knative.dev/v1/namespaces/demo/revisions";
pub const HELLO: &str = "/apis/serving.knative.dev/v1/namespaces/demo/services/hello";
pub const IOWA: &str = "us-central1-run.googleapis.com";
const BELGIUM: &str = "europe-west1-run.googleapis.com";
const EVERYWHERE: &str = "run.googleapis.com";

impl House {
    pub async fn at(&self, host: &str, method: Method, path: &str, body: Value) -> Answer {
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        let request = Request::builder().method(method).uri(path).header("host", host);
        let request = request.header("authorization", format!("Bearer {}", self.owner));
        self.send(request.body(body).unwrap()).await
    }

    pub async fn see(&self, host: &str, path: &str) -> Answer {
        self.at(host, Method::GET, path, Value::Null).await
    }
}

/// What gcloud 528 sends for `run deploy hello`.
pub fn deployed() -> Value {
    json!({
        "apiVersion": "serving.knative.dev/v1",
        "kind": "Service",
        "metadata": {
            "annotations": {"run.googleapis.com/client-name": "gcloud", "run.googleapis.com/client-version": "528.0.0"},
            "labels": {}, "name": "hello", "namespace": "demo",
        },
        "spec": {"template": {
            "metadata": {
                "annotations": {
                    "run.googleapis.com/client-name": "gcloud",
                    "run.googleapis.com/client-version": "528.0.0",
                    "run.googleapis.com/startup-cpu-boost": "True",
                },
                "labels": {"client.knative.dev/nonce": "cursqykvqk"},
            },
            "spec": {"containers": [{"image": "gcr.io/cloudrun/hello", "name": ""}], "nodeSelector": {}},
        }},
        "status": {"address": {}},
    })
}

fn names(list: &Answer) -> Vec<String> {
    let items = list.json()["items"].as_array().cloned().unwrap_or_default();
    items.iter().map(|item| item["metadata"]["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn deployed_service_is_ready_at_once_and_is_the_one_of_v2() {
    let house = house().await;
    assert_eq!(house.see(IOWA, HELLO).await.status, 404);
    let made = house.at(IOWA, Method::POST, SERVICES, deployed()).await;
    assert_eq!(made.status, 200, "{}", made.message());
    let made = made.json();
    assert_eq!(house.see(IOWA, HELLO).await.json(), made);
    let number = house.get("/v1/projects/demo").await.json()["projectNumber"].clone();
    assert_eq!(made["metadata"]["namespace"], number);
    assert_eq!(made["metadata"]["generation"], made["status"]["observedGeneration"]);
    let conditions: Vec<_> = made["status"]["conditions"].as_array().unwrap().iter().collect();
    let told: Vec<_> =
        conditions.iter().map(|found| (found["type"].as_str(), found["status"].as_str())).collect();
    assert_eq!(
        told,
        ["Ready", "ConfigurationsReady", "RoutesReady"].map(|kind| (Some(kind), Some("True"))),
        "gcloud waits for these"
    );
    let annotations = &made["metadata"]["annotations"];
    assert_eq!(annotations["run.googleapis.com/ingress-status"], "all");
    assert_eq!(annotations["serving.knative.dev/creator"], "owner@doorward.localhost");
    assert_eq!(made["metadata"]["labels"], json!({"cloud.googleapis.com/location": "us-central1"}));
    assert_eq!(
        made["status"]["url"],
        format!("https://hello-{}.us-central1.run.app", number.as_str().unwrap())
    );
    assert_eq!(
        made["spec"]["template"]["metadata"]["annotations"]["run.googleapis.com/client-name"],
        "gcloud"
    );

    let same = house.get("/v2/projects/demo/locations/us-central1/services/hello").await.json();
    assert_eq!((&same["uid"], &same["client"]), (&made["metadata"]["uid"], &json!("gcloud")));
    assert_eq!(same["template"]["containers"][0]["resources"]["startupCpuBoost"], true);
    assert!(same["template"].get("annotations").is_none(), "v2 knows no annotations of the system's: {same}");
    let named = "/v1/projects/demo/locations/us-central1/services/hello";
    assert_eq!(house.get(named).await.json(), made, "a name that says the region needs no host for it");
}

#[tokio::test]
async fn what_was_read_and_is_written_back_changes_nothing() {
    let house = house().await;
    // Every field that there is, as v2 has it.
    let mut wished = hello();
    wished["description"] = json!("says hello");
    wished["labels"] = json!({"team": "bakery"});
    wished["annotations"] = json!({"example.com/a": "b"});
    wished["client"] = json!("terraform");
    wished["clientVersion"] = json!("1");
    wished["customAudiences"] = json!(["https://a.example", "b"]);
    wished["launchStage"] = json!("BETA");
    wished["ingress"] = json!("INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER");
    wished["invokerIamDisabled"] = json!(true);
    wished["scaling"] = json!({"minInstanceCount": 1, "maxInstanceCount": 3});
    wished["traffic"] = json!([
        {"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", "percent": 60},
        {"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION", "revision": "hello-one", "percent": 40, "tag": "one"},
    ]);
    wished["template"] = json!({
        "revision": "hello-one",
        "labels": {"tier": "front"},
        "annotations": {"example.com/c": "d"},
        "timeout": "30s",
        "maxInstanceRequestConcurrency": 7,
        "scaling": {"maxInstanceCount": 2},
        "executionEnvironment": "EXECUTION_ENVIRONMENT_GEN2",
        "sessionAffinity": true,
        "healthCheckDisabled": true,
        "containers": [{
            "name": "main", "image": "http://127.0.0.1:9", "env": [{"name": "Z", "value": "1"}, {"name": "A"}],
            "ports": [{"name": "h2c", "containerPort": 8081}], "resources": {"limits": {"cpu": "1", "memory": "1Gi"}},
        }],
    });
    house.create_service("hello", wished).await;
    let path = "/v2/projects/demo/locations/us-central1/services/hello";
    let before = house.get(path).await.json();
    assert_eq!(before["client"], "terraform", "{before}");
    let object = house.see(IOWA, HELLO).await.json();
    let written = house.at(IOWA, Method::PUT, HELLO, object.clone()).await;
    assert_eq!((written.status.as_u16(), written.json()), (200, object));
    assert_eq!(house.get(path).await.json(), before);
}

#[tokio::test]
async fn replacement_says_everything_and_makes_a_revision_only_of_another_template() {
    let house = house().await;
    let mut object = house.at(IOWA, Method::POST, SERVICES, deployed()).await.json();
    let first = object["status"]["latestReadyRevisionName"].clone();
    object["metadata"]["annotations"]["run.googleapis.com/ingress"] = json!("internal");
    object["metadata"]["annotations"]["run.googleapis.com/invoker-iam-disabled"] = json!("True");
    object["metadata"]["annotations"]["run.googleapis.com/build-id"] = json!("b-1");
    let closed = house.at(IOWA, Method::PUT, HELLO, object).await.json();
    assert_eq!(closed["metadata"]["generation"], 2);
    assert_eq!(closed["status"]["latestReadyRevisionName"], first);
    let annotations = &closed["metadata"]["annotations"];
    assert_eq!(annotations["run.googleapis.com/ingress-status"], "internal");
    assert_eq!(annotations["run.googleapis.com/invoker-iam-disabled"], "true");
    assert_eq!(annotations["run.googleapis.com/build-id"], "b-1", "it changes nothing, and is not lost");

    let mut object = closed.clone();
    object["metadata"]["annotations"]
        .as_object_mut()
        .unwrap()
        .remove("run.googleapis.com/invoker-iam-disabled");
    object["spec"]["template"]["metadata"]["labels"]["client.knative.dev/nonce"] = json!("another");
    object["spec"]["template"]["spec"]["containers"][0]["env"] = json!([{"name": "A", "value": "b"}]);
    let second = house.at(IOWA, Method::PUT, HELLO, object).await.json();
    assert!(second["metadata"]["annotations"].get("run.googleapis.com/invoker-iam-disabled").is_none());
    assert_ne!(second["status"]["latestReadyRevisionName"], first);
    let nonce = "labelSelector=client.knative.dev/nonce%20%3D%20cursqykvqk";
    let found = house.see(IOWA, &format!("{REVISIONS}?{nonce}")).await;
    assert_eq!(names(&found), [first.as_str().unwrap()]);
    let revision = &found.json()["items"][0];
    assert_eq!(revision["metadata"]["labels"]["serving.knative.dev/service"], "hello");
    assert_eq!(revision["spec"]["containers"][0]["image"], "gcr.io/cloudrun/hello");

    let stale = house.at(IOWA, Method::PUT, HELLO, closed).await;
    assert_eq!((stale.status.as_u16(), stale.reason()), (409, "ETAG_MISMATCH"));
}

#[tokio::test]
async fn host_says_the_region_and_the_one_of_all_regions_lists_them() {
    let house = house().await;
    house.at(IOWA, Method::POST, SERVICES, deployed()).await;
    assert_eq!(house.see(BELGIUM, HELLO).await.status, 404);
    assert_eq!(names(&house.see(BELGIUM, SERVICES).await), Vec::<String>::new());
    assert_eq!(house.see(EVERYWHERE, HELLO).await.status, 200, "there is but one of the name");
    house.at(BELGIUM, Method::POST, SERVICES, deployed()).await;
    assert_eq!(house.see(EVERYWHERE, HELLO).await.status, 404, "it is not said which one");
    let everywhere = "/v1/projects/demo/locations/-/services";
    for (host, path, count) in
        [(EVERYWHERE, everywhere, 2), (EVERYWHERE, SERVICES, 2), (IOWA, SERVICES, 1), (IOWA, everywhere, 2)]
    {
        assert_eq!(names(&house.see(host, path).await).len(), count, "{host} {path}");
    }
    let unsaid = house.at(EVERYWHERE, Method::POST, SERVICES, deployed()).await;
    assert_eq!((unsaid.status.as_u16(), unsaid.reason()), (400, "FIELD_INVALID"));
    assert!(unsaid.message().contains("us-central1-run.googleapis.com"), "{}", unsaid.message());
    let mut labelled = deployed();
    labelled["metadata"]["labels"] = json!({"cloud.googleapis.com/location": "us-east1"});
    assert_eq!(house.at(EVERYWHERE, Method::POST, SERVICES, labelled.clone()).await.status, 200);
    assert_eq!(house.at(IOWA, Method::PUT, HELLO, labelled).await.status, 400, "it is in another region");
}

#[tokio::test]
async fn pages_continue_where_the_last_one_ended() {
    let house = house().await;
    for name in ["hello", "second", "third"] {
        let mut service = deployed();
        service["metadata"]["name"] = json!(name);
        assert_eq!(house.at(IOWA, Method::POST, SERVICES, service).await.status, 200);
    }
    let first = house.see(IOWA, &format!("{SERVICES}?limit=2")).await;
    assert_eq!(names(&first), ["hello", "second"]);
    let token = first.json()["metadata"]["continue"].as_str().unwrap().to_owned();
    let rest = house.see(IOWA, &format!("{SERVICES}?limit=2&continue={token}")).await;
    assert_eq!(
        (names(&rest), rest.json()["metadata"].get("continue").is_none()),
        (vec!["third".to_owned()], true)
    );
    assert_eq!(house.see(BELGIUM, &format!("{SERVICES}?continue={token}")).await.status, 400);
    for (query, status) in
        [("watch=true", 501), ("fieldSelector=a%3Db", 501), ("labelSelector=%2C", 400), ("limit=-1", 400)]
    {
        assert_eq!(house.see(IOWA, &format!("{SERVICES}?{query}")).await.status, status, "{query}");
    }
}

#[tokio::test]
async fn revisions_and_services_are_deleted() {
    let house = house().await;
    let mut object = house.at(IOWA, Method::POST, SERVICES, deployed()).await.json();
    let first = object["status"]["latestReadyRevisionName"].as_str().unwrap().to_owned();
    object["spec"]["template"]["metadata"]["name"] = json!("hello-next");
    house.at(IOWA, Method::PUT, HELLO, object).await;
    let latest = house.at(IOWA, Method::DELETE, &format!("{REVISIONS}/hello-next"), Value::Null).await;
    assert_eq!((latest.status.as_u16(), latest.reason()), (400, "WRONG_STATE"));
    assert_eq!(house.see(BELGIUM, &format!("{REVISIONS}/{first}")).await.status, 404);
    let gone = house.at(IOWA, Method::DELETE, &format!("{REVISIONS}/{first}"), Value::Null).await;
    assert_eq!((gone.status.as_u16(), gone.json()["status"].clone()), (200, json!("Success")));
    assert_eq!(
        names(
            &house.see(IOWA, &format!("{REVISIONS}?labelSelector=serving.knative.dev/service%3Dhello")).await
        ),
        ["hello-next"]
    );
    let tried = house.at(IOWA, Method::DELETE, &format!("{HELLO}?dryRun=all"), Value::Null).await;
    assert_eq!((tried.status.as_u16(), house.see(IOWA, HELLO).await.status.as_u16()), (200, 200));
    assert_eq!(house.at(IOWA, Method::DELETE, HELLO, Value::Null).await.status, 200);
    assert_eq!(house.see(IOWA, HELLO).await.status, 404);
    assert_eq!(house.see(IOWA, &format!("{REVISIONS}/hello-next")).await.status, 404);
}

#[tokio::test]
async fn halves_of_a_service_are_shown_apart() {
    let house = house().await;
    let service = house.at(IOWA, Method::POST, SERVICES, deployed()).await.json();
    let half = |collection: &str| format!("/apis/serving.knative.dev/v1/namespaces/demo/{collection}");
    let configuration = house.see(IOWA, &format!("{}/hello", half("configurations"))).await.json();
    assert_eq!(configuration["spec"]["template"], service["spec"]["template"]);
    assert_eq!(
        configuration["status"]["latestReadyRevisionName"],
        service["status"]["latestReadyRevisionName"]
    );
    let route = house.see(IOWA, &format!("{}/hello", half("routes"))).await.json();
    assert_eq!(route["status"]["traffic"], service["status"]["traffic"]);
    assert_eq!(route["status"]["url"], service["status"]["url"]);
    for collection in ["configurations", "routes"] {
        assert_eq!(names(&house.see(IOWA, &half(collection)).await), ["hello"]);
        assert_eq!(names(&house.see(BELGIUM, &half(collection)).await), Vec::<String>::new());
        assert_eq!(house.see(IOWA, &format!("{}/absent", half(collection))).await.status, 404);
    }
}
