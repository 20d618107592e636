//! TLS on a socket: which certificate, new files, peers that do not finish.
#![expect(clippy::unwrap_used, reason = "what a test cannot set up fails it")]

use std::{
    convert::Infallible, fs, net::SocketAddr, os::unix::fs::PermissionsExt, path::Path, sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::{body::Incoming, service::service_fn};
use keys::CertificateAuthority;
use listen::{CertificateFiles, Certificates, Limits, Server, Socket, Tls};
use names::HostName;
use rustls::{
    ClientConfig, DigitallySignedStruct, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use supervise::{Supervisor, Timer, on_real_time};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

const START: &str = "2026-11-22T08:00:00Z";
const SECOND: Duration = Duration::from_secs(1);

/// Takes any certificate: the tests look at it themselves.
#[derive(Debug)]
struct TakesAny;

impl ServerCertVerifier for TakesAny {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ECDSA_NISTP256_SHA256]
    }
}

/// Writes a certificate for these names and its key; the certificate as it is shown.
fn made(folder: &Path, stem: &str, names: &[&str]) -> (CertificateFiles, Vec<u8>) {
    let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
    let certified = rcgen::generate_simple_self_signed(names).unwrap();
    let files = CertificateFiles {
        chain: folder.join(format!("{stem}.pem")),
        key: folder.join(format!("{stem}.key")),
    };
    fs::write(&files.chain, certified.cert.pem()).unwrap();
    fs::write(&files.key, certified.signing_key.serialize_pem()).unwrap();
    fs::set_permissions(&files.key, fs::Permissions::from_mode(0o600)).unwrap();
    (files, certified.cert.der().to_vec())
}

async fn serve(supervisor: &Supervisor, certificates: Arc<Certificates>, limits: Limits) -> SocketAddr {
    serve_on(supervisor, certificates, limits, 100).await
}

async fn serve_on(
    supervisor: &Supervisor,
    certificates: Arc<Certificates>,
    limits: Limits,
    places: usize,
) -> SocketAddr {
    let socket = Socket::bind("--gate", ([127, 0, 0, 1], 0).into()).unwrap().with_tls(Tls::new(certificates));
    let socket = socket.with_limit(places);
    let tasks = supervisor.tasks().clone();
    let unreadable = |status| Response::builder().status(status).body(Bytes::new()).unwrap();
    let server = Server::new(&tasks, limits, Arc::new(unreadable));
    let mut listener = socket.listener(tasks.drain()).unwrap();
    tasks.clone().spawn_essential("accept", async move {
        while let Some(connection) = listener.accept().await {
            let server = server.clone();
            tasks.spawn("connection", async move {
                let answer = |_: Request<Incoming>| async {
                    Ok::<_, Infallible>(Response::new(Full::<Bytes>::from("a loaf")))
                };
                server.serve(connection, service_fn(answer)).await;
            });
        }
    });
    socket.local_address()
}

/// The certificate that a client is shown, and the protocol that is agreed on.
async fn shown(address: SocketAddr, name: &str) -> Option<(Vec<u8>, Vec<u8>)> {
    let stream = encrypted(address, name).await?;
    let session = stream.get_ref().1;
    Some((session.peer_certificates()?[0].to_vec(), session.alpn_protocol()?.to_vec()))
}

async fn encrypted(address: SocketAddr, name: &str) -> Option<TlsStream<TcpStream>> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let mut config =
        builder.dangerous().with_custom_certificate_verifier(Arc::new(TakesAny)).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let stream = TcpStream::connect(address).await.unwrap();
    let name = ServerName::try_from(name.to_owned()).unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.ok()
}

#[tokio::test]
async fn host_that_a_client_names_chooses_the_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let (timer, _clock) = Timer::by_hand(START.parse().unwrap());
    let supervisor = Supervisor::new(&timer);
    let (one, first) = made(folder.path(), "one", &["one.example", "also.example"]);
    let (two, second) = made(folder.path(), "two", &["*.two.example"]);
    let domains = [HostName::parse("doorward.lan").unwrap()];
    let authority = CertificateAuthority::open(folder.path(), &domains, timer.now()).unwrap();
    let certificates = Certificates::load(vec![one, two], Some(Arc::new(authority)), timer.clone()).unwrap();
    assert_eq!(certificates.host().unwrap().as_str(), "one.example");
    let address = serve(&supervisor, Arc::new(certificates), Limits::default()).await;
    for (name, expected) in [
        ("one.example", &first),
        ("ALSO.example", &first),
        ("shop.two.example", &second),
        // Nobody names an address: the first one.
        ("127.0.0.1", &first),
    ] {
        let (found, protocol) = shown(address, name).await.unwrap();
        assert!(found == *expected && protocol == b"h2", "{name}");
    }
    let (local, _) = shown(address, "x.doorward.lan").await.unwrap();
    assert!(local != first && local != second);
    for name in ["two.example", "a.b.two.example", "xone.example", "example.com", "doorward.lan.example"] {
        assert!(shown(address, name).await.is_none(), "{name}");
    }
}

#[tokio::test]
async fn new_files_are_used_without_a_restart_and_broken_ones_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let (timer, clock) = Timer::by_hand(START.parse().unwrap());
    let supervisor = Supervisor::new(&timer);
    let (files, first) = made(folder.path(), "one", &["one.example"]);
    let certificates = Arc::new(Certificates::load(vec![files.clone()], None, timer.clone()).unwrap());
    certificates.watch(supervisor.tasks());
    let address = serve(&supervisor, certificates, Limits::default()).await;
    let now = async || shown(address, "one.example").await.unwrap().0;
    assert_eq!(now().await, first);

    fs::write(&files.chain, "broken").unwrap();
    clock.advance(2 * SECOND).await;
    assert_eq!(now().await, first);
    let (_, second) = made(folder.path(), "one", &["one.example"]);
    assert_eq!(now().await, first, "nobody looked yet");
    clock.advance(2 * SECOND).await;
    assert_eq!(now().await, second);

    // One file after the other: until both are there, neither is used.
    let (other, third) = made(folder.path(), "other", &["one.example"]);
    fs::copy(&other.chain, &files.chain).unwrap();
    clock.advance(2 * SECOND).await;
    assert_eq!(now().await, second);
    fs::copy(&other.key, &files.key).unwrap();
    fs::set_permissions(&files.key, fs::Permissions::from_mode(0o644)).unwrap();
    clock.advance(2 * SECOND).await;
    assert_eq!(now().await, second, "all may read the key");
    fs::set_permissions(&files.key, fs::Permissions::from_mode(0o640)).unwrap();
    clock.advance(2 * SECOND).await;
    assert_eq!(now().await, third);

    fs::remove_file(&files.chain).unwrap();
    clock.advance(2 * SECOND).await;
    assert_eq!(now().await, third);
}

#[tokio::test]
async fn peer_that_does_not_finish_its_handshake_holds_up_nobody_and_is_let_go() {
    let folder = tempfile::tempdir().unwrap();
    let timer = Timer::wall();
    let supervisor = Supervisor::new(&timer);
    let (files, _) = made(folder.path(), "one", &["one.example"]);
    let certificates = Arc::new(Certificates::load(vec![files], None, timer.clone()).unwrap());
    let limits = Limits { head_patience: SECOND / 2, ..Limits::default() };
    let address = serve(&supervisor, certificates, limits).await;
    let mut slow = TcpStream::connect(address).await.unwrap();
    slow.write_all(&[0x16, 0x03, 0x01]).await.unwrap();
    assert!(shown(address, "one.example").await.is_some());
    let mut rest = Vec::new();
    let ended = on_real_time(30 * SECOND, slow.read_to_end(&mut rest)).await.unwrap();
    assert!(ended.is_err() || rest.is_empty());
}

#[tokio::test]
async fn who_is_at_the_handshake_has_a_place_already() {
    let folder = tempfile::tempdir().unwrap();
    let timer = Timer::wall();
    let supervisor = Supervisor::new(&timer);
    let (files, _) = made(folder.path(), "one", &["one.example"]);
    let certificates = Arc::new(Certificates::load(vec![files], None, timer.clone()).unwrap());
    let address = serve_on(&supervisor, certificates, Limits::default(), 1).await;
    let slow = TcpStream::connect(address).await.unwrap();
    // Whoever has no place is told so, over TLS too.
    let mut turned_away = encrypted(address, "one.example").await.unwrap();
    let mut said = String::new();
    turned_away.read_to_string(&mut said).await.unwrap();
    assert!(said.starts_with("HTTP/1.1 503 "), "{said}");
    drop(slow);
}

#[tokio::test]
async fn what_is_no_tls_gets_no_answer() {
    let folder = tempfile::tempdir().unwrap();
    let timer = Timer::wall();
    let supervisor = Supervisor::new(&timer);
    let (files, _) = made(folder.path(), "one", &["one.example"]);
    let certificates = Arc::new(Certificates::load(vec![files], None, timer.clone()).unwrap());
    let address = serve(&supervisor, certificates, Limits::default()).await;
    let mut plain = TcpStream::connect(address).await.unwrap();
    plain.write_all(b"GET / HTTP/1.1\r\nHost: one.example\r\n\r\n").await.unwrap();
    let mut said = Vec::new();
    let _reset_or_closed = plain.read_to_end(&mut said).await;
    assert!(!said.starts_with(b"HTTP/") && !String::from_utf8_lossy(&said).contains("loaf"));
}

#[test]
fn files_that_hold_no_certificate_and_its_key_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |files: &CertificateFiles| {
        let loaded = Certificates::load(vec![files.clone()], None, Timer::wall());
        loaded.map(drop).unwrap_err().to_string()
    };
    let (files, _) = made(folder.path(), "one", &["one.example"]);
    let (other, _) = made(folder.path(), "other", &["one.example"]);
    let mixed = CertificateFiles { key: other.key.clone(), ..files.clone() };
    assert!(refused(&mixed).contains("is not that of the certificate"), "{}", refused(&mixed));
    let (nameless, _) = made(folder.path(), "nameless", &[]);
    assert!(refused(&nameless).contains("names no host"));
    let swapped = CertificateFiles { chain: files.key.clone(), key: files.chain.clone() };
    assert!(refused(&swapped).contains("does not hold a certificate"));
    for mode in [0o604, 0o644, 0o660, 0o777] {
        fs::set_permissions(&files.key, fs::Permissions::from_mode(mode)).unwrap();
        assert!(refused(&files).contains(&format!("has mode {mode:04o}")), "{}", refused(&files));
    }
    fs::set_permissions(&files.key, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(&files.key, "canary").unwrap();
    assert!(refused(&files).contains("does not hold a private key") && !refused(&files).contains("canary"));
    fs::write(&other.chain, "x".repeat(300_000)).unwrap();
    assert!(refused(&other).contains("cannot be read"));
    fs::remove_file(&other.chain).unwrap();
    assert!(refused(&other).contains("cannot be read"));
}
