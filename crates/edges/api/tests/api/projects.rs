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
async fn what_projects_cannot_do_yet_says_so() {
    let house = house().await;
    for (method, path) in [
        (Method::POST, "/v1/projects"),
        (Method::GET, "/v1/projects"),
        (Method::DELETE, "/v1/projects/demo"),
        (Method::POST, "/v1/projects/demo:getAncestry"),
    ] {
        let answer = house.call(&house.owner, method, path, Value::Null).await;
        assert_eq!((answer.status.as_u16(), answer.reason()), (501, "METHOD_UNIMPLEMENTED"), "{path}");
        assert!(answer.message().starts_with("Method google.cloud.resourcemanager.v1.Projects."));
    }
}
