//! The project `demo`, its owner, and the account `job-one`.

use std::sync::Arc;

use access::Access;
use accounts::Accounts;
use context::{Caller, Context, Seeded};
use iam::{Binding, Grantee, Permission, Permit, Policy};
use jiff::Timestamp;
use names::*;
use store::{AccountKind, AccountRecord, Plan, PolicyRecord, ProjectRecord, ProjectState, Record, Store};
use store_sql::{DataDirectory, SqlStore};
use supervise::{HandClock, Supervisor, Timer};

pub const START: i64 = 1_700_000_000;

pub struct House {
    pub access: Access,
    pub accounts: Accounts,
    pub store: Store,
    pub clock: HandClock,
    clock_face: Arc<Timer>,
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

pub async fn house() -> House {
    let folder = tempfile::tempdir().unwrap();
    let (timer, clock) = Timer::by_hand(Timestamp::from_second(START).unwrap());
    let supervisor = Supervisor::new(&timer);
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
    let person = store::PersonRecord {
        email: Email::parse("owner@example.com").unwrap(),
        subject: UniqueId::parse("1").unwrap(),
        uid: uid("person"),
        profile: Default::default(),
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
    let tasks = supervisor.tasks().clone();
    let accounts = Accounts::new(store.clone(), access.clone(), Universe::default(), tasks);
    let clock_face = Arc::new(timer);
    House { access, accounts, store, clock, clock_face, _supervisor: supervisor, _folder: folder }
}

impl House {
    pub fn context(&self) -> Context {
        Context::new(Caller::of(owner()), self.clock_face.clone(), Arc::new(Seeded::new(1)))
    }

    pub fn now(&self) -> Timestamp {
        self.context().now()
    }

    /// The owner's permit for the account.
    pub fn may<P: Permission<Resource = AccountName>>(&self) -> Permit<P> {
        self.access.permit(&self.context(), &account("111").name).unwrap()
    }

    /// The owner's permit for the project.
    pub fn may_in_the_project<P: Permission<Resource = ProjectId>>(&self) -> Permit<P> {
        self.access.permit(&self.context(), &demo()).unwrap()
    }
}
