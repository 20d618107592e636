//! Who may call what on which resource, written down for people to review. A method that is neither here nor
//! unimplemented fails the test.

mod cases;
mod columns;
mod deny_cases;
mod gate;
mod roles;
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use testbed::Testbed;

use crate::methods;
use columns::{Column, bound_on_one_resource, bound_on_the_project};
use world::World;

/// Each table in parts of a few seconds, which run beside each other: a name, and how the gRPC services begin that it is about.
macro_rules! parts {
    ($($name:ident: $services:expr;)+) => {
        const PARTS: &[&[&str]] = &[$(&$services),+];

        mod on_the_project {
            $(#[tokio::test]
            async fn $name() {
                insta::assert_snapshot!(super::on_the_project(&$services).await);
            })+

            #[tokio::test]
            async fn gate() {
                insta::assert_snapshot!(super::gate_on_the_project().await);
            }
        }

        mod on_one_resource {
            $(#[tokio::test]
            async fn $name() {
                insta::assert_snapshot!(super::on_one_resource(&$services).await);
            })+

            #[tokio::test]
            async fn gate() {
                insta::assert_snapshot!(super::gate_on_one_resource().await);
            }
        }
    };
}

parts! {
    accounts_and_roles: ["google.iam.admin."];
    functions: ["google.cloud.functions."];
    policies_and_credentials: ["google.iam.credentials.", "google.iam.v1.", "google.iam.v2."];
    projects: ["google.api.serviceusage.", "google.cloud.resourcemanager."];
    run: ["google.cloud.run."];
    scheduler_logging_and_mixins: [
        "doorward.",
        "google.cloud.location.",
        "google.cloud.scheduler.",
        "google.logging.",
        "google.longrunning."
    ];
}

#[test]
fn every_case_is_in_one_part() {
    for case in cases::all() {
        let method = case.method();
        let parts = PARTS.iter().filter(|services| is_of(&method, services));
        assert_eq!(parts.count(), 1, "{method}");
    }
}

async fn on_the_project(services: &[&str]) -> String {
    let testbed = Testbed::start().await;
    let world = World::new(&testbed).await;
    let columns = bound_on_the_project(&testbed, &[]).await;
    heading(ON_THE_PROJECT, &columns) + &calls(&world, &columns, of(services, cases::all())).await
}

async fn on_one_resource(services: &[&str]) -> String {
    let testbed = Testbed::start().await;
    let mut world = World::new(&testbed).await;
    let columns = bound_on_one_resource(&testbed, &mut world, &[]).await;
    let cases = of(services, cases::about_what_is_there());
    heading(ON_ONE_RESOURCE, &columns) + &calls(&world, &columns, cases).await
}

async fn gate_on_the_project() -> String {
    let testbed = Testbed::start().await;
    let _world = World::new(&testbed).await;
    let columns = bound_on_the_project(&testbed, &gate::SERVICES).await;
    heading(ON_THE_PROJECT, &columns) + &gate::table(&testbed, &columns).await
}

async fn gate_on_one_resource() -> String {
    let testbed = Testbed::start().await;
    let mut world = World::new(&testbed).await;
    let columns = bound_on_one_resource(&testbed, &mut world, &gate::SERVICES).await;
    heading(ON_ONE_RESOURCE, &columns) + &gate::table(&testbed, &columns).await
}

const ON_THE_PROJECT: &str = "Every account holds its role on the project.";
const ON_ONE_RESOURCE: &str = "Every account holds its role on one resource only, unless it says otherwise.";

fn of(services: &[&str], cases: Vec<cases::Case>) -> Vec<cases::Case> {
    cases.into_iter().filter(|case| is_of(&case.method(), services)).collect()
}

fn is_of(method: &str, services: &[&str]) -> bool {
    services.iter().any(|service| method.starts_with(service))
}

#[tokio::test]
async fn every_method_is_in_the_matrix_or_unimplemented() {
    let testbed = Testbed::start().await;
    let owner = testbed.owner().await;
    let served: BTreeSet<String> = cases::all().iter().map(cases::Case::method).collect();
    let (mut text, mut missing) = (String::new(), Vec::new());
    let mut last_service = String::new();
    for method in methods::all() {
        if served.contains(&method.full_name()) {
            continue;
        }
        let answers = [method.call(&owner).await.verdict(), method.call_grpc(&owner).await.verdict()];
        let unimplemented = |verdict: &String| {
            ["501 METHOD_UNIMPLEMENTED", "grpc 12 METHOD_UNIMPLEMENTED"].contains(&verdict.as_str())
        };
        if !answers.iter().all(unimplemented) {
            missing.push(format!("{}: {answers:?}", method.full_name()));
        }
        if last_service != method.service {
            writeln!(text, "{}", method.service).unwrap();
            last_service.clone_from(&method.service);
        }
        writeln!(text, "  {:<40} UNIMPLEMENTED", method.name).unwrap();
    }
    assert_eq!(missing, Vec::<String>::new(), "these are served: add them to the cases");
    insta::assert_snapshot!(text);
}

/// What can be switched off is what there is: the catalogue of APIs moves with what is served, and so does what audit
/// configuration can be about.
#[tokio::test]
async fn apis_that_are_enabled_from_the_start_are_those_that_are_served() {
    let testbed = Testbed::start().await;
    let called: BTreeSet<String> = cases::all().iter().map(cases::Case::method).collect();
    let rules = wire::Transcoder::rules().iter();
    let served = rules.filter(|rule| called.contains(rule.method.full_name()));
    let hosts = served.map(|rule| rule.host.as_str()).filter(|host| !OF_NO_API.contains(host));
    let served: BTreeSet<String> = hosts.map(|host| format!("{host}.googleapis.com")).collect();
    let owner = testbed.owner().await;
    let listed = owner.get("/v1/projects/demo/services?filter=state:ENABLED&pageSize=200").await.fine();
    let listed = listed["services"].as_array().unwrap();
    let enabled = listed.iter().map(|api| api["config"]["name"].as_str().unwrap().to_owned());
    assert_eq!(enabled.collect::<BTreeSet<_>>(), served);
    let audited = iam::PolicyKind::Project.auditable_services().iter().map(|&api| api.to_owned());
    assert_eq!(audited.collect::<BTreeSet<_>>(), served);
}

/// Hosts of the mixins (operations, locations, policies), which are of no API by themselves, and of what Doorward adds.
const OF_NO_API: [&str; 4] = ["cloud", "doorward", "iam-meta-api", "longrunning"];

#[test]
fn roles_and_what_they_grant() {
    insta::assert_snapshot!(roles::table());
}

/// One line for each method and resource, one column for each principal.
async fn calls(world: &World<'_>, columns: &[Column], cases: Vec<cases::Case>) -> String {
    let mut text = String::new();
    let mut by_service: BTreeMap<String, Vec<(String, cases::Case)>> = BTreeMap::new();
    for case in cases {
        let full = case.method();
        let (service, method) = full.rsplit_once('.').unwrap();
        by_service.entry(service.to_owned()).or_default().push((method.to_owned(), case));
    }
    for (service, cases) in by_service {
        write!(text, "\n{service}\n{}", labels(columns)).unwrap();
        for (method, case) in cases {
            let mut verdicts = Vec::new();
            world.prepare(case.before).await;
            for column in columns {
                let answer = world.call(&case, &column.api(world.testbed)).await;
                if answer.status.is_success() {
                    world.prepare(case.before).await;
                }
                verdicts.push(case.verdict(&answer));
            }
            line(&mut text, &method, case.resource, &verdicts);
        }
    }
    text
}

fn line(text: &mut String, method: &str, resource: &str, verdicts: &[String]) {
    let symbols = verdicts.iter().map(|verdict| {
        symbol(verdict)
            .unwrap_or_else(|| panic!("{method} on {resource}: nobody expected {verdict} in the matrix"))
    });
    let cells: String = symbols.map(|symbol| format!(" {symbol:>2}")).collect();
    writeln!(text, "  {method:<24} {resource:<34}{cells}").unwrap();
}

fn labels(columns: &[Column]) -> String {
    let labels: String = columns.iter().map(|column| format!(" {:>2}", column.label)).collect();
    format!("{:61}{labels}\n", "")
}

fn heading(what: &str, columns: &[Column]) -> String {
    let mut text = format!("{what}\n\n");
    for column in columns {
        writeln!(text, "  {}  {}", column.label, column.meaning).unwrap();
    }
    text.push('\n');
    for (symbol, verdict) in SYMBOLS.iter().filter(|(symbol, _)| *symbol != " ") {
        writeln!(text, "  {symbol:>2}  {verdict}").unwrap();
    }
    text
}

fn symbol(verdict: &str) -> Option<&'static str> {
    SYMBOLS.iter().find(|(_, known)| *known == verdict).map(|(symbol, _)| *symbol)
}

const SYMBOLS: &[(&str, &str)] = &[
    ("+", "200"),
    ("-", "403 IAM_PERMISSION_DENIED"),
    (".", "401 CREDENTIALS_MISSING"),
    ("x", "401 ACCOUNT_STATE_INVALID"),
    ("0", "404 RESOURCE_NOT_FOUND"),
    ("i", "400 FIELD_INVALID"),
    ("u", "501 METHOD_UNIMPLEMENTED"),
    ("n", "200, holds none of the permissions that were asked about"),
    ("?", "403 INVOKER_CREDENTIALS_MISSING"),
    ("~", "403 INVOKER_PERMISSION_DENIED"),
    (" ", "no ID token"),
];
