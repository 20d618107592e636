//! Revisions of services.

use super::{Case, delete, get};

pub(super) fn all(location: &str) -> Vec<Case> {
    let mut cases = Vec::new();
    for (resource, revision) in [
        ("the service's revision", "hello/revisions/hello-first"),
        ("a revision that is not there", "hello/revisions/hello-absent"),
        ("a revision of a service that is not there", "absent/revisions/absent-first"),
    ] {
        let path = format!("{location}/services/{revision}");
        cases.push(get(resource, &path));
        // One that is there cannot be made anew under its name while its service is there.
        if resource.ends_with("that is not there") {
            cases.push(delete(resource, &path));
        }
    }
    cases.push(get("the service", &format!("{location}/services/hello/revisions")));
    cases.push(get("a service that is not there", &format!("{location}/services/absent/revisions")));
    cases.push(get("every service of the project", &format!("{location}/services/-/revisions")));
    cases
}
