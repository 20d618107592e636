//! Service accounts and their keys.

use http::Method;
use serde_json::json;

use super::{ABSENT_KEY, ACCOUNTS, Before, Case, GONE, KEY, NEW, case, delete, get, patch, policy_of, post};

pub(super) fn all() -> Vec<Case> {
    let collection = "/v1/projects/demo/serviceAccounts";
    let new = json!({"accountId": NEW, "serviceAccount": {}});
    let mut cases = vec![
        post("the project", collection, new.clone()),
        post("a project that is not there", "/v1/projects/nowhere/serviceAccounts", new),
        get("the project", collection),
        get("a project that is not there", "/v1/projects/nowhere/serviceAccounts"),
    ];
    for (resource, account) in ACCOUNTS {
        let path = format!("{collection}/{account}@demo.iam.gserviceaccount.com");
        cases.push(get(resource, &path));
        cases.extend(policy_of(resource, &path, Method::POST));
        let before = if account == &"target" { Before::Account } else { Before::Nothing };
        if account == &"neighbour" {
            continue;
        }
        cases.push(post(resource, &format!("{path}:disable"), json!({})).before(before));
        let disabled = if account == &"target" { Before::DisabledAccount } else { Before::Nothing };
        cases.push(post(resource, &format!("{path}:enable"), json!({})).before(disabled));
        cases.push(delete(resource, &path).before(before));
        let named = json!({"displayName": "Another name", "serviceAccount": {"displayName": "Another name"}});
        let (display_name, patched) = (named["displayName"].clone(), named["serviceAccount"].clone());
        cases.push(case(resource, Method::PUT, &path, json!({"displayName": display_name})));
        let body = json!({"serviceAccount": patched, "updateMask": "displayName"});
        cases.push(patch(resource, &path, body));
    }
    for (resource, project, account) in [
        ("a deleted account", "demo", GONE),
        ("a deleted account, of any project", "-", GONE),
        ("an account that never was there", "demo", "1"),
        ("the like, of any project", "-", "1"),
    ] {
        let path = format!("/v1/projects/{project}/serviceAccounts/{account}:undelete");
        let before = if account == GONE { Before::DeletedAccount } else { Before::Nothing };
        cases.push(post(resource, &path, json!({})).before(before));
    }
    cases
}

pub(super) fn keys() -> Vec<Case> {
    let mut cases = Vec::new();
    for (resource, account) in ACCOUNTS {
        let path = format!("/v1/projects/demo/serviceAccounts/{account}@demo.iam.gserviceaccount.com/keys");
        cases.push(get(resource, &path).before(Before::Account));
        cases.push(post(resource, &path, json!({})).before(Before::Account));
        // What is no certificate is told only to those who may upload one.
        cases.push(post(resource, &format!("{path}:upload"), json!({"publicKeyData": "cnll"})));
    }
    let path = "/v1/projects/demo/serviceAccounts/target@demo.iam.gserviceaccount.com/keys";
    for (resource, key) in [("the account's key", KEY), ("a key that is not there", ABSENT_KEY)] {
        cases.push(get(resource, &format!("{path}/{key}")).before(Before::Key));
        cases.push(delete(resource, &format!("{path}/{key}")).before(Before::Key));
        cases.push(post(resource, &format!("{path}/{key}:disable"), json!({})).before(Before::Key));
        cases.push(post(resource, &format!("{path}/{key}:enable"), json!({})).before(Before::DisabledKey));
    }
    cases
}
