//! Every method that the protocol has, and one request for each.

use http::{Method, Request};
use prost::Message;
use serde_json::{Value, json};
use testbed::{Answer, Api};
use wire::rules::{Body, Rule, Segment};

/// A method of a service of the protocol.
pub struct ApiMethod {
    /// Full name of the service.
    pub service: String,
    /// Name of the method in it.
    pub name: String,
    /// How REST calls it; `None` where only gRPC does.
    pub rest: Option<Rest>,
}

/// A REST request.
#[derive(Clone)]
pub struct Rest {
    pub host: String,
    pub verb: Method,
    pub path: String,
    pub body: Value,
}

/// Every method of every service, as the protocol orders them.
pub fn all() -> Vec<ApiMethod> {
    let mut methods = Vec::new();
    for service in wire::pool().services() {
        for method in service.methods() {
            let name = method.full_name().to_owned();
            let rules = wire::Transcoder::rules().iter().filter(|rule| rule.method.full_name() == name);
            let rest = rules.map(rest).find(|rest| called(rest).as_deref() == Some(&name));
            methods.push(ApiMethod {
                service: service.full_name().to_owned(),
                name: method.name().to_owned(),
                rest,
            });
        }
    }
    methods
}

/// Full name of the method that a request calls.
pub fn called(rest: &Rest) -> Option<String> {
    let request =
        Request::builder().method(&rest.verb).uri(&rest.path).header("host", &rest.host).body(()).unwrap();
    wire::Transcoder::find(&request).ok().map(|found| found.rule.method.full_name().to_owned())
}

impl ApiMethod {
    /// Full name.
    pub fn full_name(&self) -> String {
        format!("{}.{}", self.service, self.name)
    }

    /// Calls it, about nothing in particular.
    pub async fn call(&self, api: &Api) -> Answer {
        match &self.rest {
            Some(rest) => rest.call(api).await,
            None => self.call_grpc(api).await,
        }
    }

    /// Calls it over gRPC with an empty message.
    pub async fn call_grpc(&self, api: &Api) -> Answer {
        api.grpc(&format!("{}/{}", self.service, self.name), &[]).await
    }
}

/// Calls a method by its full name over gRPC, with the message that this JSON stands for.
pub async fn call_grpc(api: &Api, full_name: &str, message: Value) -> Answer {
    let (service, name) = full_name.rsplit_once('.').unwrap();
    let service = wire::pool().get_service_by_name(service).unwrap();
    let method = service.methods().find(|method| method.name() == name).unwrap();
    let message = wire::json::read(&method.input(), message).unwrap();
    api.grpc(&format!("{}/{name}", service.full_name()), &message.encode_to_vec()).await
}

impl Rest {
    /// Sends it.
    pub async fn call(&self, api: &Api) -> Answer {
        api.call_host(&self.host, self.verb.clone(), &self.path, self.body.clone()).await
    }
}

/// A request that this rule answers.
fn rest(rule: &Rule) -> Rest {
    let mut path = String::new();
    for segment in &rule.template.segments {
        let text = match segment {
            Segment::Literal(text) => text,
            Segment::Any if path.ends_with("/projects") => "demo",
            Segment::Any if path.ends_with("/locations") => "us-central1",
            Segment::Any | Segment::Rest => "1",
        };
        path = format!("{path}/{text}");
    }
    if let Some(verb) = &rule.template.verb {
        path = format!("{path}:{verb}");
    }
    // Who may would end the project of all the other calls.
    if rule.method.name() == "DeleteProject" {
        path = path.replace("/projects/demo", "/projects/doomed");
    }
    let host = if rule.host.is_empty() { String::new() } else { format!("{}.googleapis.com", rule.host) };
    let body = if rule.body == Body::Nowhere { Value::Null } else { json!({}) };
    Rest { host, verb: rule.verb.clone(), path, body }
}
