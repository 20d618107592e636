//! Log entries over a real store.
#![expect(clippy::unwrap_used, reason = "a test that cannot set up its house has failed")]

use std::collections::BTreeMap;
use std::sync::Arc;

use context::{Caller, Context, Seeded, Stopped};
use iam::permission::LoggingLogEntriesList;
use iam::{Binding, Grantee, Level, Permit, Policy, Question, Standing, Vouched};
use logs::{Filter, LogOrder, Logs, Place, Query, Tail};
use names::*;
use proptest::proptest;
use store::{Decided, DecidedRequest, Decision, LogEntry, Plan, RequestDecision, Store, Work};
use store_sql::{DataDirectory, SqlStore};
use supervise::{Supervisor, Timer};

/// A permit of Ada's, who owns this project.
fn permit(project: &str) -> Permit<LoggingLogEntriesList> {
    let ada = Principal::Person { email: "ada@example.com".parse().unwrap(), subject: "1".parse().unwrap() };
    let member = Grantee { member: Member::parse("user:ada@example.com").unwrap(), unique_id: None };
    let role = RoleName::parse("roles/owner").unwrap();
    let policy = Policy::of(vec![Binding { role, members: vec![member], condition: None }]);
    let (name, uid) = (ResourceName::Project(project.parse().unwrap()), Uid::parse("project").unwrap());
    let lineage = [Level { name: &name, uid: &uid, policy: Some(&policy), denies: &[] }];
    iam::decide(&Question {
        principal: &ada,
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

fn entry(context: &Context, step: u8) -> LogEntry {
    LogEntry {
        insert_id: logs::insert_id_of_step(context, step),
        project: "demo".parse().unwrap(),
        log_id: "cloudscheduler.googleapis.com/executions".into(),
        timestamp: context.now(),
        severity: "INFO".into(),
        resource_type: "cloud_scheduler_job".into(),
        resource_labels: BTreeMap::new(),
        payload: serde_json::json!({ "step": step }),
        http_request: None,
        labels: Default::default(),
        origin: Default::default(),
    }
}

struct House {
    store: Store,
    logs: Logs,
    _folder: tempfile::TempDir,
    _supervisor: Supervisor,
}

async fn house() -> House {
    let folder = tempfile::tempdir().unwrap();
    let supervisor = Supervisor::new(&Timer::wall());
    let directory = DataDirectory::lock(folder.path()).unwrap();
    let store = Store::on(SqlStore::open_sqlite(directory, supervisor.tasks()).await.unwrap());
    House { logs: Logs::new(store.clone()), store, _folder: folder, _supervisor: supervisor }
}

fn context() -> Context {
    let clock = Arc::new(Stopped::at_second(1_700_000_000));
    Context::new(Caller::of(Principal::Anonymous), clock, Arc::new(Seeded::new(1)))
}

impl House {
    async fn write(&self, entries: Vec<LogEntry>) {
        self.store.apply(Plan::new().work(Work::AppendLogs(entries))).await.unwrap();
    }

    /// Requests to services, by request ID, microsecond and project.
    async fn decide(&self, requests: &[(&str, i64, &str)]) {
        let named = |project: &str| format!("projects/{project}/locations/us-central1/services/hello");
        let named: Vec<_> = requests.iter().map(|(id, at, project)| (*id, *at, named(project))).collect();
        let named: Vec<_> = named.iter().map(|(id, at, name)| (*id, *at, name.as_str())).collect();
        self.decide_about(&named).await;
    }

    /// Requests to anything, by request ID, microsecond and its name.
    async fn decide_about(&self, requests: &[(&str, i64, &str)]) {
        let decisions = requests.iter().map(|(id, microsecond, name)| Decision {
            time: context().now() + jiff::SignedDuration::from_micros(*microsecond),
            request_id: (*id).into(),
            ordinal: 0,
            principal: "anonymous".into(),
            decided: Decided::Request(Box::new(RequestDecision {
                request: DecidedRequest::Gate {
                    host: "hello.example".into(),
                    method: "GET".into(),
                    path: "/".into(),
                    service: (*name).into(),
                    answer: None,
                },
                credential: None,
                permission: None,
                status: 403,
                reason: Some("INVOKER_CREDENTIALS_MISSING".into()),
                detail: String::new(),
            })),
        });
        self.store.backend().append_decisions(decisions.collect()).await.unwrap();
    }

    /// Every ID, page by page, and how many pages there were.
    async fn all(
        &self,
        projects: &[&str],
        filter: &str,
        order: LogOrder,
        limit: u32,
    ) -> (Vec<String>, usize) {
        let (mut read, mut after, mut pages) = (Vec::new(), None::<Place>, 0);
        loop {
            let query = Query { filter: Filter::parse(filter).unwrap(), order, after, limit };
            let permits: Vec<_> = projects.iter().map(|project| permit(project)).collect();
            let page = self.logs.list(&permits, query).await.unwrap();
            read.extend(
                page.entries.into_iter().map(|entry| format!("{} {}", entry.project, entry.insert_id)),
            );
            (after, pages) = (page.next, pages + 1);
            if after.is_none() {
                return (read, pages);
            }
        }
    }
}

#[tokio::test]
async fn calls_of_functions_are_in_a_log_of_their_own() {
    let house = house().await;
    let greet = "projects/demo/locations/us-central1/functions/greet";
    house.decide_about(&[("a", 1, greet)]).await;
    house.decide(&[("b", 2, "demo")]).await;
    for (filter, found) in [
        (
            "resource.type=\"cloud_function\" resource.labels.region=\"us-central1\" logName:\"cloud-functions\"",
            "demo a",
        ),
        ("log_id(\"cloudfunctions.googleapis.com/cloud-functions\")", "demo a"),
        ("NOT log_id(\"run.googleapis.com/requests\")", "demo a"),
        ("NOT log_id(\"cloudfunctions.googleapis.com/cloud-functions\")", "demo b"),
        ("resource.type=\"cloud_run_revision\"", "demo b"),
    ] {
        assert_eq!(house.all(&["demo"], filter, LogOrder::OldestFirst, 10).await.0, [found], "{filter}");
    }
    let none = house.all(&["other"], "", LogOrder::OldestFirst, 10).await.0;
    assert_eq!(none, Vec::<String>::new());
}

#[tokio::test]
async fn entries_of_one_instant_keep_their_order_over_pages_and_stay_in_their_project() {
    let house = house().await;
    let context = context();
    let written: Vec<LogEntry> = (0..20).map(|step| entry(&context, step)).collect();
    house.write(written.iter().rev().cloned().collect()).await;
    let expected: Vec<String> = written.iter().map(|entry| format!("demo {}", entry.insert_id)).collect();
    assert_eq!(house.all(&["demo"], "", LogOrder::OldestFirst, 7).await.0, expected);
    // A limit of zero would say nothing about what is there.
    let first = house.logs.list(&[permit("demo")], Query::default()).await.unwrap();
    assert_eq!(first.entries.len(), 1);
    assert_eq!(house.all(&["other"], "", LogOrder::OldestFirst, 10).await.0, Vec::<String>::new());
    assert_eq!(house.logs.list(&[], Query::default()).await.unwrap().entries, []);
}

#[tokio::test]
async fn entries_and_requests_of_several_projects_are_one_stream_in_either_order() {
    let house = house().await;
    let at = |project: &str, id: &str, log: &str, microsecond: i64| LogEntry {
        project: project.parse().unwrap(),
        insert_id: id.into(),
        log_id: log.into(),
        timestamp: context().now() + jiff::SignedDuration::from_micros(microsecond),
        ..entry(&context(), 0)
    };
    house
        .write(vec![
            at("demo", "a", "log", 1),
            // The very same place in two projects, and in two logs of one.
            at("demo", "b", "log", 2),
            at("other", "b", "log", 2),
            at("other", "b", "zzz", 2),
            at("third", "x", "log", 2),
            at("demo", "e", "log", 5),
            at("other", "f", "log", 6),
        ])
        .await;
    house.decide(&[("c", 3, "demo"), ("d", 3, "third"), ("b", 2, "other"), ("g", 9, "demo")]).await;
    let expected =
        ["demo a", "demo b", "other b", "other b", "other b", "demo c", "demo e", "other f", "demo g"];
    let reversed: Vec<&str> = expected.iter().rev().copied().collect();
    for limit in [1, 2, 3, 100] {
        let oldest = house.all(&["demo", "other"], "", LogOrder::OldestFirst, limit).await.0;
        assert_eq!(oldest, expected, "{limit}");
        let newest = house.all(&["other", "demo"], "", LogOrder::NewestFirst, limit).await.0;
        assert_eq!(newest, reversed, "{limit}");
    }
    let requests = r#"resource.type="cloud_run_revision" AND httpRequest.status=403"#;
    let of_requests = house.all(&["demo"], requests, LogOrder::OldestFirst, 10).await.0;
    assert_eq!(of_requests, ["demo c", "demo g"]);
    let of_log = house.all(&["demo", "other"], "log_id(zzz)", LogOrder::OldestFirst, 10).await.0;
    assert_eq!(of_log, ["other b"]);
}

#[tokio::test]
async fn many_entries_at_one_place_are_all_read() {
    let house = house().await;
    let same = |project: &str, number: u32| LogEntry {
        project: project.parse().unwrap(),
        insert_id: "same".into(),
        log_id: format!("log-{number:04}"),
        ..entry(&context(), 0)
    };
    house.write((0..200).flat_map(|number| [same("demo", number), same("other", number)]).collect()).await;
    for order in [LogOrder::OldestFirst, LogOrder::NewestFirst] {
        for limit in [7, 1000] {
            let read = house.all(&["demo", "other"], "", order, limit).await.0;
            assert_eq!(read.len(), 400);
            assert_eq!(read.iter().filter(|id| id.starts_with("demo")).count(), 200);
        }
    }
}

#[tokio::test]
async fn a_filter_that_matches_rarely_is_answered_in_bounded_pages_that_go_on() {
    let house = house().await;
    let at = |number: i64| LogEntry {
        insert_id: format!("{number:06}"),
        timestamp: context().now() + jiff::SignedDuration::from_micros(number),
        ..entry(&context(), 0)
    };
    house.write((0..3000).map(at).collect()).await;
    // Two hundred comparisons, so that one page looks at few.
    let filter = format!("{} OR insertId=002900", "insertId=x OR ".repeat(198) + "insertId=y");
    let (read, pages) = house.all(&["demo"], &filter, LogOrder::OldestFirst, 10).await;
    assert_eq!(read, ["demo 002900"]);
    assert!((5..10).contains(&pages), "{pages}");
    let large = LogEntry { payload: "x".repeat(200_000).into(), ..at(5000) };
    let large = (0..40).map(|number| LogEntry { log_id: format!("large-{number}"), ..large.clone() });
    house.write(large.collect()).await;
    let (read, pages) = house.all(&["demo"], "textPayload:x", LogOrder::OldestFirst, 1000).await;
    assert!(read.len() == 40 && pages >= 3, "{} in {pages}", read.len());
}

#[tokio::test]
async fn a_tail_gives_out_what_comes_once_and_nothing_that_was_there() {
    let house = house().await;
    let now = context().now();
    let at = |id: &str, second: i64| LogEntry {
        insert_id: id.into(),
        timestamp: now + jiff::SignedDuration::from_secs(second),
        ..entry(&context(), 0)
    };
    house.write(vec![at("old", -100), at("before", -1)]).await;
    let permits = [permit("demo")];
    let mut tail = Tail::of(Filter::parse("severity<ERROR").unwrap());
    let new = async |tail: &mut Tail, second: i64| {
        let now = now + jiff::SignedDuration::from_secs(second);
        let entries = house.logs.new_entries(&permits, tail, now).await.unwrap();
        entries.into_iter().map(|entry| entry.insert_id).collect::<Vec<_>>()
    };
    assert_eq!(new(&mut tail, 0).await, Vec::<String>::new());
    // One that is written late, one of another severity, and one of a moment that is known already.
    house
        .write(vec![at("late", -2), at("after", 1), LogEntry { severity: "ERROR".into(), ..at("bad", 1) }])
        .await;
    assert_eq!(new(&mut tail, 1).await, ["late", "after"]);
    house.write(vec![at("same", 1)]).await;
    house.decide(&[("request", 1_500_000, "demo"), ("elsewhere", 1_500_000, "other")]).await;
    assert_eq!(new(&mut tail, 2).await, ["same", "request"]);
    assert_eq!(new(&mut tail, 3).await, Vec::<String>::new());
    house.write((0..2500).map(|number| at(&format!("{number:04}"), 20)).collect()).await;
    let (mut all, mut looks) = (new(&mut tail, 20).await, 1);
    while all.len() < 2500 {
        all.extend(new(&mut tail, 20 + looks).await);
        looks += 1;
        assert!(looks < 8, "{}", all.len());
    }
    assert!(all.is_sorted() && all.len() == 2500);
    assert_eq!(new(&mut tail, 25).await, Vec::<String>::new());
}

proptest! {
    #[test]
    fn any_text_is_the_name_of_a_log_or_a_typed_error(
        text in "\\PC{0,60}", name in "projects/([a-z]{6}|[0-9]{1,19}|-)/logs/([a-z./_%-]|%2F|%2e){0,9}"
    ) {
        logs::fuzz::body(text.as_bytes());
        logs::fuzz::body(name.as_bytes());
    }
}
