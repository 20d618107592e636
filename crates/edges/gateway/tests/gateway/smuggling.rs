use rstest::rstest;

use crate::support::*;

/// Each of these is one request to some servers and two to others. The service behind the gate must see none, or
/// exactly one, and never `/smuggled`.
#[rstest]
#[case::cl_te(
    "POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 50\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: HOST\r\n\r\n"
)]
#[case::te_cl(
    "POST / HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n2a\r\nGET /smuggled HTTP/1.1\r\nHost: HOST\r\n\r\n\r\n0\r\n\r\n"
)]
#[case::two_lengths(
    "POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 0\r\nContent-Length: 40\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: HOST\r\n\r\n"
)]
#[case::length_list(
    "POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 0, 40\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: HOST\r\n\r\n"
)]
#[case::length_plus(
    "POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: +0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: HOST\r\n\r\n"
)]
#[case::space_before_colon(
    "POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length : 0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: HOST\r\n\r\n"
)]
#[case::te_space_before_colon(
    "POST / HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: HOST\r\n\r\n"
)]
#[case::te_identity(
    "POST / HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: identity\r\nContent-Length: 0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: HOST\r\n\r\n"
)]
#[case::te_twice(
    "POST / HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: HOST\r\n\r\n"
)]
#[case::te_list(
    "POST / HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: HOST\r\n\r\n"
)]
#[case::te_tab(
    "POST / HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: HOST\r\n\r\n"
)]
#[case::te_in_http_1_0(
    "POST / HTTP/1.0\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: HOST\r\n\r\n"
)]
#[case::folded(
    "POST / HTTP/1.1\r\nHost: HOST\r\nX: 1\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: HOST\r\n\r\n"
)]
#[case::bad_chunk_size(
    "POST / HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n0x0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: HOST\r\n\r\n"
)]
#[case::huge_chunk_size(
    "POST / HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000000\r\nGET /smuggled HTTP/1.1\r\nHost: HOST\r\n\r\n"
)]
#[case::two_hosts("GET / HTTP/1.1\r\nHost: HOST\r\nHost: other\r\nX: GET /smuggled HTTP/1.1\r\n\r\n")]
#[case::no_host("GET / HTTP/1.1\r\nX: 1\r\n\r\n")]
#[case::other_authority("GET http://evil.example.com/smuggled HTTP/1.1\r\nHost: HOST\r\n\r\n")]
#[case::connect(
    "CONNECT HOST:443 HTTP/1.1\r\nHost: HOST:443\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: HOST\r\n\r\n"
)]
#[case::nul("GET / HTTP/1.1\r\nHost: HOST\r\nX: a\0b\r\n\r\n")]
#[tokio::test]
async fn ambiguous_request_reaches_a_service_once_or_never(#[case] text: &str) {
    let world = World::start().await;
    // That this ends shows that the connection is closed after such a request.
    let answer = world.raw(text.replace("HOST", MENU).as_bytes()).await;
    let seen = world.upstream.requests();
    assert!(seen.len() <= 1, "{seen:?}");
    for request in &seen {
        assert!(!request.head.contains("/smuggled "), "{request:?}");
        let framings = request.values("transfer-encoding").len() + request.values("content-length").len();
        assert!(framings <= 1, "{request:?}");
        assert!(request.body.is_empty() || request.body.starts_with(b"GET /smuggled "), "{request:?}");
    }
    if answer.status == 400 {
        assert!(seen.is_empty(), "{seen:?}");
    }
}

#[tokio::test]
async fn refused_framing_reaches_no_service() {
    let world = World::start().await;
    for head in [
        "POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 0\r\nContent-Length: 4\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length : 0\r\n\r\n",
        "POST / HTTP/1.0\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: identity\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: gzip, chunked\r\nConnection: close\r\n\r\n0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: HOST\r\nHost: HOST\r\nConnection: close\r\n\r\n",
        "GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
        "GET http://evil/ HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n",
        "CONNECT HOST:80 HTTP/1.1\r\nHost: HOST:80\r\nConnection: close\r\n\r\n",
    ] {
        let answer = world.raw(head.replace("HOST", MENU).as_bytes()).await;
        assert_eq!(answer.status, 400, "{head:?}: {answer:?}");
    }
    assert!(world.upstream.requests().is_empty());
}

#[tokio::test]
async fn absolute_target_of_the_same_host_is_forwarded_as_a_path() {
    let world = World::start().await;
    let text =
        format!("GET http://{MENU}/a%2Fb//c?d=%20 HTTP/1.1\r\nHost: {MENU}\r\nConnection: close\r\n\r\n");
    assert_eq!(world.raw(text.as_bytes()).await.status, 200);
    let seen = world.upstream.requests().pop().unwrap();
    assert!(seen.head.starts_with("GET /a%2Fb//c?d=%20 HTTP/1.1\r\n"), "{}", seen.head);
}

#[tokio::test]
async fn nothing_after_a_fragment_is_forwarded() {
    let world = World::start().await;
    let answer = world.get(MENU, "/a#/b", &[]).await;
    assert!(answer.status == 400 || answer.status == 200);
    for seen in world.upstream.requests() {
        assert!(seen.head.starts_with("GET /a HTTP/1.1\r\n"), "{}", seen.head);
    }
}
