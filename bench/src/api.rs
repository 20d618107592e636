//! Calls of Google's APIs as the local owner, over REST.

use std::net::SocketAddr;

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

use crate::clock;

/// One connection to the API.
pub struct Api {
    address: SocketAddr,
    sender: SendRequest<Full<Bytes>>,
    token: String,
}

impl Api {
    /// Connects; calls carry this access token.
    ///
    /// # Errors
    /// When nobody listens there.
    pub async fn connect(address: SocketAddr, token: &str) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        // How it ends is seen by whoever waits for an answer over it.
        tokio::task::spawn_local(async move { drop(connection.await) });
        Ok(Self { address, sender, token: token.to_owned() })
    }

    /// Reads a resource.
    ///
    /// # Errors
    /// When the answer is not 200.
    pub async fn get(&mut self, path: &str) -> Result<Value> {
        self.call(Method::GET, path, None).await
    }

    /// Calls a method with a body.
    ///
    /// # Errors
    /// When the answer is not 200.
    pub async fn post(&mut self, path: &str, body: Value) -> Result<Value> {
        self.call(Method::POST, path, Some(body)).await
    }

    async fn call(&mut self, method: Method, path: &str, body: Option<Value>) -> Result<Value> {
        let what = format!("{method} {path}");
        let body = body.map_or_else(Bytes::new, |body| Bytes::from(body.to_string()));
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, self.address.to_string())
            .header(AUTHORIZATION, format!("Bearer {}", self.token))
            .header(CONTENT_TYPE, "application/json")
            .body(Full::new(body))?;
        let answered = async {
            self.sender.ready().await?;
            let answer = self.sender.send_request(request).await?;
            let status = answer.status();
            let body = answer.into_body().collect().await?.to_bytes();
            ensure!(status == StatusCode::OK, "answered {status}: {}", String::from_utf8_lossy(&body));
            Ok(serde_json::from_slice(&body)?)
        };
        clock::within(PATIENCE, "a call of the API", answered).await.context(what)
    }
}

const PATIENCE: std::time::Duration = std::time::Duration::from_secs(20);
