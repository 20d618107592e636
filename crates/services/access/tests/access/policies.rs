//! Allow policies: who holds what, and what can be written.

use access::{PolicyVersion, Refused, SetPolicy, SetPolicyError};
use iam::permission::{
    CloudschedulerJobsGet, ResourcemanagerProjectsGet, ResourcemanagerProjectsSetIamPolicy,
};
use iam::{AuditConfig, AuditLogConfig, AuditLogKind, Condition, Policy, PolicyError};
use names::*;
use store::{Plan, PolicyRecord, Record};

use crate::house::{
    MEMBER, account, bind, binding, context, demo, house, now, owner, principal, read, set, uid,
};

#[tokio::test]
async fn a_policy_takes_effect_before_it_is_acknowledged() {
    let house = house().await;
    let asked = ["resourcemanager.projects.get".to_owned()];
    assert!(house.access.holds(&principal("111"), &demo().into(), &asked, now(), None).is_empty());
    set(&house, bind(&[MEMBER], None)).await.unwrap();
    assert_eq!(house.access.holds(&principal("111"), &demo().into(), &asked, now(), None), asked);
}

#[tokio::test]
async fn a_stale_etag_is_refused_and_changes_nothing() {
    let house = house().await;
    let first = read(&house).etag;
    let second = set(&house, bind(&[MEMBER], Some(first.clone()))).await.unwrap();
    assert_ne!(first, second.etag);
    let refused = set(&house, bind(&["allUsers"], Some(first))).await;
    assert!(matches!(refused, Err(SetPolicyError::Concurrent)));
    assert_eq!(read(&house), second);
}

/// Binds `roles/run.viewer` to the account for as long as the expression says.
fn bind_while(expression: &str, version: PolicyVersion, etag: Option<Vec<u8>>) -> SetPolicy {
    let mut input = bind(&[MEMBER], etag);
    let binding = &mut input.bindings.as_mut().unwrap()[1];
    binding.role = RoleName::parse("roles/run.viewer").unwrap();
    binding.condition = Some(Condition::parse("for now", "", expression).unwrap());
    SetPolicy { version, ..input }
}

#[tokio::test]
async fn a_condition_is_asked_at_every_decision() {
    let house = house().await;
    let expression = "request.time < timestamp('2023-11-14T22:13:21Z')";
    let input = bind_while(expression, PolicyVersion::Third, Some(read(&house).etag));
    let view = set(&house, input).await.unwrap();
    assert_eq!(view.bindings[1].condition.as_ref().unwrap().expression(), expression);
    let asked = ["resourcemanager.projects.get".to_owned()];
    let held = |time| house.access.holds(&principal("111"), &demo().into(), &asked, time, None);
    assert_eq!(held(now()), asked);
    assert_eq!(held(now() + std::time::Duration::from_secs(1)), [""; 0]);
    let denied = house.access.permit_as::<ResourcemanagerProjectsGet>(
        &principal("111"),
        &demo(),
        now() + std::time::Duration::from_secs(1),
    );
    let Err(Refused::Denied(denied)) = denied else { panic!("{denied:?}") };
    assert_eq!(denied.denial.cause, iam::Cause::ConditionUnmet);
}

#[tokio::test]
async fn whoever_does_not_know_conditions_writes_over_none() {
    let house = house().await;
    let etag = || Some(read(&house).etag);
    for version in [PolicyVersion::Unset, PolicyVersion::First] {
        let refused = set(&house, bind_while("true", version, etag())).await;
        assert!(matches!(refused, Err(SetPolicyError::VersionWithoutConditions { .. })));
    }
    let blind = set(&house, bind_while("true", PolicyVersion::Third, None)).await;
    assert!(matches!(blind, Err(SetPolicyError::EtagMissing)));
    let set_view = set(&house, bind_while("true", PolicyVersion::Third, etag())).await.unwrap();
    let refused = set(&house, bind(&[MEMBER], etag())).await;
    assert!(matches!(refused, Err(SetPolicyError::VersionBelowExisting { .. })));
    assert!(matches!(set(&house, bind(&[MEMBER], None)).await, Err(SetPolicyError::EtagMissing)));
    assert_eq!(read(&house), set_view, "nothing was written");
    let dropped = SetPolicy { version: PolicyVersion::Third, ..bind(&[MEMBER], etag()) };
    set(&house, dropped).await.unwrap();
    set(&house, bind(&[MEMBER], None)).await.unwrap();
}

#[tokio::test]
async fn whoever_was_taken_out_meanwhile_does_not_write_over_it() {
    let house = house().await;
    let context = context(owner());
    let permit = || house.access.permit::<ResourcemanagerProjectsSetIamPolicy>(&context, &demo()).unwrap();
    let (earlier, mut without_owner) = (permit(), bind(&[MEMBER], None));
    without_owner.bindings.as_mut().unwrap().remove(0);
    house.access.set_policy(&context, permit(), without_owner).await.unwrap();
    let refused = house.access.set_policy(&context, earlier, bind(&[], None)).await;
    assert!(matches!(refused, Err(SetPolicyError::Concurrent)));
}

#[tokio::test]
async fn an_account_that_does_not_exist_cannot_be_bound() {
    let house = house().await;
    let refused = set(&house, bind(&["serviceAccount:nobody@demo.iam.gserviceaccount.com"], None)).await;
    assert!(matches!(refused, Err(SetPolicyError::AccountUnknown(_))));
}

#[tokio::test]
async fn a_deleted_account_shows_as_deleted_and_its_successor_inherits_nothing() {
    let house = house().await;
    set(&house, bind(&[MEMBER], None)).await.unwrap();
    house.store.apply(Plan::new().delete(account("111").name)).await.unwrap();
    assert!(house.access.is_gone(&principal("111")));
    let shown = format!("deleted:{MEMBER}?uid=111");
    assert_eq!(read(&house).bindings[1].members[0].to_string(), shown);
    house.store.apply(Plan::new().put(Record::Account(account("222")))).await.unwrap();
    let asked = ["resourcemanager.projects.get".to_owned()];
    assert!(house.access.holds(&principal("222"), &demo().into(), &asked, now(), None).is_empty());
    set(&house, bind(&[&shown], Some(read(&house).etag))).await.unwrap();
    assert_eq!(read(&house).bindings[1].members[0].to_string(), shown, "written back as it was read");
    assert!(house.access.holds(&principal("222"), &demo().into(), &asked, now(), None).is_empty());
    house.store.apply(Plan::new().put(Record::Account(account("111")))).await.unwrap();
    assert_eq!(read(&house).bindings[1].members[0].to_string(), MEMBER, "the account came back");
    assert_eq!(house.access.holds(&principal("111"), &demo().into(), &asked, now(), None), asked);
}

#[tokio::test]
async fn a_deleted_member_gets_nothing_that_it_did_not_have() {
    let house = house().await;
    for member in [&format!("deleted:{MEMBER}?uid=111"), "deleted:user:ada@example.com?uid=7"] {
        let refused = set(&house, bind(&[member], None)).await;
        assert!(matches!(refused, Err(SetPolicyError::MemberDeleted(_))), "{member}");
    }
}

#[tokio::test]
async fn a_custom_role_that_is_not_here_cannot_be_bound() {
    let house = house().await;
    for role in ["projects/demo/roles/nobody", "projects/other/roles/caller", "organizations/1/roles/caller"]
    {
        let mut input = bind(&[MEMBER], None);
        input.bindings.as_mut().unwrap()[1].role = RoleName::parse(role).unwrap();
        let refused = set(&house, input).await.unwrap_err().to_string();
        assert_eq!(refused, format!("Role ({role}) does not exist in the resource's hierarchy."));
    }
}

#[tokio::test]
async fn what_does_not_exist_is_told_only_to_those_who_may_know() {
    let house = house().await;
    let job = JobName::parse_canonical("projects/demo/locations/us-central1/jobs/none").unwrap();
    let known = house.access.permit::<CloudschedulerJobsGet>(&context(owner()), &job);
    assert!(matches!(known, Err(Refused::NotFound { .. })));
    let unknown = house.access.permit::<CloudschedulerJobsGet>(&context(principal("111")), &job);
    assert!(matches!(unknown, Err(Refused::Denied(_))));
    let elsewhere = JobName::parse_canonical("projects/other/locations/us-central1/jobs/none").unwrap();
    let nowhere = house.access.permit::<CloudschedulerJobsGet>(&context(owner()), &elsewhere);
    assert!(matches!(nowhere, Err(Refused::Denied(_))), "another project's absence is not told either");
}

#[tokio::test]
async fn every_name_of_an_account_leads_to_it() {
    let house = house().await;
    for text in
        ["projects/-/serviceAccounts/111", "projects/42/serviceAccounts/job-one@demo.iam.gserviceaccount.com"]
    {
        assert_eq!(
            house.access.account_name(&AddressedAccountName::parse(text).unwrap()),
            Some(account("111").name)
        );
    }
    let foreign = AddressedAccountName::parse("projects/other/serviceAccounts/111").unwrap();
    assert_eq!(house.access.account_name(&foreign), None);
}

/// Binds one member to one role, besides the owner.
fn bind_role(role: &str, member: &str) -> SetPolicy {
    let mut input = bind(&[member], None);
    input.bindings.as_mut().unwrap()[1].role = RoleName::parse(role).unwrap();
    input
}

#[tokio::test]
async fn a_project_is_never_open_to_everybody() {
    let house = house().await;
    for member in ["allUsers", "allAuthenticatedUsers"] {
        let refused = set(&house, bind_role("roles/viewer", member)).await.unwrap_err().to_string();
        let expected =
            format!("Member {member} is invalid due to membership type restrictions on the resource.");
        assert_eq!(refused, expected);
    }
    assert_eq!(read(&house).bindings.len(), 1, "nothing was written");
}

#[tokio::test]
async fn a_role_that_grants_nothing_here_is_refused() {
    let house = house().await;
    for role in ["roles/resourcemanager.organizationAdmin", "roles/nobody"] {
        let refused = set(&house, bind_role(role, MEMBER)).await.unwrap_err().to_string();
        assert_eq!(refused, format!("Role {role} is not supported for this resource."));
    }
}

#[tokio::test]
async fn what_was_stored_before_the_rules_can_be_written_back() {
    let house = house().await;
    let policy = Policy::of(vec![
        binding("roles/owner", "user:owner@example.com"),
        binding("roles/viewer", "allUsers"),
        binding("roles/resourcemanager.organizationAdmin", "user:ada@example.com"),
    ]);
    let record = PolicyRecord { resource: demo().into(), uid: uid("project"), policy, version: 2 };
    house.store.apply(Plan::new().put(Record::Policy(record))).await.unwrap();
    let view = read(&house);
    let whole = SetPolicy {
        bindings: Some(view.bindings.clone()),
        audit_configs: None,
        version: PolicyVersion::First,
        etag: Some(view.etag),
    };
    assert_eq!(set(&house, whole).await.unwrap().bindings, view.bindings);
    let mut elsewhere = view.bindings;
    elsewhere[1].role = RoleName::parse("roles/browser").unwrap();
    let moved = SetPolicy {
        bindings: Some(elsewhere),
        audit_configs: None,
        version: PolicyVersion::First,
        etag: Some(read(&house).etag),
    };
    assert!(matches!(
        set(&house, moved).await,
        Err(SetPolicyError::Invalid(PolicyError::MemberNotHere { .. }))
    ));
}

fn audit(service: &str, exempted: &[&str]) -> AuditConfig {
    let exempted = exempted.iter().map(|text| Member::parse(text).unwrap()).collect();
    let logs = vec![AuditLogConfig { kind: AuditLogKind::DataRead, exempted }];
    AuditConfig { service: service.to_owned(), logs }
}

/// Writes audit configuration and leaves the bindings alone.
fn audit_only(configs: Vec<AuditConfig>, etag: Option<Vec<u8>>) -> SetPolicy {
    SetPolicy { bindings: None, audit_configs: Some(configs), version: PolicyVersion::Unset, etag }
}

#[tokio::test]
async fn bindings_and_audit_configuration_are_written_apart() {
    let house = house().await;
    let input = bind_while("true", PolicyVersion::Third, Some(read(&house).etag));
    let bound = set(&house, input).await.unwrap();
    let configs = vec![audit("allServices", &["user:ada@example.com"]), audit("run.googleapis.com", &[])];
    // Whoever does not touch bindings needs to know nothing of the conditions in them.
    let audited = set(&house, audit_only(configs.clone(), None)).await.unwrap();
    assert_eq!((&audited.bindings, &audited.audit_configs), (&bound.bindings, &configs));
    assert_ne!(audited.etag, bound.etag);
    assert_eq!(read(&house), audited);
    let stale = set(&house, audit_only(Vec::new(), Some(bound.etag))).await;
    assert!(matches!(stale, Err(SetPolicyError::Concurrent)));
    let nothing = SetPolicy { bindings: None, audit_configs: None, ..bind(&[], Some(audited.etag)) };
    let unchanged = set(&house, nothing).await.unwrap();
    assert_eq!((unchanged.bindings, unchanged.audit_configs), (bound.bindings, configs.clone()));
    let only_bindings =
        SetPolicy { version: PolicyVersion::Third, ..bind(&[MEMBER], Some(read(&house).etag)) };
    assert_eq!(set(&house, only_bindings).await.unwrap().audit_configs, configs);
    let emptied = set(&house, audit_only(Vec::new(), None)).await.unwrap();
    assert_eq!((emptied.bindings.len(), emptied.audit_configs.len()), (2, 0));
}

#[tokio::test]
async fn audit_configuration_that_says_a_thing_twice_is_refused() {
    let house = house().await;
    let twice = vec![audit("allServices", &[]), audit("allServices", &[])];
    let refused = set(&house, audit_only(twice, None)).await;
    assert!(matches!(refused, Err(SetPolicyError::Invalid(PolicyError::AuditConfig(_)))), "{refused:?}");
    assert!(read(&house).audit_configs.is_empty());
}
