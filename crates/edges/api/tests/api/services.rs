//! Services and their operations.

use http::Method;
use prost_types::FieldMask;
use serde_json::{Value, json};
use tonic::Code;
use wire::google::cloud::run::v2;
use wire::google::longrunning::{GetOperationRequest, Operation, operation};

use crate::house::{ADA, Answer, House, house};

const PARENT: &str = "projects/demo/locations/us-central1";
const HELLO: &str = "/v2/projects/demo/locations/us-central1/services/hello";

pub fn hello() -> Value {
    json!({"template": {"containers": [{"image": "gcr.io/cloudrun/hello"}]}})
}

impl House {
    pub async fn create_service(&self, id: &str, service: Value) -> Answer {
        self.post(&format!("/v2/{PARENT}/services?serviceId={id}"), service).await
    }

    async fn patch(&self, path: &str, body: Value) -> Answer {
        self.call(&self.owner, Method::PATCH, path, body).await
    }
}

#[tokio::test]
async fn created_service_is_shown_with_everything_that_clients_read() {
    let house = house().await;
    let number = house.get("/v1/projects/demo").await.json()["projectNumber"].as_str().unwrap().to_owned();
    let mut wished = hello();
    wished["description"] = json!("says hello");
    wished["labels"] = json!({"team": "bakery"});
    wished["template"]["timeout"] = json!("3.5s");
    wished["template"]["containers"][0]["env"] = json!([{"name": "GREETING", "value": "hello"}]);
    let operation = house.create_service("hello", wished).await.json();
    assert_eq!(operation["done"], true, "{operation}");
    assert_eq!(operation["response"]["@type"], "type.googleapis.com/google.cloud.run.v2.Service");
    assert_eq!(operation["metadata"], operation["response"]);

    let service = house.get(HELLO).await.json();
    assert_eq!(service["name"], format!("{PARENT}/services/hello"));
    for (field, expected) in [
        ("description", json!("says hello")),
        ("labels", json!({"team": "bakery"})),
        ("generation", json!("1")),
        ("observedGeneration", json!("1")),
        ("creator", json!("owner@doorward.localhost")),
        ("lastModifier", json!("owner@doorward.localhost")),
        ("createTime", json!("2023-11-14T22:13:20Z")),
        ("updateTime", json!("2023-11-14T22:13:20Z")),
        ("ingress", json!("INGRESS_TRAFFIC_ALL")),
        ("launchStage", json!("GA")),
        ("traffic", json!([{"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", "percent": 100}])),
        ("trafficStatuses", json!([{"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", "percent": 100}])),
        ("uri", json!(format!("https://hello-{number}.us-central1.run.app"))),
        (
            "template",
            json!({"timeout": "3.500s", "containers": [
                {"image": "gcr.io/cloudrun/hello", "env": [{"name": "GREETING", "value": "hello"}]},
            ]}),
        ),
    ] {
        assert_eq!(service[field], expected, "{field}");
    }
    assert_eq!(service["urls"][0], service["uri"]);
    let hashed = service["urls"][1].as_str().unwrap();
    assert!(hashed.starts_with("https://hello-") && hashed.ends_with("-uc.a.run.app"), "{hashed}");
    assert_eq!(service["terminalCondition"]["type"], "Ready");
    assert_eq!(service["terminalCondition"]["state"], "CONDITION_SUCCEEDED");
    assert_eq!(service["conditions"].as_array().unwrap().len(), 2);
    let revision = service["latestReadyRevision"].as_str().unwrap();
    assert!(revision.starts_with(&format!("{PARENT}/services/hello/revisions/hello-00001-")));
    assert_eq!(service["latestCreatedRevision"], revision);
    assert!(service["uid"].is_string() && service["etag"].is_string());
    assert!(service.get("reconciling").is_none(), "nothing is under way");
    // By the project's number it is the same service.
    let by_number = house.get(&HELLO.replace("demo", &number)).await.json();
    assert_eq!(by_number, service);
}

#[tokio::test]
async fn operation_can_be_polled_until_it_is_forgotten() {
    let house = house().await;
    let created = house.create_service("hello", hello()).await.json();
    let path = format!("/v2/{}", created["name"].as_str().unwrap());
    assert_eq!(house.get(&path).await.json(), created);
    assert_eq!(house.post(&format!("{path}:wait"), json!({"timeout": "30s"})).await.json(), created);
    let listed = house.get(&format!("/v2/{PARENT}/operations")).await.json();
    assert_eq!(listed, json!({"operations": [created]}));
    let request = GetOperationRequest { name: created["name"].as_str().unwrap().to_owned() };
    let polled: Operation =
        house.grpc("/google.longrunning.Operations/GetOperation", &request).await.message_of();
    let Some(operation::Result::Response(response)) = polled.result else { panic!("{polled:?}") };
    let service: v2::Service = response.to_msg().unwrap();
    assert_eq!(service.name, format!("{PARENT}/services/hello"));

    let cancelled = house.post(&format!("{path}:cancel"), json!({})).await;
    assert_eq!((cancelled.status.as_u16(), cancelled.json()), (200, json!({})), "it is done, and stays so");
    assert_eq!(house.delete(&path).await.json(), json!({}));
    let forgotten = house.get(&path).await;
    assert_eq!((forgotten.status.as_u16(), forgotten.reason()), (404, "RESOURCE_NOT_FOUND"));
    assert_eq!(house.get(HELLO).await.status, 200, "what the operation did stays");
}

#[tokio::test]
async fn service_is_changed_under_its_mask_and_etag() {
    let house = house().await;
    house.create_service("hello", hello()).await;
    let before = house.get(HELLO).await.json();
    let changed = house
        .patch(
            &format!("{HELLO}?updateMask=description"),
            json!({"description": "new", "labels": {"a": "b"}}),
        )
        .await
        .json();
    assert_eq!(changed["response"]["description"], "new");
    let after = house.get(HELLO).await.json();
    assert_eq!((&after["generation"], after.get("labels")), (&json!("2"), None));
    assert_ne!(after["etag"], before["etag"]);

    let stale = house.patch(HELLO, json!({"description": "newer", "etag": before["etag"]})).await;
    assert_eq!((stale.status.as_u16(), stale.reason()), (409, "ETAG_MISMATCH"));
    let unknown = house.patch(&format!("{HELLO}?updateMask=nothing"), json!({})).await;
    assert_eq!((unknown.status.as_u16(), unknown.reason()), (400, "FIELD_INVALID"));
    // Whoever writes back what they read changes nothing.
    let same = house.patch(HELLO, after.clone()).await;
    assert_eq!(same.status, 200, "{}", same.message());
    assert_eq!(house.get(HELLO).await.json(), after);
}

#[tokio::test]
async fn update_creates_what_is_missing_where_it_is_allowed() {
    let house = house().await;
    let refused = house.patch(HELLO, hello()).await;
    assert_eq!((refused.status.as_u16(), refused.reason()), (404, "RESOURCE_NOT_FOUND"));
    let tried = house.patch(&format!("{HELLO}?allowMissing=true&validateOnly=true"), hello()).await;
    assert_eq!((tried.status.as_u16(), house.get(HELLO).await.status.as_u16()), (200, 404));
    let made = house.patch(&format!("{HELLO}?allowMissing=true"), hello()).await.json();
    assert_eq!(made["response"]["generation"], "1");
    let changed = json!({"description": "bread", "template": hello()["template"]});
    let changed = house.patch(&format!("{HELLO}?allowMissing=true"), changed).await.json();
    assert_eq!(changed["response"]["generation"], "2");
    // Who may neither create nor update learns nothing of what is there.
    let token = house.ada_token().await;
    let absent = HELLO.replace("hello", "absent");
    let answers = [HELLO, &absent].map(|path| (path, format!("{path}?allowMissing=true")));
    for (path, call) in answers {
        let refused = house.call(&token, Method::PATCH, &call, hello()).await;
        assert_eq!((refused.status.as_u16(), refused.reason()), (403, "IAM_PERMISSION_DENIED"), "{path}");
        assert!(refused.message().contains("run.services.update"), "{}", refused.message());
    }
}

#[tokio::test]
async fn service_is_deleted_with_its_etag_and_is_gone() {
    let house = house().await;
    house.create_service("hello", hello()).await;
    let refused = house.delete(&format!("{HELLO}?etag=%22nothing%22")).await;
    assert_eq!((refused.status.as_u16(), refused.reason()), (409, "ETAG_MISMATCH"));
    let tried = house.delete(&format!("{HELLO}?validateOnly=true")).await;
    assert_eq!(tried.status, 200);
    assert_eq!(house.get(HELLO).await.status, 200);
    let deleted = house.delete(HELLO).await.json();
    assert_eq!(deleted["response"]["deleteTime"], "2023-11-14T22:13:20Z");
    assert_eq!(deleted["response"]["expireTime"], "2023-11-14T22:13:20Z");
    let listed = house.get(&format!("/v2/{PARENT}/services?showDeleted=true")).await;
    assert_eq!(listed.json(), json!({}), "what is deleted is gone at once");
    let gone = house.get(HELLO).await;
    assert_eq!((gone.status.as_u16(), gone.reason()), (404, "RESOURCE_NOT_FOUND"));
    assert_eq!(house.delete(HELLO).await.status, 404);
}

#[tokio::test]
async fn services_round_trip_over_grpc() {
    let house = house().await;
    let method = |name: &str| format!("/google.cloud.run.v2.Services/{name}");
    let template = v2::RevisionTemplate {
        containers: vec![v2::Container { image: "http://127.0.0.1:3000".into(), ..Default::default() }],
        ..Default::default()
    };
    let service = v2::Service { template: Some(template), ..Default::default() };
    let create = v2::CreateServiceRequest {
        parent: PARENT.into(),
        service: Some(service),
        service_id: "hello".into(),
        ..Default::default()
    };
    let created: Operation = house.grpc(&method("CreateService"), &create).await.message_of();
    assert!(created.done);
    assert_eq!(house.grpc(&method("CreateService"), &create).await.grpc_code(), Code::AlreadyExists);
    let get = v2::GetServiceRequest { name: format!("{PARENT}/services/hello") };
    let mut service: v2::Service = house.grpc(&method("GetService"), &get).await.message_of();
    service.description = "new".into();
    let update = v2::UpdateServiceRequest {
        service: Some(service),
        update_mask: Some(FieldMask { paths: vec!["description".into()] }),
        ..Default::default()
    };
    let _: Operation = house.grpc(&method("UpdateService"), &update).await.message_of();
    let list = v2::ListServicesRequest { parent: PARENT.into(), ..Default::default() };
    let listed: v2::ListServicesResponse = house.grpc(&method("ListServices"), &list).await.message_of();
    assert_eq!(listed.services[0].description, "new");
    let delete = v2::DeleteServiceRequest { name: get.name.clone(), ..Default::default() };
    let _: Operation = house.grpc(&method("DeleteService"), &delete).await.message_of();
    assert_eq!(house.grpc(&method("GetService"), &get).await.grpc_code(), Code::NotFound);
}

#[tokio::test]
async fn services_are_listed_in_pages_that_keep_to_their_listing() {
    let house = house().await;
    for id in ["a", "b", "c"] {
        assert_eq!(house.create_service(id, hello()).await.status, 200);
    }
    let path = format!("/v2/{PARENT}/services");
    let first = house.get(&format!("{path}?pageSize=2")).await.json();
    assert_eq!(first["services"].as_array().unwrap().len(), 2);
    let token = first["nextPageToken"].as_str().unwrap();
    let last = house.get(&format!("{path}?pageSize=2&pageToken={token}")).await.json();
    assert_eq!(last["services"][0]["name"], format!("{PARENT}/services/c"));
    assert!(last.get("nextPageToken").is_none());
    for elsewhere in [
        "/v2/projects/demo/locations/-/services".to_owned(),
        format!("/v2/{PARENT}/operations"),
        "/v1/projects/demo/locations/us-central1/jobs".to_owned(),
    ] {
        let refused = house.get(&format!("{elsewhere}?pageToken={token}")).await;
        assert_eq!((refused.status.as_u16(), refused.reason()), (400, "FIELD_INVALID"), "{elsewhere}");
    }
    let everywhere = house.get("/v2/projects/demo/locations/-/services").await.json();
    assert_eq!(everywhere["services"].as_array().unwrap().len(), 3);
    assert_eq!(house.get(&format!("{path}?pageSize=-1")).await.status, 400);
}

#[tokio::test]
async fn policy_of_a_service_is_reached_as_every_client_does() {
    let house = house().await;
    let ada = house.ada_token().await;
    house.create_service("hello", hello()).await;
    let empty = house.get(&format!("{HELLO}:getIamPolicy?options.requestedPolicyVersion=3")).await;
    assert_eq!(empty.json(), json!({"etag": "ACAB"}));
    let bindings = json!([{"role": "roles/run.invoker", "members": [format!("serviceAccount:{ADA}")]}]);
    let policy = json!({"policy": {"bindings": bindings, "etag": "ACAB"}});
    let set = house.post(&format!("{HELLO}:setIamPolicy"), policy).await.json();
    assert_eq!(set["bindings"], bindings);
    // gcloud's paths.
    let first = HELLO.replace("/v2/", "/v1/");
    assert_eq!(house.get(&format!("{first}:getIamPolicy")).await.json(), set);
    let asked = json!({"permissions": ["run.routes.invoke", "run.services.get"]});
    let held = house.call(&ada, Method::POST, &format!("{HELLO}:testIamPermissions"), asked).await.json();
    assert_eq!(held, json!({"permissions": ["run.routes.invoke"]}));
}
