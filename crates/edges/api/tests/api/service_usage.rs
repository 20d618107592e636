//! Which APIs a project uses, and what a disabled one refuses.

use http::Method;
use serde_json::{Value, json};

use crate::house::{ADA, Answer, House, house};

const SERVICES: &str = "/v2/projects/demo/locations/us-central1/services";

impl House {
    async fn switch(&self, api: &str, verb: &str) -> Answer {
        self.post(&format!("/v1/projects/demo/services/{api}:{verb}"), json!({})).await
    }
}

fn names(answer: &Answer) -> Vec<String> {
    let services = answer.json()["services"].as_array().unwrap().clone();
    services.iter().map(|service| service["config"]["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn served_apis_are_enabled_from_the_start_and_the_others_say_that_they_are_not_served() {
    let house = house().await;
    let number = house.get("/v1/projects/demo").await.json()["projectNumber"].as_str().unwrap().to_owned();
    let enabled = house.get("/v1/projects/demo/services?filter=state:ENABLED").await;
    assert_eq!(
        names(&enabled),
        [
            "cloudfunctions.googleapis.com",
            "cloudresourcemanager.googleapis.com",
            "cloudscheduler.googleapis.com",
            "iam.googleapis.com",
            "iamcredentials.googleapis.com",
            "logging.googleapis.com",
            "run.googleapis.com",
            "serviceusage.googleapis.com",
        ]
    );
    let run = house.get(&format!("/v1/projects/{number}/services/run.googleapis.com")).await.json();
    assert_eq!(
        run,
        json!({
            "name": format!("projects/{number}/services/run.googleapis.com"),
            "parent": format!("projects/{number}"),
            "config": {"name": "run.googleapis.com", "title": "Cloud Run Admin API"},
            "state": "ENABLED",
        })
    );
    let build = house.get("/v1/projects/demo/services/cloudbuild.googleapis.com").await.json();
    assert_eq!(build["state"], "DISABLED");
    assert_eq!(build["config"]["title"], "Cloud Build API (not served by Doorward)");
    let both =
        "names=projects/demo/services/run.googleapis.com&names=projects/demo/services/iap.googleapis.com";
    let got = house.get(&format!("/v1/projects/demo/services:batchGet?{both}")).await;
    assert_eq!(names(&got), ["run.googleapis.com", "iap.googleapis.com"]);
}

#[tokio::test]
async fn pages_hold_every_api_once() {
    let house = house().await;
    let all = names(&house.get("/v1/projects/demo/services?pageSize=200").await);
    let (mut paged, mut token) = (Vec::new(), String::new());
    loop {
        let page = house.get(&format!("/v1/projects/demo/services?pageSize=7&pageToken={token}")).await;
        paged.extend(names(&page));
        match page.json()["nextPageToken"].as_str() {
            Some(next) => token = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(paged, all);
    let foreign =
        house.get(&format!("/v1/projects/demo/services?filter=state:ENABLED&pageToken={token}")).await;
    assert_eq!((foreign.status.as_u16(), foreign.reason()), (400, "FIELD_INVALID"));
}

#[tokio::test]
async fn disabled_api_refuses_whoever_may_and_nothing_else_changes() {
    let house = house().await;
    let number = house.get("/v1/projects/demo").await.json()["projectNumber"].as_str().unwrap().to_owned();
    let operation = house.switch("run.googleapis.com", "disable").await.json();
    assert_eq!(operation["done"], true);
    assert_eq!(operation["response"]["service"]["state"], "DISABLED");
    assert_eq!(house.get(&format!("/v1/{}", operation["name"].as_str().unwrap())).await.json()["done"], true);

    for path in [SERVICES.to_owned(), format!("{SERVICES}/absent")] {
        let refused = house.get(&path).await;
        assert_eq!((refused.status.as_u16(), refused.reason()), (403, "SERVICE_DISABLED"), "{path}");
        assert_eq!(
            refused.message(),
            format!(
                "Cloud Run Admin API has not been used in project {number} before or it is disabled. Enable it by visiting https://console.developers.google.com/apis/api/run.googleapis.com/overview?project={number} then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry."
            )
        );
        let info = refused.detail("ErrorInfo");
        assert_eq!(info["metadata"]["consumer"], format!("projects/{number}"));
        assert_eq!(info["metadata"]["service"], "run.googleapis.com");
        let help = refused.detail("Help").to_string();
        assert!(
            help.contains("doorward exec -- gcloud services enable run.googleapis.com --project=demo"),
            "{help}"
        );
    }
    // Of permissions of that API nobody holds any, and the others are as before.
    let asked = json!({"permissions": ["run.services.get"]});
    let test = |path: &'static str| house.post(path, asked.clone());
    let held = test("/v1/projects/demo:testIamPermissions").await.json();
    assert_eq!(held, asked, "asked of another API");
    assert_eq!(house.get("/v1/projects/demo").await.status, 200);
    assert_eq!(house.get("/v1/projects/demo/locations/us-central1/jobs").await.status, 200);

    // Who may not is told what is always told.
    let ada = house.ada_token().await;
    let refused = house.call(&ada, Method::GET, SERVICES, Value::Null).await;
    assert_eq!(refused.reason(), "IAM_PERMISSION_DENIED");

    assert_eq!(
        house.switch("run.googleapis.com", "enable").await.json()["response"]["service"]["state"],
        "ENABLED"
    );
    assert_eq!(house.get(SERVICES).await.status, 200);
}

#[tokio::test]
async fn disabled_api_refuses_its_mixins_at_whatever_host() {
    let house = house().await;
    assert_eq!(
        house
            .create_service(
                "hello",
                json!({"template": {"containers": [{"image": "gcr.io/cloudrun/hello"}]}})
            )
            .await
            .status,
        200
    );
    let operations = "/v2/projects/demo/locations/us-central1/operations";
    let made = house.get(operations).await.json()["operations"][0]["name"].as_str().unwrap().to_owned();
    house.switch("run.googleapis.com", "disable").await;
    for path in [operations.to_owned(), format!("/v2/{made}")] {
        let refused = house.get(&path).await;
        assert_eq!((refused.status.as_u16(), refused.reason()), (403, "SERVICE_DISABLED"), "{path}");
        let told = house.explanation(&house.owner, &refused).await.to_string();
        assert_eq!(told.matches("run.googleapis.com in projects/demo").count(), 2, "{told}");
    }
    for host in ["run.googleapis.com", "us-central1-run.googleapis.com"] {
        let refused = house.see(host, "/v1/projects/demo/locations").await;
        assert_eq!((refused.status.as_u16(), refused.reason()), (403, "SERVICE_DISABLED"), "{host}");
    }
    // Functions are another API's, and locations at an address every API's.
    assert_eq!(house.get("/v1/operations?filter=project:demo,location:us-central1").await.status, 200);
    assert_eq!(house.get("/v1/projects/demo/locations").await.status, 200);
}

#[tokio::test]
async fn disabled_api_is_explained() {
    let house = house().await;
    house.switch("run.googleapis.com", "disable").await;
    let refused = house.get(SERVICES).await;
    let told = house.explanation(&house.owner, &refused).await.to_string();
    // Then, and now.
    assert_eq!(told.matches("run.googleapis.com in projects/demo").count(), 2, "{told}");
    assert!(
        told.contains("doorward exec -- gcloud services enable run.googleapis.com --project=demo"),
        "{told}"
    );
}

#[tokio::test]
async fn several_are_enabled_at_once_or_none() {
    let house = house().await;
    let enable = async |names: Value| {
        house.post("/v1/projects/demo/services:batchEnable", json!({"serviceIds": names})).await
    };
    let made = enable(json!(["run.googleapis.com", "cloudbuild.googleapis.com"])).await.json();
    let states: Vec<_> =
        made["response"]["services"].as_array().unwrap().iter().map(|one| one["state"].clone()).collect();
    assert_eq!(states, ["ENABLED", "ENABLED"]);
    let refused = enable(json!(["cloudtasks.googleapis.com", "bakery.example.com"])).await;
    assert_eq!(
        (refused.status.as_u16(), refused.reason()),
        (403, "SERVICE_CONFIG_NOT_FOUND_OR_PERMISSION_DENIED")
    );
    assert_eq!(refused.message(), "Not found or permission denied for service(s): bakery.example.com.");
    let tasks = house.get("/v1/projects/demo/services/cloudtasks.googleapis.com").await.json();
    assert_eq!(tasks["state"], "DISABLED");
    assert_eq!(enable(json!(vec!["run.googleapis.com"; 21])).await.status, 400);
    assert_eq!(enable(json!(["Run!"])).await.status, 400);
    // Enabled is not served.
    let built = house.get("/v1/projects/demo/builds").await;
    assert_eq!((built.status.as_u16(), built.reason()), (501, "METHOD_UNIMPLEMENTED"));
}

#[tokio::test]
async fn what_enables_the_others_stays() {
    let house = house().await;
    let refused = house.switch("serviceusage.googleapis.com", "disable").await;
    assert_eq!((refused.status.as_u16(), refused.reason()), (400, "WRONG_STATE"));
    for (path, status) in [
        ("/v1/folders/7/services/run.googleapis.com", 501),
        ("/v1/organizations/7/services", 501),
        ("/v1/projects/demo/services?filter=consumerId:1", 400),
        ("/v1/projects/demo/services/bakery.example.com", 403),
    ] {
        assert_eq!(house.get(path).await.status.as_u16(), status, "{path}");
    }
    house.switch("cloudresourcemanager.googleapis.com", "disable").await;
    assert_eq!(house.get("/v1/projects/demo").await.reason(), "SERVICE_DISABLED");
    house.switch("cloudresourcemanager.googleapis.com", "enable").await;
    assert_eq!(house.get("/v1/projects/demo").await.status, 200);
}

#[tokio::test]
async fn agent_of_an_api_is_named() {
    let house = house().await;
    let number = house.get("/v1/projects/demo").await.json()["projectNumber"].as_str().unwrap().to_owned();
    let identify = async |api: &str| {
        house.post(&format!("/v1beta1/projects/demo/services/{api}:generateServiceIdentity"), json!({})).await
    };
    let made = identify("cloudscheduler.googleapis.com").await.json();
    assert_eq!(made["done"], true);
    let email = format!("service-{number}@gcp-sa-cloudscheduler.iam.gserviceaccount.com");
    assert_eq!(made["response"]["email"], email);
    let account = house.get(&format!("/v1/projects/-/serviceAccounts/{email}")).await.json();
    assert_eq!(made["response"]["uniqueId"], account["uniqueId"]);
    let elsewhere = identify("iap.googleapis.com").await;
    assert_eq!((elsewhere.status.as_u16(), elsewhere.reason()), (501, "METHOD_UNIMPLEMENTED"));
    assert!(elsewhere.message().contains("iap.googleapis.com"));
    assert_eq!(identify("bakery.example.com").await.status, 403);
}

#[tokio::test]
async fn acting_as_an_account_is_no_call_about_its_project() {
    let house = house().await;
    house.ada().await;
    house.switch("iam.googleapis.com", "disable").await;
    let refused = house.get(&format!("/v1/projects/-/serviceAccounts/{ADA}")).await;
    assert_eq!(refused.reason(), "SERVICE_DISABLED");
    let service =
        json!({"template": {"serviceAccount": ADA, "containers": [{"image": "gcr.io/cloudrun/hello"}]}});
    assert_eq!(house.create_service("acting", service).await.status, 200);
}
