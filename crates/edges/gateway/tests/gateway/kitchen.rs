//! A service that speaks HTTP/2 only: gRPC's health protocol, and an echo that shows trailers.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Empty};
use hyper::body::{Frame, Incoming};
use hyper::ext::Protocol;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use listen::{Limits, Server, Socket};
use supervise::Tasks;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;
use tower::ServiceExt;

#[derive(Clone)]
pub struct Kitchen {
    pub address: SocketAddr,
    pub reporter: HealthReporter,
    tasks: Tasks,
    facts: Arc<Mutex<Facts>>,
}

#[derive(Clone, Default)]
pub struct Facts {
    pub connections: usize,
    /// The last request, and what stood behind its body.
    pub headers: HeaderMap,
    pub target: String,
    pub trailers: HeaderMap,
}

/// What of HTTP/2 it takes (RFC 8441).
#[derive(Clone, Copy)]
pub enum Offer {
    Plain,
    WebSockets,
}

type Body = UnsyncBoxBody<Bytes, tonic::Status>;

impl Kitchen {
    pub async fn start(tasks: &Tasks, offer: Offer) -> Self {
        let (reporter, health) = tonic_health::server::health_reporter();
        reporter.set_service_status("bread", ServingStatus::Serving).await;
        let routes = tonic::service::Routes::new(health).prepare();
        let socket = Socket::bind("--kitchen", ([127, 0, 0, 1], 0).into()).unwrap();
        let kitchen =
            Self { address: socket.local_address(), reporter, tasks: tasks.clone(), facts: Arc::default() };
        let mut listener = socket.listener(tasks.drain()).unwrap();
        let unreadable = Arc::new(|status| Response::builder().status(status).body(Bytes::new()).unwrap());
        let server = Server::new(tasks, Limits::default(), unreadable);
        let server = match offer {
            Offer::Plain => server,
            Offer::WebSockets => server.taking_websockets(),
        };
        let (here, inner) = (kitchen.clone(), tasks.clone());
        tasks.spawn("kitchen", async move {
            while let Some(connection) = listener.accept().await {
                here.facts.lock().unwrap().connections += 1;
                let (here, server, routes) = (here.clone(), server.clone(), routes.clone());
                inner.spawn("kitchen connection", async move {
                    let service = service_fn(move |request: Request<Incoming>| {
                        let (here, routes) = (here.clone(), routes.clone());
                        async move {
                            assert_eq!(request.version(), http::Version::HTTP_2);
                            here.note(&request);
                            if request.uri().path().starts_with("/grpc.") {
                                let response = routes.oneshot(request).await.unwrap();
                                return Ok::<_, Infallible>(response.map(BodyExt::boxed_unsync));
                            }
                            if request.uri().path() == "/ws" {
                                return Ok(here.websocket(request));
                            }
                            Ok(here.echo(request).await)
                        }
                    });
                    server.serve(connection, service).await;
                });
            }
        });
        kitchen
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn seen(&self) -> Facts {
        self.facts.lock().unwrap().clone()
    }

    fn note(&self, request: &Request<Incoming>) {
        let mut facts = self.facts.lock().unwrap();
        facts.headers = request.headers().clone();
        facts.target = request.uri().to_string();
    }

    /// Takes the stream, and from then on sends back what comes.
    fn websocket(&self, request: Request<Incoming>) -> Response<Body> {
        assert_eq!(request.extensions().get::<Protocol>().map(Protocol::as_str), Some("websocket"));
        self.tasks.spawn("kitchen websocket", async move {
            let carried = TokioIo::new(hyper::upgrade::on(request).await.unwrap());
            let (mut from, mut to) = tokio::io::split(carried);
            let _ended = tokio::io::copy(&mut from, &mut to).await;
        });
        Response::new(BodyExt::boxed_unsync(Empty::new().map_err(|never| match never {})))
    }

    /// The body as it came, and behind it who the service is.
    async fn echo(&self, request: Request<Incoming>) -> Response<Body> {
        let collected = request.into_body().collect().await.unwrap();
        self.facts.lock().unwrap().trailers = collected.trailers().cloned().unwrap_or_default();
        let mut trailers = HeaderMap::new();
        trailers.insert("x-cook", "grace".parse().unwrap());
        trailers.insert("x-doorward-reason", "FORGED".parse().unwrap());
        let pieces = [Ok(Frame::data(collected.to_bytes())), Ok(Frame::trailers(trailers))];
        let body = http_body_util::StreamBody::new(futures_util::stream::iter(pieces));
        Response::new(BodyExt::boxed_unsync(body))
    }
}
