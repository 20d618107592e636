use super::*;

fn rules() -> Rules {
    Rules::of(crate::pool()).unwrap()
}

/// Method and variables, on one line.
fn answer(verb: &str, host: &str, path: &str) -> String {
    let rules = rules();
    match rules.find(&verb.parse().unwrap(), host, path) {
        Err(error) => error.to_string(),
        Ok(found) => {
            let method = &found.rule.method;
            let variables: Vec<_> =
                found.variables.iter().map(|(field, value)| format!(" {field}={value}")).collect();
            let service = method.parent_service().full_name().trim_start_matches("google.").to_owned();
            format!("{service}.{}{}", method.name(), variables.concat())
        }
    }
}

#[test]
fn every_rule_is_reviewed() {
    let mut lines: Vec<_> = rules().iter().map(ToString::to_string).collect();
    lines.sort();
    insta::assert_snapshot!("rules", lines.join("\n"));
}

#[test]
fn no_two_rules_have_one_shape() {
    let mut shapes = std::collections::BTreeMap::new();
    for rule in rules().iter() {
        let shape = format!("{} {:?} {:?}", rule.verb, rule.template.segments, rule.template.verb);
        if let Some(other) = shapes.insert(shape, rule.to_string()) {
            panic!("one of these cannot be reached on a host that names neither:\n{other}\n{rule}");
        }
    }
}

#[test]
fn fields_of_every_rule_exist() {
    let exists = |rule: &Rule, path: &str| {
        let mut message = rule.method.input();
        let mut names = path.split('.').peekable();
        while let Some(name) = names.next() {
            let Some(field) = message.get_field_by_name(name) else { return false };
            if names.peek().is_some() {
                let prost_reflect::Kind::Message(inner) = field.kind() else { return false };
                message = inner;
            }
        }
        true
    };
    for rule in rules().iter() {
        for variable in &rule.template.variables {
            assert!(exists(rule, &variable.field), "{rule}");
        }
        if let Body::Field(field) = &rule.body {
            assert!(exists(rule, field), "{rule}");
        }
    }
}

#[test]
fn paths_find_their_methods() {
    let table = [
        ("GET", "/v1/projects/demo", "cloud.resourcemanager.v1.Projects.GetProject project_id=demo"),
        ("GET", "/v1/projects", "cloud.resourcemanager.v1.Projects.ListProjects"),
        (
            "POST",
            "/v1/projects/demo:getIamPolicy",
            "cloud.resourcemanager.v1.Projects.GetIamPolicy resource=projects/demo",
        ),
        (
            "POST",
            "/v3/projects/42:getIamPolicy",
            "cloud.resourcemanager.v3.Projects.GetIamPolicy resource=projects/42",
        ),
        (
            "POST",
            "/v1/projects/-/serviceAccounts/ada%40demo.iam.gserviceaccount.com:getIamPolicy",
            "iam.admin.v1.IAM.GetIamPolicy resource=projects/-/serviceAccounts/ada@demo.iam.gserviceaccount.com",
        ),
        (
            "POST",
            "/v1/projects/-/serviceAccounts/ada@demo.iam.gserviceaccount.com:signBlob",
            "iam.credentials.v1.IAMCredentials.SignBlob name=projects/-/serviceAccounts/ada@demo.iam.gserviceaccount.com",
        ),
        ("POST", "/v1/a/b/c/d:setIamPolicy", "iam.v1.IAMPolicy.SetIamPolicy resource=a/b/c/d"),
        (
            "GET",
            "/v1/projects/demo/locations/europe-west1/services/hello:getIamPolicy",
            "cloud.run.v2.Services.GetIamPolicy resource=projects/demo/locations/europe-west1/services/hello",
        ),
        (
            "PATCH",
            "/v1/projects/demo/locations/europe-west1/jobs/nightly",
            "cloud.scheduler.v1.CloudScheduler.UpdateJob job.name=projects/demo/locations/europe-west1/jobs/nightly",
        ),
        (
            "POST",
            "/v1/projects/demo/locations/europe-west1/jobs/nightly:run",
            "cloud.scheduler.v1.CloudScheduler.RunJob name=projects/demo/locations/europe-west1/jobs/nightly",
        ),
        ("GET", "/v3/operations/a/b", "longrunning.Operations.GetOperation name=operations/a/b"),
        (
            "POST",
            "/v2/projects/demo/locations/r/operations/o:wait",
            "longrunning.Operations.WaitOperation name=projects/demo/locations/r/operations/o",
        ),
        ("GET", "/v1/projects/demo/locations", "cloud.location.Locations.ListLocations name=projects/demo"),
        // Colons that are no custom verbs.
        (
            "GET",
            "/v1/projects/example.com:demo",
            "cloud.resourcemanager.v1.Projects.GetProject project_id=example.com:demo",
        ),
        (
            "POST",
            "/v1/projects/example.com:demo:getAncestry",
            "cloud.resourcemanager.v1.Projects.GetAncestry project_id=example.com:demo",
        ),
        // An encoded slash never separates: it stays encoded in names of several segments.
        ("GET", "/v3/projects/a%2Fb", "cloud.resourcemanager.v3.Projects.GetProject name=projects/a%2Fb"),
        ("GET", "/v1/projects/a%2Fb", "cloud.resourcemanager.v1.Projects.GetProject project_id=a/b"),
        ("GET", "/v1/%70rojects/demo", "cloud.resourcemanager.v1.Projects.GetProject project_id=demo"),
        // Refusals.
        ("GET", "/", "no method has this path"),
        ("GET", "", "no method has this path"),
        ("GET", "/v1//projects", "no method has this path"),
        ("GET", "/v1/projects/", "no method has this path"),
        ("GET", "/v3/operations", "no method has this path"),
        ("GET", "/v3/operations/", "no method has this path"),
        ("GET", "/v9/projects/demo", "no method has this path"),
        ("PUT", "/v3/projects/demo", "no method has this path with this verb"),
        ("GET", "/v1/projects/demo/locations/r/jobs/j:run", "no method has this path with this verb"),
    ];
    for (verb, path, expected) in table {
        assert_eq!(answer(verb, "", path), expected, "{verb} {path}");
    }
}

#[test]
fn host_decides_between_rules_of_one_shape() {
    assert!(names_host("iap.googleapis.com", "iap"));
    assert!(names_host("us-central1-run.googleapis.com:443", "run"));
    assert!(!names_host("prerun.googleapis.com", "run"));
    assert!(!names_host("127.0.0.1:8090", "run"));
    assert!(!names_host("", ""));
    assert_eq!(rules().iter().find(|rule| rule.method.name() == "RunJob").unwrap().host, "cloudscheduler");

    let mut rules = rules();
    let first = rules
        .iter()
        .position(|rule| rule.method.full_name() == "google.iam.v1.IAMPolicy.GetIamPolicy")
        .unwrap();
    let mut twin = rules.rules[first].clone();
    twin.host = "twin".to_owned();
    rules.tree.insert(&twin.template, &twin.verb, rules.rules.len());
    rules.rules.push(twin);
    let host =
        |host: &str| rules.find(&Method::POST, host, "/v1/a/b:getIamPolicy").unwrap().rule.host.clone();
    assert_eq!(host("twin.googleapis.com"), "twin");
    assert_eq!(host("127.0.0.1:8090"), rules.rules[first].host);
}

#[test]
fn templates_parse() {
    let template: Template = "/v1/{job.name=projects/*/jobs/*}/runs/{run}:stop".parse().unwrap();
    let literal = |text: &str| Segment::Literal(text.to_owned());
    assert_eq!(
        template.segments,
        [
            literal("v1"),
            literal("projects"),
            Segment::Any,
            literal("jobs"),
            Segment::Any,
            literal("runs"),
            Segment::Any
        ]
    );
    assert_eq!(template.verb.as_deref(), Some("stop"));
    assert_eq!(template.variables[0], Variable { field: "job.name".to_owned(), segments: 1..5 });
    assert_eq!(template.variables[1], Variable { field: "run".to_owned(), segments: 6..7 });
    assert_eq!(template.to_string(), "/v1/{job.name=projects/*/jobs/*}/runs/{run}:stop");
}

#[test]
fn bad_templates_are_refused() {
    let table = [
        ("", TemplateError::NoSlash),
        ("v1", TemplateError::NoSlash),
        ("/", TemplateError::Empty),
        ("/v1/", TemplateError::Empty),
        ("/v1//a", TemplateError::Empty),
        ("/v1/{=a}", TemplateError::Empty),
        ("/v1/{a.=b}", TemplateError::Empty),
        ("/v1/{a=b/}", TemplateError::Empty),
        ("/v1/a:", TemplateError::Empty),
        ("/v1/{a=b/{c}}", TemplateError::Nested),
        ("/v1/**/a", TemplateError::RestNotLast),
        ("/v1/{a=**}/b", TemplateError::RestNotLast),
        ("/v1/{a", TemplateError::Unbalanced),
        ("/v1/a}", TemplateError::Unbalanced),
        ("/v1/{a}b", TemplateError::Unbalanced),
    ];
    for (text, error) in table {
        assert_eq!(text.parse::<Template>(), Err(error), "{text}");
    }
}

#[test]
fn methods_that_are_not_served_are_known_by_their_paths() {
    let unserved = crate::Transcoder::unserved();
    assert!(unserved.iter().count() > 200, "the build script found few rules");
    assert!(unserved.iter().all(|rule| crate::pool().get_service_by_name(&rule.method).is_none()));
    let queue = "/v2/projects/demo/locations/us-central1/queues/orders";
    let paused = format!("{queue}:pause");
    let find = |verb: Method, host, path| unserved.find(&verb, host, path);
    assert_eq!(find(Method::DELETE, "", queue), Some("google.cloud.tasks.v2.CloudTasks.DeleteQueue"));
    assert_eq!(find(Method::POST, "", &paused), Some("google.cloud.tasks.v2.CloudTasks.PauseQueue"));
    assert_eq!(find(Method::PUT, "", queue), None);
    let secrets = "/v1/projects/demo/locations/us-central1/secrets";
    assert_eq!(
        find(Method::GET, "secretmanager.googleapis.com", secrets),
        Some("google.cloud.secretmanager.v1.SecretManagerService.ListSecrets")
    );
}
