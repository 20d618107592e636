//! Why a request came out as it did, and who may know.

use std::time::Duration;

use http::Method;
use serde_json::{Value, json};

use crate::house::{ADA, Answer, House, house, self_signed};

const UNKNOWN: &str = "00000000000000000000000000000000";

impl House {
    /// The explanation of an answer, for whoever has this token; asked for until it is written.
    pub async fn explanation(&self, token: &str, of: &Answer) -> Value {
        let path = format!("/v1/decisions/{}", of.header("x-doorward-request-id"));
        for _ in 0..50 {
            let answer = self.call(token, Method::GET, &path, Value::Null).await;
            if answer.status == 200 {
                return answer.json();
            }
            assert_eq!(answer.reason(), "RESOURCE_NOT_FOUND");
            self.clock.advance(Duration::from_millis(20)).await;
        }
        panic!("{path} was never written")
    }
}

#[tokio::test]
async fn a_refusal_shows_its_checks_the_command_and_how_it_stands_today() {
    let house = house().await;
    let ada = house.ada_token().await;
    let refused = house.call(&ada, Method::GET, "/v1/projects/demo", Value::Null).await;
    assert_eq!(refused.status, 403);
    let told = house.explanation(&house.owner, &refused).await;
    assert_eq!(told["target"], "google.cloud.resourcemanager.v1.Projects.GetProject");
    assert_eq!(told["principal"], format!("serviceAccount:{ADA}"));
    assert_eq!((&told["status"], &told["reason"]), (&json!(403), &json!("IAM_PERMISSION_DENIED")));
    let checks = told["checks"].as_array().unwrap();
    assert!(checks[..checks.len() - 1].iter().any(|check| check["passed"] == true), "{told}");
    assert_ne!(checks.last().unwrap()["passed"], true);
    let permission = &told["permissions"][0];
    assert_eq!(permission["permission"], "resourcemanager.projects.get");
    assert_eq!(permission["resource"], "projects/demo");
    let command = permission["current"]["command"].as_str().unwrap();
    assert!(command.starts_with("doorward add-iam-policy-binding projects/demo --member="), "{command}");
    assert!(permission["current"].get("ground").is_none(), "still refused: {permission}");

    house.grant("/v1/projects/demo", "roles/viewer").await;
    let told = house.explanation(&house.owner, &refused).await;
    let permission = &told["permissions"][0];
    assert!(permission.get("ground").is_none(), "what was decided stays: {permission}");
    assert_eq!(
        permission["current"]["ground"],
        format!("serviceAccount:{ADA} has roles/viewer on projects/demo")
    );
}

#[tokio::test]
async fn what_was_granted_names_the_binding() {
    let house = house().await;
    let granted = house.get("/v1/projects/demo").await;
    let told = house.explanation(&house.owner, &granted).await;
    assert_eq!(told["status"], 200);
    assert!(told.get("reason").is_none());
    let ground = told["permissions"][0]["ground"].as_str().unwrap();
    assert!(ground.starts_with("user:owner@doorward.localhost has roles/"), "{ground}");
    assert!(ground.ends_with(" on projects/demo"), "{ground}");
    assert!(told["checks"].as_array().unwrap().iter().all(|check| check["passed"] == true));
}

#[tokio::test]
async fn only_who_may_read_the_policy_is_told_and_nobody_else_learns_that_there_is_something() {
    let house = house().await;
    let ada = house.ada_token().await;
    let refused = house.call(&ada, Method::GET, "/v1/projects/demo", Value::Null).await;
    house.explanation(&house.owner, &refused).await;
    let path = format!("/v1/decisions/{}", refused.header("x-doorward-request-id"));
    let hidden = house.call(&ada, Method::GET, &path, Value::Null).await;
    let missing = house.call(&ada, Method::GET, &format!("/v1/decisions/{UNKNOWN}"), Value::Null).await;
    assert_eq!((hidden.status, hidden.message()), (missing.status, missing.message()));
    assert_eq!(hidden.reason(), "RESOURCE_NOT_FOUND");

    house.grant("/v1/projects/demo", "roles/viewer").await;
    assert_eq!(house.explanation(&ada, &refused).await["status"], 403, "roles/viewer reads policies");
}

#[tokio::test]
async fn what_is_about_no_project_is_for_who_runs_the_installation() {
    let house = house().await;
    let ada = house.ada_token().await;
    house.grant("/v1/projects/demo", "roles/viewer").await;
    let refused = house.call("ya29.garbage", Method::GET, "/v1/projects/demo", Value::Null).await;
    assert_eq!(refused.reason(), "CREDENTIALS_INVALID");
    let told = house.explanation(&house.owner, &refused).await;
    assert_eq!(told["principal"], "anonymous");
    let last = told["checks"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["subject"], &last["found"]), (&json!("the credential"), &json!("CREDENTIALS_INVALID")));
    let path = format!("/v1/decisions/{}", refused.header("x-doorward-request-id"));
    assert_eq!(house.call(&ada, Method::GET, &path, Value::Null).await.status, 404);
}

#[tokio::test]
async fn no_explanation_holds_a_credential() {
    let house = house().await;
    let ada = house.ada_token().await;
    let key_file = house.ada_key_file().await;
    let signed = self_signed(&key_file, json!({"aud": "https://cloudresourcemanager.googleapis.com/"}));
    for token in [ada, signed] {
        let refused = house.call(&token, Method::GET, "/v1/projects/demo", Value::Null).await;
        let told = house.explanation(&house.owner, &refused).await.to_string();
        for part in token.split('.').filter(|part| part.len() > 8) {
            assert!(!told.contains(part), "{told}");
        }
    }
}

#[tokio::test]
async fn a_token_is_read_checked_and_told_what_it_is_good_for() {
    let house = house().await;
    let ada = house.ada_token().await;
    let key_file = house.ada_key_file().await;
    let inspect = async |token: &str| {
        let answer = house.post("/v1/tokens:inspect", json!({"token": token})).await;
        assert_eq!(answer.status, 200, "{}", answer.message());
        answer.json()
    };

    let told = inspect(&ada).await;
    assert_eq!((&told["kind"], told.get("fault")), (&json!("ACCESS_TOKEN"), None));
    assert_eq!(told["principal"], format!("serviceAccount:{ADA}"));
    assert_eq!(
        (&told["uses"][0]["purpose"], &told["uses"][0]["possible"]),
        (&json!("calling APIs"), &json!(true))
    );

    let told =
        inspect(&self_signed(&key_file, json!({"scope": "https://www.googleapis.com/auth/iam"}))).await;
    assert_eq!((&told["kind"], told.get("fault")), (&json!("SELF_SIGNED"), None));
    assert_eq!(told["header"]["kid"], key_file["private_key_id"]);

    let service = json!({
        "template": {"containers": [{"image": "gcr.io/cloudrun/hello"}]}, "customAudiences": ["orders"],
    });
    let created = house.create_service("hello", service).await.json();
    let uri = created["response"]["uri"].as_str().unwrap().to_owned();
    let minted = async |audience: &str| {
        let path = format!("/v1/projects/-/serviceAccounts/{ADA}:generateIdToken");
        let answer = house.post(&path, json!({"audience": audience, "includeEmail": true})).await;
        answer.json()["token"].as_str().unwrap().to_owned()
    };
    let token = minted(&uri).await;
    let told = inspect(&token).await;
    assert_eq!((&told["kind"], told.get("fault")), (&json!("ID_TOKEN"), None));
    assert_eq!(told["claims"]["aud"], json!(uri));
    let usage = &told["uses"][0];
    assert_eq!(usage["purpose"], "calling projects/demo/locations/us-central1/services/hello");
    assert_eq!(usage.get("possible"), None, "nothing is bound yet: {usage}");
    assert!(usage["command"].as_str().unwrap().contains("--role=roles/run."), "{usage}");
    let policy =
        json!({"bindings": [{"role": "roles/run.invoker", "members": [format!("serviceAccount:{ADA}")]}]});
    let path = "/v2/projects/demo/locations/us-central1/services/hello:setIamPolicy";
    assert_eq!(house.post(path, json!({"policy": policy})).await.status, 200);
    assert_eq!(inspect(&token).await["uses"][0]["possible"], true);
    assert_eq!(inspect(&minted("https://other.example").await).await["uses"][0].get("possible"), None);
    // Every audience that the gate takes is one here.
    let number = uri.split('.').next().unwrap().rsplit('-').next().unwrap();
    let by_name = format!("/projects/{number}/locations/us-central1/services/hello");
    for audience in ["orders", by_name.as_str()] {
        let usage = inspect(&minted(audience).await).await["uses"][0].clone();
        assert_eq!(
            (&usage["purpose"], &usage["possible"]),
            (&told["uses"][0]["purpose"], &json!(true)),
            "{audience}"
        );
    }
    // Who may not see the service is not told which one it is.
    let answer = house.call(&ada, Method::POST, "/v1/tokens:inspect", json!({"token": token})).await;
    let usage = answer.json()["uses"][0].clone();
    assert_eq!(usage["purpose"], "calling a service that takes its audience", "{usage}");
    assert!(usage["possible"] == true && !usage["why"].as_str().unwrap().contains("hello"), "{usage}");

    let (changed, end) = token.split_at(token.len() - 8);
    let end = if end.starts_with('A') { "BBBBBBBB" } else { "AAAAAAAA" };
    let told = inspect(&format!("{changed}{end}")).await;
    assert_eq!(told["fault"], "the token's signature does not verify");
    house.clock.advance(Duration::from_secs(3601)).await;
    let fresh = house.bought(None).await;
    let told = house.call(&fresh, Method::POST, "/v1/tokens:inspect", json!({"token": token})).await.json();
    assert!(told["fault"].as_str().unwrap().starts_with("it ended at "), "{told}");
    assert_eq!(told["uses"][0].get("possible"), None);
}

#[tokio::test]
async fn what_is_no_token_is_told_so() {
    let house = house().await;
    let told = house.post("/v1/tokens:inspect", json!({"token": "no token at all"})).await.json();
    assert_eq!(told["kind"], "UNKNOWN");
    assert_eq!(house.post("/v1/tokens:inspect", json!({"token": " "})).await.reason(), "FIELD_INVALID");
    let long = "a".repeat(20_000);
    assert_eq!(house.post("/v1/tokens:inspect", json!({"token": long})).await.reason(), "FIELD_INVALID");
}

#[tokio::test]
async fn what_policies_above_the_project_say_is_shown_to_who_may_read_those() {
    let house = house().await;
    let ada = house.ada_token().await;
    let refused = house.call(&ada, Method::GET, "/v1/projects/demo", Value::Null).await;
    let whole = house.explanation(&house.owner, &refused).await;
    house.grant("/v1/projects/demo", "roles/viewer").await;
    let above = "a policy above, which you may not see";
    let subjects = |checks: &Value| -> Vec<String> {
        let subjects = checks.as_array().unwrap().iter().map(|check| check["subject"].as_str().unwrap());
        subjects.map(str::to_owned).collect()
    };
    assert!(subjects(&whole["checks"]).iter().any(|subject| subject.contains("organizations/")), "{whole}");
    assert!(!whole.to_string().contains(above));
    let part = house.explanation(&ada, &refused).await;
    assert!(!part.to_string().contains("organizations/"), "{part}");
    assert_eq!(subjects(&part["checks"]).last().map(String::as_str), Some(above));
    assert!(subjects(&part["checks"]).iter().any(|subject| subject.ends_with("projects/demo")), "{part}");
    assert_eq!(
        part["permissions"][0]["current"]["ground"],
        format!("serviceAccount:{ADA} has roles/viewer on projects/demo")
    );

    // What the organization grants is shown to be granted, and no more.
    let rule = json!({
        "deniedPrincipals": ["principal://goog/subject/nobody@example.com"],
        "deniedPermissions": ["run.googleapis.com/routes.invoke"],
    });
    let path =
        "/v2/policies/cloudresourcemanager.googleapis.com%2Fprojects%2Fdemo/denypolicies?policyId=some";
    let granted = house.post(path, json!({"rules": [{"denyRule": rule}]})).await;
    assert_eq!(granted.status, 200, "{}", granted.message());
    let whole = house.explanation(&house.owner, &granted).await;
    let ground = whole["permissions"][0]["ground"].as_str().unwrap();
    assert!(ground.contains(" on organizations/"), "{ground}");
    let part = house.explanation(&ada, &granted).await;
    assert_eq!(part["permissions"][0]["ground"], above);
    assert_eq!(part["permissions"][0]["current"]["ground"], above);
    assert!(!part.to_string().contains("organizations/"), "{part}");
}

#[tokio::test]
async fn each_hop_of_a_chain_is_explained_as_asked_for_by_whoever_asked() {
    let house = house().await;
    let ada = house.ada_token().await;
    for name in ["signer", "night-job"] {
        let made = house.post("/v1/projects/demo/serviceAccounts", json!({"accountId": name})).await;
        assert_eq!(made.status, 200, "{}", made.message());
    }
    let email = |name: &str| format!("{name}@demo.iam.gserviceaccount.com");
    let signer = format!("projects/-/serviceAccounts/{}", email("signer"));
    house.grant(&format!("/v1/{signer}"), "roles/iam.serviceAccountTokenCreator").await;
    let path = format!("/v1/projects/-/serviceAccounts/{}:signBlob", email("night-job"));
    let refused =
        house.call(&ada, Method::POST, &path, json!({"payload": "cnll", "delegates": [signer]})).await;
    assert_eq!(refused.status, 403);
    let member = format!("serviceAccount:{}", email("signer"));
    assert!(
        refused.json()["error"]["details"].to_string().contains(&format!("--member={member}")),
        "{refused:?}"
    );
    let told = house.explanation(&house.owner, &refused).await;
    assert_eq!(told["principal"], format!("serviceAccount:{ADA}"));
    let askers: Vec<_> =
        told["permissions"].as_array().unwrap().iter().map(|asked| &asked["principal"]).collect();
    assert_eq!(askers, [&json!(format!("serviceAccount:{ADA}")), &json!(member)]);
    let command = told["permissions"][1]["current"]["command"].as_str().unwrap();
    assert!(command.contains(&format!("--member={member} ")), "{command}");
    let path = format!("/v1/projects/demo/serviceAccounts/{}:setIamPolicy", email("night-job"));
    let bindings = json!([{"role": "roles/iam.serviceAccountTokenCreator", "members": [member]}]);
    assert_eq!(house.post(&path, json!({"policy": {"bindings": bindings}})).await.status, 200);
    let told = house.explanation(&house.owner, &refused).await;
    assert!(told["permissions"][1]["current"]["ground"].as_str().unwrap().starts_with(&member), "{told}");
}
