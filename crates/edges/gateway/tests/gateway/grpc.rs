use bytes::Bytes;
use http::{HeaderMap, Request, Uri};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Frame, Incoming};
use tonic::metadata::MetadataValue;
use tonic::{Code, Status};
use tonic_health::ServingStatus;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use crate::http2::connect;
use crate::support::*;

/// A message to ask with, and a credential where there is one.
fn asking(service: &str, token: Option<&str>) -> tonic::Request<HealthCheckRequest> {
    let mut request = tonic::Request::new(HealthCheckRequest { service: service.to_owned() });
    if let Some(token) = token {
        let value = MetadataValue::try_from(format!("Bearer {token}")).unwrap();
        request.metadata_mut().insert("authorization", value);
    }
    request
}

macro_rules! client {
    ($world:expr) => {{
        let sender = connect::<tonic::body::Body>($world).await;
        let channel = tower::service_fn(move |request: Request<tonic::body::Body>| {
            let mut sender = sender.clone();
            async move { sender.send_request(request).await }
        });
        HealthClient::with_origin(channel, Uri::try_from(format!("http://{KITCHEN}")).unwrap())
    }};
}

#[tokio::test]
async fn grpc_call_passes_with_its_status_and_is_refused_without_a_credential() {
    let world = World::start().await;
    let token = world.tokens.mint(RUNNER, KITCHEN_URL);
    let mut client = client!(&world);
    let answer = client.check(asking("bread", Some(&token))).await.unwrap();
    assert_eq!(answer.metadata().get("x-doorward-request-id").unwrap().len(), 32);
    assert_eq!(answer.into_inner().status, 1);
    let status: Status = client.check(asking("soup", Some(&token))).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    let refused = client.check(asking("bread", None)).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    assert!(refused.message().contains("doorward token identity"), "{refused:?}");
    let told = |name| refused.metadata().get(name).unwrap().to_str().unwrap();
    assert_eq!(
        (told("x-doorward-reason"), told("x-doorward-request-id").len()),
        ("INVOKER_CREDENTIALS_MISSING", 32)
    );
    let refused = client.check(asking("bread", Some("not.a.token"))).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated);
    let seen = world.kitchen.seen();
    assert_eq!(seen.headers["te"], "trailers");
    assert_eq!(seen.headers["x-forwarded-for"], "127.0.0.1");
    assert!(seen.headers["authorization"].to_str().unwrap().ends_with("SIGNATURE_REMOVED_BY_GOOGLE"));
    assert!(
        seen.target.starts_with(&format!("http://{KITCHEN}/grpc.health.v1.Health/Check")),
        "{}",
        seen.target
    );
    assert_eq!(seen.connections, 1, "all requests share one connection");
}

#[tokio::test]
async fn messages_of_a_stream_come_when_they_are_sent() {
    let world = World::start().await;
    let token = world.tokens.mint(RUNNER, KITCHEN_URL);
    let mut client = client!(&world);
    let mut watching = client.watch(asking("bread", Some(&token))).await.unwrap().into_inner();
    assert_eq!(watching.message().await.unwrap().unwrap().status, 1);
    world.kitchen.reporter.set_service_status("bread", ServingStatus::NotServing).await;
    assert_eq!(watching.message().await.unwrap().unwrap().status, 2);
    // Another call while the stream is open.
    let answer = client.check(asking("bread", Some(&token))).await.unwrap();
    assert_eq!((answer.into_inner().status, world.kitchen.seen().connections), (2, 1));
}

#[tokio::test]
async fn fields_behind_a_body_pass_both_ways_except_what_nobody_may_say() {
    let world = World::start().await;
    let token = world.tokens.mint(RUNNER, KITCHEN_URL);
    let mut trailers = HeaderMap::new();
    for name in [
        "x-own",
        "x-goog-authenticated-user-email",
        "x_goog_iap_jwt_assertion",
        "x-forwarded-for",
        "authorization",
    ] {
        trailers.insert(http::HeaderName::try_from(name).unwrap(), "forged".parse().unwrap());
    }
    let pieces = [Ok::<_, std::io::Error>(Frame::data(Bytes::from("bread"))), Ok(Frame::trailers(trailers))];
    let body = StreamBody::new(futures_util::stream::iter(pieces));
    let mut sender = connect(&world).await;
    let request = Request::post(format!("http://{KITCHEN}/echo?a=%2F"))
        .header("authorization", format!("Bearer {token}"))
        .body(body)
        .unwrap();
    let answer: http::Response<Incoming> = sender.send_request(request).await.unwrap();
    assert_eq!(answer.status(), 200);
    let collected = answer.into_body().collect().await.unwrap();
    let behind = collected.trailers().unwrap().clone();
    assert_eq!(
        (behind.get("x-cook").unwrap(), behind.get("x-doorward-reason")),
        (&"grace".parse().unwrap(), None)
    );
    assert_eq!(collected.to_bytes(), "bread");
    let seen = world.kitchen.seen();
    assert_eq!(seen.trailers.keys().map(http::HeaderName::as_str).collect::<Vec<_>>(), ["x-own"]);
    assert!(seen.target.ends_with("/echo?a=%2F"), "{}", seen.target);
}

#[tokio::test]
async fn service_that_speaks_http2_is_reached_from_http1_too() {
    let world = World::start().await;
    let token = world.tokens.mint(RUNNER, KITCHEN_URL);
    let answer = world.get(KITCHEN, "/echo", &[bearer(&token)]).await;
    assert_eq!(answer.status, 200);
}
