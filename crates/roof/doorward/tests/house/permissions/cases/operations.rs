//! What calls began.

use serde_json::json;

use super::{Before, Case, OPERATION, delete, get, post};

pub(super) fn all() -> Vec<Case> {
    let mut cases = vec![
        get("the project", "/v1/projects/demo/locations"),
        get("a project that is not there", "/v1/projects/nowhere/locations"),
        get("the project", "/v1/projects/demo/locations/us-central1"),
        get("the project", "/v2/projects/demo/locations/us-central1/operations"),
        get("functions of the project", "/v1/operations?filter=project:demo,location:us-central1"),
    ];
    for (resource, operation) in [("an operation", OPERATION), ("an operation that is not there", "absent")] {
        let path = format!("/v2/projects/demo/locations/us-central1/operations/{operation}");
        cases.push(get(resource, &path));
        cases.push(post(resource, &format!("{path}:wait"), json!({})));
        cases.push(post(resource, &format!("{path}:cancel"), json!({})));
        cases.push(delete(resource, &path).before(Before::Operation));
    }
    cases
}
