//! A client of the gate.

use bytes::Bytes;
use http::{Request, header};
use http_body_util::Full;

use crate::{Answer, Testbed, socket};

impl Testbed {
    /// Sends a request to the gate as it is; `Host` says to which service.
    pub async fn gate(&self, request: Request<Full<Bytes>>) -> Answer {
        socket::ask(self.house.addresses.gate, request).await.expect("the gate answers")
    }

    /// `GET /` at the service of this host, as a program that reads JSON, with a token or without.
    pub async fn invoke(&self, host: &str, token: Option<&str>) -> Answer {
        let headers: Vec<String> = token.map(|token| format!("Bearer {token}")).into_iter().collect();
        self.invoke_with_headers(host, &headers).await
    }

    /// As [`Testbed::invoke`], at another path.
    pub async fn invoke_at(&self, host: &str, path: &str, token: Option<&str>) -> Answer {
        let request =
            Request::get(path).header(header::HOST, host).header(header::ACCEPT, "application/json");
        let value = token.map(|token| format!("Bearer {token}"));
        let request =
            value.iter().fold(request, |request, value| request.header(header::AUTHORIZATION, value));
        self.gate(request.body(Full::default()).expect("a request")).await
    }

    /// As [`Testbed::invoke`], with these `Authorization` headers.
    pub async fn invoke_with_headers(&self, host: &str, authorization: &[String]) -> Answer {
        let request = Request::get("/").header(header::HOST, host).header(header::ACCEPT, "application/json");
        let request =
            authorization.iter().fold(request, |request, value| request.header(header::AUTHORIZATION, value));
        self.gate(request.body(Full::default()).expect("a request")).await
    }
}
