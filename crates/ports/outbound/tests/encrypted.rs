//! TLS: the right name from a trusted authority, or nothing.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use names::HostName;
use outbound::{DialError, Dialer, Guard, Origin, Reach, Resolve, Resolving, Trust, TrustError, Url};
use rustls::pki_types::{PrivateKeyDer, pem::PemObject};
use supervise::{Supervisor, Timer};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;

struct ThisMachine;

impl Resolve for ThisMachine {
    fn resolve<'a>(&'a self, _name: &'a HostName) -> Resolving<'a> {
        Box::pin(async { Ok(vec![[127, 0, 0, 1].into()]) })
    }
}

/// A server that says the name it was asked for; and the certificate to trust.
async fn server(supervisor: &Supervisor, names: &[&str]) -> (SocketAddr, String) {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let made = rcgen::generate_simple_self_signed(names).expect("a certificate");
    let key = PrivateKeyDer::from_pem_slice(made.signing_key.serialize_pem().as_bytes()).expect("a key");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("default versions")
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .expect("a certificate with its key");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("a bound socket");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    supervisor.tasks().spawn("server", async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(mut stream) = acceptor.accept(stream).await {
                let name = stream.get_ref().1.server_name().unwrap_or("nobody").to_owned();
                stream.write_all(name.as_bytes()).await.expect("a writable connection");
                stream.shutdown().await.expect("a writable connection");
            }
        }
    });
    (address, made.cert.pem())
}

async fn said(trust: Trust, timer: &Timer, url: &str) -> Result<String, DialError> {
    let dialer = Dialer::new(Guard::new(Reach::LoopbackOnly, vec![], vec![]), trust, timer.clone())
        .with_resolver(Arc::new(ThisMachine));
    let url: Url = url.parse().expect("a url");
    let deadline = timer.now() + Duration::from_secs(30);
    let mut io = dialer.dial(url.target(), &Origin::Gate, deadline).await?;
    let mut text = String::new();
    io.read_to_string(&mut text).await.expect("a readable connection");
    Ok(text)
}

#[tokio::test]
async fn a_certificate_for_the_host_from_a_trusted_authority_is_believed() {
    let timer = Timer::wall();
    let supervisor = Supervisor::new(&timer);
    let (address, pem) = server(&supervisor, &["bakery.example", "127.0.0.1"]).await;
    let trust = Trust::only([pem.as_bytes()]).unwrap();
    let port = address.port();
    let name = said(trust.clone(), &timer, &format!("https://bakery.example:{port}/")).await;
    assert_eq!(name.unwrap(), "bakery.example");
    assert_eq!(said(trust, &timer, &format!("https://127.0.0.1:{port}/")).await.unwrap(), "nobody");
}

#[tokio::test]
async fn a_certificate_for_another_host_or_from_nobody_known_is_not() {
    let timer = Timer::wall();
    let supervisor = Supervisor::new(&timer);
    let (address, pem) = server(&supervisor, &["bakery.example"]).await;
    let trusted = Trust::only([pem.as_bytes()]).unwrap();
    let port = address.port();
    for (trust, host) in [
        (trusted.clone(), "butcher.example"),
        (trusted, "127.0.0.1"),
        (Trust::only([]).unwrap(), "bakery.example"),
    ] {
        let outcome = said(trust, &timer, &format!("https://{host}:{port}/")).await;
        assert!(matches!(outcome, Err(DialError::Tls { .. })), "{host}: {outcome:?}");
    }
}

#[test]
fn a_certificate_file_that_is_none_is_refused_by_number() {
    let made = rcgen::generate_simple_self_signed(["a.example".to_owned()]).unwrap();
    let (good, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    for bad in ["", "hello", key.as_str()] {
        let outcome = Trust::only([good.as_bytes(), bad.as_bytes()]);
        assert!(matches!(outcome, Err(TrustError::Empty { number: 2 })), "{outcome:?}");
    }
    let broken = "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n";
    assert!(matches!(Trust::only([broken.as_bytes()]), Err(TrustError::NotPem { number: 1, .. })));
    let not_a_certificate = "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n";
    assert!(matches!(
        Trust::only([not_a_certificate.as_bytes()]),
        Err(TrustError::Unusable { number: 1, .. })
    ));
}
