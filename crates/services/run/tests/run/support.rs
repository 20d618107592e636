//! Grace's project `demo`, number 42, and permits for those who may.

use std::sync::Arc;

use context::{Caller, Clock, Context, Seeded, Stopped};
use iam::permission::RunServicesUpdate;
use iam::{Binding, Grantee, Level, Permission, Permit, Policy, Question, Standing, Vouched};
use names::*;
use run::{
    Config, Mode, NewService, OperationView, Run, ServicePatch, ServiceSpec, ServiceView, UpdateError,
    UpdateMask,
};
use store::{
    Container, Operation, Plan, ProjectRecord, ProjectState, Record, RevisionTemplate, ServiceRecord, Store,
    TrafficTarget,
};
use store_sql::{DataDirectory, SqlStore};
use supervise::{Supervisor, Timer};

pub struct World {
    pub store: Store,
    pub run: Run,
    pub context: Context,
    _supervisor: Supervisor,
    _folder: tempfile::TempDir,
}

pub fn email(text: &str) -> Email {
    Email::parse(text).unwrap()
}

pub fn grace() -> Principal {
    Principal::Person { email: email("grace@example.com"), subject: UniqueId::parse("7").unwrap() }
}

pub fn hello() -> ServiceName {
    ServiceName::parse_canonical("projects/demo/locations/us-central1/services/hello").unwrap()
}

pub fn host(text: &str) -> HostName {
    HostName::parse(text).unwrap()
}

pub fn uid(text: &str) -> Uid {
    Uid::parse(text).unwrap()
}

pub async fn world() -> World {
    world_with(Config::default()).await
}

pub async fn world_with(config: Config) -> World {
    let folder = tempfile::tempdir().unwrap();
    let supervisor = Supervisor::new(&Timer::wall());
    let directory = DataDirectory::lock(folder.path()).unwrap();
    let store = Store::on(SqlStore::open_sqlite(directory, supervisor.tasks()).await.unwrap());
    let clock = Arc::new(Stopped::at_second(1_700_000_000));
    let context = Context::new(Caller::of(grace()), clock, Arc::new(Seeded::new(1)));
    let project = ProjectRecord {
        id: ProjectId::parse("demo").unwrap(),
        number: ProjectNumber::parse("42").unwrap(),
        uid: uid("project-uid"),
        parent: OrganizationId::parse("1").unwrap().into(),
        display_name: "demo".to_owned(),
        labels: Default::default(),
        state: ProjectState::Active,
        create_time: context.now(),
        update_time: context.now(),
        deleted_at: None,
        apis: Default::default(),
    };
    store.apply(Plan::new().put(Record::Project(project))).await.unwrap();
    let run = Run::start(&store, Universe::default(), config).await.unwrap();
    World { store, run, context, _supervisor: supervisor, _folder: folder }
}

/// What `access` would give to an owner.
pub fn permit<P: Permission>(name: P::Resource, uid: &Uid) -> Permit<P> {
    let policy = Policy::of(vec![Binding {
        role: RoleName::parse("roles/owner").unwrap(),
        members: vec![Grantee { member: Member::User(email("grace@example.com")), unique_id: None }],
        condition: None,
    }]);
    let name: ResourceName = name.into();
    let lineage = [Level { name: &name, uid, policy: Some(&policy), denies: &[] }];
    iam::decide(&Question {
        principal: &grace(),
        standing: Standing::Active,
        groups: &[],
        vouched: Vouched::NOTHING,
        lineage: &lineage,
        custom_roles: &(),
        open: None,
        closed: None,
        time: Stopped::at_second(1_700_000_000).now(),
        revision: Revision(1),
    })
    .unwrap()
}

pub fn on_project<P: Permission<Resource = ProjectId>>() -> Permit<P> {
    permit(ProjectId::parse("demo").unwrap(), &uid("project-uid"))
}

impl World {
    /// A permit for `hello` as it is now.
    pub async fn on_hello<P: Permission<Resource = ServiceName>>(&self) -> Permit<P> {
        let stored = self.store.find::<store::ServiceRecord>(&hello()).await.unwrap().unwrap();
        permit(hello(), &stored.record.uid)
    }

    pub async fn hello_record(&self) -> ServiceRecord {
        self.store.find::<ServiceRecord>(&hello()).await.unwrap().unwrap().record
    }

    pub async fn try_change(&self, patch: ServicePatch) -> Result<Operation, UpdateError> {
        self.change_under(self.on_hello().await, patch).await
    }

    /// As [`World::try_change`], for whoever had the permit before something else happened.
    pub async fn change_under(
        &self,
        permit: Permit<RunServicesUpdate>,
        patch: ServicePatch,
    ) -> Result<Operation, UpdateError> {
        self.run.update(&self.context, permit, patch, None, None).await
    }

    pub async fn changed(&self, patch: ServicePatch) -> ServiceRecord {
        self.try_change(patch).await.unwrap();
        self.hello_record().await
    }

    pub fn shown(&self, operation: &Operation) -> ServiceView {
        match self.run.view_of_operation(operation).unwrap() {
            OperationView::Service(view) => view,
            OperationView::Function(view) => panic!("{view:?}"),
            OperationView::Revision(view) => panic!("{view:?}"),
        }
    }

    pub async fn create_hello(&self, spec: ServiceSpec) -> Result<store::Operation, run::CreateError> {
        self.run.create(&self.context, on_project(), new_hello(spec), None, None).await
    }
}

pub fn new_hello(spec: ServiceSpec) -> NewService {
    NewService {
        location: Location::parse("us-central1").unwrap(),
        service_id: ServiceId::parse("hello").unwrap(),
        spec,
        mode: Mode::Apply,
    }
}

pub fn of_image(image: &str) -> ServiceSpec {
    let container = Container { image: image.to_owned(), ..Container::default() };
    ServiceSpec {
        template: RevisionTemplate { containers: vec![container], ..RevisionTemplate::default() },
        ..ServiceSpec::default()
    }
}

pub fn described(description: &str) -> ServiceSpec {
    ServiceSpec { description: description.to_owned(), ..ServiceSpec::default() }
}

pub fn patch(paths: &[&str], spec: ServiceSpec) -> ServicePatch {
    let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
    let mask = UpdateMask::parse(&paths).unwrap();
    ServicePatch { spec, mask, etag: None, force_new_revision: false, mode: Mode::Apply }
}

/// `PERCENT` to a revision or, where it is empty, to the latest; under a tag, where that is not empty.
pub fn target(revision: &str, percent: u32, tag: &str) -> TrafficTarget {
    TrafficTarget {
        revision: (!revision.is_empty()).then(|| RevisionId::parse(revision).unwrap()),
        percent,
        tag: (!tag.is_empty()).then(|| TrafficTag::parse(tag).unwrap()),
    }
}

/// The host of `hello` that has letters for the project.
pub fn hashed_host() -> String {
    let hosts = Universe::default().run_hosts(&hello(), ProjectNumber::parse("42").unwrap());
    hosts.public().nth(1).unwrap().to_string()
}
