//! The project `demo`, its owner, and the account `job-one`.

use std::sync::Arc;

use access::{Access, PolicyVersion, RoleBinding, SetPolicy, SetPolicyError};
use context::{Caller, Context, Seeded, Stopped};
use iam::permission::{ResourcemanagerProjectsGetIamPolicy, ResourcemanagerProjectsSetIamPolicy};
use iam::{Binding, Grantee, Policy};
use jiff::Timestamp;
use names::*;
use store::{
    AccountKind, AccountRecord, PersonRecord, Plan, PolicyRecord, ProjectRecord, ProjectState, Record, Store,
};
use store_sql::{DataDirectory, SqlStore};
use supervise::{Supervisor, Timer};

pub const START: i64 = 1_700_000_000;
pub const MEMBER: &str = "serviceAccount:job-one@demo.iam.gserviceaccount.com";

pub struct House {
    pub access: Access,
    pub store: Store,
    _supervisor: Supervisor,
    _folder: tempfile::TempDir,
}

pub fn uid(text: &str) -> Uid {
    Uid::parse(text).unwrap()
}

pub fn demo() -> ProjectId {
    ProjectId::parse("demo").unwrap()
}

pub fn owner() -> Principal {
    Principal::Person {
        email: Email::parse("owner@example.com").unwrap(),
        subject: UniqueId::parse("1").unwrap(),
    }
}

pub fn context(principal: Principal) -> Context {
    Context::new(Caller::of(principal), Arc::new(Stopped::at_second(START)), Arc::new(Seeded::new(1)))
}

pub fn now() -> Timestamp {
    Timestamp::from_second(START).unwrap()
}

pub fn account(unique_id: &str) -> AccountRecord {
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

pub fn principal(unique_id: &str) -> Principal {
    Principal::ServiceAccount {
        email: account(unique_id).name.email,
        unique_id: UniqueId::parse(unique_id).unwrap(),
    }
}

/// The owner.
pub fn person() -> PersonRecord {
    PersonRecord {
        email: Email::parse("owner@example.com").unwrap(),
        subject: UniqueId::parse("1").unwrap(),
        uid: uid("person"),
        profile: Default::default(),
        disabled_at: None,
        generation: 1,
        create_time: Timestamp::UNIX_EPOCH,
    }
}

pub fn binding(role: &str, member: &str) -> Binding {
    let member = Grantee { member: Member::parse(member).unwrap(), unique_id: None };
    Binding { role: RoleName::parse(role).unwrap(), members: vec![member], condition: None }
}

pub async fn house() -> House {
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
        deleted_at: None,
        apis: Default::default(),
    };
    let policy = Policy::of(vec![binding("roles/owner", "user:owner@example.com")]);
    let policy = PolicyRecord { resource: demo().into(), uid: uid("project"), policy, version: 1 };
    let records = [
        Record::Project(project),
        Record::Person(person()),
        Record::Policy(policy),
        Record::Account(account("111")),
    ];
    store.apply(records.into_iter().fold(Plan::new(), Plan::put)).await.unwrap();
    let access = Access::start(&store, Universe::default()).await.unwrap();
    House { access, store, _supervisor: supervisor, _folder: folder }
}

pub fn bind(members: &[&str], etag: Option<Vec<u8>>) -> SetPolicy {
    let members = members.iter().map(|member| Member::parse(member).unwrap()).collect();
    let owner = vec![Member::parse("user:owner@example.com").unwrap()];
    let role = |text| RoleName::parse(text).unwrap();
    let bindings = vec![
        RoleBinding::always(role("roles/owner"), owner),
        RoleBinding::always(role("roles/viewer"), members),
    ];
    SetPolicy { bindings: Some(bindings), audit_configs: None, version: PolicyVersion::First, etag }
}

pub async fn set(house: &House, input: SetPolicy) -> Result<access::PolicyView, SetPolicyError> {
    let context = context(owner());
    let permit = house.access.permit::<ResourcemanagerProjectsSetIamPolicy>(&context, &demo()).unwrap();
    house.access.set_policy(&context, permit, input).await
}

pub fn read(house: &House) -> access::PolicyView {
    let permit =
        house.access.permit::<ResourcemanagerProjectsGetIamPolicy>(&context(owner()), &demo()).unwrap();
    house.access.policy(&permit)
}
