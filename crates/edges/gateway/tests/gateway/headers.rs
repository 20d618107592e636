use gateway::{Config, TlsInFront};
use http::uri::Scheme;

use crate::support::*;

#[tokio::test]
async fn forged_headers_are_dropped_in_every_spelling() {
    let world = World::start().await;
    let names = [
        "x-appengine-cron",
        "x-google-internal",
        "x-goog-authenticated-user-email",
        "x-goog-iap-jwt-assertion",
        "x-goog-pubsub-message-id",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-proto",
        "x-cloudscheduler",
        "x-cloudscheduler-jobname",
        "x-cloudtasks-queuename",
        "x-doorward-request-id",
    ];
    for name in names {
        for separator in ["-", "_", "."] {
            for line in [name.replace('-', separator), name.replacen('-', separator, 1), name.to_uppercase()]
            {
                let answer = world.get(MENU, "/", &[format!("{line}: forged")]).await;
                assert_eq!(answer.status, 200, "{line}");
                let seen = world.upstream.requests().pop().unwrap();
                assert!(!seen.head.contains("forged"), "{line} arrived: {}", seen.head);
            }
        }
    }
    for line in ["x_serverless_authorization", "x.serverless.authorization", "forwarded", "Proxy"] {
        world.get(MENU, "/", &[format!("{line}: forged")]).await;
        assert!(!world.upstream.requests().pop().unwrap().head.contains("forged"), "{line}");
    }
}

#[tokio::test]
async fn the_gate_says_where_a_request_came_from() {
    let world = World::start().await;
    world.get(MENU, "/", &["Traceparent: 00-1-2-01".to_owned()]).await;
    let seen = world.upstream.requests().pop().unwrap();
    assert_eq!(seen.values("x-forwarded-for"), ["127.0.0.1"]);
    assert_eq!(seen.values("x-forwarded-proto"), ["http"], "as it came");
    assert_eq!(seen.values("forwarded"), ["for=\"127.0.0.1\";proto=http"]);
    assert_eq!(seen.values("host"), [MENU]);
    assert_eq!(seen.values("traceparent"), ["00-1-2-01"]);
}

#[tokio::test]
async fn services_are_told_of_tls_where_there_is_some() {
    let world = World::start().await;
    for (scheme, told) in [(Scheme::HTTP, "http"), (Scheme::HTTPS, "https")] {
        let lines = ["X-Forwarded-Proto: gopher".to_owned(), "X-Forwarded-Proto: https".to_owned()];
        assert_eq!(world.inside(MENU, "/", &lines, scheme).await.status, 200);
        let seen = world.upstream.requests().pop().unwrap();
        assert_eq!(seen.values("x-forwarded-proto"), [told]);
        assert_eq!(seen.values("forwarded"), [format!("for=\"192.0.2.7\";proto={told}")]);
    }
    let config = Config { tls_in_front: TlsInFront::Always, ..Config::default() };
    let behind_nginx = World::with(config).await;
    behind_nginx.get(MENU, "/", &[]).await;
    let seen = behind_nginx.upstream.requests().pop().unwrap();
    assert_eq!(seen.values("x-forwarded-proto"), ["https"]);
    assert_eq!(seen.values("forwarded"), ["for=\"127.0.0.1\";proto=https"]);
}

#[tokio::test]
async fn connection_cannot_name_away_what_the_gate_sets() {
    let world = World::start().await;
    let token = world.runner();
    let named = "Connection: close, Authorization, X-Forwarded-For, X-Forwarded-Proto, Host, X-Own";
    let text = format!(
        "GET / HTTP/1.1\r\nHost: {ORDERS}\r\n{named}\r\n{}\r\nX-Own: 1\r\nKeep-Alive: 5\r\nTE: trailers\r\nProxy-Authorization: x\r\n\r\n",
        bearer(&token)
    );
    assert_eq!(world.raw(text.as_bytes()).await.status, 200);
    let seen = world.upstream.requests().pop().unwrap();
    assert_eq!(seen.values("authorization").len(), 1);
    assert_eq!(seen.values("x-forwarded-for"), ["127.0.0.1"]);
    assert_eq!(seen.values("host"), [ORDERS]);
    for gone in ["x-own", "keep-alive", "te", "proxy-authorization", "connection"] {
        assert!(seen.values(gone).is_empty(), "{gone} arrived");
    }
}

#[tokio::test]
async fn service_cannot_speak_for_the_gate() {
    let world = World::start().await;
    let answer = world.get(MENU, "/forged", &[]).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("x-doorward-reason"), None);
    assert_eq!(answer.header("x-secret"), None);
    assert_eq!(answer.header("cache-control"), Some("private"));
    assert_eq!(answer.header("x-doorward-request-id").map(str::len), Some(32));
}

#[tokio::test]
async fn too_many_headers_are_refused_with_a_request_id() {
    let world = World::start().await;
    let many: Vec<String> = (0..101).map(|number| format!("X-{number}: 1")).collect();
    let long = vec![format!("X-Long: {}", "a".repeat(65 * 1024))];
    for lines in [many, long] {
        let answer = world.get(MENU, "/", &lines).await;
        assert_eq!((answer.status, answer.reason()), (431, "REQUEST_MALFORMED"));
        assert!(answer.header("x-doorward-request-id").is_some());
    }
    let far_too_many: Vec<String> = (0..1000).map(|number| format!("X-{number}: 1")).collect();
    let answer = world.get(MENU, "/", &far_too_many).await;
    assert_eq!((answer.status, answer.reason()), (431, "REQUEST_MALFORMED"));
    assert!(world.upstream.requests().is_empty());
}
