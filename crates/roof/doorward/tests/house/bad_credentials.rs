//! Every endpoint against every bad credential, written down for people to review.

mod door;
mod presented;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::Arc;

use context::{Context, Seeded, Stopped};
use names::{ProjectId, System, Universe};
use projects::{Defaults, Projects};
use serde_json::json;
use testbed::{Answer, Api, Testbed};

use crate::methods;
use presented::Presented;

#[tokio::test]
async fn no_method_takes_a_bad_credential() {
    let testbed = Testbed::start().await;
    let Presented { bad, good } = Presented::to_the_api(&testbed).await;
    let mut groups: BTreeMap<Vec<String>, Vec<String>> = BTreeMap::new();
    let mut services = BTreeSet::new();
    for method in methods::all() {
        for (name, headers) in &good {
            let api = testbed.api_with_headers(headers);
            for verdict in [method.call(&api).await.verdict(), method.call_grpc(&api).await.verdict()] {
                assert!(!verdict.starts_with("401") && !verdict.starts_with("grpc 16"), "{name}: {verdict}");
            }
        }
        // Both transports lead to the same method, so one for each service shows that gRPC is no way around.
        let over_grpc = services.insert(method.service.clone()) || method.rest.is_none();
        let (mut rest, mut grpc) = (Vec::new(), Vec::new());
        for (_, headers) in &bad {
            let api = testbed.api_with_headers(headers);
            if let Some(call) = &method.rest {
                rest.push(call.call(&api).await.verdict());
            }
            if over_grpc {
                grpc.push(method.call_grpc(&api).await.verdict());
            }
        }
        if method.rest.is_some() {
            groups.entry(rest).or_default().push(method.full_name());
        }
        if over_grpc {
            groups.entry(grpc).or_default().push(method.full_name());
        }
    }
    for path in BESIDE {
        for (name, headers) in &good {
            let verdict = call_beside(&testbed.api_with_headers(headers), path).await.verdict();
            assert!(!verdict.starts_with("401") && !verdict.starts_with("grpc 16"), "{name}: {verdict}");
        }
        let mut verdicts = Vec::new();
        for (_, headers) in &bad {
            verdicts.push(call_beside(&testbed.api_with_headers(headers), path).await.verdict());
        }
        groups.entry(verdicts).or_default().push(path.to_owned());
    }
    let names: Vec<&str> = bad.iter().map(|(name, _)| *name).collect();
    insta::assert_snapshot!(grouped(&names, &groups));
}

#[tokio::test]
async fn the_owner_of_another_project_may_do_nothing_here() {
    let testbed = Testbed::start().await;
    let other = other_project(&testbed).await;
    let made =
        other.post("/v1/projects/elsewhere/serviceAccounts", json!({"accountId": "mallory"})).await.fine();
    let mallory = made["email"].as_str().unwrap().to_owned();
    testbed.bind("roles/owner", &format!("serviceAccount:{mallory}"), "/v1/projects/elsewhere").await;
    let api = testbed.api(&testbed.access_token_of(&mallory).await);
    assert_eq!(api.get("/v1/projects/elsewhere").await.verdict(), "200", "it is an owner there");
    let mut verdicts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for method in methods::all() {
        let verdict = method.call(&api).await.verdict();
        verdicts.entry(verdict).or_default().push(method.full_name());
    }
    let mut text = String::new();
    for (verdict, methods) in verdicts {
        writeln!(text, "{verdict}").unwrap();
        methods.iter().for_each(|method| writeln!(text, "  {method}").unwrap());
    }
    insta::assert_snapshot!(text);
}

/// The owner, after a second project was made.
async fn other_project(testbed: &Testbed) -> Api {
    let house = &testbed.house;
    let projects = Projects::new(house.store.clone(), house.access.clone(), Universe::default());
    let clock = Arc::new(Stopped::at_second(testbed.now().as_second()));
    let context = Context::for_doorward_itself(clock, Arc::new(Seeded::new(2)));
    let id = ProjectId::parse("elsewhere").unwrap();
    projects.ensure(&context, System::acting_for_itself(), &id, &Defaults::default()).await.unwrap();
    testbed.owner().await
}

/// A call of something that is no method of the protocol: by a gRPC path where it begins with a letter.
async fn call_beside(api: &Api, path: &str) -> Answer {
    if path.starts_with('/') { api.get(path).await } else { api.grpc(path, &[]).await }
}

/// What is behind the same door: reflection, a method of a product that is not here, nothing at all.
const BESIDE: [&str; 4] = [
    "grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
    "/v2/projects/demo/locations/us-central1/queues",
    "/v1/nothing",
];

#[tokio::test]
async fn the_gate_takes_no_bad_credential() {
    let testbed = Testbed::start().await;
    insta::assert_snapshot!(door::gate(&testbed).await);
}

#[tokio::test]
async fn the_token_endpoint_takes_no_bad_credential() {
    let testbed = Testbed::start().await;
    insta::assert_snapshot!(door::token_endpoint(&testbed).await);
}

#[tokio::test]
async fn what_everybody_may_read_needs_no_credential() {
    let testbed = Testbed::start().await;
    for path in ["/healthz", "/.well-known/openid-configuration", "/oauth2/v1/certs", "/oauth2/v3/certs"] {
        for headers in [vec![], vec!["Bearer gibberish".to_owned()]] {
            assert_eq!(testbed.api_with_headers(&headers).get(path).await.verdict(), "200", "{path}");
        }
    }
}

fn grouped(names: &[&str], groups: &BTreeMap<Vec<String>, Vec<String>>) -> String {
    let mut text = String::new();
    for (verdicts, methods) in groups {
        for (name, verdict) in names.iter().zip(verdicts) {
            writeln!(text, "{name:<36} {verdict}").unwrap();
        }
        writeln!(text, "is what is answered by").unwrap();
        methods.iter().for_each(|method| writeln!(text, "  {method}").unwrap());
        text.push('\n');
    }
    text
}
