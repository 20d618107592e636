//! Permits, policies and what becomes of them when accounts go, over a real store.
#![expect(clippy::unwrap_used, reason = "a test that cannot set up its house has failed")]

use std::sync::Arc;

use access::{
    Access, DenyPolicyChanges, DenyPolicyError, DenyPolicyRecord, NewDenyPolicy, PolicyVersion, Refused,
    RoleBinding, SetPolicy, SetPolicyError, Stored,
};
use context::{Caller, Context, Seeded, Stopped};
use iam::permission::{
    CloudschedulerJobsGet, IamDenypoliciesCreate, IamDenypoliciesDelete, IamDenypoliciesUpdate,
    ResourcemanagerProjectsGet, ResourcemanagerProjectsGetIamPolicy, ResourcemanagerProjectsSetIamPolicy,
};
use iam::{Binding, Condition, DeniedPrincipal, DenyRule, Grantee, Policy, Standing};
use jiff::Timestamp;
use names::*;
use store::{AccountKind, AccountRecord, Plan, PolicyRecord, ProjectRecord, ProjectState, Record, Store};
use store_sql::{DataDirectory, SqlStore};
use supervise::{Supervisor, Timer};

struct House {
    access: Access,
    store: Store,
    _supervisor: Supervisor,
    _folder: tempfile::TempDir,
}

fn uid(text: &str) -> Uid {
    Uid::parse(text).unwrap()
}

fn demo() -> ProjectId {
    ProjectId::parse("demo").unwrap()
}

fn owner() -> Principal {
    Principal::Person {
        email: Email::parse("owner@example.com").unwrap(),
        subject: UniqueId::parse("1").unwrap(),
    }
}

fn context(principal: Principal) -> Context {
    Context::new(Caller::of(principal), Arc::new(Stopped::at_second(1_700_000_000)), Arc::new(Seeded::new(1)))
}

fn now() -> Timestamp {
    Timestamp::from_second(1_700_000_000).unwrap()
}

fn account(unique_id: &str) -> AccountRecord {
    AccountRecord {
        name: AccountName::parse_canonical(
            "projects/demo/serviceAccounts/job-one@demo.iam.gserviceaccount.com",
        )
        .unwrap(),
        unique_id: UniqueId::parse(unique_id).unwrap(),
        uid: uid(&format!("account-{unique_id}")),
        display_name: String::new(),
        description: String::new(),
        kind: AccountKind::UserManaged,
        disabled_at: None,
        generation: 1,
        create_time: Timestamp::UNIX_EPOCH,
    }
}

fn principal(unique_id: &str) -> Principal {
    Principal::ServiceAccount {
        email: account(unique_id).name.email,
        unique_id: UniqueId::parse(unique_id).unwrap(),
    }
}

async fn house() -> House {
    let folder = tempfile::tempdir().unwrap();
    let supervisor = Supervisor::new(&Timer::wall());
    let sql =
        SqlStore::open_sqlite(DataDirectory::lock(folder.path()).unwrap(), supervisor.tasks()).await.unwrap();
    let store = Store::on(sql);
    let project = ProjectRecord {
        id: demo(),
        number: ProjectNumber::parse("42").unwrap(),
        uid: uid("project"),
        parent: OrganizationId::parse("1").unwrap().into(),
        display_name: String::new(),
        labels: Default::default(),
        state: ProjectState::Active,
        create_time: Timestamp::UNIX_EPOCH,
        update_time: Timestamp::UNIX_EPOCH,
    };
    let person = store::PersonRecord {
        email: Email::parse("owner@example.com").unwrap(),
        subject: UniqueId::parse("1").unwrap(),
        uid: uid("person"),
        disabled_at: None,
        generation: 1,
        create_time: Timestamp::UNIX_EPOCH,
    };
    let member = Grantee { member: Member::parse("user:owner@example.com").unwrap(), unique_id: None };
    let policy = Policy::of(vec![Binding {
        role: RoleName::parse("roles/owner").unwrap(),
        members: vec![member],
        condition: None,
    }]);
    let policy = PolicyRecord { resource: demo().into(), uid: uid("project"), policy, version: 1 };
    let records = [
        Record::Project(project),
        Record::Person(person),
        Record::Policy(policy),
        Record::Account(account("111")),
    ];
    store.apply(records.into_iter().fold(Plan::new(), Plan::put)).await.unwrap();
    let access = Access::start(&store, Universe::default()).await.unwrap();
    House { access, store, _supervisor: supervisor, _folder: folder }
}

fn bind(members: &[&str], etag: Option<Vec<u8>>) -> SetPolicy {
    let members = members.iter().map(|member| Member::parse(member).unwrap()).collect();
    let owner = vec![Member::parse("user:owner@example.com").unwrap()];
    let role = |text| RoleName::parse(text).unwrap();
    let bindings = vec![
        RoleBinding::always(role("roles/owner"), owner),
        RoleBinding::always(role("roles/viewer"), members),
    ];
    SetPolicy { bindings, version: PolicyVersion::First, etag }
}

async fn set(house: &House, input: SetPolicy) -> Result<access::PolicyView, SetPolicyError> {
    let context = context(owner());
    let permit = house.access.permit::<ResourcemanagerProjectsSetIamPolicy>(&context, &demo()).unwrap();
    house.access.set_policy(&context, permit, input).await
}

fn read(house: &House) -> access::PolicyView {
    let permit =
        house.access.permit::<ResourcemanagerProjectsGetIamPolicy>(&context(owner()), &demo()).unwrap();
    house.access.policy(&permit)
}

const MEMBER: &str = "serviceAccount:job-one@demo.iam.gserviceaccount.com";

#[tokio::test]
async fn a_policy_takes_effect_before_it_is_acknowledged() {
    let house = house().await;
    let asked = ["resourcemanager.projects.get".to_owned()];
    assert!(house.access.holds(&principal("111"), &demo().into(), &asked, now()).is_empty());
    set(&house, bind(&[MEMBER], None)).await.unwrap();
    assert_eq!(house.access.holds(&principal("111"), &demo().into(), &asked, now()), asked);
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
    input.bindings[1].role = RoleName::parse("roles/run.viewer").unwrap();
    input.bindings[1].condition = Some(Condition::parse("for now", "", expression).unwrap());
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
    let held = |time| house.access.holds(&principal("111"), &demo().into(), &asked, time);
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
    let (earlier, mut without_owner) = (permit(), bind(&["allUsers"], None));
    without_owner.bindings.remove(0);
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
    assert_eq!(house.access.standing(&principal("111")), Standing::Deleted);
    let shown = format!("deleted:{MEMBER}?uid=111");
    assert_eq!(read(&house).bindings[1].members[0].to_string(), shown);
    house.store.apply(Plan::new().put(Record::Account(account("222")))).await.unwrap();
    let asked = ["resourcemanager.projects.get".to_owned()];
    assert!(house.access.holds(&principal("222"), &demo().into(), &asked, now()).is_empty());
    set(&house, bind(&[&shown], Some(read(&house).etag))).await.unwrap();
    assert_eq!(read(&house).bindings[1].members[0].to_string(), shown, "written back as it was read");
    assert!(house.access.holds(&principal("222"), &demo().into(), &asked, now()).is_empty());
    house.store.apply(Plan::new().put(Record::Account(account("111")))).await.unwrap();
    assert_eq!(read(&house).bindings[1].members[0].to_string(), MEMBER, "the account came back");
    assert_eq!(house.access.holds(&principal("111"), &demo().into(), &asked, now()), asked);
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
        input.bindings[1].role = RoleName::parse(role).unwrap();
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
    input.bindings.push(RoleBinding::always(RoleName::parse("roles/iam.denyAdmin").unwrap(), owner));
    set(&house, input).await.unwrap();
    house
}

async fn deny(house: &House, rules: Vec<DenyRule>) -> Result<Stored<DenyPolicyRecord>, DenyPolicyError> {
    let context = context(owner());
    let permit = house.access.permit::<IamDenypoliciesCreate>(&context, &point()).unwrap();
    let new = NewDenyPolicy {
        policy: deny_id(),
        display_name: String::new(),
        annotations: Default::default(),
        rules,
    };
    house.access.create_deny_policy(&context, permit, new).await
}

const THE_ACCOUNT: &str =
    "principal://iam.googleapis.com/projects/-/serviceAccounts/job-one@demo.iam.gserviceaccount.com";
const READING: &str = "cloudresourcemanager.googleapis.com/projects.get";

#[tokio::test]
async fn what_is_denied_is_held_by_no_binding_until_the_policy_goes() {
    let house = house_with_a_deny_admin().await;
    let asked = ["resourcemanager.projects.get".to_owned()];
    let held = || house.access.holds(&principal("111"), &demo().into(), &asked, now());
    assert_eq!(held(), asked);
    let made = deny(&house, vec![rule(THE_ACCOUNT, READING)]).await.unwrap();
    assert!(held().is_empty());
    let explanation = house.access.explain(&principal("111"), &demo().into(), &asked[0], now()).unwrap();
    assert_eq!(explanation.outcome, Err(iam::Cause::DenyPolicy));
    let check = explanation.checks.last().unwrap();
    assert_eq!(
        check.subject,
        "rule 1 of policies/cloudresourcemanager.googleapis.com%2Fprojects%2Fdemo/denypolicies/no-tokens"
    );
    assert!(explanation.repair.unwrap().to_string().ends_with("/denypolicies/no-tokens"));

    let again = deny(&house, vec![rule(THE_ACCOUNT, READING)]).await;
    assert!(matches!(again, Err(DenyPolicyError::AlreadyExists(_))));
    let context = context(owner());
    let changes = |etag: Vec<u8>| DenyPolicyChanges {
        policy: deny_id(),
        display_name: "other".to_owned(),
        rules: vec![rule(THE_ACCOUNT, "run.googleapis.com/*.*")],
        etag,
    };
    let permit = || house.access.permit::<IamDenypoliciesUpdate>(&context, &point()).unwrap();
    let stale = house.access.update_deny_policy(&context, permit(), changes(Vec::new())).await;
    assert!(matches!(stale, Err(DenyPolicyError::EtagMismatch)));
    let etag = made.revision.0.to_be_bytes().to_vec();
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
    assert_eq!(house.access.holds(&principal("222"), &demo().into(), &asked, now()), asked);
}
