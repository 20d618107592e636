//! Everything else.

use std::{net::SocketAddr, time::Duration};

use intercept::Config;
use supervise::on_real_time;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::support::World;

const SECOND: Duration = Duration::from_secs(1);

async fn stranger() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

async fn tunnel(world: &World) -> (TcpStream, TcpStream) {
    let (listener, address) = stranger().await;
    let target = address.to_string();
    let (near, far) = tokio::join!(world.tunnel(&target), listener.accept());
    (near, far.unwrap().0)
}

#[tokio::test]
async fn bytes_go_through_as_they_are_and_each_side_ends_by_itself() {
    let world = World::start();
    let (mut near, mut far) = tunnel(&world).await;
    let bytes: Vec<u8> = (0..=255).cycle().take(300_000).collect();
    let up = async {
        near.write_all(&bytes).await.unwrap();
        near.shutdown().await.unwrap();
    };
    let mut arrived = Vec::new();
    let ((), read) = tokio::join!(up, far.read_to_end(&mut arrived));
    assert!(read.is_ok() && arrived == bytes);
    far.write_all(b"and back").await.unwrap();
    drop(far);
    let mut back = Vec::new();
    near.read_to_end(&mut back).await.unwrap();
    assert_eq!(back, b"and back");
}

#[tokio::test]
async fn tunnel_that_carries_nothing_ends() {
    let idle_patience = Duration::from_millis(50);
    let world = World::start_with(Config { idle_patience, ..Config::default() });
    let (mut near, mut far) = tunnel(&world).await;
    let mut rest = Vec::new();
    let ended = async { tokio::join!(near.read_to_end(&mut rest), far.read_u8()) };
    let (near, far) = on_real_time(30 * SECOND, ended).await.unwrap();
    assert!(near.is_ok_and(|length| length == 0) && far.is_err());
}

#[tokio::test]
async fn tunnels_end_when_the_process_drains() {
    let world = World::start();
    let (mut near, _far) = tunnel(&world).await;
    let deadline = world.timer.now() + 30 * SECOND;
    let (drained, read) = tokio::join!(world.supervisor.drain(deadline), near.read_u8());
    drained.unwrap();
    assert!(read.is_err());
}

#[tokio::test]
async fn plain_answer_of_a_stranger_is_handed_on() {
    let world = World::start();
    let (listener, address) = stranger().await;
    let serve = async {
        let (mut far, _) = listener.accept().await.unwrap();
        let mut asked = Vec::new();
        while !asked.ends_with(b"\r\n\r\n") {
            asked.push(far.read_u8().await.unwrap());
        }
        far.write_all(
            b"HTTP/1.1 302 Found\r\nLocation: /x\r\nKeep-Alive: timeout=5\r\nContent-Length: 2\r\n\r\nno",
        )
        .await
        .unwrap();
        String::from_utf8(asked).unwrap().to_ascii_lowercase()
    };
    let head = format!(
        "GET http://{address}/a?b=c HTTP/1.1\r\nHost: evil.example\r\nProxy-Authorization: x\r\nTE: trailers\r\nConnection: x-mine\r\nX-Mine: 1\r\n\r\n"
    );
    let (asked, (answer, mut stream)) = tokio::join!(serve, world.said(&head));
    assert!(
        asked.starts_with("get /a?b=c http/1.1\r\n") && asked.contains(&format!("host: {address}\r\n")),
        "{asked}"
    );
    assert!(asked.contains("via: 1.1 doorward"), "{asked}");
    for absent in ["proxy-authorization", "te:", "x-mine", "evil.example"] {
        assert!(!asked.contains(absent), "{asked}");
    }
    assert!(answer.starts_with("HTTP/1.1 302 ") && answer.contains("via: 1.1 doorward"), "{answer}");
    assert!(!answer.contains("keep-alive") && !answer.contains("Keep-Alive"), "{answer}");
    let mut body = [0; 2];
    stream.read_exact(&mut body).await.unwrap();
    assert_eq!(&body, b"no");
}

#[tokio::test]
async fn what_is_never_called_is_not_called_through_here() {
    let world = World::start();
    let own = world.address.to_string();
    for target in ["169.254.169.254:80", "0.0.0.0:8080", "[fd00:ec2::254]:80", own.as_str()] {
        let (answer, _) = world.said(&format!("CONNECT {target} HTTP/1.1\r\nHost: x\r\n\r\n")).await;
        assert!(
            answer.starts_with("HTTP/1.1 403 ") && answer.contains("ADDRESS_REFUSED"),
            "{target}: {answer}"
        );
        let (answer, _) = world.said(&format!("GET http://{target}/ HTTP/1.1\r\nHost: x\r\n\r\n")).await;
        assert!(
            answer.starts_with("HTTP/1.1 403 ") && answer.contains("ADDRESS_REFUSED"),
            "{target}: {answer}"
        );
    }
}

#[tokio::test]
async fn ports_of_other_protocols_and_nobodys_ports_are_refused() {
    let world = World::start();
    let (answer, _) = world.said("CONNECT localhost:25 HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 403 ") && answer.contains("PROXY_PORT_REFUSED"), "{answer}");
    let (listener, address) = stranger().await;
    drop(listener);
    let (answer, _) = world.said(&format!("CONNECT {address} HTTP/1.1\r\nHost: x\r\n\r\n")).await;
    assert!(answer.starts_with("HTTP/1.1 502 ") && answer.contains("PROXY_TARGET_UNREACHABLE"), "{answer}");
}

#[tokio::test]
async fn stranger_that_gives_no_answer_is_a_bad_gateway() {
    let world = World::start();
    let switched = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: smtp\r\n\r\n";
    for said in ["220 mail ready\r\n", switched, ""] {
        let (listener, address) = stranger().await;
        let serve = async {
            let mut far = listener.accept().await.unwrap().0;
            far.write_all(said.as_bytes()).await.unwrap();
            far.shutdown().await.unwrap();
            far
        };
        let head = format!(
            "GET http://{address}/ HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: smtp\r\n\r\n"
        );
        let (_far, (answer, _)) = tokio::join!(serve, world.said(&head));
        assert!(
            answer.starts_with("HTTP/1.1 502 ") && answer.contains("PROXY_TARGET_UNREACHABLE"),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn body_without_a_length_goes_through_whatever_the_method() {
    let world = World::start();
    for method in ["GET", "POST"] {
        let (listener, address) = stranger().await;
        let serve = async {
            let (mut far, _) = listener.accept().await.unwrap();
            let mut asked = Vec::new();
            while !asked.ends_with(b"0\r\n\r\n") {
                asked.push(far.read_u8().await.unwrap());
            }
            far.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
            String::from_utf8(asked).unwrap()
        };
        let head = format!(
            "{method} http://{address}/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nloaf\r\n0\r\n\r\n"
        );
        let (asked, (answer, _)) = tokio::join!(serve, world.said(&head));
        assert!(asked.contains("loaf") && !asked.contains("content-length"), "{asked}");
        assert!(answer.starts_with("HTTP/1.1 204 "), "{answer}");
    }
}
