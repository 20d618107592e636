//! Grace's services behind a gate: `orders` is private, `menu` is open to everybody, `hello` is built in.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use access::Access;
use audit::{Decisions, WhenFull};
use context::{Caller, Context, Seeded};
use gateway::{Config, Gateway, Handle, Sources, VerifiesIdTokens};
use http::uri::Scheme;
use iam::{Binding, Grantee, Level, Permission, Permit, Policy, Question, Standing, Vouched};
use jiff::Timestamp;
use listen::{Connection, Peer};
use names::*;
use outbound::{Dialer, Guard, Reach, Trust};
use run::{GcloudAudience, Ingress, Mode, NewService, Run, ServiceSpec};
use store::{
    AccountKind, AccountRecord, Container, ContainerPort, Plan, PolicyRecord, ProjectRecord, ProjectState,
    Record, RevisionTemplate, ServiceRecord, Store,
};
use store_sql::{DataDirectory, SqlStore};
use supervise::{HandClock, Supervisor, Timer};
use tokens::{IdTokenRejected, VerifiedIdToken};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

pub use crate::answer::{Answer, read_to_end};
use crate::kitchen::{Kitchen, Offer};
use crate::upstream::Upstream;

pub const ORDERS: &str = "orders-42.us-central1.run.app";
pub const ORDERS_URL: &str = "https://orders-42.us-central1.run.app";
pub const MENU: &str = "menu-42.us-central1.run.app";
pub const HELLO: &str = "hello-42.us-central1.run.app";
pub const KITCHEN: &str = "kitchen-42.us-central1.run.app";
pub const KITCHEN_URL: &str = "https://kitchen-42.us-central1.run.app";
pub const SLOW: &str = "slow-42.us-central1.run.app";
pub const INNER: &str = "inner-42.us-central1.run.app";
pub const OPEN: &str = "open-42.us-central1.run.app";
pub const DEAD: &str = "dead-42.us-central1.run.app";
pub const RUNNER: &str = "runner@demo.iam.gserviceaccount.com";
pub const STRANGER: &str = "stranger@demo.iam.gserviceaccount.com";

pub struct World {
    pub store: Store,
    pub supervisor: Supervisor,
    /// Owns the service behind the gate and the store, which go on while the gate drains.
    pub behind: Supervisor,
    pub run: Run,
    pub context: Context,
    pub _folder: tempfile::TempDir,
    pub upstream: Upstream,
    pub kitchen: Kitchen,
    pub plain_kitchen: Kitchen,
    pub handle: Handle,
    pub address: SocketAddr,
    pub tokens: Arc<Tokens>,
}

/// Tokens that verify because a test says so.
#[derive(Default)]
pub struct Tokens {
    known: Mutex<HashMap<String, Result<VerifiedIdToken, IdTokenRejected>>>,
    revision: AtomicU64,
}

impl VerifiesIdTokens for Tokens {
    fn verify(&self, token: &str, _now: Timestamp) -> Result<VerifiedIdToken, IdTokenRejected> {
        if token == PANICS {
            panic!("a test asked for this");
        }
        self.known.lock().unwrap().get(token).cloned().unwrap_or(Err(IdTokenRejected::BadSignature))
    }

    fn revision(&self) -> Revision {
        Revision(self.revision.load(Relaxed))
    }
}

/// When the clock stands that is moved by hand.
pub const NOON: i64 = 43_200;
pub const PANICS: &str = "this.token.panics";

impl Tokens {
    /// A token of this account for this audience.
    pub fn mint(&self, email: &str, audience: &str) -> String {
        self.mint_until(email, audience, Timestamp::MAX)
    }

    /// The same, with an end.
    pub fn mint_until(&self, email: &str, audience: &str, expires_at: Timestamp) -> String {
        let mut known = self.known.lock().unwrap();
        let token = format!("header{}.payload.signature", known.len());
        let verified = VerifiedIdToken {
            principal: account(email),
            audience: audience.to_owned(),
            expires_at,
            issued_at: Timestamp::UNIX_EPOCH,
        };
        known.insert(token.clone(), Ok(verified));
        token
    }

    pub fn refuse(&self, token: &str, why: IdTokenRejected) {
        self.known.lock().unwrap().insert(token.to_owned(), Err(why));
    }

    /// The keys are others: what verified before is verified anew.
    pub fn change_keys(&self) {
        self.revision.fetch_add(1, Relaxed);
    }
}

fn account(email: &str) -> Principal {
    let unique_id = UniqueId::parse(if email == RUNNER { "1" } else { "2" }).unwrap();
    Principal::ServiceAccount { email: Email::parse(email).unwrap(), unique_id }
}

impl World {
    pub async fn start() -> Self {
        Self::with(Config::default()).await
    }

    /// The same with other limits.
    pub async fn with(config: Config) -> Self {
        Self::start_on(&Timer::wall(), config, run::Config::default()).await
    }

    /// A gate that takes no tokens which gcloud asked for without naming an audience.
    pub async fn refusing_gcloud() -> Self {
        let config = run::Config { gcloud_audience: GcloudAudience::Refused, ..run::Config::default() };
        Self::start_on(&Timer::wall(), Config::default(), config).await
    }

    /// The same with a gate whose time is moved by hand. What is behind it, and the store, go on by themselves.
    pub async fn by_hand() -> (Self, HandClock) {
        let (timer, clock) = Timer::by_hand(Timestamp::from_second(NOON).unwrap());
        (Self::start_on(&timer, Config::default(), run::Config::default()).await, clock)
    }

    async fn start_on(timer: &Timer, config: Config, services: run::Config) -> Self {
        let supervisor = Supervisor::new(timer);
        let tasks = supervisor.tasks().clone();
        let behind = Supervisor::new(&Timer::wall());
        let upstream = Upstream::start(behind.tasks()).await;
        let kitchen = Kitchen::start(behind.tasks(), Offer::WebSockets).await;
        let plain_kitchen = Kitchen::start(behind.tasks(), Offer::Plain).await;
        let folder = tempfile::tempdir().unwrap();
        let directory = DataDirectory::lock(folder.path()).unwrap();
        let store = Store::on(SqlStore::open_sqlite(directory, behind.tasks()).await.unwrap());
        let clock = Arc::new(tasks.timer().clone());
        let context = Context::new(Caller::of(owner()), clock, Arc::new(Seeded::new(1)));
        store.apply(project(context.now())).await.unwrap();
        for email in [RUNNER, STRANGER] {
            store.apply(Plan::new().put(Record::Account(account_record(email, None)))).await.unwrap();
        }
        let access = Access::start(&store, Universe::default()).await.unwrap();
        let run = Run::start(&store, Universe::default(), services).await.unwrap();
        let here = format!("http://{}", upstream.address);
        let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        for (service, image, timeout, member) in [
            ("orders", here.as_str(), 300, format!("serviceAccount:{RUNNER}")),
            ("menu", here.as_str(), 300, "allUsers".to_owned()),
            ("hello", "gcr.io/cloudrun/hello", 300, format!("serviceAccount:{RUNNER}")),
            ("kitchen", &kitchen.url(), 300, format!("serviceAccount:{RUNNER}")),
            ("slow", here.as_str(), 1, "allUsers".to_owned()),
            ("dead", &format!("http://{closed}"), 300, "allUsers".to_owned()),
        ] {
            let port = if service == "kitchen" { "h2c" } else { "http1" };
            let spec = on_port(spec(image, timeout), port);
            create(&store, &run, &context, service, spec, &member).await;
        }
        let inner = ServiceSpec { ingress: Ingress::Internal, ..spec(&here, 300) };
        create(&store, &run, &context, "inner", inner, "allUsers").await;
        let open = ServiceSpec { invoker_iam_disabled: true, ..spec(&here, 300) };
        create(&store, &run, &context, "open", open, &format!("serviceAccount:{RUNNER}")).await;
        let (decisions, worker) =
            Decisions::new(store.clone(), audit::Config { capacity: 1024, when_full: WhenFull::Wait });
        tasks.spawn("decisions", worker.run(tasks.timer().clone(), tasks.drain()));
        let tokens = Arc::new(Tokens::default());
        let guard = Guard::new(Reach::LoopbackOnly, Vec::new(), Vec::new());
        let dialer = Dialer::new(guard, Trust::only([]).unwrap(), tasks.timer().clone());
        let sources = Sources {
            access,
            decisions,
            dialer,
            id_tokens: tokens.clone(),
            randomness: Arc::new(Seeded::new(2)),
            routes: run.routes(),
        };
        let socket = listen::Socket::bind("--gate", ([127, 0, 0, 1], 0).into()).unwrap();
        let address = socket.local_address();
        let gateway = Gateway::new(config, sources);
        let handle = gateway.serve(socket, NonZeroUsize::MIN, &tasks).await.unwrap();
        Self {
            store,
            supervisor,
            behind,
            run,
            context,
            _folder: folder,
            upstream,
            kitchen,
            plain_kitchen,
            handle,
            address,
            tokens,
        }
    }

    /// Sends these bytes and reads until the gate closes.
    pub async fn raw(&self, bytes: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        read_to_end(&mut stream).await
    }

    /// A `GET` with these header lines, on a connection of its own.
    pub async fn get(&self, host: &str, path: &str, lines: &[String]) -> Answer {
        let lines: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
        let text = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{lines}\r\n");
        self.raw(text.as_bytes()).await
    }

    /// The same over a connection that came in elsewhere, for this host alone, with or without TLS there.
    pub async fn inside(&self, host: &str, path: &str, lines: &[String], scheme: Scheme) -> Answer {
        let (mut ours, theirs) = tokio::io::duplex(64 * 1024);
        let peer = Peer::Network(([192, 0, 2, 7], 4711).into());
        let only = HostName::parse(host).unwrap();
        self.handle.take_in(Connection::inside(outbound::Io::memory(theirs), peer, only, scheme));
        let lines: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
        let text = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{lines}\r\n");
        ours.write_all(text.as_bytes()).await.unwrap();
        read_to_end(&mut ours).await
    }

    /// A service of its own behind the gate, open to everybody, at this address. Its host.
    pub async fn serve_as(&self, id: &str, address: &str, port: &str) -> String {
        let spec = on_port(spec(address, 300), port);
        create(&self.store, &self.run, &self.context, id, spec, "allUsers").await;
        format!("{id}-42.us-central1.run.app")
    }

    /// The token of the account that may invoke `orders` and `hello`.
    pub fn runner(&self) -> String {
        self.tokens.mint(RUNNER, ORDERS_URL)
    }

    pub async fn disable_runner(&self) {
        let record = account_record(RUNNER, Some(Timestamp::UNIX_EPOCH));
        self.store.apply(Plan::new().put(Record::Account(record))).await.unwrap();
    }

    /// The service as it is stored.
    pub async fn service(&self, id: &str) -> ServiceRecord {
        let name = format!("projects/demo/locations/us-central1/services/{id}");
        let name = ServiceName::parse_canonical(&name).unwrap();
        self.store.find::<ServiceRecord>(&name).await.unwrap().unwrap().record
    }

    /// Nobody may invoke the service any more.
    pub async fn shut_out(&self, id: &str) {
        let service = self.service(id).await;
        let policy = Policy::of(Vec::new());
        let policy = PolicyRecord { resource: service.name.into(), uid: service.uid, version: 2, policy };
        self.store.apply(Plan::new().put(Record::Policy(policy))).await.unwrap();
    }
}

pub fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}")
}

fn spec(image: &str, timeout: u64) -> ServiceSpec {
    let container = Container { image: image.to_owned(), ..Container::default() };
    let template = RevisionTemplate {
        containers: vec![container],
        timeout: Some(Duration::from_secs(timeout)),
        ..RevisionTemplate::default()
    };
    ServiceSpec { template, ..ServiceSpec::default() }
}

/// On a port whose name says what is spoken there.
fn on_port(mut spec: ServiceSpec, name: &str) -> ServiceSpec {
    spec.template.containers[0].ports = vec![ContainerPort { name: name.to_owned(), container_port: 8080 }];
    spec
}

async fn create(store: &Store, run: &Run, context: &Context, id: &str, spec: ServiceSpec, member: &str) {
    let new = NewService {
        location: Location::parse("us-central1").unwrap(),
        service_id: ServiceId::parse(id).unwrap(),
        spec,
        mode: Mode::Apply,
    };
    let operation = run.create(context, in_project(), new, None, Some(in_project())).await.unwrap();
    let name = ServiceName::try_from(&operation.target).unwrap();
    let record = store.find::<ServiceRecord>(&name).await.unwrap().unwrap().record;
    let member = Member::parse(member).unwrap();
    let unique_id = matches!(member, Member::ServiceAccount(_)).then(|| UniqueId::parse("1").unwrap());
    let policy = PolicyRecord {
        resource: name.into(),
        uid: record.uid,
        version: 1,
        policy: Policy::of(vec![Binding {
            role: RoleName::parse("roles/run.invoker").unwrap(),
            members: vec![Grantee { member, unique_id }],
            condition: None,
        }]),
    };
    store.apply(Plan::new().put(Record::Policy(policy))).await.unwrap();
}

fn owner() -> Principal {
    Principal::Person {
        email: Email::parse("grace@example.com").unwrap(),
        subject: UniqueId::parse("7").unwrap(),
    }
}

pub fn in_project<P: Permission<Resource = ProjectId>>() -> Permit<P> {
    let policy = Policy::of(vec![Binding {
        role: RoleName::parse("roles/owner").unwrap(),
        members: vec![Grantee {
            member: Member::User(Email::parse("grace@example.com").unwrap()),
            unique_id: None,
        }],
        condition: None,
    }]);
    let name = ResourceName::from(ProjectId::parse("demo").unwrap());
    let uid = Uid::parse("project-uid").unwrap();
    let lineage = [Level { name: &name, uid: &uid, policy: Some(&policy), denies: &[] }];
    iam::decide(&Question {
        principal: &owner(),
        standing: Standing::Active,
        groups: &[],
        vouched: Vouched::NOTHING,
        lineage: &lineage,
        custom_roles: &(),
        open: None,
        closed: None,
        time: jiff::Timestamp::UNIX_EPOCH,
        revision: Revision(1),
    })
    .unwrap()
}

fn project(now: Timestamp) -> Plan {
    Plan::new().put(Record::Project(ProjectRecord {
        id: ProjectId::parse("demo").unwrap(),
        number: ProjectNumber::parse("42").unwrap(),
        uid: Uid::parse("project-uid").unwrap(),
        parent: OrganizationId::parse("1").unwrap().into(),
        display_name: "demo".to_owned(),
        labels: Default::default(),
        state: ProjectState::Active,
        create_time: now,
        update_time: now,
        deleted_at: None,
        apis: Default::default(),
    }))
}

fn account_record(email: &str, disabled_at: Option<Timestamp>) -> AccountRecord {
    let Principal::ServiceAccount { email, unique_id } = account(email) else { unreachable!() };
    AccountRecord {
        name: AccountName { project: ProjectId::parse("demo").unwrap(), email },
        uid: Uid::parse(unique_id.as_str()).unwrap(),
        unique_id,
        display_name: String::new(),
        description: String::new(),
        kind: AccountKind::UserManaged,
        disabled_at,
        generation: 1,
        create_time: Timestamp::UNIX_EPOCH,
    }
}
