//! Which APIs a project uses.

use serde_json::json;

use super::{Case, get, post};

/// What is switched is no API that another case calls.
pub(super) fn all() -> Vec<Case> {
    let mut cases = Vec::new();
    for (resource, project) in [("the project", "demo"), ("a project that is not there", "nowhere")] {
        let services = format!("/v1/projects/{project}/services");
        let pubsub = format!("{services}/pubsub.googleapis.com");
        cases.push(get(resource, &services));
        cases.push(get(resource, &pubsub));
        cases.push(get(
            resource,
            &format!("{services}:batchGet?names=projects/{project}/services/pubsub.googleapis.com"),
        ));
        cases.push(post(resource, &format!("{pubsub}:enable"), json!({})));
        cases.push(post(
            resource,
            &format!("{services}:batchEnable"),
            json!({"serviceIds": ["pubsub.googleapis.com"]}),
        ));
        cases.push(post(resource, &format!("{pubsub}:disable"), json!({})));
        let identity =
            format!("/v1beta1/projects/{project}/services/run.googleapis.com:generateServiceIdentity");
        cases.push(post(resource, &identity, json!({})));
    }
    cases
}
