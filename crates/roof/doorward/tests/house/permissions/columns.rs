//! Who calls.

use std::collections::BTreeMap;

use serde_json::json;
use testbed::{Account, Api, Testbed};

use super::gate;
use super::world::World;

/// A principal, as the table shows it and as it calls.
pub struct Column {
    /// Two letters.
    pub label: &'static str,
    /// Who that is.
    pub meaning: String,
    access: Option<String>,
    /// Its ID token for each service that the gate is to be asked for, minted before anybody was disabled; `None`
    /// calls without one.
    pub id_tokens: BTreeMap<&'static str, Option<String>>,
}

/// The roles, each with the two letters of its column.
pub const ROLES: &[(&str, &str)] = &[
    ("ow", "roles/owner"),
    ("ed", "roles/editor"),
    ("vi", "roles/viewer"),
    ("ca", "roles/cloudfunctions.admin"),
    ("cd", "roles/cloudfunctions.developer"),
    ("ci", "roles/cloudfunctions.invoker"),
    ("cv", "roles/cloudfunctions.viewer"),
    ("ja", "roles/cloudscheduler.admin"),
    ("jr", "roles/cloudscheduler.jobRunner"),
    ("js", "roles/cloudscheduler.serviceAgent"),
    ("jv", "roles/cloudscheduler.viewer"),
    ("da", "roles/iam.denyAdmin"),
    ("dr", "roles/iam.denyReviewer"),
    ("aa", "roles/iam.serviceAccountAdmin"),
    ("ak", "roles/iam.serviceAccountKeyAdmin"),
    ("ao", "roles/iam.serviceAccountOpenIdTokenCreator"),
    ("at", "roles/iam.serviceAccountTokenCreator"),
    ("au", "roles/iam.serviceAccountUser"),
    ("av", "roles/iam.serviceAccountViewer"),
    ("aw", "roles/iam.workloadIdentityUser"),
    ("ia", "roles/iam.roleAdmin"),
    ("iv", "roles/iam.roleViewer"),
    ("lv", "roles/logging.viewer"),
    ("pa", "roles/resourcemanager.projectIamAdmin"),
    ("ra", "roles/run.admin"),
    ("rd", "roles/run.developer"),
    ("ri", "roles/run.invoker"),
    ("rs", "roles/run.serviceAgent"),
    ("rr", "roles/run.servicesInvoker"),
    ("rv", "roles/run.viewer"),
    ("ua", "roles/serviceusage.serviceUsageAdmin"),
];

/// The services that the gate is to be asked for, as [`gate::SERVICES`] has them.
type Asked<'a> = &'a [(&'static str, &'static str)];

/// Roles that are seldom held without that of a user of accounts.
const ACTING: &[(&str, &str)] = &[("jx", "roles/cloudscheduler.admin"), ("rx", "roles/run.admin")];
const USER: &str = "roles/iam.serviceAccountUser";

/// Nobody, somebody without a role, the local owner, a holder of each role and of two at once, and an owner that is disabled.
pub async fn bound_on_the_project(testbed: &Testbed, asked_for: Asked<'_>) -> Vec<Column> {
    let stranger = "an account without any role".to_owned();
    let (stranger, _) = caller(testbed, asked_for, "st", stranger).await;
    let mut columns = vec![nobody(), stranger, local_owner(testbed).await];
    for (label, role) in ROLES {
        let (column, account) = caller(testbed, asked_for, label, (*role).to_owned()).await;
        testbed.bind(role, &account.member(), "/v1/projects/demo").await;
        columns.push(column);
    }
    for (label, role) in ACTING {
        let meaning = format!("{role} and {USER}");
        let (column, account) = caller(testbed, asked_for, label, meaning).await;
        for role in [*role, USER] {
            testbed.bind(role, &account.member(), "/v1/projects/demo").await;
        }
        columns.push(column);
    }
    let meaning = "roles/owner, but the account is disabled".to_owned();
    let (disabled, account) = caller(testbed, asked_for, "di", meaning).await;
    testbed.bind("roles/owner", &account.member(), "/v1/projects/demo").await;
    testbed.owner().await.post(&format!("{}:disable", account.path()), json!({})).await.fine();
    columns.push(disabled);
    columns
}

/// Holders of roles on one service or one account. The world is told, to bind again what it makes anew.
pub async fn bound_on_one_resource(
    testbed: &Testbed,
    world: &mut World<'_>,
    asked_for: Asked<'_>,
) -> Vec<Column> {
    let mut columns = Vec::new();
    for (label, role) in ROLES {
        let kind = match *label {
            "ow" | "ed" | "vi" => "both",
            label if label.starts_with('a') => "account",
            label if label.starts_with('c') => "function",
            label if label.starts_with('r') => "service",
            _ => continue,
        };
        let on = match kind {
            "both" => "the account and the service",
            "account" => "the account",
            "function" => "the functions",
            _ => "the service",
        };
        let (column, account) = caller(testbed, asked_for, label, format!("{role} on {on}")).await;
        if matches!(kind, "account" | "both") {
            world.bind_on_the_account(role, &account.member()).await;
        }
        if kind == "function" {
            world.bind_on_the_functions(role, &account.member()).await;
        }
        if matches!(kind, "both" | "service") {
            world.bind_on_the_service(role, &account.member()).await;
        }
        columns.push(column);
    }
    for (label, role) in ACTING {
        let meaning = format!("{role} on the project, {USER} on the account");
        let (column, account) = caller(testbed, asked_for, label, meaning).await;
        testbed.bind(role, &account.member(), "/v1/projects/demo").await;
        world.bind_on_the_account(USER, &account.member()).await;
        columns.push(column);
    }
    columns
}

impl Column {
    /// Its API.
    pub fn api(&self, testbed: &Testbed) -> Api {
        match &self.access {
            Some(token) => testbed.api(token),
            None => testbed.api_with_headers(&[]),
        }
    }
}

fn nobody() -> Column {
    let id_tokens = gate::SERVICES.map(|(_, id)| (id, None)).into();
    Column { label: "no", meaning: "nobody: no credential".to_owned(), access: None, id_tokens }
}

async fn local_owner(testbed: &Testbed) -> Column {
    let meaning =
        "the local owner, a person: roles/owner and roles/iam.serviceAccountTokenCreator".to_owned();
    let access = Some(testbed.owner_token().await);
    Column { label: "lo", meaning, access, id_tokens: BTreeMap::new() }
}

async fn caller(
    testbed: &Testbed,
    asked_for: Asked<'_>,
    label: &'static str,
    meaning: String,
) -> (Column, Account) {
    let account = testbed.make_account(&format!("caller-{label}")).await;
    let access = Some(testbed.access_token_of(&account.email).await);
    let mut id_tokens = BTreeMap::new();
    for (_, id) in asked_for {
        let audience = gate::called(testbed, id).audience;
        id_tokens.insert(*id, Some(testbed.id_token_of(&account.email, &audience).await));
    }
    (Column { label, meaning, access, id_tokens }, account)
}
