use std::collections::BTreeSet;

use crate::support::*;
use crate::upstream::LOOKALIKE;

#[tokio::test]
async fn what_is_no_request_is_refused_with_reason_and_request_id_whatever_came_before() {
    let world = World::start().await;
    let good = format!("GET / HTTP/1.1\r\nHost: {MENU}\r\n\r\n");
    let long = format!("GET / HTTP/1.1\r\nHost: {MENU}\r\nX: {}\r\n\r\n", "y".repeat(400 << 10));
    let many: String = (0..300).map(|number| format!("X-{number}: 1\r\n")).collect();
    let mut ids = BTreeSet::new();
    for (status, bad) in [
        (400, "nonsense\r\n\r\n".to_owned()),
        (400, "\x16\x03\x01\0\0\0\r\n\r\n".to_owned()),
        (400, format!("GET / HTTP/1.1\r\nHost: {MENU}\r\nX : 1\r\n\r\n")),
        (400, format!("GET / HTTP/1.1\r\nHost: {MENU}\r\nX: a\0b\r\n\r\n")),
        (400, format!("POST / HTTP/1.1\r\nHost: {MENU}\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n")),
        (431, format!("GET / HTTP/1.1\r\nHost: {MENU}\r\n{many}\r\n")),
        (431, long),
    ] {
        for before in 0..3 {
            let seen = world.upstream.requests().len();
            let text = world.raw(format!("{}{bad}", good.repeat(before)).as_bytes()).await.whole();
            assert_eq!(world.upstream.requests().len(), seen + before, "{bad:?}");
            let at = text.rfind("HTTP/1.1 ").unwrap();
            let (answers, refusal) = text.split_at(at);
            assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), before, "{text}");
            let refusal = Answer::of(refusal);
            assert_eq!((refusal.status, refusal.reason()), (status, "REQUEST_MALFORMED"), "{bad:?}");
            assert_eq!(refusal.header("connection"), Some("close"));
            assert!(refusal.body.contains("<h1>Error: "), "{refusal:?}");
            assert!(ids.insert(refusal.header("x-doorward-request-id").unwrap().to_owned()));
        }
    }
}

#[tokio::test]
async fn answer_of_a_service_that_reads_like_such_a_refusal_arrives_as_it_is() {
    let world = World::start().await;
    let one = format!("GET /lookalike HTTP/1.1\r\nHost: {MENU}\r\n\r\n");
    assert_eq!(world.get(MENU, "/lookalike", &[]).await.body, LOOKALIKE);
    let text = world.raw(format!("{one}{one}nonsense\r\n\r\n").as_bytes()).await.whole();
    assert_eq!(text.matches(&format!("\r\n\r\n{LOOKALIKE}")).count(), 2, "{text}");
    assert_eq!(text.matches("x-doorward-reason: REQUEST_MALFORMED").count(), 1, "{text}");
}
