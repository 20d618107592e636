//! Projects in both versions.

use http::Method;
use serde_json::{Value, json};

use crate::house::house;

#[tokio::test]
async fn project_is_the_same_in_both_versions_by_id_and_number() {
    let house = house().await;
    let first = house.get("/v1/projects/demo?alt=json").await.json();
    let number = first["projectNumber"].as_str().unwrap().to_owned();
    assert_eq!(first["projectId"], "demo");
    assert_eq!(first["lifecycleState"], "ACTIVE");
    assert_eq!(first["parent"], json!({"type": "organization", "id": "100000000001"}));
    assert_eq!(house.get(&format!("/v1/projects/{number}")).await.json(), first);
    let third = house.get(&format!("/v3/projects/{number}")).await.json();
    assert_eq!(third["name"], format!("projects/{number}"));
    assert_eq!((&third["projectId"], &third["state"]), (&json!("demo"), &json!("ACTIVE")));
    assert_eq!(third["parent"], "organizations/100000000001");
    assert_eq!(house.get("/v3/projects/demo").await.json(), third);
}

#[tokio::test]
async fn project_that_is_not_there_looks_like_a_forbidden_one() {
    let house = house().await;
    let ada = house.ada_token().await;
    for path in ["/v1/projects/demo", "/v1/projects/nothing", "/v3/projects/999"] {
        let refused = house.call(&ada, Method::GET, path, Value::Null).await;
        assert_eq!((refused.status.as_u16(), refused.reason()), (403, "IAM_PERMISSION_DENIED"), "{path}");
        let id = path.rsplit('/').next().unwrap();
        assert_eq!(
            refused.message(),
            format!(
                "Permission 'resourcemanager.projects.get' denied on resource '//cloudresourcemanager.googleapis.com/projects/{id}' (or it may not exist)."
            )
        );
    }
}

#[tokio::test]
async fn second_project_has_its_own_number_agents_and_owner() {
    let house = house().await;
    let first = house.get("/v1/projects/demo").await.json();
    let labels = json!({"team": "bakery"});
    let made = house
        .post("/v1/projects", json!({"projectId": "second-1", "name": "Second one", "labels": labels}))
        .await
        .json();
    assert_eq!((&made["done"], &made["response"]["projectId"]), (&json!(true), &json!("second-1")));
    assert_eq!(made["response"]["@type"], "type.googleapis.com/google.cloud.resourcemanager.v1.Project");
    assert_eq!(made["metadata"]["ready"], true);
    let polled = house.get(&format!("/v1/{}", made["name"].as_str().unwrap())).await.json();
    assert_eq!(polled, made);

    let second = house.get("/v1/projects/second-1").await.json();
    let number = second["projectNumber"].as_str().unwrap().to_owned();
    assert_eq!((number.len(), second["projectNumber"] != first["projectNumber"]), (12, true));
    assert_eq!((&second["name"], &second["labels"]), (&json!("Second one"), &labels));
    assert_eq!(second["parent"], first["parent"]);
    let policy = house.post("/v1/projects/second-1:getIamPolicy", json!({})).await.json().to_string();
    for agent in ["gcp-sa-cloudscheduler", "serverless-robot-prod"] {
        assert!(
            policy.contains(&format!("serviceAccount:service-{number}@{agent}.iam.gserviceaccount.com")),
            "{policy}"
        );
    }
    assert!(policy.contains("user:owner@doorward.localhost"), "{policy}");
    let made = house.post("/v1/projects/second-1/serviceAccounts", json!({"accountId": "baker-1"})).await;
    assert_eq!(made.status, 200);
    let ancestry = house.post(&format!("/v1/projects/{number}:getAncestry"), json!({})).await.json();
    assert_eq!(
        ancestry["ancestor"],
        json!([
            {"resourceId": {"type": "project", "id": "second-1"}},
            {"resourceId": {"type": "organization", "id": "100000000001"}},
        ])
    );
}

#[tokio::test]
async fn project_that_cannot_be_is_refused() {
    let house = house().await;
    let ada = house.ada_token().await;
    for (project, status, reason) in [
        (json!({"projectId": "demo"}), 400, "FIELD_INVALID"),
        (json!({"projectId": "five5"}), 400, "FIELD_INVALID"),
        (json!({"projectId": "my-google-project"}), 400, "FIELD_INVALID"),
        (json!({"projectId": "gcp-sa-baker"}), 400, "FIELD_INVALID"),
        (json!({"projectId": "Second-1"}), 400, "FIELD_INVALID"),
        (json!({}), 400, "FIELD_INVALID"),
        (json!({"projectId": "second-1", "name": "a/b/c/d"}), 400, "FIELD_INVALID"),
        (json!({"projectId": "second-1", "labels": {"Team": "x"}}), 400, "FIELD_INVALID"),
        (json!({"projectId": "second-1", "tags": {"a": "b"}}), 501, "METHOD_UNIMPLEMENTED"),
        (
            json!({"projectId": "second-1", "parent": {"type": "folder", "id": "7"}}),
            501,
            "METHOD_UNIMPLEMENTED",
        ),
        (
            json!({"projectId": "second-1", "parent": {"type": "organization", "id": "7"}}),
            403,
            "IAM_PERMISSION_DENIED",
        ),
    ] {
        let refused = house.post("/v1/projects", project.clone()).await;
        assert_eq!((refused.status.as_u16(), refused.reason()), (status, reason), "{project}");
    }
    let second = json!({"projectId": "second-1"});
    let refused = house.call(&ada, Method::POST, "/v1/projects", second.clone()).await;
    assert_eq!((refused.status.as_u16(), refused.reason()), (403, "IAM_PERMISSION_DENIED"));
    assert_eq!(house.post("/v1/projects", second.clone()).await.status, 200);
    let taken = house.post("/v3/projects", json!({"projectId": "second-1"})).await;
    assert_eq!((taken.status.as_u16(), taken.reason()), (409, "RESOURCE_ALREADY_EXISTS"));
    assert_eq!(taken.message(), "Requested entity already exists");
    house.delete("/v1/projects/second-1").await;
    assert_eq!(house.post("/v1/projects", second).await.status, 409, "an ID stays taken");
}

#[tokio::test]
async fn projects_are_listed_to_whoever_may_get_them_in_pages() {
    let house = house().await;
    for id in ["second-1", "second-2", "third-1"] {
        assert_eq!(
            house.post("/v3/projects", json!({"projectId": id, "labels": {"row": &id[..1]}})).await.status,
            200
        );
    }
    house.delete("/v1/projects/second-2").await;
    let ids = async |path: &str| -> Vec<String> {
        let found = house.get(path).await.json();
        let found = found["projects"].as_array().cloned().unwrap_or_default();
        found.iter().map(|project| project["projectId"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids("/v1/projects?filter=lifecycleState:ACTIVE").await, ["demo", "second-1", "third-1"]);
    assert_eq!(ids("/v1/projects?filter=lifecycleState:DELETE_REQUESTED").await, ["second-2"]);
    let filter = "lifecycleState:ACTIVE%20AND%20(%20id:demo%20OR%20labels.row:s%20)";
    assert_eq!(ids(&format!("/v1/projects?filter={filter}")).await, ["demo", "second-1"]);
    assert_eq!(ids("/v3/projects:search?query=id:sec*").await, ["second-1", "second-2"]);
    let all = "/v3/projects?parent=organizations/100000000001";
    assert_eq!(ids(all).await, ["demo", "second-1", "third-1"]);
    assert_eq!(ids(&format!("{all}&showDeleted=true")).await.len(), 4);

    let (mut paged, mut token) = (Vec::new(), String::new());
    loop {
        let path = format!("/v1/projects?filter=lifecycleState:ACTIVE&pageSize=1&pageToken={token}");
        paged.extend(ids(&path).await);
        match house.get(&path).await.json()["nextPageToken"].as_str() {
            Some(next) => token = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(paged, ["demo", "second-1", "third-1"]);
    for path in [
        "/v1/projects?filter=colour:red",
        "/v1/projects?pageSize=-1",
        "/v3/projects",
        "/v1/projects?filter=id:",
    ] {
        assert_eq!(house.get(path).await.reason(), "FIELD_INVALID", "{path}");
    }

    let ada = house.ada_token().await;
    let seen = async || house.call(&ada, Method::GET, "/v1/projects", Value::Null).await.json();
    assert_eq!(seen().await, json!({}));
    house.grant("/v1/projects/third-1", "roles/viewer").await;
    assert_eq!(seen().await["projects"].as_array().unwrap().len(), 1);
    let refused = house.call(&ada, Method::GET, all, Value::Null).await;
    assert_eq!(refused.reason(), "IAM_PERMISSION_DENIED");
}

#[tokio::test]
async fn deleted_project_closes_what_is_in_it_and_opens_it_again() {
    let house = house().await;
    house.post("/v1/projects", json!({"projectId": "second-1"})).await;
    let made =
        house.post("/v1/projects/second-1/serviceAccounts", json!({"accountId": "baker-1"})).await.json();
    let baker = made["email"].as_str().unwrap();
    let member = format!("serviceAccount:{baker}");
    house.bind("/v1/projects/demo", "roles/viewer", &member).await;
    let minted = house
        .post(
            &format!("/v1/projects/-/serviceAccounts/{baker}:generateAccessToken"),
            json!({"scope": ["https://www.googleapis.com/auth/cloud-platform"]}),
        )
        .await
        .json();
    let token = minted["accessToken"].as_str().unwrap().to_owned();
    let demo_as_baker = async || house.call(&token, Method::GET, "/v1/projects/demo", Value::Null).await;
    assert_eq!(demo_as_baker().await.status, 200);
    let denied = house.call(&token, Method::DELETE, "/v1/projects/demo", Value::Null).await;
    assert_eq!(denied.reason(), "IAM_PERMISSION_DENIED");

    assert_eq!(house.delete("/v1/projects/second-1").await.json(), json!({}));
    let gone = house.get("/v1/projects/second-1").await.json();
    assert_eq!(gone["lifecycleState"], "DELETE_REQUESTED");
    let gone = house.get("/v3/projects/second-1").await.json();
    assert_eq!((&gone["state"], gone["deleteTime"].is_string()), (&json!("DELETE_REQUESTED"), true));
    let undelete = "doorward exec -- gcloud projects undelete second-1";
    for (method, path) in [
        (Method::GET, format!("/v1/projects/second-1/serviceAccounts/{baker}")),
        (Method::GET, "/v1/projects/second-1/serviceAccounts".to_owned()),
        (
            Method::GET,
            "/v1/projects/second-1/serviceAccounts/absent@second-1.iam.gserviceaccount.com".to_owned(),
        ),
        (Method::GET, "/v2/projects/second-1/locations/us-central1/services".to_owned()),
        (Method::GET, "/v1/projects/second-1/services".to_owned()),
        (Method::POST, "/v1/projects/second-1:setIamPolicy".to_owned()),
    ] {
        let body = if method == Method::POST { json!({"policy": {}}) } else { Value::Null };
        let refused = house.call(&house.owner, method, &path, body).await;
        assert_eq!((refused.status.as_u16(), refused.reason()), (403, "CONSUMER_INVALID"), "{path}");
        assert!(refused.detail("Help").to_string().contains(undelete), "{path}");
    }
    assert_eq!(house.post("/v1/projects/second-1:getIamPolicy", json!({})).await.status, 200);
    assert_eq!(demo_as_baker().await.reason(), "ACCOUNT_STATE_INVALID", "its accounts may not act");
    // An explanation of what was asked before says that, and how to mend it now.
    let told = house.explanation(&house.owner, &denied).await["permissions"][0]["current"].clone();
    let found = "in projects/second-1, which is marked for deletion";
    assert_eq!((&told["checks"][0]["found"], &told["command"]), (&json!(found), &json!(undelete)));
    assert_eq!(house.delete("/v1/projects/second-1").await.reason(), "WRONG_STATE");
    let ada = house.ada_token().await;
    let refused = house.call(&ada, Method::GET, "/v1/projects/second-1/serviceAccounts", Value::Null).await;
    assert_eq!(refused.reason(), "IAM_PERMISSION_DENIED", "who may not is told what is always told");
    let refused = house.call(&ada, Method::POST, "/v1/projects/second-1:undelete", json!({})).await;
    assert_eq!(refused.reason(), "IAM_PERMISSION_DENIED");

    assert_eq!(house.post("/v1/projects/second-1:undelete", json!({})).await.json(), json!({}));
    assert_eq!(house.get(&format!("/v1/projects/second-1/serviceAccounts/{baker}")).await.status, 200);
    assert_eq!(demo_as_baker().await.status, 200);
    assert_eq!(house.post("/v1/projects/second-1:undelete", json!({})).await.reason(), "WRONG_STATE");
}

#[tokio::test]
async fn project_comes_back_within_thirty_days() {
    let house = house().await;
    house.post("/v1/projects", json!({"projectId": "second-1"})).await;
    house.delete("/v1/projects/second-1").await;
    house.clock.advance(std::time::Duration::from_secs(30 * 24 * 60 * 60)).await;
    let token = house.bought(None).await;
    let refused = house.call(&token, Method::POST, "/v1/projects/second-1:undelete", json!({})).await;
    assert_eq!((refused.status.as_u16(), refused.reason()), (400, "WRONG_STATE"));
    assert!(refused.message().contains("more than 30 days ago"), "{}", refused.message());
}

#[tokio::test]
async fn name_and_labels_change_in_both_versions() {
    let house = house().await;
    let mut project = house.get("/v1/projects/demo").await.json();
    project["name"] = json!("My bakery");
    project["labels"] = json!({"team": "bakery"});
    let changed = house.call(&house.owner, Method::PUT, "/v1/projects/demo", project.clone()).await.json();
    assert_eq!(changed, project);
    project["parent"] = json!({"type": "organization", "id": "7"});
    let refused = house.call(&house.owner, Method::PUT, "/v1/projects/demo", project).await;
    assert_eq!((refused.status.as_u16(), refused.reason()), (501, "METHOD_UNIMPLEMENTED"));
    let patch = async |mask: &str, body: Value| {
        house.call(&house.owner, Method::PATCH, &format!("/v3/projects/demo?updateMask={mask}"), body).await
    };
    let operation = patch("displayName", json!({"displayName": "Our bakery", "labels": {}})).await.json();
    assert_eq!(operation["response"]["displayName"], "Our bakery");
    assert_eq!(operation["response"]["labels"], json!({"team": "bakery"}));
    let polled = house.get(&format!("/v3/{}", operation["name"].as_str().unwrap())).await.json();
    assert_eq!(polled, operation);
    assert_eq!(patch("labels", json!({})).await.json()["response"].get("labels"), None);
    assert_eq!(patch("projectId", json!({})).await.reason(), "FIELD_INVALID");
    assert_eq!(patch("displayName", json!({"displayName": "no"})).await.reason(), "FIELD_INVALID");
}

#[tokio::test]
async fn role_on_the_organization_counts_in_every_project() {
    let house = house().await;
    let ada = house.ada_token().await;
    house.post("/v1/projects", json!({"projectId": "second-1"})).await;
    let found = house.post("/v1/organizations:search", json!({})).await.json();
    let organization = found["organizations"][0]["name"].as_str().unwrap().to_owned();
    assert_eq!(found["organizations"][0]["displayName"], "doorward.localhost");
    assert_eq!(found["organizations"][0]["lifecycleState"], "ACTIVE");
    let same = house.get(&format!("/v3/{organization}")).await.json();
    assert_eq!((&same["name"], &same["state"]), (&json!(organization), &json!("ACTIVE")));
    assert_eq!(
        house.get("/v3/organizations:search?query=domain:doorward.localhost").await.json()["organizations"]
            [0],
        same
    );
    assert_eq!(house.get("/v3/organizations:search?query=domain:elsewhere").await.json(), json!({}));
    assert_eq!(house.get("/v3/organizations:search?query=colour:red").await.reason(), "FIELD_INVALID");

    let second = async || house.call(&ada, Method::GET, "/v1/projects/second-1", Value::Null).await;
    assert_eq!(second().await.status, 403);
    for path in
        [format!("/v1/{organization}"), format!("/v3/{organization}"), "/v1/organizations/7".to_owned()]
    {
        assert_eq!(house.call(&ada, Method::GET, &path, Value::Null).await.reason(), "IAM_PERMISSION_DENIED");
        let policy = house.call(&ada, Method::POST, &format!("{path}:getIamPolicy"), json!({})).await;
        assert_eq!(policy.reason(), "IAM_PERMISSION_DENIED");
    }
    house.grant(&format!("/v1/{organization}"), "roles/viewer").await;
    assert_eq!(second().await.status, 200);
    let asked = json!({"permissions": ["resourcemanager.projects.get", "resourcemanager.organizations.setIamPolicy"]});
    let path = format!("/v3/{organization}:testIamPermissions");
    let held = house.call(&ada, Method::POST, &path, asked).await.json();
    assert_eq!(held, json!({"permissions": ["resourcemanager.projects.get"]}));
}

#[tokio::test]
async fn what_projects_cannot_do_yet_says_so() {
    let house = house().await;
    for (path, body) in [
        ("/v3/projects/demo:move", json!({"destinationParent": "organizations/7"})),
        ("/v3/folders", json!({"displayName": "team"})),
    ] {
        let answer = house.post(path, body).await;
        assert_eq!((answer.status.as_u16(), answer.reason()), (501, "METHOD_UNIMPLEMENTED"), "{path}");
    }
    assert_eq!(house.get("/v3/projects?parent=folders/7").await.status, 501);
    assert_eq!(house.get("/v1/operations/pc.1").await.reason(), "IAM_PERMISSION_DENIED");
    assert_eq!(house.get("/v1/operations/pc.one").await.reason(), "FIELD_INVALID");
}
