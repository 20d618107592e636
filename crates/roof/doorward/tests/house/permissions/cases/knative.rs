//! Services in Knative's form.

use http::Method;
use serde_json::{Value, json};

use super::{Before, Case, NEIGHBOUR, NEW, TARGET, case, delete, get, post};

pub(super) fn all() -> Vec<Case> {
    let location = "/v1/projects/demo/locations/us-central1";
    let nowhere = "/v1/projects/nowhere/locations/us-central1";
    let services = format!("{location}/services");
    let mut cases = vec![
        post("the project", &services, service(NEW, None)),
        post("the project, to run as the account", &services, service(NEW, Some(TARGET)))
            .before(Before::Account),
        post("the project, to run as another", &services, service(NEW, Some(NEIGHBOUR))),
        post("a project that is not there", &format!("{nowhere}/services"), service(NEW, None)),
    ];
    for collection in ["services", "revisions", "configurations", "routes"] {
        cases.push(get("the project", &format!("{location}/{collection}")));
        cases.push(get("a project that is not there", &format!("{nowhere}/{collection}")));
    }
    for (resource, id) in [("the service", "hello"), ("a service that is not there", "absent")] {
        let path = format!("{services}/{id}");
        cases.push(get(resource, &path));
        cases.push(get(resource, &format!("{location}/configurations/{id}")));
        cases.push(get(resource, &format!("{location}/routes/{id}")));
        cases.push(case(resource, Method::PUT, &path, service(id, None)));
        let removed = delete(resource, &path);
        cases.push(if id == "hello" { removed.before(Before::Service) } else { removed });
    }
    let revisions = format!("{location}/revisions");
    cases.push(get("the service's revision", &format!("{revisions}/hello-first")));
    cases.push(get("a revision that is not there", &format!("{revisions}/hello-absent")));
    cases.push(delete("a revision that is not there", &format!("{revisions}/hello-absent")));
    cases.push(get("the service", &format!("{revisions}?labelSelector=serving.knative.dev/service=hello")));
    cases
}

fn service(name: &str, account: Option<&str>) -> Value {
    let mut spec = json!({"containers": [{"image": "gcr.io/cloudrun/hello"}]});
    if let Some(account) = account {
        spec["serviceAccountName"] = json!(account);
    }
    json!({"metadata": {"name": name}, "spec": {"template": {"spec": spec}}})
}
