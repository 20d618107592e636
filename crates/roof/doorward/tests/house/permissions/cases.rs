//! What is called: every method that is served, on a resource of each kind that matters.

mod accounts;
mod domains;
mod functions;
mod knative;
mod operations;
mod projects;
mod revisions;
mod service_usage;

use http::Method;
use serde_json::{Value, json};
use testbed::Answer;

use crate::methods::{Rest, called};

/// One call. [`KEY`], [`OPERATION`], [`NEW`] and [`NEW_ROLE`] in it are filled in by the world.
pub struct Case {
    /// What it is about, in the table.
    pub resource: &'static str,
    pub call: Call,
    /// What has to be there.
    pub before: Before,
}

/// How it is made.
#[derive(Clone)]
pub enum Call {
    /// Over gRPC, by the method's full name: what REST has no path for.
    Grpc(&'static str, Value),
    /// Over REST.
    Rest(Rest),
}

/// What a case needs, to be made anew after each call that succeeded.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Before {
    Account,
    DeletedAccount,
    DeletedProject,
    DeletedRole,
    DenyPolicy,
    DisabledAccount,
    DisabledKey,
    Function,
    Job,
    Key,
    Nothing,
    Operation,
    OtherProject,
    PausedJob,
    Role,
    SecondFunction,
    Service,
}

impl Case {
    /// Full name of the method.
    pub fn method(&self) -> String {
        match &self.call {
            Call::Grpc(method, _) => (*method).to_owned(),
            Call::Rest(rest) => {
                called(rest).unwrap_or_else(|| panic!("no method has {} {}", rest.verb, rest.path))
            }
        }
    }

    /// Status and reason, in REST's numbers; of a test of permissions, also whether any is held.
    pub fn verdict(&self, answer: &Answer) -> String {
        let grpc = [
            ("grpc 3 ", "400 "),
            ("grpc 5 ", "404 "),
            ("grpc 7 ", "403 "),
            ("grpc 12 ", "501 "),
            ("grpc 16 ", "401 "),
        ];
        let verdict = grpc.iter().fold(answer.verdict(), |verdict, (grpc, rest)| verdict.replace(grpc, rest));
        // An empty message is five bytes over gRPC and `{}` over REST.
        let tests = self.method().ends_with(".TestIamPermissions");
        if tests && verdict == "200" && answer.body.len() <= 5 {
            return "200, holds none of the permissions that were asked about".to_owned();
        }
        verdict
    }

    pub fn before(self, before: Before) -> Self {
        Self { before, ..self }
    }
}

/// Every case.
pub fn all() -> Vec<Case> {
    [
        projects::all(),
        policies(),
        super::deny_cases::deny_policies(),
        accounts::all(),
        accounts::keys(),
        roles(),
        tokens(),
        services(),
        functions::all(),
        service_usage::all(),
        operations::all(),
        jobs(),
        logs(),
        doorwards_own(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The cases whose resource exists.
pub fn about_what_is_there() -> Vec<Case> {
    all().into_iter().filter(|case| !case.resource.ends_with("that is not there")).collect()
}

/// The mixin that Google serves under every host. REST leads to it only where no API has a path of its own.
fn policies() -> Vec<Case> {
    let mut cases = Vec::new();
    for (resource, name) in [
        ("the organization", "organizations/100000000001"),
        ("the project", "projects/demo"),
        ("the account", "projects/demo/serviceAccounts/target@demo.iam.gserviceaccount.com"),
        ("the service", "projects/demo/locations/us-central1/services/hello"),
        ("a service that is not there", "projects/demo/locations/us-central1/services/absent"),
        ("the job, which has no policy", "projects/demo/locations/us-central1/jobs/report"),
    ] {
        for (method, body) in [
            ("google.iam.v1.IAMPolicy.GetIamPolicy", json!({"resource": name})),
            ("google.iam.v1.IAMPolicy.SetIamPolicy", json!({"resource": name, "policy": {}})),
            (
                "google.iam.v1.IAMPolicy.TestIamPermissions",
                json!({"resource": name, "permissions": [reading(name)]}),
            ),
        ] {
            cases.push(Case { resource, call: Call::Grpc(method, body), before: Before::Nothing });
        }
    }
    cases
}

fn roles() -> Vec<Case> {
    let new = json!({"roleId": NEW_ROLE, "role": {"includedPermissions": ["run.routes.invoke"]}});
    let mut cases = vec![
        get("a predefined role", "/v1/roles/run.invoker"),
        get("a predefined role that is not there", "/v1/roles/nobody"),
        get("every predefined role", "/v1/roles?pageSize=1"),
    ];
    for (resource, project) in [("the project", "demo"), ("a project that is not there", "nowhere")] {
        let collection = format!("/v1/projects/{project}/roles");
        let full =
            json!({"fullResourceName": format!("//cloudresourcemanager.googleapis.com/projects/{project}")});
        cases.push(post(resource, &collection, new.clone()));
        cases.push(get(resource, &collection));
        cases.push(post(resource, "/v1/roles:queryGrantableRoles", full.clone()));
        cases.push(post(resource, "/v1/permissions:queryTestablePermissions", full.clone()));
        cases.push(post(resource, "/v1/iamPolicies:queryAuditableServices", full.clone()));
        let condition = json!({"title": "always", "expression": "true"});
        let name = &full["fullResourceName"];
        cases.push(post(
            resource,
            "/v1/iamPolicies:lintPolicy",
            json!({"fullResourceName": name, "condition": condition}),
        ));
    }
    for (resource, role) in [("the role", "caller"), ("a role that is not there", "absent")] {
        let path = format!("/v1/projects/demo/roles/{role}");
        let deleted = if role == "caller" { Before::DeletedRole } else { Before::Nothing };
        cases.push(get(resource, &path));
        cases.push(patch(resource, &path, json!({"title": "Caller"})).before(Before::Role));
        cases.push(delete(resource, &path).before(Before::Role));
        cases.push(post(resource, &format!("{path}:undelete"), json!({})).before(deleted));
    }
    cases
}

fn tokens() -> Vec<Case> {
    let mut cases = Vec::new();
    for (resource, delegate) in [
        ("the account, through another", "neighbour"),
        ("the account, through itself", "target"),
        ("the account, through nobody", "absent"),
    ] {
        let path = "/v1/projects/-/serviceAccounts/target@demo.iam.gserviceaccount.com:generateIdToken";
        let delegate = format!("projects/-/serviceAccounts/{delegate}@demo.iam.gserviceaccount.com");
        cases.push(post(resource, path, json!({"audience": "https://a.example", "delegates": [delegate]})));
    }
    for (resource, account) in ACCOUNTS {
        let path = format!("/v1/projects/-/serviceAccounts/{account}@demo.iam.gserviceaccount.com");
        let scope = json!({"scope": ["https://www.googleapis.com/auth/cloud-platform"]});
        cases.push(post(resource, &format!("{path}:generateAccessToken"), scope));
        cases.push(post(
            resource,
            &format!("{path}:generateIdToken"),
            json!({"audience": "https://a.example"}),
        ));
        cases.push(post(resource, &format!("{path}:signBlob"), json!({"payload": "cnll"})));
        cases.push(post(resource, &format!("{path}:signJwt"), json!({"payload": "{}"})));
        cases.push(get(resource, &format!("{path}/allowedLocations")));
    }
    cases
}

fn services() -> Vec<Case> {
    let location = "/v2/projects/demo/locations/us-central1";
    let new = |account: Option<&str>| {
        let mut template = json!({"containers": [{"image": "gcr.io/cloudrun/hello"}]});
        if let Some(account) = account {
            template["serviceAccount"] = json!(account);
        }
        json!({"template": template})
    };
    let create =
        |project: &str| format!("/v2/projects/{project}/locations/us-central1/services?serviceId={NEW}");
    let mut cases = vec![
        post("the project", &create("demo"), new(None)),
        post("the project, to run as the account", &create("demo"), new(Some(TARGET)))
            .before(Before::Account),
        post("the project, to run as another", &create("demo"), new(Some(NEIGHBOUR))),
        post("a project that is not there", &create("nowhere"), new(None)),
        get("the project", &format!("{location}/services")),
        get("a project that is not there", "/v2/projects/nowhere/locations/us-central1/services"),
    ];
    for (resource, service) in [
        ("the service", "hello"),
        ("another service", "neighbour"),
        ("a service that is not there", "absent"),
    ] {
        let path = format!("{location}/services/{service}");
        cases.push(get(resource, &path));
        cases.push(patch(resource, &path, new(None)));
        cases.extend(policy_of(resource, &path, Method::GET));
        match service {
            "hello" => cases.push(delete(resource, &path).before(Before::Service)),
            "absent" => cases.push(delete(resource, &path)),
            _ => {}
        }
    }
    cases.extend(revisions::all(location));
    cases.extend(domains::all());
    cases.extend(knative::all());
    let path = format!("{location}/services/neighbour");
    cases.push(patch("another, to run as the account", &path, new(Some(TARGET))));
    let image = json!({"template": {"containers": [{"image": "http://127.0.0.1:9"}]}});
    let path = format!("{location}/services/acting?updateMask=template.containers");
    cases.push(patch("a service that runs as the account", &path, image));
    cases
}

fn jobs() -> Vec<Case> {
    let collection = "/v1/projects/demo/locations/us-central1/jobs";
    let name = |project: &str| format!("projects/{project}/locations/us-central1/jobs/{NEW}");
    let new = |project: &str, account: Option<&str>| {
        let mut target = json!({"uri": "http://127.0.0.1:9/"});
        if let Some(account) = account {
            target["oidcToken"] = json!({"serviceAccountEmail": account});
        }
        json!({"name": name(project), "schedule": "0 0 1 1 *", "httpTarget": target})
    };
    let nowhere = "/v1/projects/nowhere/locations/us-central1/jobs";
    let mut cases = vec![
        post("the project", collection, new("demo", None)),
        post("the project, to call as the account", collection, new("demo", Some(TARGET))),
        post("the project, to call as another", collection, new("demo", Some(NEIGHBOUR))),
        post("a project that is not there", nowhere, new("nowhere", None)),
        get("the project", collection),
        get("a project that is not there", nowhere),
    ];
    for (resource, job) in [("the job", "report"), ("a job that is not there", "absent")] {
        let path = format!("{collection}/{job}");
        let change = json!({"schedule": "0 0 2 1 *"});
        cases.push(get(resource, &path).before(Before::Job));
        cases.push(patch(resource, &format!("{path}?updateMask=schedule"), change));
        cases.push(post(resource, &format!("{path}:pause"), json!({})).before(Before::Job));
        cases.push(post(resource, &format!("{path}:resume"), json!({})).before(Before::PausedJob));
        cases.push(post(resource, &format!("{path}:run"), json!({})));
        cases.push(delete(resource, &path).before(Before::Job));
    }
    let as_the_account =
        json!({"httpTarget": {"uri": "http://127.0.0.1:9/", "oidcToken": {"serviceAccountEmail": TARGET}}});
    let path = format!("{collection}/report?updateMask=httpTarget");
    cases.push(patch("the job, to call as the account", &path, as_the_account).before(Before::Job));
    let elsewhere = json!({"httpTarget": {"uri": "http://127.0.0.1:9/elsewhere"}});
    let path = format!("{collection}/courier?updateMask=httpTarget.uri");
    cases.push(patch("a job that calls as the account", &path, elsewhere));
    cases.push(post("a job that calls as the account", &format!("{collection}/courier:run"), json!({})));
    cases
}

fn logs() -> Vec<Case> {
    let of = |(resource, project): (&'static str, &'static str)| {
        let names = json!([format!("projects/{project}")]);
        let log = format!("projects/{project}/logs/mine");
        let entry = json!({"logName": log, "resource": {"type": "global"}, "textPayload": "hello"});
        [
            post(resource, "/v2/entries:list", json!({"resourceNames": names})),
            // Whoever may would be answered for an hour; without a filter that is one it is told at once.
            post(resource, "/v2/entries:tail", json!({"resourceNames": names, "filter": "="})),
            get(resource, &format!("/v2/projects/{project}/logs")),
            post(resource, "/v2/entries:write", json!({"entries": [entry]})),
            delete(resource, &format!("/v2/projects/{project}/logs/empty")),
        ]
    };
    [("the project", "demo"), ("a project that is not there", "nowhere")].into_iter().flat_map(of).collect()
}

/// What Doorward adds: reading a token needs no permission, an explanation needs one that hides itself.
fn doorwards_own() -> Vec<Case> {
    vec![
        post("a text that is no token", "/v1/tokens:inspect", json!({"token": "none"})),
        get("a decision that is not there", "/v1/decisions/00000000000000000000000000000000"),
    ]
}

/// Get, set, test. What is set is what is there.
pub fn policy_of(resource: &'static str, path: &str, read: Method) -> Vec<Case> {
    let body = if read == Method::GET { Value::Null } else { json!({}) };
    let permissions = json!({"permissions": [reading(path)]});
    vec![
        case(resource, read, &format!("{path}:getIamPolicy"), body),
        post(resource, &format!("{path}:setIamPolicy"), json!({"policy": {}})),
        post(resource, &format!("{path}:testIamPermissions"), permissions),
    ]
}

/// The permission to read what stands at a path or under a name.
fn reading(path: &str) -> &'static str {
    match path {
        path if path.contains("/functions/") => "cloudfunctions.functions.get",
        path if path.contains("organizations/") => "resourcemanager.organizations.get",
        path if path.contains("/services/") => "run.services.get",
        path if path.contains("/serviceAccounts/") => "iam.serviceAccounts.get",
        _ => "resourcemanager.projects.get",
    }
}

pub fn get(resource: &'static str, path: &str) -> Case {
    case(resource, Method::GET, path, Value::Null)
}

pub fn post(resource: &'static str, path: &str, body: Value) -> Case {
    case(resource, Method::POST, path, body)
}

pub fn patch(resource: &'static str, path: &str, body: Value) -> Case {
    case(resource, Method::PATCH, path, body)
}

pub fn delete(resource: &'static str, path: &str) -> Case {
    case(resource, Method::DELETE, path, Value::Null)
}

pub fn case(resource: &'static str, verb: Method, path: &str, body: Value) -> Case {
    let rest = Rest { host: String::new(), verb, path: path.to_owned(), body };
    Case { resource, call: Call::Rest(rest), before: Before::Nothing }
}

const ABSENT_KEY: &str = "0000000000000000000000000000000000000000";
/// The deny policy that there is.
pub const DENY_POLICY: &str = "reviewed";
/// Stands for the etag of the deny policy that there is.
pub const ETAG: &str = "the-etag";
/// Stands for the unique ID of the account that was deleted last.
pub const GONE: &str = "the-deleted-account";
/// Stands for the key that there is.
pub const KEY: &str = "the-key";
/// Stands for a name that nobody has.
pub const NEW: &str = "a-new-name";
/// Stands for a role ID that nobody has.
pub const NEW_ROLE: &str = "a_new_role";
/// Stands for the operation that there is.
pub const OPERATION: &str = "the-operation";
const TARGET: &str = "target@demo.iam.gserviceaccount.com";
const NEIGHBOUR: &str = "neighbour@demo.iam.gserviceaccount.com";
const ACCOUNTS: &[(&str, &str)] = &[
    ("the account", "target"),
    ("another account", "neighbour"),
    ("an account that is not there", "absent"),
];
