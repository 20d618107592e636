//! Connections over real sockets: coming in, being served, and the end of it.

use std::{convert::Infallible, io, net::SocketAddr, sync::Arc, thread, time::Duration};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Empty, Full};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::rt::TokioIo;
use listen::{BindError, Connection, Limits, Peer, Server, Socket};
use names::ProjectId;
use outbound::DeliveryKind;
use supervise::{Supervisor, Tasks, Timer, Undrained};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::{Notify, mpsc, oneshot},
};

const SECOND: Duration = Duration::from_secs(1);

/// Says who asked for what. `/slow` first tells that it began and waits for a word.
#[derive(Clone)]
struct Door {
    begun: mpsc::Sender<()>,
    word: Arc<Notify>,
}

impl Door {
    fn new() -> (Door, mpsc::Receiver<()>) {
        let (begun, has_begun) = mpsc::channel(8);
        (Door { begun, word: Arc::default() }, has_begun)
    }

    async fn answer(self, peer: Peer, request: Request<Incoming>) -> Response<Full<Bytes>> {
        if request.uri().path() == "/slow" {
            self.begun.send(()).await.expect("a listening test");
            self.word.notified().await;
        }
        let who = match peer {
            Peer::Delivery { kind, project } => format!("{kind:?} of {project}"),
            Peer::Network(_) => "network".to_owned(),
        };
        Response::new(Full::from(format!("{who} {}", request.uri().path())))
    }
}

fn server(tasks: &Tasks, limits: Limits) -> Server {
    let unreadable = |status| Response::builder().status(status).body(Bytes::new()).expect("a status");
    Server::new(tasks, limits, Arc::new(unreadable))
}

fn open(socket: &Socket, tasks: &Tasks, door: &Door) {
    open_with(server(tasks, Limits::default()), socket, tasks, door);
}

fn open_with(server: Server, socket: &Socket, tasks: &Tasks, door: &Door) {
    let mut listener = socket.listener(tasks.drain()).expect("a descriptor");
    let (inner, door) = (tasks.clone(), door.clone());
    tasks.spawn_essential("accept", async move {
        while let Some(connection) = listener.accept().await {
            let (server, door) = (server.clone(), door.clone());
            inner.spawn("connection", async move { serve(&server, door, connection).await });
        }
    });
}

async fn serve(server: &Server, door: Door, connection: Connection) {
    let peer = connection.peer.clone();
    let service = service_fn(move |request| {
        let (door, peer) = (door.clone(), peer.clone());
        async move { Ok::<_, Infallible>(door.answer(peer, request).await) }
    });
    server.serve(connection, service).await;
}

fn bound() -> Socket {
    Socket::bind("--api", SocketAddr::from(([127, 0, 0, 1], 0))).expect("a free port")
}

/// Asks for `path` and keeps the connection.
async fn ask(stream: &mut TcpStream, path: &str) {
    let request = format!("GET {path} HTTP/1.1\r\nHost: bakery\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("a writable connection");
}

async fn answer(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    while !text.contains("network") {
        let mut buffer = [0; 512];
        let length = stream.read(&mut buffer).await.expect("a readable connection");
        assert!(length > 0, "closed after {text:?}");
        text.push_str(std::str::from_utf8(&buffer[..length]).expect("text"));
    }
    text
}

#[tokio::test]
async fn a_request_under_way_is_finished_and_nobody_new_gets_in() {
    let timer = Timer::wall();
    let supervisor = Supervisor::new(&timer);
    let tasks = supervisor.tasks().clone();
    let (door, mut begun) = Door::new();
    let socket = bound();
    let address = socket.local_address();
    open(&socket, &tasks, &door);
    open(&socket, &tasks, &door);

    let mut idle = TcpStream::connect(address).await.unwrap();
    ask(&mut idle, "/quick").await;
    assert!(answer(&mut idle).await.starts_with("HTTP/1.1 200 OK\r\n"));
    let mut busy = TcpStream::connect(address).await.unwrap();
    ask(&mut busy, "/slow").await;
    begun.recv().await.unwrap();

    let (drained, is_drained) = oneshot::channel();
    let deadline = timer.now() + 30 * SECOND;
    let draining = thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        drained.send(runtime.block_on(supervisor.drain(deadline))).unwrap();
    });
    assert_eq!(idle.read(&mut [0; 8]).await.unwrap(), 0, "an idle connection is closed");
    // The accept loops end on this thread; a refusal shows that they have.
    let refused = loop {
        match TcpStream::connect(address).await {
            Ok(_latecomer) => tokio::task::yield_now().await,
            Err(error) => break error,
        }
    };
    assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
    door.word.notify_one();
    let text = answer(&mut busy).await;
    assert!(text.starts_with("HTTP/1.1 200 OK\r\n") && text.ends_with("network /slow"), "{text}");
    assert!(text.contains("connection: close"), "{text}");
    assert_eq!(busy.read(&mut [0; 8]).await.unwrap(), 0);
    assert_eq!(is_drained.await.unwrap(), Ok(()));
    draining.join().unwrap();
}

#[tokio::test]
async fn a_request_that_outlives_the_deadline_is_named() {
    let timer = Timer::wall();
    let supervisor = Supervisor::new(&timer);
    let (door, mut begun) = Door::new();
    let socket = bound();
    open(&socket, supervisor.tasks(), &door);
    let mut busy = TcpStream::connect(socket.local_address()).await.unwrap();
    ask(&mut busy, "/slow").await;
    begun.recv().await.unwrap();
    let outcome = supervisor.drain(timer.now() + Duration::from_millis(50)).await;
    assert_eq!(outcome, Err(Undrained { names: vec!["connection".into()] }));
    assert_eq!(busy.read(&mut [0; 8]).await.unwrap_or(0), 0);
}

#[tokio::test]
async fn http2_is_spoken_on_the_same_port_and_drains_too() {
    let timer = Timer::wall();
    let supervisor = Supervisor::new(&timer);
    let tasks = supervisor.tasks().clone();
    let (door, mut begun) = Door::new();
    let socket = bound();
    open(&socket, &tasks, &door);
    let stream = TcpStream::connect(socket.local_address()).await.unwrap();
    let executor = hyper_util::rt::TokioExecutor::new();
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(executor, TokioIo::new(stream)).await.unwrap();
    let client = Supervisor::new(&timer);
    client.tasks().spawn("client", async move { connection.await.expect("an orderly end") });
    let request = Request::get("http://bakery/slow").body(Empty::<Bytes>::new()).unwrap();
    let answering = sender.send_request(request);
    let finish = async {
        begun.recv().await.unwrap();
        let drain = supervisor.drain(timer.now() + 30 * SECOND);
        let word = async { door.word.notify_one() };
        tokio::join!(drain, word).0
    };
    let (response, drained) = tokio::join!(answering, finish);
    let body = response.unwrap().into_body().collect().await.unwrap().to_bytes();
    assert_eq!((&body[..], drained), (&b"network /slow"[..], Ok(())));
}

/// Each core takes one connection and then only waits for the end, so two connections reach two cores.
#[tokio::test]
async fn every_runtime_accepts_from_the_same_socket() {
    let timer = Timer::wall();
    let supervisor = Supervisor::new(&timer);
    let socket = Arc::new(bound());
    let (came, mut who) = mpsc::channel(8);
    let threads: Vec<_> = (0..2)
        .map(|core| {
            let (socket, came, drain) = (socket.clone(), came.clone(), supervisor.tasks().drain());
            thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                runtime.block_on(async {
                    let mut listener = socket.listener(drain.clone()).unwrap();
                    let connection = listener.accept().await.expect("nobody drains yet");
                    came.send((core, connection.peer)).await.unwrap();
                    drain.draining().await;
                });
            })
        })
        .collect();
    let mut expected = Vec::new();
    let mut streams = Vec::new();
    for _ in 0..2 {
        let stream = TcpStream::connect(socket.local_address()).await.unwrap();
        expected.push(Peer::Network(stream.local_addr().unwrap()));
        streams.push(stream);
    }
    let (one, two) = (who.recv().await.unwrap(), who.recv().await.unwrap());
    assert_ne!(one.0, two.0);
    assert!(expected.contains(&one.1) && expected.contains(&two.1) && one.1 != two.1);
    supervisor.drain(timer.now() + 30 * SECOND).await.unwrap();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

#[tokio::test]
async fn beyond_the_limit_one_is_told_so_until_a_place_is_free() {
    let timer = Timer::wall();
    let supervisor = Supervisor::new(&timer);
    let (door, _begun) = Door::new();
    let socket = bound().with_limit(1);
    open(&socket, supervisor.tasks(), &door);
    let mut first = TcpStream::connect(socket.local_address()).await.unwrap();
    ask(&mut first, "/first").await;
    answer(&mut first).await;
    for _ in 0..100 {
        let mut second = TcpStream::connect(socket.local_address()).await.unwrap();
        ask(&mut second, "/second").await;
        let mut told = String::new();
        second.read_to_string(&mut told).await.unwrap();
        assert_eq!(
            told,
            "HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
        );
    }
    // The first is still served.
    ask(&mut first, "/first").await;
    answer(&mut first).await;
    drop(first);
    loop {
        let mut third = TcpStream::connect(socket.local_address()).await.unwrap();
        ask(&mut third, "/third").await;
        let mut start = [0; 12];
        third.read_exact(&mut start).await.unwrap();
        match &start {
            b"HTTP/1.1 200" => break,
            told => assert_eq!(told, b"HTTP/1.1 503", "the server has not seen yet that the first has left"),
        }
    }
}

#[tokio::test]
async fn a_peer_that_does_not_finish_its_request_head_is_let_go() {
    let timer = Timer::wall();
    let supervisor = Supervisor::new(&timer);
    let (door, _begun) = Door::new();
    let socket = bound();
    let limits = Limits { head_patience: SECOND, ..Limits::default() };
    let server = server(supervisor.tasks(), limits);
    open_with(server, &socket, supervisor.tasks(), &door);
    let address = socket.local_address();
    let silent = |start: &'static [u8]| async move {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(start).await.unwrap();
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).await.map(|_| ())
    };
    let all =
        async { tokio::join!(silent(b""), silent(b"PRI * HTTP/2.0\r\n"), silent(b"GET / HTTP/1.1\r\nHo")) };
    let ended = timer.timeout(20 * SECOND, all).await;
    assert!(ended.is_ok(), "somebody still holds a place");
}

#[tokio::test]
async fn a_slow_answer_is_not_cut_off_by_the_patience_for_heads() {
    let timer = Timer::wall();
    let supervisor = Supervisor::new(&timer);
    let (door, mut begun) = Door::new();
    let socket = bound();
    let limits = Limits { head_patience: SECOND, ..Limits::default() };
    let server = server(supervisor.tasks(), limits);
    open_with(server, &socket, supervisor.tasks(), &door);
    let mut stream = TcpStream::connect(socket.local_address()).await.unwrap();
    // Shorter than the preface of HTTP/2, and begun with its first letter.
    stream.write_all(b"P /slow HTTP/1.0\r\n\r\n").await.unwrap();
    begun.recv().await.unwrap();
    // Real time is what is tested: the patience of a socket does not follow a hand-driven clock.
    timer.sleep(SECOND * 3 / 2).await;
    door.word.notify_one();
    assert!(answer(&mut stream).await.ends_with("network /slow"));
}

#[tokio::test]
async fn a_delivery_comes_in_through_memory_with_its_project() {
    let timer = Timer::wall();
    let supervisor = Supervisor::new(&timer);
    let (door, _begun) = Door::new();
    let (mut here, there) = tokio::io::duplex(1024);
    let project = ProjectId::parse("bakery").unwrap();
    let connection = Connection::of_delivery(there, DeliveryKind::ScheduledJob, project);
    let server = server(supervisor.tasks(), Limits::default());
    supervisor.tasks().spawn("connection", async move { serve(&server, door, connection).await });
    here.write_all(b"GET /oven HTTP/1.1\r\nHost: bakery\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut text = String::new();
    here.read_to_string(&mut text).await.unwrap();
    assert!(text.ends_with("ScheduledJob of bakery /oven"), "{text}");
}

#[test]
fn a_taken_port_says_what_to_do() {
    let socket = bound();
    let error = Socket::bind("--api", socket.local_address()).unwrap_err();
    assert!(matches!(error, BindError::AddressTaken { .. }), "{error:?}");
    let address = socket.local_address();
    assert_eq!(
        error.to_string(),
        format!("{address} is taken: stop what listens there, or choose another address with --api")
    );
    drop(socket);
    Socket::bind("--api", address).expect("free again");
}

#[test]
fn an_address_of_another_machine_is_told_apart() {
    let error = Socket::bind("--gate", "192.0.2.1:0".parse().unwrap()).unwrap_err();
    assert!(matches!(error, BindError::NotOurs { .. }) && error.to_string().contains("--gate"), "{error:?}");
}
