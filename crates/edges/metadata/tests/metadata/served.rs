//! On a socket.
#![expect(clippy::unwrap_used, reason = "what a test is about exists")]

use std::net::SocketAddr;

use listen::Socket;
use supervise::{Supervisor, Timer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::world::World;

async fn exchange(address: SocketAddr, bytes: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn who_connects_is_answered_until_the_drain() {
    let world = World::new();
    let supervisor = Supervisor::new(&Timer::wall());
    let socket = Socket::bind("metadata", "127.0.0.1:0".parse().unwrap()).unwrap();
    world.metadata.serve(&socket, supervisor.tasks()).unwrap();
    let address = socket.local_address();
    let asked = "GET / HTTP/1.1\r\nHost: metadata.google.internal\r\nConnection: close\r\n\r\n";
    let answer = exchange(address, asked).await;
    assert!(
        answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.contains("metadata-flavor: Google\r\n"),
        "{answer}"
    );
    let refused = exchange(address, "no request\r\n\r\n").await;
    assert!(
        refused.starts_with("HTTP/1.1 400 ") && refused.contains("metadata-flavor: Google\r\n"),
        "{refused}"
    );
    supervisor.drain(Timer::wall().now() + std::time::Duration::from_secs(20)).await.unwrap();
    TcpStream::connect(address).await.unwrap_err();
}
