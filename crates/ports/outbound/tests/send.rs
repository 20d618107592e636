//! Requests over real sockets, to servers in this process.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use jiff::Timestamp;
use names::{HostName, ProjectId};
use outbound::{
    Client, DeliveryKind, DialError, Dialer, Guard, Io, Origin, OwnHosts, Reach, Request, Resolve, Resolving,
    Response, SendError, Trust, Why,
};
use supervise::{HandClock, Supervisor, Timer};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    sync::mpsc,
};

/// A process with one server that gives the same answer to everybody and tells what it was asked.
struct World {
    address: SocketAddr,
    asked: mpsc::Receiver<String>,
    clock: HandClock,
    supervisor: Supervisor,
    timer: Timer,
}

impl World {
    async fn answering(answer: impl Into<Vec<u8>>) -> World {
        let start: Timestamp = "2026-11-22T08:00:00Z".parse().expect("an instant");
        let (timer, clock) = Timer::by_hand(start);
        let supervisor = Supervisor::new(&timer);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound socket");
        let (tell, asked) = mpsc::channel(16);
        let answer: Vec<u8> = answer.into();
        supervisor.tasks().spawn("server", async move {
            while let Ok((stream, _)) = listener.accept().await {
                serve(stream, &answer, &tell).await;
            }
        });
        World { address, asked, clock, supervisor, timer }
    }

    fn dialer(&self) -> Dialer {
        Dialer::new(Guard::new(Reach::LoopbackOnly, vec![], vec![]), no_trust(), self.timer.clone())
    }

    async fn send(&self, dialer: Dialer, url: &str) -> Result<Response, SendError> {
        Client::new(dialer).send(self.request(url)).await
    }

    fn request(&self, url: &str) -> Request {
        Request {
            body: Bytes::new(),
            deadline: self.timer.now() + Duration::from_secs(30),
            headers: HeaderMap::new(),
            method: Method::GET,
            origin: origin(),
            url: url.parse().expect("a url"),
        }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn heard(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.asked.try_recv().ok()).collect()
    }
}

/// Reads one request without caring for HTTP more than it must, answers, and closes.
async fn serve(
    mut stream: impl AsyncReadExt + AsyncWriteExt + Unpin,
    answer: &[u8],
    tell: &mpsc::Sender<String>,
) {
    let mut request = Vec::new();
    while !complete(&request) {
        if stream.read_buf(&mut request).await.expect("a readable connection") == 0 {
            break;
        }
    }
    tell.send(String::from_utf8(request).expect("a request in ASCII")).await.expect("a listening test");
    if answer.is_empty() {
        return std::future::pending().await;
    }
    stream.write_all(answer).await.expect("a writable connection");
    stream.shutdown().await.expect("a writable connection");
}

fn complete(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    body.len() >= length.map_or(0, |digits| digits.parse().expect("a number"))
}

fn origin() -> Origin {
    Origin::Delivery {
        kind: DeliveryKind::ScheduledJob,
        project: ProjectId::parse("bakery").expect("a project"),
    }
}

fn no_trust() -> Trust {
    Trust::only([]).expect("nobody is trusted")
}

const HELLO: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Oven: warm\r\n\r\nhello";

#[tokio::test]
async fn a_request_arrives_as_it_was_given_and_so_does_the_answer() {
    let mut world = World::answering(HELLO).await;
    let mut request = world.request(&world.url("/a//b/%2f..;?x=1&y[]=2"));
    request.method = Method::POST;
    request.body = Bytes::from_static(b"flour");
    request.headers.insert("x-order", HeaderValue::from_static("7"));
    let response = Client::new(world.dialer()).send(request).await.unwrap();
    assert_eq!((response.status, response.truncated), (StatusCode::OK, false));
    assert_eq!(
        (&response.body[..], &response.headers["x-oven"]),
        (&b"hello"[..], &HeaderValue::from_static("warm"))
    );
    let asked = world.heard().remove(0);
    let (head, body) = asked.split_once("\r\n\r\n").unwrap();
    let mut lines: Vec<&str> = head.lines().collect();
    assert_eq!(lines.remove(0), "POST /a//b/%2f..;?x=1&y[]=2 HTTP/1.1");
    lines.sort_unstable();
    let host = format!("host: {}", world.address);
    assert_eq!(lines, ["connection: close", "content-length: 5", &host, "x-order: 7"]);
    assert_eq!(body, "flour");
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_nobody_follows_it() {
    for status in [301, 302, 303, 307, 308] {
        let elsewhere = World::answering(HELLO).await;
        let location = elsewhere.url("/taken");
        let answer = format!("HTTP/1.1 {status} Go\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
        let mut world = World::answering(answer).await;
        let mut request = world.request(&world.url("/"));
        request.headers.insert(header::AUTHORIZATION, HeaderValue::from_static("Bearer secret"));
        let response = Client::new(world.dialer()).send(request).await.unwrap();
        assert_eq!(
            (response.status.as_u16(), response.headers["location"].as_bytes()),
            (status, location.as_bytes())
        );
        world.clock.settle().await;
        let mut elsewhere = elsewhere;
        assert_eq!((world.heard().len(), elsewhere.heard().len()), (1, 0));
    }
}

#[tokio::test]
async fn header_fields_of_the_connection_are_ours() {
    let mut world = World::answering(HELLO).await;
    let mut request = world.request(&world.url("/"));
    request.method = Method::POST;
    request.body = Bytes::from_static(b"GET /smuggled HTTP/1.1\r\n\r\n");
    for (name, value) in [
        (header::HOST, "evil.example"),
        (header::CONTENT_LENGTH, "0"),
        (header::TRANSFER_ENCODING, "chunked"),
        (header::CONNECTION, "upgrade"),
        (header::UPGRADE, "websocket"),
        (header::EXPECT, "100-continue"),
        (header::TE, "trailers"),
    ] {
        request.headers.insert(name, HeaderValue::from_static(value));
    }
    Client::new(world.dialer()).send(request).await.unwrap();
    let asked = world.heard().remove(0).to_lowercase();
    let head = asked.split_once("\r\n\r\n").unwrap().0;
    assert_eq!(head.matches("host: ").count(), 1);
    assert!(
        head.contains(&format!("host: {}", world.address)) && head.contains("content-length: 26"),
        "{head}"
    );
    for dropped in ["evil", "chunked", "upgrade", "expect", "te: "] {
        assert!(!head.contains(dropped), "{dropped} in {head}");
    }
    for injected in ["a\r\nb: c", "a\nb", "a\0b"] {
        assert!(HeaderValue::from_str(injected).is_err());
    }
}

#[tokio::test]
async fn a_deadline_ends_a_request_that_nobody_answers() {
    let mut world = World::answering("").await;
    let (client, request) = (Client::new(world.dialer()), world.request(&world.url("/slow?key=hunter2")));
    let (outcome, told) = tokio::sync::oneshot::channel();
    world.supervisor.tasks().spawn("delivery", async move {
        outcome.send(client.send(request).await.err()).expect("a listening test");
    });
    world.clock.advance(Duration::from_secs(29)).await;
    assert_eq!(world.heard().len(), 1);
    world.clock.advance(Duration::from_secs(1)).await;
    let error = told.await.unwrap().unwrap();
    assert!(matches!(error, SendError::TimedOut { .. }), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("hunter2"));
}

#[tokio::test]
async fn a_deadline_ends_an_answer_that_does_not() {
    let world = World::answering(HELLO).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    world.supervisor.tasks().spawn("half an answer", async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf").await.unwrap();
        std::future::pending().await
    });
    let (client, request) = (Client::new(world.dialer()), world.request(&url));
    let (outcome, told) = tokio::sync::oneshot::channel();
    world.supervisor.tasks().spawn("delivery", async move {
        outcome.send(client.send(request).await.err()).expect("a listening test");
    });
    world.clock.advance(Duration::from_secs(30)).await;
    assert!(matches!(told.await.unwrap(), Some(SendError::TimedOut { .. })));
}

#[tokio::test]
async fn a_long_answer_is_cut_off_and_says_so() {
    for (length, limit, truncated) in
        [(10, 10, false), (11, 10, true), (300_000, 100_000, true), (0, 0, false)]
    {
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{}", "x".repeat(length));
        let world = World::answering(answer).await;
        let client = Client::new(world.dialer()).with_body_limit(limit);
        let outcome = client.send(world.request(&world.url("/"))).await.unwrap();
        assert_eq!((outcome.body.len(), outcome.truncated), (length.min(limit), truncated));
    }
}

#[tokio::test]
async fn what_is_not_an_answer_is_told_apart() {
    let endless_head = format!("HTTP/1.1 200 OK\r\nX-Long: {}", "x".repeat(100_000));
    for answer in ["what?\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", &endless_head] {
        let world = World::answering(answer).await;
        let outcome = world.send(world.dialer(), &world.url("/")).await;
        assert!(matches!(outcome, Err(SendError::BrokenAnswer { .. })), "{answer:.20}");
    }
}

#[tokio::test]
async fn a_closed_port_is_told_apart() {
    let world = World::answering(HELLO).await;
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let outcome = world.send(world.dialer(), &format!("http://{free}/")).await;
    assert!(
        matches!(outcome, Err(SendError::NotReached(DialError::ConnectFailed { address, .. })) if address == free)
    );
}

/// Gives the same answer for every name and counts how often it was asked.
#[derive(Default)]
struct Book {
    addresses: Vec<IpAddr>,
    asked: AtomicU32,
}

impl Resolve for Book {
    fn resolve<'a>(&'a self, _name: &'a HostName) -> Resolving<'a> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        Box::pin(async {
            if self.addresses.is_empty() {
                Err(io::ErrorKind::NotFound.into())
            } else {
                Ok(self.addresses.clone())
            }
        })
    }
}

fn book(addresses: &[&str]) -> Arc<Book> {
    let addresses = addresses.iter().map(|address| address.parse().expect("an address")).collect();
    Arc::new(Book { addresses, asked: AtomicU32::new(0) })
}

#[tokio::test]
async fn of_a_mixed_answer_only_what_the_guard_accepts_is_called() {
    let mut world = World::answering(HELLO).await;
    let book = book(&["169.254.169.254", "0.0.0.0", "127.0.0.1"]);
    let url = format!("http://mixed.example:{}/", world.address.port());
    let outcome = world.send(world.dialer().with_resolver(book.clone()), &url).await.unwrap();
    assert_eq!((outcome.status, world.heard().len()), (StatusCode::OK, 1));
    assert_eq!(book.asked.load(Ordering::SeqCst), 1, "a name is resolved once");
}

#[tokio::test]
async fn a_name_that_stands_only_for_forbidden_addresses_is_refused() {
    let mut world = World::answering(HELLO).await;
    let closed = Dialer::new(Guard::new(Reach::Listed, vec![], vec![]), no_trust(), world.timer.clone());
    let dialer = closed.with_resolver(book(&["127.0.0.1", "169.254.169.254"]));
    let outcome = world.send(dialer, &format!("http://inside.example:{}/", world.address.port())).await;
    let Err(SendError::NotReached(error @ DialError::Refused { refused, .. })) = &outcome else {
        panic!("{:?}", outcome.err())
    };
    assert_eq!((refused.address, refused.why), (world.address, Why::Loopback));
    assert!(error.to_string().contains("`[outbound] allow`"), "{error}");
    assert_eq!(world.heard().len(), 0);
}

#[tokio::test]
async fn own_listeners_are_refused_on_every_address_of_this_machine() {
    let mut world = World::answering(HELLO).await;
    let port = world.address.port();
    for listener in
        [world.address, SocketAddr::from(([0, 0, 0, 0], port)), format!("[::]:{port}").parse().unwrap()]
    {
        let guard = Guard::new(Reach::LoopbackOnly, vec![], vec![listener]);
        let dialer = Dialer::new(guard, no_trust(), world.timer.clone());
        for host in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "api.localhost"] {
            let outcome = world.send(dialer.clone(), &format!("http://{host}:{port}/")).await;
            match outcome {
                Err(SendError::NotReached(DialError::Refused { refused, .. })) => {
                    assert_eq!(refused.why, Why::OwnListener);
                }
                // `localhost` is ::1 too, where a listener on 127.0.0.1 does not listen.
                Err(SendError::NotReached(DialError::ConnectFailed { address, .. })) => {
                    assert!(address.is_ipv6() && listener == world.address);
                }
                _ => panic!("{listener} was called through {host}"),
            }
        }
    }
    assert_eq!(world.heard().len(), 0);
}

#[tokio::test]
async fn a_name_without_addresses_is_told_apart() {
    let world = World::answering(HELLO).await;
    let outcome = world.send(world.dialer().with_resolver(book(&[])), "http://nowhere.example/").await;
    let Err(SendError::NotReached(DialError::NameNotResolved { name, .. })) = outcome else {
        panic!("reached")
    };
    assert_eq!(name.as_str(), "nowhere.example");
}

/// Serves `hello.example` in memory, to whoever comes as a scheduled job.
struct Hello {
    supervisor: supervise::Tasks,
    tell: mpsc::Sender<String>,
}

impl OwnHosts for Hello {
    fn dial(&self, host: &str, from: &Origin) -> Option<Io> {
        if host != "hello.example" || *from != origin() {
            return None;
        }
        let (here, there) = tokio::io::duplex(1024);
        let tell = self.tell.clone();
        self.supervisor.spawn("own host", async move { serve(there, HELLO.as_bytes(), &tell).await });
        Some(Io::memory(here))
    }
}

#[tokio::test]
async fn own_hosts_are_reached_in_memory_and_nobody_is_asked_for_an_address() {
    let world = World::answering(HELLO).await;
    let (tell, mut asked) = mpsc::channel(16);
    let hello = Hello { supervisor: world.supervisor.tasks().clone(), tell };
    let book = book(&["127.0.0.1"]);
    let dialer = world.dialer().with_resolver(book.clone()).with_own_hosts(Arc::new(hello));
    for url in ["http://hello.example/", "https://HELLO.example./", "https://hello.example:8443/"] {
        assert_eq!(world.send(dialer.clone(), url).await.unwrap().status, StatusCode::OK, "{url}");
        assert!(asked.recv().await.unwrap().contains("host: hello.example"));
    }
    assert_eq!(book.asked.load(Ordering::SeqCst), 0);
    let mut request = world.request(&format!("http://hello.example:{}/", world.address.port()));
    request.origin = Origin::Gate;
    assert_eq!(Client::new(dialer).send(request).await.unwrap().status, StatusCode::OK);
    assert_eq!(book.asked.load(Ordering::SeqCst), 1, "from elsewhere it is a name like any other");
}
