//! Jobs over a real store, real sockets on loopback and a clock moved by hand.
#![expect(clippy::unwrap_used, reason = "a test that cannot set up its house has failed")]

mod firing;
#[path = "../../../delivery/tests/engine/house.rs"]
mod house;
mod model;
mod runs;
mod use_cases;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use context::{Caller, Context};
use delivery::{Config, Engine};
use house::{House, RUNNER, Upstream, demo};
use iam::permission::*;
use iam::{Permission, Permit};
use names::{AccountName, JobName, Principal};
use scheduler::{
    Authorization, HttpFields, Job, JobFields, NewJob, Parts, ProvenIdentity, Scheduler, TargetFields,
    TokenKind,
};
use store::LogEntry;
use supervise::Supervisor;

const START: &str = "2024-05-06T09:00:30Z";

/// A scheduler and an engine in a process of their own.
struct Running {
    process: Supervisor,
    scheduler: Scheduler,
}

fn run(house: &House) -> Running {
    let process = house.process();
    let engine = Engine::new(Config::of_node("one"), house.parts(process.tasks()));
    let scheduler = Scheduler::new(Parts {
        access: house.access.clone(),
        deliveries: engine.handle(),
        randomness: house.chance.clone(),
        store: house.store.clone(),
        tasks: process.tasks().clone(),
    });
    engine.with_owner("job", Arc::new(scheduler.clone())).start();
    scheduler.start();
    Running { process, scheduler }
}

/// Ada asks, under a request of her own.
fn ada(house: &House) -> Context {
    let principal =
        Principal::Person { email: "ada@example.com".parse().unwrap(), subject: "1".parse().unwrap() };
    Context::new(Caller::of(principal), Arc::new(house.timer.clone()), house.chance.clone())
}

fn report() -> JobName {
    JobName::parse_canonical("projects/demo/locations/us-central1/jobs/report").unwrap()
}

fn permit<P: Permission>(house: &House, name: &P::Resource) -> Permit<P> {
    house.access.permit::<P>(&ada(house), name).unwrap()
}

fn act_as(house: &House) -> Permit<IamServiceAccountsActAs> {
    permit(house, &AccountName { project: demo(), email: RUNNER.parse().unwrap() })
}

/// Each minute, without an identity.
fn each_minute(target: &Upstream) -> JobFields {
    JobFields {
        description: String::new(),
        target: Some(TargetFields::Http(HttpFields {
            uri: target.url("/report"),
            method: None,
            headers: BTreeMap::from([("X-Mine".to_owned(), "1".to_owned())]),
            body: b"hello".to_vec(),
            authorization: Authorization::Nothing,
        })),
        schedule: "* * * * *".into(),
        time_zone: "America/Los_Angeles".into(),
        retry: None,
        attempt_deadline: None,
    }
}

/// The same as `runner`.
fn as_runner(house: &House, mut fields: JobFields, audience: &str) -> JobFields {
    if let Some(TargetFields::Http(http)) = &mut fields.target {
        let token = TokenKind::Id(audience.into());
        http.authorization = Authorization::Token(ProvenIdentity { act_as: act_as(house), token });
    }
    fields
}

/// Ada creates the job `report`.
async fn create(house: &House, running: &Running, fields: JobFields) -> Job {
    let new =
        NewJob { location: "us-central1".parse().unwrap(), job_id: Some("report".parse().unwrap()), fields };
    let permit = permit::<CloudschedulerJobsCreate>(house, &demo());
    let job = running.scheduler.create(&ada(house), permit, new).await.unwrap();
    house.clock.settle().await;
    job
}

async fn get(house: &House, running: &Running) -> Job {
    running.scheduler.get(&permit::<CloudschedulerJobsGet>(house, &report())).await.unwrap()
}

async fn pause(house: &House, running: &Running) -> Job {
    let permit = permit::<CloudschedulerJobsPause>(house, &report());
    running.scheduler.pause(&ada(house), permit).await.unwrap()
}

async fn resume(house: &House, running: &Running) -> Job {
    let permit = permit::<CloudschedulerJobsEnable>(house, &report());
    running.scheduler.resume(&ada(house), permit).await.unwrap()
}

/// Ada runs the job now.
async fn run_now(house: &House, running: &Running) {
    let permit = permit::<CloudschedulerJobsRun>(house, &report());
    running.scheduler.run(&ada(house), permit).await.unwrap();
}

async fn delete(house: &House, running: &Running) {
    let permit = permit::<CloudschedulerJobsDelete>(house, &report());
    running.scheduler.delete(&ada(house), permit).await.unwrap();
}

async fn seconds(house: &House, seconds: u64) {
    house.clock.advance(Duration::from_secs(seconds)).await;
}

async fn log(house: &House) -> Vec<LogEntry> {
    let query = logs::Query { limit: 1000, ..logs::Query::default() };
    logs::Logs::new(house.store.clone())
        .list(&[permit::<LoggingLogEntriesList>(house, &demo())], query)
        .await
        .unwrap()
        .entries
}
