//! Who reads a project, and which one.
#![expect(clippy::unwrap_used, reason = "a test that cannot set up its house has failed")]

use std::sync::Arc;

use access::Access;
use context::{Context, Seeded, Stopped};
use iam::permission::ResourcemanagerProjectsGet;
use iam::{Binding, Grantee, Level, Permit, Policy, Question, Standing};
use names::{
    Email, Member, Principal, ProjectId, ResourceName, Revision, RoleName, System, Uid, UniqueId, Universe,
};
use projects::{Defaults, GetError, Projects};
use store::Store;
use store_sql::{DataDirectory, SqlStore};
use supervise::{Supervisor, Timer};

/// What `access` would give to a viewer.
fn permit(name: &ProjectId, uid: &Uid) -> Permit<ResourcemanagerProjectsGet> {
    let email = Email::parse("grace@example.com").unwrap();
    let policy = Policy::of(vec![Binding {
        role: RoleName::parse("roles/viewer").unwrap(),
        members: vec![Grantee { member: Member::User(email.clone()), unique_id: None }],
        condition: None,
    }]);
    let name: ResourceName = name.clone().into();
    let lineage = [Level { name: &name, uid, policy: Some(&policy), denies: &[] }];
    iam::decide(&Question {
        principal: &Principal::Person { email, subject: UniqueId::parse("7").unwrap() },
        standing: Standing::Active,
        groups: &[],
        vouched: iam::Vouched::NOTHING,
        lineage: &lineage,
        custom_roles: &(),
        open: None,
        closed: None,
        time: jiff::Timestamp::UNIX_EPOCH,
        revision: Revision(1),
    })
    .unwrap()
}

#[tokio::test]
async fn permit_for_an_older_project_of_the_name_reads_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let supervisor = Supervisor::new(&Timer::wall());
    let directory = DataDirectory::lock(folder.path()).unwrap();
    let store = Store::on(SqlStore::open_sqlite(directory, supervisor.tasks()).await.unwrap());
    let clock = Arc::new(Stopped::at_second(1_700_000_000));
    let context = Context::for_doorward_itself(clock, Arc::new(Seeded::new(1)));
    let access = Access::start(&store, Universe::default()).await.unwrap();
    let projects = Projects::new(store, access, Universe::default());
    let (demo, system) = (ProjectId::parse("demo").unwrap(), System::acting_for_itself());
    let made = projects.ensure(&context, system, &demo, &Defaults::default()).await.unwrap().record;
    assert_eq!(projects.get(&permit(&demo, &made.uid)).await.unwrap().record, made);
    let refused = projects.get(&permit(&demo, &Uid::parse("older").unwrap())).await;
    assert!(matches!(refused, Err(GetError::NotFound(name)) if name == demo));
}
