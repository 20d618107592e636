//! Deny policies: what they deny, no binding grants, at the gate as in the API.

use serde_json::{Value, json};
use testbed::{Answer, Api, Testbed};

const POLICIES: &str = "/v2/policies/cloudresourcemanager.googleapis.com%2Fprojects%2Fdemo/denypolicies";
const INVOKER: &str = "roles/run.invoker";

/// An account that may write deny policies in the project, and its API.
async fn deny_admin(testbed: &Testbed) -> Api {
    let admin = testbed.make_account("deny-admin").await;
    testbed.bind("roles/iam.denyAdmin", &admin.member(), "/v1/projects/demo").await;
    testbed.api(&testbed.access_token_of(&admin.email).await)
}

async fn create(admin: &Api, id: &str, rule: Value) -> Answer {
    let body = json!({"displayName": "by test", "rules": [{"description": "why", "denyRule": rule}]});
    admin.post(&format!("{POLICIES}?policyId={id}"), body).await
}

fn identifier(email: &str) -> String {
    format!("principal://iam.googleapis.com/projects/-/serviceAccounts/{email}")
}

#[tokio::test]
async fn whoever_is_denied_is_refused_at_the_gate_until_the_policy_goes() {
    let testbed = Testbed::start().await;
    let kitchen = testbed.upstream().await;
    let orders = testbed.make_service("orders", &kitchen.url("")).await;
    let (runner, other) = (testbed.make_account("runner").await, testbed.make_account("other-one").await);
    for account in [&runner, &other] {
        testbed.bind(INVOKER, &account.member(), &orders.path()).await;
    }
    let token = testbed.id_token_of(&runner.email, &orders.url).await;
    let others = testbed.id_token_of(&other.email, &orders.url).await;
    let verdicts = async || {
        [
            testbed.invoke(&orders.host, Some(&token)).await.verdict(),
            testbed.invoke(&orders.host, Some(&others)).await.verdict(),
        ]
    };
    assert_eq!(verdicts().await, ["200", "200"]);

    let admin = deny_admin(&testbed).await;
    let rule = json!({
        "deniedPrincipals": ["principalSet://goog/public:all"],
        "exceptionPrincipals": [identifier(&other.email)],
        "deniedPermissions": ["run.googleapis.com/routes.invoke"],
    });
    let operation = create(&admin, "closed", rule.clone()).await.fine();
    assert_eq!(operation["done"], true);
    assert!(operation["name"].as_str().unwrap().contains("/denypolicies/closed/operations/"));
    let made = &operation["response"];
    assert_eq!((&made["kind"], &made["rules"][0]["denyRule"]), (&json!("DenyPolicy"), &rule));
    assert_eq!(made["@type"], "type.googleapis.com/google.iam.v2.Policy");
    let polled = format!("/v2/{}", operation["name"].as_str().unwrap());
    assert_eq!(admin.get(&polled).await.fine(), operation, "it is kept");
    let nobodys = polled.replace("/operations/", "/operations/0");
    assert_eq!(admin.get(&nobodys).await.verdict(), "404 RESOURCE_NOT_FOUND");
    assert_eq!(
        testbed.api(&testbed.access_token_of(&runner.email).await).get(&polled).await.verdict(),
        "403 IAM_PERMISSION_DENIED"
    );
    assert_eq!(verdicts().await, ["403 INVOKER_PERMISSION_DENIED", "200"]);
    let refused = testbed.invoke(&orders.host, Some(&token)).await.text();
    let command = format!(
        "add-deny-policy-exception policies/cloudresourcemanager.googleapis.com%2Fprojects%2Fdemo/denypolicies/closed --rule=1 --principal={}",
        identifier(&runner.email)
    );
    assert!(refused.contains(&command), "the command that would change it: {refused}");
    assert!(refused.contains("a deny policy denies it"), "{refused}");
    let stranger = testbed.make_account("stranger").await;
    let strangers = testbed.id_token_of(&stranger.email, &orders.url).await;
    let refused = testbed.invoke(&orders.host, Some(&strangers)).await.text();
    assert!(refused.contains("add-iam-policy-binding") && !refused.contains("closed"), "{refused}");

    let testbed = testbed.restart().await;
    let refused = testbed.invoke(&orders.host, Some(&token)).await.verdict();
    assert_eq!(refused, "403 INVOKER_PERMISSION_DENIED", "it survives a restart");
    let admin = testbed.api(&testbed.access_token_of("deny-admin@demo.iam.gserviceaccount.com").await);
    let deleted = admin.delete(&format!("{POLICIES}/closed")).await.fine();
    assert!(deleted["response"]["deleteTime"].is_string());
    let kept = admin.get(&polled).await.fine();
    assert_eq!(
        (&kept["done"], kept["response"].get("etag")),
        (&json!(true), None),
        "its policy is gone: {kept}"
    );
    let path = format!("/v2/{}", deleted["name"].as_str().unwrap());
    assert_eq!(admin.get(&path).await.fine()["response"]["deleteTime"], deleted["response"]["deleteTime"]);
    assert_eq!(testbed.invoke(&orders.host, Some(&token)).await.verdict(), "200");
}

#[tokio::test]
async fn a_deny_policy_is_read_changed_listed_and_guarded_by_its_etag() {
    let testbed = Testbed::start().await;
    let admin = deny_admin(&testbed).await;
    let rule = json!({
        "deniedPrincipals": ["principal://goog/subject/ada@example.com"],
        "deniedPermissions": ["iam.googleapis.com/serviceAccounts.*"],
        "denialCondition": {"title": "not in tests", "expression": "!resource.matchTag('1/env', 'test')"},
    });
    create(&admin, "first", rule.clone()).await.fine();
    assert_eq!(create(&admin, "first", rule.clone()).await.verdict(), "409 RESOURCE_ALREADY_EXISTS");
    let path = format!("{POLICIES}/first");
    let read = admin.get(&path).await.fine();
    assert_eq!(read["rules"][0]["denyRule"], rule);
    let number = testbed.house.project.1.to_string();
    let name = read["name"].as_str().unwrap();
    assert!(name.contains(&format!("projects%2F{number}/denypolicies/first")), "{name}");
    assert_eq!(admin.get(&format!("/v2/{name}")).await.fine(), read, "by number as by ID");

    let listed = admin.get(POLICIES).await.fine();
    assert_eq!(listed["policies"][0]["name"], read["name"]);
    assert!(listed["policies"][0]["rules"].is_null(), "a listing has no rules");

    let mut changed = read.clone();
    changed["displayName"] = json!("changed");
    let operation = admin.call(http::Method::PUT, &path, changed.clone()).await.fine();
    assert_eq!(operation["response"]["displayName"], "changed");
    let stale = admin.call(http::Method::PUT, &path, changed).await;
    assert_eq!(stale.verdict(), "409 ETAG_MISMATCH");
    let stale = admin.delete(&format!("{path}?etag={}", read["etag"].as_str().unwrap())).await;
    assert_eq!(stale.verdict(), "409 ETAG_MISMATCH");
    assert_eq!(admin.get(&format!("{POLICIES}/other")).await.verdict(), "404 RESOURCE_NOT_FOUND");
}

#[tokio::test]
async fn a_call_that_a_rule_denies_says_so_to_who_is_bound_and_to_nobody_else() {
    let testbed = Testbed::start().await;
    let (bound, stranger) = (testbed.make_account("bound-one").await, testbed.make_account("stranger").await);
    testbed.bind("roles/iam.serviceAccountViewer", &bound.member(), "/v1/projects/demo").await;
    let admin = deny_admin(&testbed).await;
    let rule = json!({
        "deniedPrincipals": ["principalSet://goog/public:all"],
        "deniedPermissions": ["iam.googleapis.com/serviceAccounts.get"],
    });
    create(&admin, "no-reading", rule).await.fine();
    let told = async |email: &str, account: &str| {
        let api = testbed.api(&testbed.access_token_of(email).await);
        api.get(&format!("/v1/projects/demo/serviceAccounts/{account}@demo.iam.gserviceaccount.com")).await
    };
    let there = told(&bound.email, "stranger").await;
    assert_eq!(there.verdict(), "403 IAM_PERMISSION_DENIED");
    assert!(there.message().ends_with(" A deny policy denies it, whatever is bound."), "{}", there.message());
    assert!(there.text().contains("denypolicies/no-reading --rule=1 --principal="), "{}", there.text());
    let absent = told(&bound.email, "absent").await;
    assert_eq!(absent.verdict(), "403 IAM_PERMISSION_DENIED", "what is not there is denied alike");
    assert_eq!(absent.message().replace("absent", "stranger"), there.message());
    let unbound = told(&stranger.email, "bound-one").await;
    assert_eq!(unbound.verdict(), "403 IAM_PERMISSION_DENIED");
    assert!(
        !unbound.text().contains("deny policy") && !unbound.text().contains("no-reading"),
        "{}",
        unbound.text()
    );
}

#[tokio::test]
async fn bad_rules_are_refused_and_what_is_not_here_is_named() {
    let testbed = Testbed::start().await;
    let admin = deny_admin(&testbed).await;
    let rule = |principal: &str, permission: &str| json!({"deniedPrincipals": [principal], "deniedPermissions": [permission]});
    let (ada, invoke) = ("principal://goog/subject/ada@example.com", "run.googleapis.com/routes.invoke");
    let with = |field: &str, value: Value| {
        let mut rule = rule(ada, invoke);
        rule[field] = value;
        rule
    };
    let on = |expression: &str| with("denialCondition", json!({"title": "t", "expression": expression}));
    let customer = "principalSet://goog/cloudIdentityCustomerId/C01";
    for (rule, reason) in [
        (rule("user:ada@example.com", invoke), "FIELD_INVALID"),
        (rule(ada, "run.routes.invoke"), "FIELD_INVALID"),
        (rule(&identifier("nobody@demo.iam.gserviceaccount.com"), invoke), "FIELD_INVALID"),
        (rule(customer, invoke), "METHOD_UNIMPLEMENTED"),
        (with("deniedPrincipals", json!([])), "FIELD_INVALID"),
        (with("deniedPermissions", json!([])), "FIELD_INVALID"),
        (with("exceptionPrincipals", json!(["principalSet://goog/public:all"])), "FIELD_INVALID"),
        (on("request.time < timestamp('2030-01-01T00:00:00Z')"), "FIELD_INVALID"),
        (on("resource.matchTag('a')"), "FIELD_INVALID"),
    ] {
        let refused = create(&admin, "bad", rule.clone()).await;
        assert_eq!(refused.reason(), reason, "{rule}: {}", refused.message());
    }
    for id in ["X", "ab", "1abc", "a_c"] {
        assert_eq!(create(&admin, id, rule(ada, invoke)).await.reason(), "FIELD_INVALID", "{id}");
    }
    let owner = testbed.make_account("plain-owner").await;
    testbed.bind("roles/owner", &owner.member(), "/v1/projects/demo").await;
    let owner = testbed.api(&testbed.access_token_of(&owner.email).await);
    let refused = create(&owner, "mine", rule(ada, invoke)).await;
    assert_eq!(refused.verdict(), "403 IAM_PERMISSION_DENIED");
    assert_eq!(
        refused.message(),
        "Permission iam.googleapis.com/denypolicies.create denied on resource cloudresourcemanager.googleapis.com/projects/demo"
    );
}
