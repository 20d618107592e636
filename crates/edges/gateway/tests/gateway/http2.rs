use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::{Body, Incoming};
use hyper::client::conn::http2::SendRequest;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;

use crate::support::*;

/// A connection of HTTP/2 to the gate. It ends with the world.
pub async fn connect<B>(world: &World) -> SendRequest<B>
where
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let stream = TcpStream::connect(world.address).await.unwrap();
    let handshake = hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream));
    let (sender, connection) = handshake.await.unwrap();
    world.behind.tasks().spawn("client of HTTP/2", async move {
        let _ended = connection.await;
    });
    sender
}

fn get(host: &str, path: &str) -> http::request::Builder {
    Request::get(format!("http://{host}{path}"))
}

async fn text(response: Response<Incoming>) -> String {
    String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

#[tokio::test]
async fn request_over_http2_is_decided_about_and_forwarded_like_any_other() {
    let world = World::start().await;
    let mut sender = connect(&world).await;
    let request = get(MENU, "/a%2Fb//c?d=%20").header("cookie", "a=1").header("cookie", "b=2");
    let request = request.header("x_goog_authenticated_user_email", "forged").header("te", "trailers");
    let answer = sender.send_request(request.body(Empty::<Bytes>::new()).unwrap()).await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.headers()["x-doorward-request-id"].len()), (200, 32));
    assert_eq!(text(answer).await, "answer 1");
    let seen = world.upstream.requests().pop().unwrap();
    assert!(seen.head.starts_with("GET /a%2Fb//c?d=%20 HTTP/1.1\r\n"), "{}", seen.head);
    assert_eq!((seen.values("host"), seen.values("cookie")), (vec![MENU], vec!["a=1; b=2"]));
    assert_eq!((seen.values("x-forwarded-for"), seen.values("te")), (vec!["127.0.0.1"], vec![]));
    assert!(!seen.head.contains("forged"), "{}", seen.head);

    let refused = sender.send_request(get(ORDERS, "/").body(Empty::new()).unwrap()).await.unwrap();
    assert_eq!(
        (refused.status().as_u16(), &refused.headers()["x-doorward-reason"]),
        (403, &"INVOKER_CREDENTIALS_MISSING".parse().unwrap())
    );
    let token = world.runner();
    let request = get(ORDERS, "/").header("authorization", format!("Bearer {token}"));
    let answer = sender.send_request(request.body(Empty::new()).unwrap()).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(world.upstream.requests().len(), 2);
}

#[tokio::test]
async fn body_over_http2_reaches_a_service_of_http1_with_one_framing() {
    let world = World::start().await;
    let mut sender = connect(&world).await;
    let body = Bytes::from(vec![b'x'; 3 << 20]);
    let request = Request::post(format!("http://{MENU}/")).body(Full::new(body.clone())).unwrap();
    assert_eq!(sender.send_request(request).await.unwrap().status(), 200);
    let seen = world.upstream.requests().pop().unwrap();
    assert_eq!(seen.values("transfer-encoding").len() + seen.values("content-length").len(), 1);
    assert!(seen.body == body);
}

#[tokio::test]
async fn drain_says_goodbye_and_finishes_the_requests_of_http2() {
    let world = World::start().await;
    let mut sender = connect(&world).await;
    let waiting = sender.send_request(get(MENU, "/wait").body(Empty::<Bytes>::new()).unwrap());
    let drain = world.supervisor.tasks().drain();
    let (upstream, timer) = (world.upstream.clone(), supervise::Timer::wall());
    let drained = async {
        while upstream.requests().is_empty() {
            tokio::task::yield_now().await;
        }
        world.supervisor.drain(timer.now() + Duration::from_secs(20)).await
    };
    let word = async {
        drain.draining().await;
        upstream.word.notify_one();
    };
    let (answer, drained, ()) = tokio::join!(waiting, drained, word);
    assert_eq!((answer.unwrap().status().as_u16(), drained), (200, Ok(())));
    assert!(sender.send_request(get(MENU, "/").body(Empty::new()).unwrap()).await.is_err());
}

#[tokio::test]
async fn request_that_its_client_resets_is_taken_from_the_service() {
    let world = World::start().await;
    let mut sender = connect(&world).await;
    let waiting = sender.send_request(get(MENU, "/wait").body(Empty::<Bytes>::new()).unwrap());
    let asked = async {
        while world.upstream.requests().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        _ = waiting => panic!("nobody answered"),
        () = asked => {}
    }
    world.upstream.left.notified().await;
    assert_eq!(sender.send_request(get(MENU, "/").body(Empty::new()).unwrap()).await.unwrap().status(), 200);
}

#[tokio::test]
async fn answer_that_breaks_off_is_no_whole_answer_over_http2() {
    let world = World::start().await;
    let mut sender = connect(&world).await;
    let answer =
        sender.send_request(get(MENU, "/break-off").body(Empty::<Bytes>::new()).unwrap()).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.into_body().collect().await.is_err());
    let late = sender.send_request(get(SLOW, "/hang").body(Empty::new()).unwrap()).await.unwrap();
    assert_eq!(
        (late.status().as_u16(), &late.headers()["x-doorward-reason"]),
        (504, &"BACKEND_TIMED_OUT".parse().unwrap())
    );
}
