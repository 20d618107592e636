//! Domain mappings.

use serde_json::json;

use super::{Case, delete, get, post};

pub(super) fn all() -> Vec<Case> {
    let mut cases = Vec::new();
    for (resource, project) in [("the project", "demo"), ("a project that is not there", "nowhere")] {
        let path = format!("/apis/domains.cloudrun.com/v1/namespaces/{project}/domainmappings");
        // No domain of one's own: refused to who may, so that nothing has to be made anew.
        let mapping = json!({"metadata": {"name": "localhost"}, "spec": {"routeName": "hello"}});
        cases.push(post(resource, &path, mapping));
        cases.push(get(resource, &path));
    }
    let path = "/apis/domains.cloudrun.com/v1/namespaces/demo/domainmappings/absent.example.com";
    cases.push(get("a domain mapping that is not there", path));
    cases.push(delete("a domain mapping that is not there", path));
    cases
}
