//! Google's name for the metadata server.

use std::net::SocketAddr;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use crate::support::World;

/// What a client sends whose proxy is `http://metadata:PORT@…`.
fn named(port: u16) -> String {
    format!("Proxy-Authorization: Basic {}\r\n", STANDARD.encode(format!("metadata:{port}")))
}

/// Answers one request with what it was asked.
async fn server() -> (SocketAddr, impl Future<Output = String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serve = async move {
        let (mut far, _) = listener.accept().await.unwrap();
        let mut asked = Vec::new();
        while !asked.ends_with(b"\r\n\r\n") {
            asked.push(far.read_u8().await.unwrap());
        }
        far.write_all(b"HTTP/1.1 200 OK\r\nMetadata-Flavor: Google\r\nContent-Length: 0\r\n\r\n")
            .await
            .unwrap();
        String::from_utf8(asked).unwrap().to_ascii_lowercase()
    };
    (address, serve)
}

#[tokio::test]
async fn each_program_gets_to_the_metadata_server_that_its_proxy_names() {
    let world = World::start();
    for host in ["metadata.google.internal", "METADATA.google.internal.:80", "169.254.169.254"] {
        let (address, serve) = server().await;
        let head = format!(
            "GET http://{host}/computeMetadata/v1/?recursive=true HTTP/1.1\r\nHost: x\r\nMetadata-Flavor: Google\r\n{}\r\n",
            named(address.port())
        );
        let (asked, (answer, _)) = tokio::join!(serve, world.said(&head));
        assert!(
            answer.starts_with("HTTP/1.1 200 ") && answer.contains("metadata-flavor: Google"),
            "{answer}"
        );
        assert!(asked.starts_with("get /computemetadata/v1/?recursive=true http/1.1\r\n"), "{asked}");
        let name = if host.starts_with("169") { host } else { "metadata.google.internal" };
        assert!(
            asked.contains(&format!("host: {name}\r\n")) && asked.contains("metadata-flavor: google"),
            "{asked}"
        );
        assert!(!asked.contains("proxy-authorization") && !asked.contains("x-forwarded-for"), "{asked}");
    }
}

#[tokio::test]
async fn tunnel_to_it_leads_there_too() {
    let world = World::start();
    let (address, serve) = server().await;
    let head =
        format!("CONNECT metadata.google.internal:80 HTTP/1.1\r\nHost: x\r\n{}\r\n", named(address.port()));
    let (answer, mut stream) = world.said(&head).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let ask = stream.write_all(b"GET / HTTP/1.1\r\nHost: metadata.google.internal\r\n\r\n");
    let (asked, written) = tokio::join!(serve, ask);
    assert!(
        written.is_ok() && asked.starts_with("get / http/1.1\r\nhost: metadata.google.internal\r\n"),
        "{asked}"
    );
}

#[tokio::test]
async fn who_names_none_is_told_how_to_get_one() {
    let world = World::start();
    for line in ["GET http://metadata.google.internal/", "CONNECT metadata.google.internal:80"] {
        let (answer, mut stream) =
            world.said(&format!("{line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")).await;
        assert!(answer.starts_with("HTTP/1.1 404 "), "{line}: {answer}");
        assert!(answer.contains("x-doorward-reason: METADATA_SERVER_UNKNOWN"), "{line}: {answer}");
        assert!(
            !answer.to_ascii_lowercase().contains("metadata-flavor"),
            "nobody may take it for one: {answer}"
        );
        let mut body = String::new();
        stream.read_to_string(&mut body).await.unwrap();
        assert!(body.contains("doorward exec --as SA -- COMMAND"), "{line}: {body}");
    }
}

#[tokio::test]
async fn metadata_server_is_on_port_80_and_never_one_of_doorwards_own_listeners() {
    let world = World::start();
    for target in ["CONNECT metadata.google.internal:443", "GET http://metadata.google.internal:8080/"] {
        let (answer, _) = world.said(&format!("{target} HTTP/1.1\r\nHost: x\r\n{}\r\n", named(4711))).await;
        assert!(
            answer.starts_with("HTTP/1.1 403 ") && answer.contains("PROXY_PORT_REFUSED"),
            "{target}: {answer}"
        );
    }
    let own = named(world.address.port());
    let head = format!("GET http://metadata.google.internal/ HTTP/1.1\r\nHost: x\r\n{own}\r\n");
    let (answer, _) = world.said(&head).await;
    assert!(answer.starts_with("HTTP/1.1 403 ") && answer.contains("ADDRESS_REFUSED"), "{answer}");
}
