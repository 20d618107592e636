//! Deny policies: what they take away, and from whom.

use std::collections::BTreeMap;

use access::{
    DenyPolicyChange, DenyPolicyChanges, DenyPolicyError, NewDenyPolicy, PolicyOperationKind, RoleBinding,
};
use iam::permission::{
    IamDenypoliciesCreate, IamDenypoliciesDelete, IamDenypoliciesGet, IamDenypoliciesUpdate,
};
use iam::{DeniedPrincipal, DenyRule};
use names::*;
use store::{DenyPolicyRecord, Plan, Record};

use crate::house::{House, MEMBER, account, bind, context, demo, house, now, owner, principal, set, uid};

fn rule(principal: &str, permission: &str) -> DenyRule {
    let named =
        |text| DeniedPrincipal { identifier: PrincipalIdentifier::parse(text).unwrap(), unique_id: None };
    DenyRule {
        description: String::new(),
        denied_principals: vec![named(principal)],
        exception_principals: Vec::new(),
        denied_permissions: vec![DenyPermission::parse(permission).unwrap()],
        exception_permissions: Vec::new(),
        condition: None,
    }
}

fn deny_id() -> DenyPolicyId {
    DenyPolicyId::parse("no-tokens").unwrap()
}

fn point() -> AttachmentPoint {
    AttachmentPoint::Project(demo())
}

/// A house whose owner is a deny admin too.
async fn house_with_a_deny_admin() -> House {
    let house = house().await;
    let mut input = bind(&[MEMBER], None);
    let owner = vec![Member::parse("user:owner@example.com").unwrap()];
    let admin = RoleBinding::always(RoleName::parse("roles/iam.denyAdmin").unwrap(), owner);
    input.bindings.as_mut().unwrap().push(admin);
    set(&house, input).await.unwrap();
    house
}

async fn deny(house: &House, rules: Vec<DenyRule>) -> Result<DenyPolicyChange, DenyPolicyError> {
    attach(house, deny_id(), rules).await
}

async fn attach(
    house: &House,
    policy: DenyPolicyId,
    rules: Vec<DenyRule>,
) -> Result<DenyPolicyChange, DenyPolicyError> {
    let context = context(owner());
    let permit = house.access.permit::<IamDenypoliciesCreate>(&context, &point()).unwrap();
    let new = NewDenyPolicy { policy, display_name: String::new(), annotations: Default::default(), rules };
    house.access.create_deny_policy(&context, permit, new).await
}

const THE_ACCOUNT: &str =
    "principal://iam.googleapis.com/projects/-/serviceAccounts/job-one@demo.iam.gserviceaccount.com";
const READING: &str = "cloudresourcemanager.googleapis.com/projects.get";

#[tokio::test]
async fn what_is_denied_is_held_by_no_binding_until_the_policy_goes() {
    let house = house_with_a_deny_admin().await;
    let asked = ["resourcemanager.projects.get".to_owned()];
    let held = || house.access.holds(&principal("111"), &demo().into(), &asked, now(), None);
    assert_eq!(held(), asked);
    let made = deny(&house, vec![rule(THE_ACCOUNT, READING)]).await.unwrap();
    assert!(held().is_empty());
    let explanation =
        house.access.explain(&principal("111"), &demo().into(), &asked[0], now(), None).unwrap();
    assert_eq!(explanation.outcome, Err(iam::Cause::DenyPolicy));
    let check = explanation.checks.last().unwrap();
    assert_eq!(
        check.subject,
        "rule 1 of policies/cloudresourcemanager.googleapis.com%2Fprojects%2Fdemo/denypolicies/no-tokens"
    );
    assert!(explanation.repair.unwrap().to_string().contains("/denypolicies/no-tokens --rule=1 "));

    let again = deny(&house, vec![rule(THE_ACCOUNT, READING)]).await;
    assert!(matches!(again, Err(DenyPolicyError::AlreadyExists(_))));
    let context = context(owner());
    let changes = |etag: Vec<u8>| DenyPolicyChanges {
        policy: deny_id(),
        display_name: "other".to_owned(),
        annotations: BTreeMap::new(),
        rules: vec![rule(THE_ACCOUNT, "run.googleapis.com/*.*")],
        etag,
    };
    let permit = || house.access.permit::<IamDenypoliciesUpdate>(&context, &point()).unwrap();
    let stale = house.access.update_deny_policy(&context, permit(), changes(Vec::new())).await;
    assert!(matches!(stale, Err(DenyPolicyError::EtagMismatch)));
    let etag = made.revision.unwrap().0.to_be_bytes().to_vec();
    let annotated = DenyPolicyChanges {
        annotations: BTreeMap::from([("team".to_owned(), "bakery".to_owned())]),
        ..changes(etag.clone())
    };
    let refused = house.access.update_deny_policy(&context, permit(), annotated).await;
    assert!(matches!(refused, Err(DenyPolicyError::AnnotationsFixed)));
    house.access.update_deny_policy(&context, permit(), changes(etag.clone())).await.unwrap();
    assert_eq!(held(), asked);

    let permit = || house.access.permit::<IamDenypoliciesDelete>(&context, &point()).unwrap();
    let stale = house.access.delete_deny_policy(&context, permit(), deny_id(), Some(etag)).await;
    assert!(matches!(stale, Err(DenyPolicyError::EtagMismatch)));
    house.access.delete_deny_policy(&context, permit(), deny_id(), None).await.unwrap();
    let gone = house.access.delete_deny_policy(&context, permit(), deny_id(), None).await;
    assert!(matches!(gone, Err(DenyPolicyError::NotFound(_))));
}

#[tokio::test]
async fn a_rule_about_an_account_is_not_about_its_successor_and_must_name_one_that_exists() {
    let house = house_with_a_deny_admin().await;
    let nobody = THE_ACCOUNT.replace("job-one", "nobody");
    let unknown = deny(&house, vec![rule(&nobody, READING)]).await;
    assert!(matches!(unknown, Err(DenyPolicyError::AccountUnknown(_))));
    deny(&house, vec![rule(THE_ACCOUNT, READING)]).await.unwrap();
    house.store.apply(Plan::new().delete(account("111").name)).await.unwrap();
    house.store.apply(Plan::new().put(Record::Account(account("222")))).await.unwrap();
    set(&house, bind(&[MEMBER], None)).await.unwrap();
    let asked = ["resourcemanager.projects.get".to_owned()];
    assert_eq!(house.access.holds(&principal("222"), &demo().into(), &asked, now(), None), asked);
}

#[tokio::test]
async fn the_operations_of_a_policy_outlive_it_and_belong_to_its_resource() {
    let house = house_with_a_deny_admin().await;
    let made = deny(&house, vec![rule(THE_ACCOUNT, READING)]).await.unwrap();
    let context = context(owner());
    let read = || house.access.permit::<IamDenypoliciesGet>(&context, &point()).unwrap();
    let operation = made.operation.operation.clone();
    assert_eq!(
        house.access.deny_policy_operation(&read(), deny_id(), operation.clone()).await.unwrap(),
        made
    );
    let permit = house.access.permit::<IamDenypoliciesDelete>(&context, &point()).unwrap();
    let gone = house.access.delete_deny_policy(&context, permit, deny_id(), None).await.unwrap();
    assert_eq!(gone.operation.kind, PolicyOperationKind::Delete);
    assert_ne!(gone.operation.operation, operation);
    let kept = house.access.deny_policy_operation(&read(), deny_id(), operation.clone()).await.unwrap();
    assert_eq!((kept.operation, kept.revision), (made.operation, None), "the policy is another one now");
    let other = DenyPolicyId::parse("other").unwrap();
    let unknown = house.access.deny_policy_operation(&read(), other, operation).await;
    assert!(matches!(unknown, Err(DenyPolicyError::OperationNotFound(_))));
}

#[tokio::test]
async fn a_resource_has_500_deny_policies_and_no_more_however_many_are_made_at_once() {
    let house = house_with_a_deny_admin().await;
    let first = deny(&house, vec![rule(THE_ACCOUNT, READING)]).await.unwrap().operation.record;
    let id = |text: &str| DenyPolicyId::parse(text).unwrap();
    let another = |at: usize| DenyPolicyRecord {
        name: DenyPolicyName { attached_to: point(), policy: id(&format!("empty-{at}")) },
        uid: uid(&format!("deny-{at}")),
        rules: Vec::new(),
        ..first.clone()
    };
    let others = (1..498).map(|at| Record::DenyPolicy(another(at)));
    house.store.apply(others.fold(Plan::new(), Plan::put)).await.unwrap();
    let made = tokio::join!(
        attach(&house, id("once-a"), vec![rule(THE_ACCOUNT, READING)]),
        attach(&house, id("once-b"), vec![rule(THE_ACCOUNT, READING)]),
        attach(&house, id("once-c"), vec![rule(THE_ACCOUNT, READING)]),
        attach(&house, id("once-d"), vec![rule(THE_ACCOUNT, READING)]),
    );
    let full = |made: &Result<_, _>| matches!(made, Err(DenyPolicyError::TooMany(_)));
    let refused = [full(&made.0), full(&made.1), full(&made.2), full(&made.3)];
    assert_eq!(refused.iter().filter(|refused| **refused).count(), 2, "{made:?}");
    assert_eq!(house.store.all::<DenyPolicyRecord>("").await.unwrap().len(), 500);
}

#[tokio::test]
async fn rules_that_are_too_many_together_are_not_written_at_once() {
    let house = house_with_a_deny_admin().await;
    let rules = |count: usize| vec![rule(THE_ACCOUNT, READING); count];
    let other = DenyPolicyId::parse("other").unwrap();
    let made =
        [deny(&house, rules(1)).await.unwrap(), attach(&house, other.clone(), rules(1)).await.unwrap()];
    let context = context(owner());
    let changes = |policy: DenyPolicyId, made: &DenyPolicyChange| DenyPolicyChanges {
        policy,
        display_name: String::new(),
        annotations: BTreeMap::new(),
        rules: rules(300),
        etag: made.revision.unwrap().0.to_be_bytes().to_vec(),
    };
    let permit = || house.access.permit::<IamDenypoliciesUpdate>(&context, &point()).unwrap();
    let changed = tokio::join!(
        house.access.update_deny_policy(&context, permit(), changes(deny_id(), &made[0])),
        house.access.update_deny_policy(&context, permit(), changes(other, &made[1])),
    );
    assert!(changed.0.is_ok() != changed.1.is_ok(), "{changed:?}");
}
