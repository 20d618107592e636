//! Log entries over a real store.
#![expect(clippy::unwrap_used, reason = "a test that cannot set up its house has failed")]

use std::collections::BTreeMap;
use std::sync::Arc;

use context::{Caller, Context, Seeded, Stopped};
use iam::permission::LoggingLogEntriesList;
use iam::{Binding, Grantee, Level, Permit, Policy, Question, Standing, Vouched};
use logs::Logs;
use names::*;
use store::{LogEntry, LogFilter, Plan, Store, Work};
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
        http_status: None,
        labels: Default::default(),
    }
}

#[tokio::test]
async fn entries_of_one_instant_keep_their_order_over_pages_and_stay_in_their_project() {
    let folder = tempfile::tempdir().unwrap();
    let supervisor = Supervisor::new(&Timer::wall());
    let directory = DataDirectory::lock(folder.path()).unwrap();
    let store = Store::on(SqlStore::open_sqlite(directory, supervisor.tasks()).await.unwrap());
    let clock = Arc::new(Stopped::at_second(1_700_000_000));
    let context = Context::new(Caller::of(Principal::Anonymous), clock, Arc::new(Seeded::new(1)));
    let written: Vec<LogEntry> = (0..20).map(|step| entry(&context, step)).collect();
    let shuffled = written.iter().rev().cloned().collect();
    store.apply(Plan::new().work(Work::AppendLogs(shuffled))).await.unwrap();

    let logs = Logs::new(store);
    let (mut read, mut after) = (Vec::<LogEntry>::new(), None);
    loop {
        let filter = LogFilter { after, limit: 7, ..LogFilter::default() };
        let page = logs.list(&permit("demo"), filter).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.place());
        read.extend(page);
    }
    assert_eq!(read, written);
    // A limit of zero would say nothing about what is there.
    assert_eq!(logs.list(&permit("demo"), LogFilter::default()).await.unwrap().len(), 1);
    let elsewhere = LogFilter { limit: 10, ..LogFilter::default() };
    assert_eq!(logs.list(&permit("other"), elsewhere).await.unwrap(), []);
}
