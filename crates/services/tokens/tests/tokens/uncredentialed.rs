//! Calls that carry no credential: nobody's, or the local owner's where that was wanted.

use std::net::SocketAddr;

use names::Principal;
use store::{Expectation, PersonRecord, Plan, Record};
use tokens::{Config, DangerousAnonymousOwner, Nobody, Sender, Uncredentialed};

use crate::support::{House, config, house, house_with};

async fn open_house() -> House {
    let leave = DangerousAnonymousOwner::of_api_at(SocketAddr::from(([127, 0, 0, 1], 8085))).unwrap();
    house_with(Config { dangerous_anonymous_owner: Some(leave), ..config() }).await
}

fn program(host: &str) -> Uncredentialed<'_> {
    Uncredentialed { hosts: vec![host], sender: Sender::Program }
}

#[tokio::test]
async fn nobody_calls_without_a_credential_by_default() {
    let house = house().await;
    let refused = house.tokens.authenticate_uncredentialed(&program("127.0.0.1:8085"));
    assert_eq!(refused, Err(Nobody::Missing));
}

#[tokio::test]
async fn where_it_is_wanted_the_owner_does() {
    let house = open_house().await;
    for host in [
        "127.0.0.1:8085",
        "127.0.0.1",
        "127.200.3.4:1",
        "localhost",
        "localhost:8085",
        "LocalHost:8085",
        "localhost.:8085",
        "pubsub.googleapis.localhost:8085",
        "[::1]",
        "[::1]:8085",
    ] {
        let caller = house.tokens.authenticate_uncredentialed(&program(host)).unwrap();
        let owner = &house.owner.person;
        let expected = Principal::Person { email: owner.email.clone(), subject: owner.subject.clone() };
        assert_eq!(caller.principal, expected, "{host}");
    }
}

#[tokio::test]
async fn a_name_that_leads_here_from_outside_is_nobodys() {
    let house = open_house().await;
    for host in [
        "",
        "evil.example",
        "evil.example:8085",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "evillocalhost",
        "127.1",
        "0127.0.0.1",
        "2130706433",
        "0.0.0.0",
        "10.0.0.1",
        "169.254.169.254",
        "[::]",
        "[::ffff:127.0.0.1]",
        "::1",
        "localhost:",
        "localhost:99999",
        "evil.example@localhost",
        "localhost/x",
        "localhost evil.example",
        "metadata.google.internal",
    ] {
        let refused = house.tokens.authenticate_uncredentialed(&program(host));
        assert_eq!(refused, Err(Nobody::ForeignHost), "{host}");
    }
}

#[tokio::test]
async fn every_host_that_is_named_must_be_this_machine() {
    let house = open_house().await;
    for hosts in [vec![], vec!["localhost", "evil.example"], vec!["evil.example", "localhost"]] {
        let call = Uncredentialed { hosts, sender: Sender::Program };
        assert_eq!(house.tokens.authenticate_uncredentialed(&call), Err(Nobody::ForeignHost));
    }
    let twice = Uncredentialed { hosts: vec!["localhost", "127.0.0.1"], sender: Sender::Program };
    assert!(house.tokens.authenticate_uncredentialed(&twice).is_ok());
}

#[tokio::test]
async fn what_a_browser_sends_is_nobodys_whatever_the_host() {
    let house = open_house().await;
    for host in ["localhost", "evil.example"] {
        let call = Uncredentialed { hosts: vec![host], sender: Sender::Browser };
        assert_eq!(house.tokens.authenticate_uncredentialed(&call), Err(Nobody::Browser));
    }
}

#[tokio::test]
async fn a_disabled_owner_is_nobody() {
    let house = open_house().await;
    let found = house.store.find::<PersonRecord>(&house.owner.person.email).await.unwrap().unwrap();
    let disabled = PersonRecord { disabled_at: Some(house.clock.now()), ..found.record };
    let plan = Plan::new()
        .expect(Expectation::At(disabled.email.clone().into(), found.revision))
        .put(Record::Person(disabled));
    house.store.apply(plan).await.unwrap();
    let refused = house.tokens.authenticate_uncredentialed(&program("localhost"));
    assert_eq!(refused, Err(Nobody::OwnerDisabled));
}
