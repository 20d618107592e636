use rstest::rstest;

use crate::support::*;

/// Each of these is one request to some servers and two to others, or cannot be told apart from such a one. It is refused
/// once, and nothing of it reaches the service.
#[rstest]
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
async fn ambiguous_request_is_refused_once_and_reaches_no_service(#[case] text: &str) {
    let world = World::start().await;
    // That this ends shows that the connection is closed after such a request.
    let answer = world.raw(text.replace("HOST", MENU).as_bytes()).await;
    assert_eq!((answer.status, answer.reason()), (400, "REQUEST_MALFORMED"), "{}", answer.whole());
    assert_eq!(answer.whole().matches("HTTP/1.1 ").count(), 1, "{}", answer.whole());
    assert!(world.upstream.requests().is_empty(), "{:?}", world.upstream.requests());
}

/// The HTTP library drops the length where it stands before the coding (RFC 9112 §6.3), so that there is one reading.
#[tokio::test]
async fn length_before_a_coding_counts_for_nothing_and_no_second_request_is_read() {
    let world = World::start().await;
    let text = "POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 50\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n\
                GET /smuggled HTTP/1.1\r\nHost: HOST\r\n\r\n";
    // That this ends shows that the connection is closed after such a request.
    let answer = world.raw(text.replace("HOST", MENU).as_bytes()).await;
    assert_eq!((answer.status, answer.header("connection")), (200, Some("close")));
    assert_eq!(answer.whole().matches("HTTP/1.1 ").count(), 1, "{}", answer.whole());
    let [seen] = &world.upstream.requests()[..] else { panic!("{:?}", world.upstream.requests()) };
    assert!(seen.head.starts_with("POST / HTTP/1.1\r\n") && seen.body.is_empty(), "{seen:?}");
    assert_eq!((seen.values("content-length"), seen.values("transfer-encoding")), (vec![], vec!["chunked"]));
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
