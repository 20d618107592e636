//! One decision, and one change of a policy, with 100,000 services and a million members.

use std::time::Instant;

use iam::permission::RunRoutesInvoke;
use iam::{Binding, Grantee, Policy};
use names::{Email, Member, Principal, RoleName, ServiceName, Uid, UniqueId};
use store::{PersonRecord, Plan, PolicyRecord, Record, ServiceRecord};
use testbed::{LOCATION, PROJECT, Testbed};

use crate::rate::{Times, per_second, resident};

const SERVICES: usize = 100_000;
const MEMBERS_EACH: usize = 10;
const AT_ONCE: usize = 500;
const DECISIONS: usize = 200_000;
const CHANGES: usize = 200;

pub async fn run() {
    let testbed = Testbed::start().await;
    testbed.make_service("origin", "gcr.io/cloudrun/hello").await;
    let store = &testbed.house.store;
    let origin = store.find::<ServiceRecord>(&name("origin")).await.unwrap().unwrap().record;
    for person in 0..MEMBERS_EACH {
        store.apply(Plan::new().put(Record::Person(record_of(person)))).await.unwrap();
    }
    let started = Instant::now();
    for first in (0..SERVICES).step_by(AT_ONCE) {
        let mut plan = Plan::new();
        for number in first..first + AT_ONCE {
            let service = ServiceRecord { name: numbered(number), uid: uid(number), ..origin.clone() };
            plan = plan.put(Record::Service(service)).put(Record::Policy(policy(number, 1)));
        }
        store.apply(plan).await.unwrap();
    }
    println!(
        "{SERVICES} services and {} members: written at {:.0} services/s, {} MiB resident",
        SERVICES * MEMBERS_EACH,
        per_second(SERVICES, started),
        resident()
    );

    // The services in an order that no cache foresees.
    let places: Vec<usize> = (0..DECISIONS).map(|step| step * 7919 % SERVICES).collect();
    for (what, principal) in [("granted", principal(MEMBERS_EACH - 1)), ("denied", principal(MEMBERS_EACH))] {
        let access = &testbed.house.access;
        let mut times = Times::default();
        for chunk in places.chunks(100) {
            let names: Vec<_> = chunk.iter().map(|place| numbered(*place)).collect();
            let started = Instant::now();
            let granted = names
                .iter()
                .filter(|name| access.permit_as::<RunRoutesInvoke>(&principal, name, testbed.now()).is_ok())
                .count();
            times.of(started);
            assert_eq!(granted, if what == "granted" { chunk.len() } else { 0 });
        }
        println!("100 decisions, {what}: {}", times.describe());
    }

    let mut times = Times::default();
    for change in 0..CHANGES {
        let plan = Plan::new().put(Record::Policy(policy(change * 499, 2)));
        let started = Instant::now();
        store.apply(plan).await.unwrap();
        times.of(started);
    }
    println!("one policy changed, on disk and seen by every decision: {}", times.describe());
}

fn name(id: &str) -> ServiceName {
    ServiceName::parse_canonical(&format!("projects/{PROJECT}/locations/{LOCATION}/services/{id}")).unwrap()
}

fn numbered(number: usize) -> ServiceName {
    name(&format!("s{number}"))
}

fn uid(number: usize) -> Uid {
    Uid::parse(&format!("service-{number}")).unwrap()
}

fn email(person: usize) -> Email {
    Email::parse(&format!("member{person}@example.com")).unwrap()
}

fn subject(person: usize) -> UniqueId {
    UniqueId::parse(&format!("{}", 1000 + person)).unwrap()
}

fn principal(person: usize) -> Principal {
    Principal::Person { email: email(person), subject: subject(person) }
}

fn record_of(person: usize) -> PersonRecord {
    PersonRecord {
        email: email(person),
        subject: subject(person),
        uid: Uid::parse(&format!("person-{person}")).unwrap(),
        profile: Default::default(),
        disabled_at: None,
        generation: 1,
        create_time: jiff::Timestamp::UNIX_EPOCH,
    }
}

fn policy(service: usize, version: u64) -> PolicyRecord {
    let member = |person: usize| Grantee { member: Member::User(email(person)), unique_id: None };
    let members = (0..MEMBERS_EACH).map(member).collect();
    let role = RoleName::parse("roles/run.invoker").unwrap();
    let policy = Policy::of(vec![Binding { role, members, condition: None }]);
    PolicyRecord { resource: numbered(service).into(), uid: uid(service), policy, version }
}
