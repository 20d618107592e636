//! A client of the API.

use std::net::SocketAddr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::{HeaderName, Method, Request, header};
use http_body_util::Full;
use serde_json::{Value, json};

use crate::{Answer, Testbed, socket};

/// Calls the API with one credential, or without.
#[derive(Clone, Debug)]
pub struct Api {
    address: SocketAddr,
    /// Sent with every call.
    headers: Vec<(HeaderName, String)>,
}

impl Testbed {
    /// The API for whoever has this token.
    pub fn api(&self, token: &str) -> Api {
        self.api_with_headers(&[format!("Bearer {token}")])
    }

    /// The API for whoever sends these `Authorization` headers; none is nobody.
    pub fn api_with_headers(&self, authorization: &[String]) -> Api {
        let headers = authorization.iter().map(|value| (header::AUTHORIZATION, value.clone())).collect();
        Api { address: self.house.addresses.api, headers }
    }

    /// The API for the local owner, who may do everything.
    pub async fn owner(&self) -> Api {
        self.api(&self.owner_token().await)
    }

    /// A fresh access token of the local owner, bought with the credential in the data directory.
    pub async fn owner_token(&self) -> String {
        let path = self.data().join("owner.json");
        let text = std::fs::read_to_string(path).expect("Doorward writes the owner's credential");
        let file: Value = serde_json::from_str(&text).expect("the credential is JSON");
        let field = |name: &str| file[name].as_str().unwrap_or_default().to_owned();
        let form = [
            ("grant_type", "refresh_token".to_owned()),
            ("refresh_token", field("refresh_token")),
            ("client_id", field("client_id")),
            ("client_secret", field("client_secret")),
        ];
        let answer = self.token_endpoint(&form).await;
        answer.fine()["access_token"].as_str().expect("a token").to_owned()
    }

    /// Asks the token endpoint.
    pub async fn token_endpoint(&self, form: &[(&str, String)]) -> Answer {
        let body = form.iter().map(|(name, value)| format!("{name}={}", escaped(value)));
        let request = Request::post("/token")
            .header(header::HOST, self.house.addresses.api.to_string())
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Full::from(body.collect::<Vec<_>>().join("&")))
            .expect("a request");
        socket::ask(self.house.addresses.api, request).await.expect("the API answers")
    }

    /// A token to call the API with, for an account that the owner may impersonate.
    pub async fn access_token_of(&self, email: &str) -> String {
        let path = format!("/v1/projects/-/serviceAccounts/{email}:generateAccessToken");
        let body = json!({"scope": ["https://www.googleapis.com/auth/cloud-platform"]});
        let answer = self.owner().await.post(&path, body).await;
        answer.fine()["accessToken"].as_str().expect("a token").to_owned()
    }

    /// A token to call a service with.
    pub async fn id_token_of(&self, email: &str, audience: &str) -> String {
        let path = format!("/v1/projects/-/serviceAccounts/{email}:generateIdToken");
        let body = json!({"audience": audience, "includeEmail": true});
        self.owner().await.post(&path, body).await.fine()["token"].as_str().expect("a token").to_owned()
    }
}

impl Api {
    /// The same caller, sending one more header with every call.
    pub fn with_header(&self, name: &'static str, value: &str) -> Self {
        let mut more = self.clone();
        more.headers.push((HeaderName::from_static(name), value.to_owned()));
        more
    }

    /// `GET path`.
    pub async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, Value::Null).await
    }

    /// `POST path` with a JSON body.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(Method::POST, path, body).await
    }

    /// `PATCH path` with a JSON body.
    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.call(Method::PATCH, path, body).await
    }

    /// `DELETE path`.
    pub async fn delete(&self, path: &str) -> Answer {
        self.call(Method::DELETE, path, Value::Null).await
    }

    /// Any method over REST; a `null` body is none.
    pub async fn call(&self, method: Method, path: &str, body: Value) -> Answer {
        self.call_host("", method, path, body).await
    }

    /// As [`Api::call`] under the name of one of Google's hosts, which tells APIs apart that share a path.
    pub async fn call_host(&self, host: &str, method: Method, path: &str, body: Value) -> Answer {
        let host = if host.is_empty() { self.address.to_string() } else { host.to_owned() };
        let request = self.request(method, path).header(header::HOST, host);
        let request = if body.is_null() {
            request.body(Full::default())
        } else {
            request.header(header::CONTENT_TYPE, "application/json").body(Full::from(body.to_string()))
        };
        socket::ask(self.address, request.expect("a request")).await.expect("the API answers")
    }

    /// Calls `package.Service/Method` over gRPC with an encoded message.
    pub async fn grpc(&self, method: &str, message: &[u8]) -> Answer {
        self.grpc_authority(&self.address.to_string(), method, message).await
    }

    /// As [`Api::grpc`] under another `:authority`.
    pub async fn grpc_authority(&self, authority: &str, method: &str, message: &[u8]) -> Answer {
        let mut frame = vec![0];
        frame.extend_from_slice(&u32::try_from(message.len()).expect("a short message").to_be_bytes());
        frame.extend_from_slice(message);
        let request = self
            .request(Method::POST, &format!("http://{authority}/{method}"))
            .header(header::CONTENT_TYPE, "application/grpc")
            .header(header::TE, "trailers")
            .body(Full::from(Bytes::from(frame)));
        socket::ask_http2(self.address, request.expect("a request")).await.expect("the API answers")
    }

    fn request(&self, method: Method, uri: &str) -> http::request::Builder {
        let request = Request::builder().method(method).uri(uri);
        self.headers.iter().fold(request, |request, (name, value)| request.header(name, value))
    }
}

/// The claims of a token, read without looking at its signature.
pub fn claims_of(token: &str) -> Value {
    let payload = token.split('.').nth(1).expect("a compact JWS has three parts");
    let bytes = URL_SAFE_NO_PAD.decode(payload).expect("a compact JWS is base64url");
    serde_json::from_slice(&bytes).expect("claims are JSON")
}

fn escaped(value: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    let escape = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    value.bytes().map(escape).collect()
}
