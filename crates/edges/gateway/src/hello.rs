//! The built-in service: a page that shows who called and what a service would have seen.

use std::fmt::Write as _;

use context::RequestId;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use http::{HeaderValue, Response, Version, request};
use serde_json::{Map, Value, json};

use crate::answer::{Format, escape};
use crate::body::Body;
use crate::invocation::InvocationPermit;

/// Answers as the service would: from what a service is given, and from the permit.
pub(crate) fn page(
    head: &request::Parts,
    permit: &InvocationPermit,
    audience: Option<&str>,
    id: &RequestId,
) -> Response<Body> {
    let facts = Facts {
        principal: permit.principal().to_string(),
        audience: audience.unwrap_or("none: the service is open to everybody").to_owned(),
        service: permit.resource(),
        ground: permit.ground().to_string(),
        request_id: id.to_string(),
        request: format!("{} {}", head.method, head.uri),
        headers: head
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect(),
    };
    let (kind, body) = match Format::of(&head.headers, Version::HTTP_11) {
        Format::Grpc | Format::Html => ("text/html; charset=utf-8", facts.html()),
        Format::Json => ("application/json; charset=utf-8", facts.json().to_string()),
    };
    let mut response = Response::new(Body::own(body));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    response
}

struct Facts {
    principal: String,
    audience: String,
    service: String,
    ground: String,
    request_id: String,
    request: String,
    headers: Vec<(String, String)>,
}

impl Facts {
    fn rows(&self) -> [(&'static str, &str); 6] {
        [
            ("principal", &self.principal),
            ("audience", &self.audience),
            ("allowed by", &self.ground),
            ("service", &self.service),
            ("request", &self.request),
            ("request ID", &self.request_id),
        ]
    }

    fn json(&self) -> Value {
        let mut headers = Map::new();
        for (name, value) in &self.headers {
            let values = headers.entry(name.clone()).or_insert_with(|| json!([]));
            if let Value::Array(values) = values {
                values.push(json!(value));
            }
        }
        json!({
            "principal": self.principal,
            "audience": self.audience,
            "allowedBy": self.ground,
            "service": self.service,
            "request": self.request,
            "requestId": self.request_id,
            "headers": headers,
        })
    }

    fn html(&self) -> String {
        let mut html = String::from(TOP);
        let row = |html: &mut String, name: &str, value: &str| {
            // Writing to a string cannot fail.
            let _written = writeln!(html, "<tr><th>{}</th><td>{}</td></tr>", escape(name), escape(value));
        };
        self.rows().into_iter().for_each(|(name, value)| row(&mut html, name, value));
        html.push_str("</table>\n<h2>Headers that the service received</h2>\n<table>\n");
        self.headers.iter().for_each(|(name, value)| row(&mut html, name, value));
        html.push_str("</table>\n</body></html>\n");
        html
    }
}

const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
const TOP: &str = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Hello</title>\n\
<style>body{font:16px/1.5 sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem}\
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.2rem .6rem;\
border-bottom:1px solid #ddd;overflow-wrap:anywhere}th{width:12rem;font-weight:600}</style></head>\n\
<body><h1>Hello</h1>\n<p>This page is answered by Doorward itself. It shows who called.</p>\n<table>\n";
