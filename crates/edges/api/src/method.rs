//! Which method a request calls, before anything of it is read.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::extract::Request;

use crate::transport::Transport;

/// A method of an API.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Method {
    /// First label of the API's host, such as `iam`; empty where the API has none.
    pub api: &'static str,
    /// Full name of the gRPC service, such as `google.iam.admin.v1.IAM`.
    pub service: String,
    /// Name of the method in it.
    pub name: String,
}

impl Method {
    /// The method that a request calls; `None` where no API has it.
    pub(crate) fn of(request: &Request) -> Option<Self> {
        match Transport::of(request.headers()) {
            Transport::Grpc => {
                let (service, name) = request.uri().path().strip_prefix('/')?.split_once('/')?;
                let known = wire::pool().get_service_by_name(service)?;
                known.methods().find(|method| method.name() == name)?;
                Some(Self { api: api(service), service: service.to_owned(), name: name.to_owned() })
            }
            Transport::Rest => {
                let method = &wire::Transcoder::find(request).ok()?.rule.method;
                let service = method.parent_service().full_name().to_owned();
                Some(Self { api: api(&service), service, name: method.name().to_owned() })
            }
        }
    }

    /// `google.iam.admin.v1.IAM.GetServiceAccount`, as in `ErrorInfo.metadata.method`.
    pub(crate) fn full_name(&self) -> String {
        format!("{}.{}", self.service, self.name)
    }

    /// `iam.googleapis.com`, as in `ErrorInfo.metadata.service`.
    pub(crate) fn host(&self) -> String {
        format!("{}.googleapis.com", self.api)
    }
}

fn api(service: &str) -> &'static str {
    APIS.get(service).copied().unwrap_or_default()
}

static APIS: LazyLock<BTreeMap<&'static str, &'static str>> = LazyLock::new(|| {
    wire::Transcoder::rules()
        .iter()
        .map(|rule| (rule.method.parent_service().full_name().to_owned().leak() as &str, rule.host.as_str()))
        .collect()
});
