//! Hosts that are served here.

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::World;

fn get(uri: &str, host: &str) -> Request<Full<Bytes>> {
    Request::get(uri).header("host", host).body(Full::default()).unwrap()
}

#[tokio::test]
async fn hosts_of_apis_lead_to_the_api_and_those_of_services_to_the_gate() {
    let world = World::start();
    for (host, door) in [
        ("iam.googleapis.com", "api"),
        ("us-central1-run.googleapis.com", "api"),
        ("accounts.google.com", "api"),
        ("hello-42.us-central1.run.app", "gate"),
        ("us-central1-demo.cloudfunctions.net", "gate"),
    ] {
        let (status, said) = world.ask_http1(&format!("{host}:443"), get("/v1/x", host)).await;
        assert_eq!(
            (status, said),
            (200, format!("{door} GET {host}/v1/x only={host} local=true via=false "))
        );
    }
}

#[tokio::test]
async fn http2_goes_inside_of_tls() {
    let world = World::start();
    let request = Request::post("https://iam.googleapis.com/v1/y").body(Full::from("loaf")).unwrap();
    let (status, said) = world.ask_http2("iam.googleapis.com:443", request).await;
    let expected = "api POST iam.googleapis.com/v1/y only=iam.googleapis.com local=true via=false loaf";
    assert_eq!((status, said.as_str()), (200, expected));
}

#[tokio::test]
async fn any_port_of_such_a_host_ends_here() {
    let world = World::start();
    let (status, said) =
        world.ask_http1("iam.googleapis.com:8443", get("/", "iam.googleapis.com:8443")).await;
    assert!(status == 200 && said.starts_with("api GET iam.googleapis.com:8443/ "), "{said}");
    let mut plain = world.tunnel("iam.googleapis.com:80").await;
    plain
        .write_all(b"GET /p HTTP/1.1\r\nHost: iam.googleapis.com\r\nConnection: close\r\n\r\n")
        .await
        .unwrap();
    let mut said = String::new();
    plain.read_to_string(&mut said).await.unwrap();
    assert!(said.contains("api GET iam.googleapis.com/p only=iam.googleapis.com"), "{said}");
}

#[tokio::test]
async fn tls_for_another_host_than_the_tunnels_ends_it() {
    let world = World::start();
    // A host that is served gets its handshake, and nothing behind it; a stranger does not even get that.
    let mut other = world.tls("iam.googleapis.com:443", "run.googleapis.com", b"http/1.1").await.unwrap();
    let asked = other.write_all(b"GET / HTTP/1.1\r\nHost: iam.googleapis.com\r\n\r\n").await;
    let mut said = Vec::new();
    let read = other.read_to_end(&mut said).await;
    assert!(said.is_empty() && (asked.is_err() || read.is_err() || read.is_ok_and(|length| length == 0)));
    for stranger in ["example.com", "localhost"] {
        assert!(world.tls("iam.googleapis.com:443", stranger, b"http/1.1").await.is_err(), "{stranger}");
    }
}

#[tokio::test]
async fn tls_without_a_protocol_that_is_spoken_here_is_refused() {
    let world = World::start();
    assert!(world.tls("iam.googleapis.com:443", "iam.googleapis.com", b"smtp").await.is_err());
}

#[tokio::test]
async fn whole_urls_are_answered_on_one_connection_whatever_host_line_says() {
    let world = World::start();
    let head = |url: &str, more: &str| {
        format!("POST {url} HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 4\r\n{more}\r\nloaf")
    };
    let (first, mut stream) = world.said(&head("http://iam.googleapis.com/a", "")).await;
    assert!(first.starts_with("HTTP/1.1 200 "), "{first}");
    let second = head("http://hello-42.us-central1.run.app/b", "Connection: close\r\n");
    stream.write_all(second.as_bytes()).await.unwrap();
    let mut rest = String::new();
    stream.read_to_string(&mut rest).await.unwrap();
    assert!(
        rest.starts_with("api POST iam.googleapis.com/a only=iam.googleapis.com local=true via=false loaf"),
        "{rest}"
    );
    assert!(
        rest.contains("gate POST hello-42.us-central1.run.app/b only=hello-42.us-central1.run.app"),
        "{rest}"
    );
}

#[tokio::test]
async fn what_is_not_written_for_a_proxy_is_refused() {
    let world = World::start();
    for line in [
        "GET / HTTP/1.1",
        "OPTIONS * HTTP/1.1",
        "GET https://iam.googleapis.com/ HTTP/1.1",
        "GET ftp://example.com/ HTTP/1.1",
    ] {
        let head = format!("{line}\r\nHost: evil.example:8092\r\nConnection: close\r\n\r\n");
        let (answer, mut stream) = world.said(&head).await;
        let mut body = String::new();
        stream.read_to_string(&mut body).await.unwrap();
        assert!(!body.contains("8092"), "the address is its own: {body}");
        let names_itself = body.contains(&format!("https_proxy=http://{}", world.address));
        assert_eq!(names_itself, !line.contains("://"), "{line}: {body}");
        assert!(answer.starts_with("HTTP/1.1 400 "), "{line}: {answer}");
        assert!(answer.contains("x-doorward-reason: PROXY_REQUEST_EXPECTED"), "{line}: {answer}");
    }
}
