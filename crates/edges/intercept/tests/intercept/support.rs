//! An intercept in front of two doors that say what came through them.

use std::{convert::Infallible, net::SocketAddr, sync::Arc};

use bytes::Bytes;
use context::Seeded;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::{
    body::Incoming,
    client::conn::{http1, http2},
    service::service_fn,
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use intercept::{Config, Door, Intercept, Parts};
use keys::CertificateAuthority;
use listen::{Connection, Limits, Peer, Server, Socket};
use names::{HostName, Universe};
use outbound::{Dialer, Guard, Reach, Trust};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use supervise::{Supervisor, Timer};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

pub struct World {
    pub address: SocketAddr,
    pub authority: Arc<CertificateAuthority>,
    pub supervisor: Supervisor,
    pub timer: Timer,
    _folder: tempfile::TempDir,
}

impl World {
    pub fn start() -> World {
        World::start_with(Config::default())
    }

    pub fn start_with(config: Config) -> World {
        let timer = Timer::wall();
        let supervisor = Supervisor::new(&timer);
        let tasks = supervisor.tasks().clone();
        let folder = tempfile::tempdir().unwrap();
        let universe = Universe::default();
        let domains = Intercept::domains(&universe);
        let authority = Arc::new(CertificateAuthority::open(folder.path(), &domains, timer.now()).unwrap());
        let socket = Socket::bind("--intercept", ([127, 0, 0, 1], 0).into()).unwrap();
        let address = socket.local_address();
        let guard = Guard::new(Reach::LoopbackOnly, Vec::new(), vec![address]);
        let parts = Parts {
            api: door("api", &supervisor),
            authority: authority.clone(),
            dialer: Dialer::new(guard, Trust::only([]).unwrap(), timer.clone()),
            gate: door("gate", &supervisor),
            randomness: Arc::new(Seeded::new(1)),
            tasks,
            universe,
        };
        Intercept::new(config, parts).serve(&socket).unwrap();
        World { address, authority, supervisor, timer, _folder: folder }
    }

    /// Writes a head to the intercept, and reads the head of its answer.
    pub async fn said(&self, head: &str) -> (String, TcpStream) {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            if stream.read(&mut byte).await.unwrap() == 0 {
                break;
            }
            answer.push(byte[0]);
        }
        (String::from_utf8(answer).unwrap(), stream)
    }

    /// A tunnel, as the intercept says.
    pub async fn tunnel(&self, target: &str) -> TcpStream {
        let (answer, stream) =
            self.said(&format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n")).await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        stream
    }

    /// TLS inside of a tunnel, believing the authority and nobody else.
    pub async fn tls(
        &self,
        target: &str,
        server_name: &str,
        protocol: &[u8],
    ) -> std::io::Result<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        let pem = CertificateDer::from_pem_slice(self.authority.certificate_pem().as_bytes()).unwrap();
        roots.add(pem).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder =
            ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let mut config = builder.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = vec![protocol.to_vec()];
        let name = ServerName::try_from(server_name.to_owned()).unwrap();
        TlsConnector::from(Arc::new(config)).connect(name, self.tunnel(target).await).await
    }

    /// Asks for a URL through a tunnel over HTTP/1.1.
    pub async fn ask_http1(&self, target: &str, request: Request<Full<Bytes>>) -> (u16, String) {
        let host = target.split(':').next().unwrap();
        let stream = self.tls(target, host, b"http/1.1").await.unwrap();
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        let asked = async move { whole(sender.send_request(request).await.unwrap()).await };
        tokio::join!(asked, connection).0
    }

    /// The same over HTTP/2.
    pub async fn ask_http2(&self, target: &str, request: Request<Full<Bytes>>) -> (u16, String) {
        let host = target.split(':').next().unwrap();
        let stream = self.tls(target, host, b"h2").await.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
        let (mut sender, connection) =
            http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
        let asked = async move { whole(sender.send_request(request).await.unwrap()).await };
        tokio::join!(asked, connection).0
    }
}

async fn whole(response: Response<Incoming>) -> (u16, String) {
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

/// Says its name, what it was asked, and what it knows of the connection; the body that it was sent comes back.
fn door(name: &'static str, supervisor: &Supervisor) -> Door {
    let tasks = supervisor.tasks().clone();
    let unreadable = |status| Response::builder().status(status).body(Bytes::new()).unwrap();
    let server = Server::new(&tasks, Limits::default(), Arc::new(unreadable));
    Arc::new(move |connection: Connection| {
        let server = server.clone();
        let said = Said { name, peer: connection.peer.clone(), only: connection.host.clone() };
        tasks.spawn(name, async move {
            let service = service_fn(move |request| {
                let said = said.clone();
                async move { Ok::<_, Infallible>(said.answer(request).await) }
            });
            server.serve(connection, service).await;
        });
    })
}

#[derive(Clone)]
struct Said {
    name: &'static str,
    peer: Peer,
    only: Option<HostName>,
}

impl Said {
    async fn answer(self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let host = head.headers.get("host").map(|host| host.to_str().unwrap().to_owned());
        let host = host.unwrap_or_else(|| head.uri.authority().unwrap().to_string());
        let local = matches!(self.peer, Peer::Network(address) if address.ip().is_loopback());
        let only = self.only.map(|host| host.to_string()).unwrap_or_default();
        let via = head.headers.contains_key("via");
        let (name, method, path) = (self.name, &head.method, head.uri.path());
        let text = format!("{name} {method} {host}{path} only={only} local={local} via={via} ");
        Response::new(Full::new(Bytes::from([text.as_bytes(), &body].concat())))
    }
}
