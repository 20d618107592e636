//! A store with a project, people and accounts in it, a clock moved by hand, and a target that writes down what it
//! is sent.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use access::Access;
use async_trait::async_trait;
use audit::Decisions;
use context::{Context, Seeded};
use delivery::{Mint, MintError, Parts};
use iam::permission::{IamServiceAccountsGetAccessToken, IamServiceAccountsGetOpenIdToken};
use iam::{Binding, Grantee, Permit, Policy};
use jiff::Timestamp;
use names::*;
use outbound::{Client, Dialer, Guard, Reach, Trust};
use store::{AccountKind, AccountRecord, Plan, PolicyRecord, ProjectRecord, ProjectState, Record, Store};
use store_sql::{DataDirectory, SqlStore};
use supervise::{HandClock, Supervisor, Tasks, Timer};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

pub const RUNNER: &str = "runner@demo.iam.gserviceaccount.com";
pub const AGENT: &str = "service-42@gcp-sa-cloudscheduler.iam.gserviceaccount.com";

pub struct House {
    pub access: Access,
    /// Where everybody's chance comes from, so that nobody draws what another drew.
    pub chance: Arc<Seeded>,
    pub clock: HandClock,
    pub decisions: Decisions,
    pub mint: Arc<Recording>,
    pub store: Store,
    pub timer: Timer,
    /// Owns what goes on when a process is killed: the store and the target.
    keeper: Supervisor,
    _folder: tempfile::TempDir,
}

/// Hands out tokens that say for whom they are.
#[derive(Default)]
pub struct Recording {
    minted: Mutex<Vec<(String, String, String)>>,
}

#[async_trait]
impl Mint for Recording {
    async fn access_token(
        &self,
        context: &Context,
        permit: Permit<IamServiceAccountsGetAccessToken>,
        scopes: &str,
    ) -> Result<Secret<String>, MintError> {
        let account = permit.name().email.to_string();
        let token = format!("access-token-of-{account}-for-{scopes}");
        self.minted.lock().unwrap().push((context.principal().to_string(), account, scopes.to_owned()));
        Ok(Secret::new(token))
    }

    async fn id_token(
        &self,
        context: &Context,
        permit: Permit<IamServiceAccountsGetOpenIdToken>,
        audience: &str,
    ) -> Result<Secret<String>, MintError> {
        let account = permit.name().email.to_string();
        let token = format!("token-of-{account}-for-{audience}");
        self.minted.lock().unwrap().push((context.principal().to_string(), account, audience.to_owned()));
        Ok(Secret::new(token))
    }
}

impl Recording {
    /// Who minted for which account and audience.
    pub fn minted(&self) -> Vec<(String, String, String)> {
        self.minted.lock().unwrap().clone()
    }
}

pub fn uid(text: &str) -> Uid {
    Uid::parse(text).unwrap()
}

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub fn demo() -> ProjectId {
    ProjectId::parse("demo").unwrap()
}

pub fn account(project: &str, email: &str, unique_id: &str) -> AccountRecord {
    AccountRecord {
        name: AccountName {
            project: ProjectId::parse(project).unwrap(),
            email: Email::parse(email).unwrap(),
        },
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

pub fn project(id: &str, number: &str) -> ProjectRecord {
    ProjectRecord {
        id: ProjectId::parse(id).unwrap(),
        number: ProjectNumber::parse(number).unwrap(),
        uid: uid(&format!("project-{id}")),
        parent: OrganizationId::parse("1").unwrap().into(),
        display_name: String::new(),
        labels: BTreeMap::new(),
        state: ProjectState::Active,
        create_time: Timestamp::UNIX_EPOCH,
        update_time: Timestamp::UNIX_EPOCH,
        deleted_at: None,
        apis: Default::default(),
    }
}

/// Members of roles on a project.
pub fn policy(id: &str, bindings: &[(&str, &str, Option<&str>)]) -> PolicyRecord {
    let bindings = bindings.iter().map(|(role, member, unique_id)| Binding {
        role: RoleName::parse(role).unwrap(),
        members: vec![Grantee {
            member: Member::parse(member).unwrap(),
            unique_id: unique_id.map(|text| UniqueId::parse(text).unwrap()),
        }],
        condition: None,
    });
    PolicyRecord {
        resource: ProjectId::parse(id).unwrap().into(),
        uid: uid(&format!("project-{id}")),
        policy: Policy::of(bindings.collect()),
        version: 1,
    }
}

/// Ada owns the project `demo`; its account `runner` may be minted for by the scheduler's agent.
pub async fn house(start: &str) -> House {
    let (timer, clock) = Timer::by_hand(at(start));
    let keeper = Supervisor::new(&timer);
    let folder = tempfile::tempdir().unwrap();
    let directory = DataDirectory::lock(folder.path()).unwrap();
    let store = Store::on(SqlStore::open_sqlite(directory, keeper.tasks()).await.unwrap());
    let ada = store::PersonRecord {
        email: Email::parse("ada@example.com").unwrap(),
        subject: UniqueId::parse("1").unwrap(),
        uid: uid("person-ada"),
        profile: Default::default(),
        disabled_at: None,
        generation: 1,
        create_time: Timestamp::UNIX_EPOCH,
    };
    let agent = format!("serviceAccount:{AGENT}");
    let bindings = [
        ("roles/owner", "user:ada@example.com", None),
        ("roles/cloudscheduler.serviceAgent", agent.as_str(), Some("900")),
    ];
    let records = [
        Record::Project(project("demo", "42")),
        Record::Person(ada),
        Record::Account(account("demo", RUNNER, "100")),
        Record::Account(account("demo", AGENT, "900")),
        Record::Policy(policy("demo", &bindings)),
    ];
    store.apply(records.into_iter().fold(Plan::new(), Plan::put)).await.unwrap();
    let access = Access::start(&store, Universe::default()).await.unwrap();
    let chance = Arc::new(Seeded::new(7));
    let (decisions, writer) = Decisions::new(store.clone(), audit::Config::default());
    keeper.tasks().spawn("decisions", writer.run(timer.clone(), keeper.tasks().drain()));
    House { access, chance, clock, decisions, mint: Arc::default(), store, timer, keeper, _folder: folder }
}

impl House {
    pub fn parts(&self, tasks: &Tasks) -> Parts {
        let guard = Guard::new(Reach::LoopbackOnly, Vec::new(), Vec::new());
        let dialer = Dialer::new(guard, Trust::only([]).unwrap(), self.timer.clone());
        Parts {
            access: self.access.clone(),
            client: Client::new(dialer),
            decisions: self.decisions.clone(),
            mint: self.mint.clone(),
            randomness: self.chance.clone(),
            store: self.store.clone(),
            tasks: tasks.clone(),
        }
    }

    /// A process in this house, to be drained or, when it is dropped, killed.
    pub fn process(&self) -> Supervisor {
        Supervisor::new(&self.timer)
    }

    pub async fn put(&self, record: Record) {
        self.store.apply(Plan::new().put(record)).await.unwrap();
    }

    /// A target on loopback that answers as scripted, then always 200.
    pub async fn upstream(&self, script: &[Answer]) -> Upstream {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let upstream = Upstream {
            address: listener.local_addr().unwrap(),
            seen: Arc::default(),
            script: Arc::new(Mutex::new(script.iter().copied().collect())),
        };
        let (here, timer, tasks) = (upstream.clone(), self.timer.clone(), self.keeper.tasks().clone());
        self.keeper.tasks().spawn("target", async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (here, timer) = (here.clone(), timer.clone());
                tasks.spawn("target's connection", async move {
                    // A peer that was killed in the middle is none of the target's business.
                    let _broken = here.serve(stream, &timer).await;
                });
            }
        });
        upstream
    }
}

/// How the target answers.
#[derive(Clone, Copy, Debug)]
pub enum Answer {
    /// After this many seconds, with 200.
    Late(u64),
    /// Never.
    Silence,
    /// At once.
    Status(u16),
}

#[derive(Clone)]
pub struct Upstream {
    pub address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    script: Arc<Mutex<VecDeque<Answer>>>,
}

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Seen {
    pub at: Timestamp,
    pub line: String,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Upstream {
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// When requests arrived, as seconds after an instant.
    pub fn seconds_after(&self, instant: &str) -> Vec<i64> {
        self.seen().iter().map(|seen| seen.at.duration_since(at(instant)).as_secs()).collect()
    }

    async fn serve(&self, stream: TcpStream, timer: &Timer) -> std::io::Result<()> {
        let mut stream = BufReader::new(stream);
        let (mut line, mut headers) = (String::new(), BTreeMap::new());
        stream.read_line(&mut line).await?;
        loop {
            let mut header = String::new();
            stream.read_line(&mut header).await?;
            let Some((name, value)) = header.trim_end().split_once(": ") else { break };
            headers.insert(name.to_ascii_lowercase(), value.to_owned());
        }
        let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await?;
        let line = line.trim_end().to_owned();
        self.seen.lock().unwrap().push(Seen { at: timer.now(), line, headers, body });
        let answer = self.script.lock().unwrap().pop_front();
        let status = match answer {
            None => 200,
            Some(Answer::Status(status)) => status,
            Some(Answer::Late(seconds)) => {
                timer.sleep(std::time::Duration::from_secs(seconds)).await;
                200
            }
            Some(Answer::Silence) => std::future::pending().await,
        };
        let location = if status == 302 { "location: /elsewhere\r\n" } else { "" };
        let head = format!("HTTP/1.1 {status} Said\r\n{location}content-length: 0\r\n\r\n");
        stream.write_all(head.as_bytes()).await
    }
}
