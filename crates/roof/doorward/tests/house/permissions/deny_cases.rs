//! Calls about deny policies.

use http::Method;
use serde_json::json;

use super::cases::{Before, Case, DENY_POLICY, ETAG, NEW, case, delete, get, post};

/// Every method, on the policy that there is and on a project that is not there.
pub fn deny_policies() -> Vec<Case> {
    let mut cases = Vec::new();
    let rule = json!({
        "deniedPrincipals": ["principal://goog/subject/nobody@example.com"],
        "deniedPermissions": ["run.googleapis.com/routes.invoke"],
    });
    let rules = json!([{"denyRule": rule}]);
    for (resource, point) in
        [("the project", "projects%2Fdemo"), ("a project that is not there", "projects%2Fnowhere")]
    {
        let path = format!("/v2/policies/cloudresourcemanager.googleapis.com%2F{point}/denypolicies");
        cases.push(get(resource, &path));
        cases.push(post(resource, &format!("{path}?policyId={NEW}"), json!({"rules": rules})));
        let policy = format!("{path}/{DENY_POLICY}");
        let before = if resource == "the project" { Before::DenyPolicy } else { Before::Nothing };
        cases.push(get(resource, &policy).before(before));
        let changed = json!({"rules": rules, "etag": ETAG});
        cases.push(case(resource, Method::PUT, &policy, changed).before(before));
        cases.push(delete(resource, &policy).before(before));
        cases.push(get(resource, &format!("{policy}/operations/0")));
    }
    cases
}
