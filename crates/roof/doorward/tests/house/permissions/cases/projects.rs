//! Projects and the organization above them.

use http::Method;
use serde_json::{Value, json};

use super::{Before, Case, NEW, case, delete, get, patch, policy_of, post};

pub(super) fn all() -> Vec<Case> {
    let mut cases = Vec::new();
    for version in ["v1", "v3"] {
        for (resource, project) in [("the project", "demo"), ("a project that is not there", "nowhere")] {
            let path = format!("/{version}/projects/{project}");
            cases.push(get(resource, &path));
            cases.extend(policy_of(resource, &path, Method::POST));
        }
        let new = json!({"projectId": NEW});
        cases.push(post("the organization", &format!("/{version}/projects"), new));
        // Nobody but who made it has a role on it.
        let other = format!("/{version}/projects/another-project");
        cases.push(delete("another project", &other).before(Before::OtherProject));
        let undelete = post("another project", &format!("{other}:undelete"), json!({}));
        cases.push(undelete.before(Before::DeletedProject));
        for (resource, organization) in
            [("the organization", "100000000001"), ("an organization that is not there", "7")]
        {
            let path = format!("/{version}/organizations/{organization}");
            cases.push(get(resource, &path));
            cases.extend(policy_of(resource, &path, Method::POST));
        }
    }
    let search = |path: &str| case("whatever there is", Method::GET, path, Value::Null);
    cases.push(search("/v1/projects"));
    cases.push(search("/v3/projects:search"));
    cases.push(search("/v3/organizations:search"));
    cases.push(post("whatever there is", "/v1/organizations:search", json!({})));
    cases.push(get("the organization", "/v3/projects?parent=organizations/100000000001"));
    for (resource, project) in [("the project", "demo"), ("a project that is not there", "nowhere")] {
        let body = json!({"name": project});
        cases.push(post(resource, &format!("/v1/projects/{project}:getAncestry"), json!({})));
        cases.push(case(resource, Method::PUT, &format!("/v1/projects/{project}"), body));
        let path = format!("/v3/projects/{project}?updateMask=labels");
        cases.push(patch(resource, &path, json!({})));
    }
    cases
}
