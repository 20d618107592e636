//! Every endpoint against every bad credential, written down for people to review.

mod door;
mod presented;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use testbed::Testbed;

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
    let names: Vec<&str> = bad.iter().map(|(name, _)| *name).collect();
    insta::assert_snapshot!(grouped(&names, &groups));
}

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
