//! Revisions and how requests are divided between them.

use http::Method;
use serde_json::{Value, json};

use crate::house::{Answer, House, house};

const HELLO: &str = "/v2/projects/demo/locations/us-central1/services/hello";

fn of_image(image: &str, revision: &str) -> Value {
    json!({"template": {"revision": revision, "containers": [{"image": image}]}})
}

impl House {
    async fn patch_hello(&self, query: &str, body: Value) -> Answer {
        self.call(&self.owner, Method::PATCH, &format!("{HELLO}{query}"), body).await
    }

    /// `hello` with the revisions `hello-one` and `hello-two`.
    async fn two_revisions(&self) {
        assert_eq!(
            self.create_service("hello", of_image("gcr.io/cloudrun/hello", "hello-one")).await.status,
            200
        );
        assert_eq!(self.patch_hello("", of_image("http://127.0.0.1:3000", "hello-two")).await.status, 200);
    }
}

#[tokio::test]
async fn revisions_are_shown_and_listed_page_by_page() {
    let house = house().await;
    house.two_revisions().await;
    let service = house.get(HELLO).await.json();
    assert!(service["latestReadyRevision"].as_str().unwrap().ends_with("/hello/revisions/hello-two"));
    let first = house.get(&format!("{HELLO}/revisions?pageSize=1")).await.json();
    let token = first["nextPageToken"].as_str().unwrap();
    let second = house.get(&format!("{HELLO}/revisions?pageSize=1&pageToken={token}")).await.json();
    assert_eq!(second.get("nextPageToken"), None);
    let one = house.get(&format!("{HELLO}/revisions/hello-one")).await.json();
    let two = house.get(&format!("{HELLO}/revisions/hello-two")).await.json();
    assert_eq!((&first["revisions"], &second["revisions"]), (&json!([one]), &json!([two])));
    for (field, expected) in [
        ("name", json!("projects/demo/locations/us-central1/services/hello/revisions/hello-two")),
        ("service", json!("hello")),
        ("generation", json!("1")),
        ("containers", json!([{"image": "http://127.0.0.1:3000"}])),
        ("creator", json!("owner@doorward.localhost")),
        ("launchStage", json!("GA")),
    ] {
        assert_eq!(two[field], expected, "{field}");
    }
    let state = |revision: &Value, kind: &str| {
        let conditions = revision["conditions"].as_array().unwrap();
        conditions.iter().find(|condition| condition["type"] == kind).unwrap()["state"].clone()
    };
    assert_eq!(
        (state(&one, "Ready"), state(&two, "Ready")),
        (json!("CONDITION_SUCCEEDED"), json!("CONDITION_SUCCEEDED"))
    );
    assert_eq!(
        (state(&one, "Active"), state(&two, "Active")),
        (json!("CONDITION_FAILED"), json!("CONDITION_SUCCEEDED"))
    );
    let everywhere = house.get("/v2/projects/demo/locations/us-central1/services/-/revisions").await;
    assert_eq!(everywhere.json()["revisions"], json!([one, two]));
}

#[tokio::test]
async fn traffic_is_divided_tagged_and_rolled_back() {
    let house = house().await;
    house.two_revisions().await;
    let revision = "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION";
    let latest = "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST";
    let traffic = json!([
        {"type": revision, "revision": "hello-one", "percent": 90},
        {"type": latest, "percent": 10},
        {"type": revision, "revision": "hello-two", "tag": "next"},
    ]);
    let divided = house.patch_hello("?updateMask=traffic", json!({"traffic": traffic})).await;
    assert_eq!(divided.status, 200, "{}", divided.message());
    let service = house.get(HELLO).await.json();
    assert_eq!(service["traffic"], traffic);
    let uri = service["trafficStatuses"][2]["uri"].as_str().unwrap();
    assert_eq!(uri, service["uri"].as_str().unwrap().replace("https://hello-", "https://next---hello-"));
    assert_eq!(service["trafficStatuses"][0].get("uri"), None);
    // Whoever writes back what they read changes nothing.
    assert_eq!(house.patch_hello("", service.clone()).await.status, 200);
    assert_eq!(house.get(HELLO).await.json(), service);
    for (name, reason) in
        [("hello-one", "WRONG_STATE"), ("hello-two", "WRONG_STATE"), ("hello-none", "RESOURCE_NOT_FOUND")]
    {
        assert_eq!(house.delete(&format!("{HELLO}/revisions/{name}")).await.reason(), reason, "{name}");
    }
    assert_eq!(house.patch_hello("?updateMask=traffic", json!({})).await.status, 200);
    let tried = house.delete(&format!("{HELLO}/revisions/hello-one?validateOnly=true")).await;
    assert_eq!(tried.status, 200);
    let stale = house.delete(&format!("{HELLO}/revisions/hello-one?etag=%22x%22")).await;
    assert_eq!((stale.status.as_u16(), stale.reason()), (409, "ETAG_MISMATCH"));
    let deleted = house.delete(&format!("{HELLO}/revisions/hello-one")).await.json();
    assert_eq!(deleted["response"]["@type"], "type.googleapis.com/google.cloud.run.v2.Revision");
    assert_eq!(deleted["response"]["deleteTime"], "2023-11-14T22:13:20Z");
    let polled = house.get(&format!("/v2/{}", deleted["name"].as_str().unwrap())).await.json();
    assert_eq!(polled, deleted);
    assert_eq!(house.get(&format!("{HELLO}/revisions/hello-one")).await.status, 404);
}

#[tokio::test]
async fn revision_names_are_given_once_and_can_be_asked_for_anew() {
    let house = house().await;
    house.two_revisions().await;
    let again = house.patch_hello("", of_image("http://127.0.0.1:3001", "hello-one")).await;
    assert_eq!((again.status.as_u16(), again.reason()), (409, "RESOURCE_ALREADY_EXISTS"));
    assert_eq!(again.message(), "Revision named 'hello-one' with different configuration already exists.");
    let same = of_image("http://127.0.0.1:3000", "");
    assert_eq!(house.patch_hello("", same.clone()).await.status, 200);
    let before = house.get(HELLO).await.json();
    assert_eq!(house.patch_hello("", same.clone()).await.status, 200);
    assert_eq!(house.get(HELLO).await.json(), before);
    assert_eq!(house.patch_hello("?forceNewRevision=true", same).await.status, 200);
    let after = house.get(HELLO).await.json();
    assert_ne!(after["latestCreatedRevision"], before["latestCreatedRevision"]);
}

#[tokio::test]
async fn revisions_are_for_those_who_may_see_their_service() {
    let house = house().await;
    house.two_revisions().await;
    let token = house.ada_token().await;
    for (verb, path, permission) in [
        (Method::GET, "/revisions", "run.revisions.list"),
        (Method::GET, "/revisions/hello-one", "run.revisions.get"),
        (Method::GET, "/revisions/hello-none", "run.revisions.get"),
        (Method::DELETE, "/revisions/hello-one", "run.revisions.delete"),
    ] {
        let refused = house.call(&token, verb, &format!("{HELLO}{path}"), Value::Null).await;
        assert_eq!((refused.status.as_u16(), refused.reason()), (403, "IAM_PERMISSION_DENIED"), "{path}");
        assert!(refused.message().contains(permission), "{}", refused.message());
    }
}
