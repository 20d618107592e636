//! Policies of projects and accounts, and of whatever the mixin is asked about.

use http::Method;
use serde_json::{Value, json};

use crate::house::{ADA, house};

#[tokio::test]
async fn policy_is_read_changed_and_guarded_by_its_etag() {
    let house = house().await;
    let ada = house.ada_token().await;
    let account = format!("/v1/projects/-/serviceAccounts/{ADA}");
    // As gcloud asks: POST, no body, the version in the query.
    let empty =
        house.post(&format!("{account}:getIamPolicy?options.requestedPolicyVersion=3"), Value::Null).await;
    assert_eq!(empty.json(), json!({"etag": "ACAB"}));

    let member = format!("serviceAccount:{ADA}");
    let bindings = json!([{"role": "roles/iam.serviceAccountUser", "members": [member]}]);
    let policy = json!({"policy": {"bindings": bindings, "etag": "ACAB", "version": 3}});
    let set = house.post(&format!("{account}:setIamPolicy"), policy.clone()).await.json();
    assert_eq!((&set["version"], &set["bindings"]), (&json!(1), &bindings));
    let stale = house.post(&format!("{account}:setIamPolicy"), policy).await;
    assert_eq!((stale.status.as_u16(), stale.reason()), (409, "ETAG_MISMATCH"));
    assert_eq!(
        stale.message(),
        "There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff."
    );
    assert_eq!(house.post(&format!("{account}:getIamPolicy"), json!({})).await.json(), set);

    let asked = json!({"permissions": ["iam.serviceAccounts.actAs", "iam.serviceAccounts.delete"]});
    let held = house.call(&ada, Method::POST, &format!("{account}:testIamPermissions"), asked).await;
    assert_eq!(held.json(), json!({"permissions": ["iam.serviceAccounts.actAs"]}));
}

#[tokio::test]
async fn every_policy_method_leads_to_the_same_policy_of_a_project() {
    let house = house().await;
    let body = json!({"options": {"requestedPolicyVersion": 3}});
    let first = house.post("/v1/projects/demo:getIamPolicy", body.clone()).await.json();
    assert_eq!(house.post("/v3/projects/demo:getIamPolicy", body).await.json(), first);
    let mut changed = first.clone();
    changed["bindings"]
        .as_array_mut()
        .unwrap()
        .push(json!({"role": "roles/viewer", "members": ["user:ada@example.com"]}));
    let set = house.post("/v3/projects/demo:setIamPolicy", json!({"policy": changed})).await.json();
    assert_eq!(set["bindings"], changed["bindings"]);
    assert_ne!(set["etag"], first["etag"]);
}

#[tokio::test]
async fn bad_policies_are_refused_with_googles_texts() {
    let house = house().await;
    let set =
        async |policy: Value| house.post("/v1/projects/demo:setIamPolicy", json!({"policy": policy})).await;
    let bound = |role: &str, member: &str| json!({"bindings": [{"role": role, "members": [member]}]});
    for (policy, text) in [
        (
            bound("roles/nothing", "user:ada@example.com"),
            "Role roles/nothing is not supported for this resource.",
        ),
        (bound("roles/viewer", "ada"), "Policy members must be of the form \"<type>:<value>\"."),
        (
            bound("roles/viewer", "serviceAccount:no-one@demo.iam.gserviceaccount.com"),
            "Service account no-one@demo.iam.gserviceaccount.com does not exist.",
        ),
    ] {
        let refused = set(policy).await;
        assert_eq!((refused.status.as_u16(), refused.message().as_str()), (400, text));
    }
    let conditional = |role: &str, member: &str, expression: &str| {
        let condition = json!({"title": "t", "expression": expression});
        let binding = json!({"role": role, "members": [member], "condition": condition});
        json!({"version": 3, "etag": "AAAAAAAAAAE=", "bindings": [binding]})
    };
    for (policy, reason) in [
        (conditional("roles/viewer", "user:ada@example.com", "true"), "FIELD_INVALID"),
        (conditional("roles/run.invoker", "allUsers", "true"), "FIELD_INVALID"),
        (conditional("roles/run.invoker", "user:ada@example.com", "1 +"), "FIELD_INVALID"),
        (
            conditional("roles/run.invoker", "user:ada@example.com", "request.path == ''"),
            "METHOD_UNIMPLEMENTED",
        ),
    ] {
        let refused = set(policy).await;
        assert_eq!(refused.reason(), reason, "{}", refused.message());
    }
    let wild = json!({"permissions": ["run.*"]});
    assert_eq!(house.post("/v1/projects/demo:testIamPermissions", wild).await.reason(), "FIELD_INVALID");
}

#[tokio::test]
async fn mixin_refuses_what_has_no_policy() {
    let house = house().await;
    let refused = house.post("/v1/folders/7/things/x:getIamPolicy", json!({})).await;
    assert_eq!((refused.status.as_u16(), refused.reason()), (400, "FIELD_INVALID"), "{refused:?}");
}
