//! What is kept and what is forgotten, over a real store and a clock moved by hand.
#![expect(clippy::unwrap_used, reason = "a test that cannot set up its house has failed")]

use std::sync::Arc;
use std::time::Duration;

use context::Seeded;
use names::{AccountName, Email, ProjectId, Uid, UniqueId};
use retention::{Bounds, Config, Retention};
use store::{
    AccountKind, AccountRecord, AuditEntry, Decided, DecidedRequest, Decision, DeletedAccountRecord, Expired,
    LogEntry, LogFilter, OrganizationRecord, Plan, Record, RequestDecision, Store, Work,
};
use store_sql::{DataDirectory, SqlStore};
use supervise::{HandClock, Supervisor, Timer};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

struct House {
    clock: HandClock,
    store: Store,
    supervisor: Supervisor,
    timer: Timer,
    _folder: tempfile::TempDir,
}

async fn house() -> House {
    let (timer, clock) = Timer::by_hand("2024-05-06T09:00:00Z".parse().unwrap());
    let (supervisor, folder) = (Supervisor::new(&timer), tempfile::tempdir().unwrap());
    let directory = DataDirectory::lock(folder.path()).unwrap();
    let store = Store::on(SqlStore::open_sqlite(directory, supervisor.tasks()).await.unwrap());
    House { clock, store, supervisor, timer, _folder: folder }
}

impl House {
    fn start(&self, config: Config) {
        Retention::new(config, self.store.clone(), self.supervisor.tasks().clone(), chance()).start();
    }

    /// One round with the defaults, by a process that ends after it: so that months can pass between two rounds.
    async fn look_once(&self) {
        let process = Supervisor::new(&self.timer);
        Retention::new(Config::of_node("one"), self.store.clone(), process.tasks().clone(), chance()).start();
        self.clock.advance(Duration::from_secs(1)).await;
    }

    async fn log(&self, insert_id: &str) {
        let entry = LogEntry {
            insert_id: insert_id.into(),
            project: project(),
            log_id: "log".into(),
            timestamp: self.timer.now(),
            severity: "INFO".into(),
            resource_type: "global".into(),
            resource_labels: Default::default(),
            payload: serde_json::json!("a text of some length"),
            http_request: None,
            labels: Default::default(),
            origin: Default::default(),
        };
        self.store.apply(Plan::new().work(Work::AppendLogs(vec![entry]))).await.unwrap();
    }

    async fn logged(&self) -> Vec<String> {
        let filter = LogFilter { limit: 1000, ..LogFilter::default() };
        let entries = self.store.backend().logs(&project(), &filter).await.unwrap();
        entries.into_iter().map(|entry| entry.insert_id).collect()
    }

    async fn decide(&self, request_id: &str) {
        let decision = Decision {
            time: self.timer.now(),
            request_id: request_id.into(),
            ordinal: 0,
            principal: "anonymous".into(),
            decided: Decided::Request(Box::new(RequestDecision {
                request: DecidedRequest::Gate {
                    host: "oven.localhost".into(),
                    method: "GET".into(),
                    path: "/".into(),
                    service: String::new(),
                    answer: None,
                },
                credential: None,
                permission: None,
                status: 404,
                reason: None,
                detail: String::new(),
            })),
        };
        self.store.backend().append_decisions(vec![decision]).await.unwrap();
    }

    async fn is_decided(&self, request_id: &str) -> bool {
        !self.store.backend().decisions(request_id).await.unwrap().is_empty()
    }

    async fn delete_account(&self, unique_id: &str) {
        let account = AccountRecord {
            name: AccountName {
                project: project(),
                email: Email::parse("oven@bakery.iam.gserviceaccount.com").unwrap(),
            },
            unique_id: UniqueId::parse(unique_id).unwrap(),
            uid: Uid::parse(&format!("account-{unique_id}")).unwrap(),
            display_name: String::new(),
            description: String::new(),
            kind: AccountKind::UserManaged,
            disabled_at: None,
            generation: 1,
            create_time: self.timer.now(),
        };
        let deleted = DeletedAccountRecord {
            account,
            uid: Uid::parse(&format!("deleted-{unique_id}")).unwrap(),
            keys: Vec::new(),
            policy: None,
            deleted_at: self.timer.now(),
        };
        self.store.apply(Plan::new().put(Record::DeletedAccount(deleted))).await.unwrap();
    }

    async fn deleted_accounts(&self) -> Vec<String> {
        let all = self.store.all::<DeletedAccountRecord>("").await.unwrap();
        all.into_iter().map(|stored| stored.record.account.unique_id.to_string()).collect()
    }

    async fn audit(&self, request_id: &str) {
        let entry = AuditEntry {
            time: self.timer.now(),
            request_id: request_id.into(),
            principal: "user:ada@example.com".into(),
            permission: "cloudscheduler.jobs.create".into(),
            resource: "projects/bakery".into(),
            uid: None,
            detail: serde_json::Value::Null,
        };
        self.store.apply(Plan::new().audit(entry)).await.unwrap();
    }

    async fn is_audited(&self, request_id: &str) -> bool {
        !self.store.backend().audit_of_request(request_id).await.unwrap().is_empty()
    }
}

impl House {
    /// One change of the configuration.
    async fn organize(&self) -> OrganizationRecord {
        let organization = OrganizationRecord {
            id: names::OrganizationId::parse("1").unwrap(),
            uid: names::Uid::parse("organization-1").unwrap(),
            display_name: "bakery.example".into(),
            create_time: self.timer.now(),
        };
        self.store.apply(Plan::new().put(Record::Organization(organization.clone()))).await.unwrap();
        organization
    }

    /// How many changes from before now there were; afterwards there are none.
    async fn forget_changes(&self) -> u64 {
        let now = self.timer.now();
        let expired = Expired::Changes { before: now, node: "one".into(), now };
        self.store.backend().forget(expired, 100).await.unwrap()
    }
}

fn chance() -> Arc<Seeded> {
    Arc::new(Seeded::new(1))
}

fn project() -> ProjectId {
    ProjectId::parse("bakery").unwrap()
}

#[tokio::test]
async fn log_entries_and_decisions_are_kept_for_their_age_and_audit_entries_longer() {
    let house = house().await;
    for name in ["first", "second"] {
        house.log(name).await;
        house.decide(name).await;
        house.audit(name).await;
        house.clock.advance(20 * DAY).await;
    }
    house.look_once().await;
    assert_eq!(house.logged().await, ["second"], "the first is 40 days old");
    assert_eq!((house.is_decided("first").await, house.is_decided("second").await), (false, true));
    assert!(house.is_audited("first").await && house.is_audited("second").await);
    house.clock.advance(365 * DAY).await;
    house.look_once().await;
    assert_eq!(house.logged().await, Vec::<String>::new());
    assert_eq!((house.is_audited("first").await, house.is_audited("second").await), (false, true));
}

#[tokio::test]
async fn what_is_too_much_goes_oldest_first_however_young() {
    let house = house().await;
    let few = Bounds { age: 30 * DAY, bytes: 1000 };
    house.start(Config { logs: few, decisions: few, ..Config::of_node("one") });
    for number in 0..20 {
        house.log(&format!("entry-{number:02}")).await;
        house.decide(&format!("request-{number:02}")).await;
        house.clock.advance(Duration::from_secs(1)).await;
    }
    house.clock.advance(Duration::from_secs(600)).await;
    let left = house.logged().await;
    assert!((1..10).contains(&left.len()), "{left:?}");
    assert_eq!(left.last().map(String::as_str), Some("entry-19"));
    assert_eq!((house.is_decided("request-00").await, house.is_decided("request-19").await), (false, true));
    house.clock.advance(Duration::from_secs(600)).await;
    assert_eq!(house.logged().await, left, "what fits stays");
}

#[tokio::test]
async fn more_than_one_write_can_forget_is_forgotten_in_one_round() {
    let house = house().await;
    let entries = (0..1700).map(|number| LogEntry {
        insert_id: format!("{number:04}"),
        project: project(),
        log_id: "log".into(),
        timestamp: house.timer.now() + Duration::from_micros(number),
        severity: "INFO".into(),
        resource_type: "global".into(),
        resource_labels: Default::default(),
        payload: serde_json::Value::Null,
        http_request: None,
        labels: Default::default(),
        origin: Default::default(),
    });
    house.store.apply(Plan::new().work(Work::AppendLogs(entries.collect()))).await.unwrap();
    house.clock.advance(31 * DAY).await;
    house.start(Config::of_node("one"));
    house.clock.advance(Duration::from_secs(1)).await;
    assert_eq!(house.logged().await, Vec::<String>::new());
}

#[tokio::test]
async fn configuration_outlives_the_changes_that_made_it() {
    // Left alone, the change is there for years.
    let alone = house().await;
    alone.organize().await;
    alone.clock.advance(3 * DAY).await;
    assert_eq!(alone.forget_changes().await, 1);

    let house = house().await;
    house.look_once().await;
    let organization = house.organize().await;
    house.look_once().await;
    house.clock.advance(3 * DAY).await;
    house.look_once().await;
    assert_eq!(house.forget_changes().await, 0, "it was forgotten in time");
    let found = house.store.find::<OrganizationRecord>(&organization.id).await.unwrap();
    assert_eq!(found.unwrap().record, organization);
    // Who follows only now hears of everything that there is, and then of every later change.
    let heard = std::sync::Arc::new(Heard::default());
    house.store.follow(heard.clone()).await.unwrap();
    house.store.apply(Plan::new().put(Record::Organization(organization))).await.unwrap();
    assert_eq!(heard.count(), 2);
}

#[tokio::test]
async fn changes_of_today_stay() {
    let house = house().await;
    house.organize().await;
    house.look_once().await;
    house.clock.advance(2 * DAY).await;
    assert_eq!(house.forget_changes().await, 1);
}

#[derive(Default)]
struct Heard(std::sync::Mutex<usize>);

impl Heard {
    fn count(&self) -> usize {
        *self.0.lock().unwrap()
    }
}

impl store::Follower for Heard {
    fn follow(&self, _revision: names::Revision, changes: &[store::Change]) {
        *self.0.lock().unwrap() += changes.len();
    }
}

#[tokio::test]
async fn deleted_accounts_are_forgotten_when_nobody_can_bring_them_back() {
    let house = house().await;
    house.delete_account("111").await;
    house.clock.advance(DAY * 29).await;
    house.delete_account("222").await;
    house.look_once().await;
    assert_eq!(house.deleted_accounts().await, ["111", "222"]);
    house.clock.advance(DAY).await;
    house.look_once().await;
    assert_eq!(house.deleted_accounts().await, ["222"]);
}
