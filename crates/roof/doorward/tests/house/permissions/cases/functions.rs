//! Functions of both generations.

use http::Method;
use serde_json::json;

use super::{Before, Case, delete, get, patch, policy_of, post};

pub(super) fn all() -> Vec<Case> {
    let mut cases = Vec::new();
    for (resource, project) in [("the project", "demo"), ("a project that is not there", "nowhere")] {
        for version in ["v1", "v2"] {
            let path = format!("/{version}/projects/{project}/locations/us-central1/functions");
            // Nothing says where it runs: refused to who may create one, so that nothing has to be made anew.
            let name = format!("projects/{project}/locations/us-central1/functions/absent");
            let (path_with_id, body) = match version {
                "v1" => (path.clone(), json!({"name": name})),
                _ => (format!("{path}?functionId=absent"), json!({})),
            };
            cases.push(post(resource, &path_with_id, body));
            // Not served, which whoever may is told.
            cases.push(post(resource, &format!("{path}:generateUploadUrl"), json!({})));
            cases.push(get(resource, &path));
        }
        cases.push(get(resource, &format!("/v2/projects/{project}/locations/us-central1/runtimes")));
    }
    for (resource, version, function, before) in [
        ("the first-generation function", "v1", "greet", Before::Function),
        ("the function", "v2", "shop", Before::SecondFunction),
        ("a function that is not there", "v1", "absent", Before::Nothing),
        ("a function that is not there", "v2", "absent", Before::Nothing),
    ] {
        let path = format!("/{version}/projects/demo/locations/us-central1/functions/{function}");
        cases.push(get(resource, &path));
        cases.push(patch(resource, &format!("{path}?updateMask=description"), json!({"description": "x"})));
        cases.extend(policy_of(resource, &path, Method::GET));
        cases.push(post(resource, &format!("{path}:generateDownloadUrl"), json!({})));
        if version == "v1" {
            cases.push(post(resource, &format!("{path}:call"), json!({})));
        }
        cases.push(delete(resource, &path).before(before));
    }
    let operation = "/v2/projects/demo/locations/us-central1/operations/operation-absent";
    cases.push(get("a function's operation, gone", operation));
    cases
}
