use names::ProjectId;
use outbound::{DeliveryKind, Origin, OwnHosts};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::*;

fn delivery(kind: DeliveryKind) -> Origin {
    Origin::Delivery { kind, project: ProjectId::parse("demo").unwrap() }
}

async fn send(world: &World, kind: DeliveryKind, lines: &str) -> String {
    send_to(world, MENU, &delivery(kind), lines).await
}

async fn send_to(world: &World, host: &str, origin: &Origin, lines: &str) -> String {
    let mut io = world.handle.dial(host, origin).unwrap();
    let text = format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{lines}\r\n");
    io.write_all(text.as_bytes()).await.unwrap();
    let mut answer = String::new();
    io.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn delivery_reaches_a_service_without_a_socket_and_keeps_its_own_headers_only() {
    let world = World::start().await;
    let lines = "X-CloudScheduler: true\r\nX-CloudTasks-QueueName: forged\r\nX-Goog-Pubsub-Id: forged\r\nX_CloudScheduler_JobName: forged\r\n";
    assert!(send(&world, DeliveryKind::ScheduledJob, lines).await.starts_with("HTTP/1.1 200 OK\r\n"));
    let seen = world.upstream.requests().pop().unwrap();
    assert_eq!(seen.values("x-cloudscheduler"), ["true"]);
    assert!(!seen.head.contains("forged"), "{}", seen.head);
}

#[tokio::test]
async fn delivery_is_checked_as_any_other_call() {
    let world = World::start().await;
    let mut io = world.handle.dial(ORDERS, &delivery(DeliveryKind::Task)).unwrap();
    let text = format!("GET / HTTP/1.1\r\nHost: {ORDERS}\r\nConnection: close\r\n\r\n");
    io.write_all(text.as_bytes()).await.unwrap();
    let mut answer = String::new();
    io.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 403 Forbidden\r\n"), "{answer}");
}

#[tokio::test]
async fn only_own_hosts_are_served_inside_and_only_for_deliveries() {
    let world = World::start().await;
    let job = delivery(DeliveryKind::ScheduledJob);
    assert!(world.handle.dial("example.com", &job).is_none());
    assert!(world.handle.dial("gone-42.us-central1.run.localhost", &job).is_some());
    assert!(world.handle.dial("gone-42.us-central1.run.app", &job).is_some());
    assert!(world.handle.dial(MENU, &Origin::Gate).is_none());
}

#[tokio::test]
async fn internal_service_is_there_for_deliveries_of_its_project_alone() {
    let world = World::start().await;
    let job = delivery(DeliveryKind::ScheduledJob);
    assert!(send_to(&world, INNER, &job, "").await.starts_with("HTTP/1.1 200 OK\r\n"));
    let foreign = Origin::Delivery { kind: DeliveryKind::Task, project: ProjectId::parse("other").unwrap() };
    assert!(send_to(&world, INNER, &foreign, "").await.starts_with("HTTP/1.1 404 Not Found\r\n"));
    let seen = world.upstream.requests().len();
    // Whatever it says of itself, and whatever credential it has: from the network it is from outside.
    let twice = [bearer("good.or.bad"), bearer("good.or.bad")];
    for lines in
        [vec![], vec![bearer(&world.runner())], twice.to_vec(), vec!["X-CloudScheduler: true".to_owned()]]
    {
        let answer = world.get(INNER, "/", &lines).await;
        assert_eq!((answer.status, answer.reason()), (404, "INGRESS_REFUSED"), "{answer:?}");
        assert_eq!(answer.header("content-type"), Some("text/html; charset=UTF-8"));
        assert_eq!(answer.header("www-authenticate"), None);
    }
    assert_eq!(world.upstream.requests().len(), seen, "nothing was forwarded");
}

#[tokio::test]
async fn service_without_invoker_check_takes_everybody_and_leaves_the_credential_alone() {
    let world = World::start().await;
    let stranger = world.tokens.mint(STRANGER, "https://open-42.us-central1.run.app");
    for lines in [vec![], vec![bearer("not.a.token")], vec![bearer(&stranger)]] {
        assert_eq!(world.get(OPEN, "/", &lines).await.status, 200, "{lines:?}");
    }
    let seen = world.upstream.requests().pop().unwrap();
    assert_eq!(seen.values("authorization"), [format!("Bearer {stranger}")]);
    assert_eq!(world.get(ORDERS, "/", &[bearer(&stranger)]).await.status, 401, "the other one stays closed");
}
