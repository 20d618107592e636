//! The life of custom roles, and what decisions make of them.

use std::sync::Arc;

use access::{
    ChangeRoleError, CreateRoleError, DeletedRoles, GetRoleError, MAX_ROLES, NewRole, Page, RoleChanges,
    RoleRecord, Stored,
};
use context::{Caller, Context, Seeded, Stopped};
use iam::permission::{
    IamRolesCreate, IamRolesDelete, IamRolesGet, IamRolesList, IamRolesUndelete, IamRolesUpdate,
};
use iam::{Policy, Stage};
use names::*;
use store::{DeletedAccountRecord, PersonRecord, Plan, PolicyRecord, Record};

use crate::house::{House, START, account, binding, demo, owner, uid};

const DAY: i64 = 24 * 3600;

fn ada() -> Principal {
    Principal::Person {
        email: Email::parse("ada@example.com").unwrap(),
        subject: UniqueId::parse("2").unwrap(),
    }
}

/// The owner's, so many seconds after the start.
fn context(second: i64) -> Context {
    let clock = Stopped::at_second(START + second);
    Context::new(Caller::of(owner()), Arc::new(clock), Arc::new(Seeded::new(second as u64)))
}

/// A house with Ada in it, who holds the custom role `caller` in the project.
async fn house() -> House {
    let house = crate::house::house().await;
    let ada = PersonRecord {
        email: Email::parse("ada@example.com").unwrap(),
        subject: UniqueId::parse("2").unwrap(),
        ..crate::house::person()
    };
    let policy = Policy::of(vec![
        binding("roles/owner", "user:owner@example.com"),
        binding("projects/demo/roles/caller", "user:ada@example.com"),
    ]);
    let policy = PolicyRecord { resource: demo().into(), uid: uid("project"), policy, version: 1 };
    let plan = Plan::new().put(Record::Person(PersonRecord { uid: uid("ada"), ..ada }));
    house.store.apply(plan.put(Record::Policy(policy))).await.unwrap();
    house
}

fn name(role: &str) -> CustomRoleName {
    CustomRoleName { home: RoleHome::Project(demo()), role: RoleId::parse(role).unwrap() }
}

fn new(role: &str) -> NewRole {
    NewRole {
        role: RoleId::parse(role).unwrap(),
        title: "Caller".into(),
        description: String::new(),
        permissions: vec!["resourcemanager.projects.get".into()],
        stage: Stage::Ga,
    }
}

impl House {
    async fn create(&self, second: i64, input: NewRole) -> Result<Stored<RoleRecord>, CreateRoleError> {
        let context = context(second);
        let permit = self.access.permit::<IamRolesCreate>(&context, &RoleHome::Project(demo())).unwrap();
        self.access.create_role(&context, permit, input).await
    }

    async fn update(&self, changes: RoleChanges) -> Result<Stored<RoleRecord>, ChangeRoleError> {
        let context = context(1);
        let permit = self.access.permit::<IamRolesUpdate>(&context, &name("caller")).unwrap();
        self.access.update_role(&context, permit, changes).await
    }

    async fn delete(&self, etag: Option<Vec<u8>>) -> Result<Stored<RoleRecord>, ChangeRoleError> {
        let context = context(2);
        let permit = self.access.permit::<IamRolesDelete>(&context, &name("caller")).unwrap();
        self.access.delete_role(&context, permit, etag).await
    }

    async fn undelete(&self, second: i64) -> Result<Stored<RoleRecord>, ChangeRoleError> {
        let context = context(second);
        let permit = self.access.permit::<IamRolesUndelete>(&context, &name("caller")).unwrap();
        self.access.undelete_role(&context, permit, None).await
    }

    /// Whether Ada, who is bound to `caller`, holds a permission.
    fn ada_holds(&self, permission: &str) -> bool {
        let now = context(3).now();
        !self.access.holds(&ada(), &demo().into(), &[permission.to_owned()], now, None).is_empty()
    }

    async fn listed(&self, deleted: DeletedRoles) -> Vec<String> {
        let context = context(3);
        let permit = self.access.permit::<IamRolesList>(&context, &RoleHome::Project(demo())).unwrap();
        let listing = self.access.list_roles(&context, &permit, deleted, &Page::first(10)).await.unwrap();
        listing.records.iter().map(|stored| stored.record.name.role.to_string()).collect()
    }
}

const GET: &str = "resourcemanager.projects.get";

#[tokio::test]
async fn a_custom_role_grants_from_the_moment_it_is_made() {
    let house = house().await;
    assert!(!house.ada_holds(GET), "a binding of a role that does not exist grants nothing");
    house.create(0, new("caller")).await.unwrap();
    assert!(house.ada_holds(GET) && !house.ada_holds("resourcemanager.projects.update"));
}

#[tokio::test]
async fn a_changed_role_grants_what_it_says_now() {
    let house = house().await;
    let made = house.create(0, new("caller")).await.unwrap();
    let permissions = Some(vec!["iam.roles.list".to_owned()]);
    let changed = house.update(RoleChanges { permissions, ..RoleChanges::default() }).await.unwrap();
    assert!(house.ada_holds("iam.roles.list") && !house.ada_holds(GET));
    assert_eq!(changed.record.definition.title, "Caller", "what is not named stays");
    let stale = RoleChanges { etag: Some(made.revision.0.to_be_bytes().to_vec()), ..RoleChanges::default() };
    assert!(matches!(house.update(stale).await, Err(ChangeRoleError::EtagMismatch)));
    let disabled = RoleChanges { stage: Some(Stage::Disabled), ..RoleChanges::default() };
    house.update(disabled).await.unwrap();
    assert!(!house.ada_holds("iam.roles.list"), "a disabled role grants nothing");
}

#[tokio::test]
async fn a_deleted_role_grants_nothing_until_it_comes_back() {
    let house = house().await;
    house.create(0, new("caller")).await.unwrap();
    let deleted = house.delete(None).await.unwrap();
    assert!(deleted.record.deleted_at.is_some() && !house.ada_holds(GET));
    assert!(house.listed(DeletedRoles::Hidden).await.is_empty());
    assert_eq!(house.listed(DeletedRoles::Shown).await, ["caller"]);
    assert!(matches!(house.delete(None).await, Err(ChangeRoleError::Deleted { verb: "delete", .. })));
    let changed = house.update(RoleChanges::default()).await;
    assert!(matches!(changed, Err(ChangeRoleError::Deleted { verb: "update", .. })));
    assert!(matches!(house.create(3, new("caller")).await, Err(CreateRoleError::Deleted(_))));
    house.undelete(6 * DAY).await.unwrap();
    assert!(house.ada_holds(GET), "the binding stayed");
    assert!(matches!(house.undelete(6 * DAY).await, Err(ChangeRoleError::NotDeleted(_))));
}

#[tokio::test]
async fn a_role_cannot_come_back_after_a_week_and_its_name_is_free_after_37_days() {
    let house = house().await;
    house.create(0, new("caller")).await.unwrap();
    house.delete(None).await.unwrap();
    assert!(matches!(house.undelete(8 * DAY).await, Err(ChangeRoleError::Expired(_))));
    assert!(matches!(house.create(36 * DAY, new("caller")).await, Err(CreateRoleError::Deleted(_))));
    let gone = context(38 * DAY);
    let permit = house.access.permit::<IamRolesGet>(&gone, &name("caller")).unwrap();
    assert!(matches!(house.access.get_role(&gone, &permit).await, Err(GetRoleError::NotFound(_))));
    house.create(38 * DAY, new("caller")).await.unwrap();
    assert!(!house.ada_holds(GET), "a new role under an old name inherits no bindings");
    let policy = house.store.find::<PolicyRecord>(&store::PolicyKey(uid("project"))).await.unwrap().unwrap();
    assert_eq!((policy.record.policy.bindings.len(), policy.record.version), (1, 2));
}

#[tokio::test]
async fn a_new_role_under_an_old_name_is_not_bound_by_what_comes_back_with_a_deleted_account() {
    let house = house().await;
    house.create(0, new("caller")).await.unwrap();
    house.delete(None).await.unwrap();
    let account = account("111");
    let bindings = vec![
        binding("projects/demo/roles/caller", "user:ada@example.com"),
        binding("roles/iam.serviceAccountUser", "user:ada@example.com"),
    ];
    let policy = PolicyRecord {
        resource: account.name.clone().into(),
        uid: account.uid.clone(),
        policy: Policy::of(bindings),
        version: 1,
    };
    let deleted_at = context(30 * DAY).now();
    let deleted = DeletedAccountRecord {
        account,
        uid: uid("deleted"),
        keys: Vec::new(),
        policy: Some(policy),
        deleted_at,
    };
    house.store.apply(Plan::new().put(Record::DeletedAccount(deleted))).await.unwrap();
    house.create(38 * DAY, new("caller")).await.unwrap();
    let kept = house.store.all::<DeletedAccountRecord>("").await.unwrap().remove(0).record.policy.unwrap();
    let roles: Vec<String> = kept.policy.bindings.iter().map(|binding| binding.role.to_string()).collect();
    assert_eq!(roles, ["roles/iam.serviceAccountUser"]);
}

#[tokio::test]
async fn a_project_has_300_roles_and_no_more_however_many_are_made_at_once() {
    let house = house().await;
    let present = house.create(0, new("role0")).await.unwrap().record;
    let another = |at: usize| RoleRecord {
        name: name(&format!("role{at}")),
        uid: uid(&format!("role{at}")),
        ..present.clone()
    };
    let others = (1..MAX_ROLES - 2).map(|at| Record::Role(another(at)));
    house.store.apply(others.fold(Plan::new(), Plan::put)).await.unwrap();
    let made = tokio::join!(
        house.create(1, new("once_a")),
        house.create(2, new("once_b")),
        house.create(3, new("once_c")),
        house.create(4, new("once_d")),
    );
    let quota = |made: &Result<_, _>| matches!(made, Err(CreateRoleError::QuotaExceeded(_)));
    let refused = [quota(&made.0), quota(&made.1), quota(&made.2), quota(&made.3)];
    assert_eq!(refused.iter().filter(|refused| **refused).count(), 2, "{made:?}");
    assert_eq!(house.store.all::<RoleRecord>("").await.unwrap().len(), MAX_ROLES);
}

#[tokio::test]
async fn a_role_that_is_there_or_cannot_be_is_not_made() {
    let house = house().await;
    house.create(0, new("caller")).await.unwrap();
    assert!(matches!(house.create(1, new("caller")).await, Err(CreateRoleError::AlreadyExists(_))));
    let haunted = NewRole { permissions: vec!["run.services.haunt".into()], ..new("haunted") };
    let refused = house.create(1, haunted).await.unwrap_err();
    assert_eq!(refused.to_string(), "Permission run.services.haunt is not valid.");
    let stale = house.delete(Some(vec![0])).await;
    assert!(matches!(stale, Err(ChangeRoleError::EtagMismatch)) && house.ada_holds(GET));
}
