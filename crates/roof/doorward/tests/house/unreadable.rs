//! Bytes that are no request, at the door of the API.

use testbed::Testbed;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[tokio::test]
async fn what_is_no_request_is_refused_with_reason_and_request_id_whatever_came_before() {
    let testbed = Testbed::start().await;
    let good = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";
    let many: String = (0..300).map(|number| format!("X-{number}: 1\r\n")).collect();
    for (status, bad) in [
        (400, "nonsense\r\n\r\n".to_owned()),
        (400, "GET / HTTP/1.1\r\nHost: a\r\nX : 1\r\n\r\n".to_owned()),
        (400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 2\r\n\r\n".to_owned()),
        (414, format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "y".repeat(70_000))),
        (431, format!("GET / HTTP/1.1\r\nHost: a\r\n{many}\r\n")),
        (431, format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "y".repeat(200 << 10))),
    ] {
        for before in 0..3 {
            let mut stream = TcpStream::connect(testbed.house.addresses.api).await.unwrap();
            stream.write_all(format!("{}{bad}", good.repeat(before)).as_bytes()).await.unwrap();
            let mut text = String::new();
            stream.read_to_string(&mut text).await.unwrap();
            assert_eq!(text.matches("HTTP/1.1 200 OK").count(), before, "{text}");
            let refusal = text.split_at(text.rfind("HTTP/1.1 ").unwrap()).1;
            let (head, body) = refusal.split_once("\r\n\r\n").unwrap();
            assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{bad:?}: {text}");
            assert!(head.contains("x-doorward-reason: REQUEST_MALFORMED"), "{head}");
            let id = head.split("x-doorward-request-id: ").nth(1).unwrap().lines().next().unwrap();
            assert_eq!(id.len(), 32);
            let body: serde_json::Value = serde_json::from_str(body).unwrap();
            assert_eq!(body["error"]["code"], status);
            assert!(body.to_string().contains(id), "{body}");
        }
    }
}

#[tokio::test]
async fn grpc_call_whose_body_stays_away_is_ended() {
    let testbed = Testbed::start().await;
    let mut stream = TcpStream::connect(testbed.house.addresses.api).await.unwrap();
    let token = testbed.owner_token().await;
    let head = format!(
        "POST /google.iam.admin.v1.IAM/ListServiceAccounts HTTP/1.1\r\nHost: a\r\nContent-Type: application/grpc\r\n\
         Content-Length: 100\r\nAuthorization: Bearer {token}\r\n\r\n\0\0\0"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    testbed.settle().await;
    testbed.advance(std::time::Duration::from_secs(31)).await;
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    assert!(text.contains("grpc-status: 4\r\n"), "{text}");
    assert!(text.contains("x-doorward-reason: DEADLINE_EXCEEDED"), "{text}");
}
