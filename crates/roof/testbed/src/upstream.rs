//! A fake service behind the gate.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use supervise::{Supervisor, Timer};
use tokio::net::TcpListener;

/// Writes down what it is sent, answers as scripted, and with an empty 200 when the script has ended.
#[derive(Clone, Debug)]
pub struct Upstream {
    address: SocketAddr,
    facts: Arc<Mutex<Facts>>,
    timer: Timer,
}

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Seen {
    /// When.
    pub at: Timestamp,
    /// `GET`, `POST`, …
    pub method: Method,
    /// The target as it came.
    pub target: String,
    /// Every header.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

/// How one request is answered.
#[derive(Clone, Copy, Debug)]
pub enum Scripted {
    /// With 200, after this long.
    Late(Duration),
    /// Never.
    Silence,
    /// At once, with this status.
    Status(StatusCode),
}

#[derive(Debug, Default)]
struct Facts {
    script: VecDeque<Scripted>,
    seen: Vec<Seen>,
}

impl Upstream {
    /// The URL of a path here.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Adds to the script.
    pub fn will(&self, answer: Scripted) {
        self.facts().script.push_back(answer);
    }

    /// What has arrived, oldest first.
    pub fn seen(&self) -> Vec<Seen> {
        self.facts().seen.clone()
    }

    pub(crate) async fn start(supervisor: &Supervisor, timer: &Timer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let upstream = Self { address, facts: Arc::default(), timer: timer.clone() };
        let (here, tasks) = (upstream.clone(), supervisor.tasks().clone());
        supervisor.tasks().spawn("fake upstream", async move {
            while let Ok((stream, _)) = listener.accept().await {
                let here = here.clone();
                tasks.spawn("connection of the fake upstream", async move {
                    let service = service_fn(move |request| {
                        let here = here.clone();
                        async move { Ok::<_, Infallible>(here.answer(request).await) }
                    });
                    // A caller that goes away in the middle is what some tests are about.
                    let _ended = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        upstream
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let at = self.timer.now();
        let (head, body) = request.into_parts();
        let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
        let target = head.uri.to_string();
        let scripted = {
            let mut facts = self.facts();
            facts.seen.push(Seen { at, method: head.method, target, headers: head.headers, body });
            facts.script.pop_front()
        };
        let mut response = Response::new(Full::default());
        match scripted {
            None => {}
            Some(Scripted::Late(duration)) => self.timer.sleep(duration).await,
            Some(Scripted::Silence) => std::future::pending().await,
            Some(Scripted::Status(status)) => *response.status_mut() = status,
        }
        response
    }

    fn facts(&self) -> MutexGuard<'_, Facts> {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
    /// Every value of a header.
    pub fn values(&self, name: &str) -> Vec<String> {
        self.headers
            .get_all(name)
            .iter()
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
            .collect()
    }
}
