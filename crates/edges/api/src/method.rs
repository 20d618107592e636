//! Which method a request calls, before anything of it is read.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::extract::Request;
use names::{ApiName, HostName, Universe};
use tokens::{ApiAudience, ApiFamily, Authority, Effect};

use crate::transport::Transport;

/// A method of an API.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Method {
    /// First label of the API's host, such as `iam`; empty where the API has none.
    api: &'static str,
    /// Full name of the gRPC service, such as `google.iam.admin.v1.IAM`.
    service: String,
    /// Name of the method in it.
    name: String,
}

impl Method {
    /// The method that a request calls; `None` where no API has it.
    pub(crate) fn of(request: &Request) -> Option<Self> {
        let (service, name) = match Transport::of(request.headers()) {
            Transport::Grpc => {
                let (service, name) = request.uri().path().strip_prefix('/')?.split_once('/')?;
                let known = wire::pool().get_service_by_name(service)?;
                known.methods().find(|method| method.name() == name)?;
                (service.to_owned(), name.to_owned())
            }
            Transport::Rest => {
                let method = &wire::Transcoder::find(request).ok()?.rule.method;
                (method.parent_service().full_name().to_owned(), method.name().to_owned())
            }
        };
        let api = APIS.get(&service).copied().unwrap_or_default();
        Some(Self { api, service, name })
    }

    /// `google.iam.admin.v1.IAM.GetServiceAccount`, as in `ErrorInfo.metadata.method`.
    pub(crate) fn full_name(&self) -> String {
        format!("{}.{}", self.service, self.name)
    }

    /// `iam.googleapis.com`, as in `ErrorInfo.metadata.service`.
    pub(crate) fn host(&self) -> String {
        format!("{}.googleapis.com", self.api)
    }

    /// What a credential must be good for. `own` is where this server is addressed directly.
    pub(crate) fn audience(&self, universe: &Universe, own: &[Authority]) -> ApiAudience {
        // In a universe of one's own Google's Python library names the API as it is called in Google's (google-auth
        // 2.62, for a key without scopes). Who may sign is an account of this universe either way.
        let google = Some(Universe::default()).filter(|google| google != universe);
        let hosts = std::iter::once(universe).chain(&google);
        let hosts = hosts.flat_map(|universe| self.hosts_in(universe)).collect();
        let family = match self.api {
            "iam" | "iamcredentials" => ApiFamily::Iam,
            _ => ApiFamily::Other,
        };
        ApiAudience { hosts, own: own.to_vec(), family, effect: self.effect() }
    }

    /// The API that projects switch on and off, for a request that calls this method. A mixin is a part of the API at
    /// whose host it is called, a region's included, and of none where that is no API's: where a resource says more, the
    /// mixin does.
    pub(crate) fn called_api(&self, request: &Request) -> Option<ApiName> {
        if !self.is_mixin() {
            return ApiName::of_host_label(self.api);
        }
        let (label, _) = wire::Transcoder::authority(request).split_once('.')?;
        let of_region = |api: &str| label.strip_suffix(api).is_some_and(|rest| rest.ends_with('-'));
        let called = APIS.values().find(|api| !api.is_empty() && (**api == label || of_region(api)));
        called.and_then(|api| ApiName::of_host_label(api))
    }

    fn hosts_in(&self, universe: &Universe) -> Vec<HostName> {
        if self.is_mixin() { api_hosts(universe) } else { hosts(universe, [self.api]) }
    }

    fn effect(&self) -> Effect {
        let reads = ["Explain", "Get", "List", "Query", "Tail", "Test"]
            .iter()
            .any(|verb| self.name.starts_with(verb));
        if reads { Effect::Read } else { Effect::Change }
    }

    /// Services that Google serves under the host of every API that uses them.
    fn is_mixin(&self) -> bool {
        MIXINS.contains(&self.service.as_str())
    }
}

/// The API that projects switch on and off, of a method by its full name, which asked for a permission. `None` for what
/// is no method, and for locations, which every API has.
pub(crate) fn called_by_name(full_name: &str, permission: &str) -> Option<ApiName> {
    let (service, _) = full_name.rsplit_once('.')?;
    match service {
        LOCATIONS => None,
        mixin if MIXINS.contains(&mixin) => asked_of(permission),
        service => ApiName::of_host_label(APIS.get(service)?),
    }
}

/// The API whose permission this is: what a mixin's call was decided for, that asked about a resource of that API.
pub(crate) fn asked_of(permission: &str) -> Option<ApiName> {
    match permission.split('.').next()? {
        "resourcemanager" => ApiName::of_host_label("cloudresourcemanager"),
        api => ApiName::of_host_label(api),
    }
}

/// The public host of every API.
pub(crate) fn api_hosts(universe: &Universe) -> Vec<HostName> {
    hosts(universe, APIS.values().copied())
}

fn hosts<'a>(universe: &Universe, apis: impl IntoIterator<Item = &'a str>) -> Vec<HostName> {
    let named = apis.into_iter().filter(|api| !api.is_empty()).map(|api| universe.api_host(api));
    named.filter_map(|host| HostName::parse(&host).ok()).collect()
}

const MIXINS: [&str; 3] = [LOCATIONS, "google.iam.v1.IAMPolicy", "google.longrunning.Operations"];
const LOCATIONS: &str = "google.cloud.location.Locations";

/// The API of each gRPC service.
static APIS: LazyLock<BTreeMap<String, &'static str>> = LazyLock::new(|| {
    let rules = wire::Transcoder::rules().iter();
    rules.map(|rule| (rule.method.parent_service().full_name().to_owned(), rule.host.as_str())).collect()
});

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    fn of(request: http::request::Builder) -> Option<Method> {
        Method::of(&request.body(Body::empty()).unwrap())
    }

    #[test]
    fn both_transports_lead_to_the_same_method() {
        let rest = of(Request::get("/v1/projects/-/serviceAccounts/7?alt=json")).unwrap();
        let grpc = of(Request::post("/google.iam.admin.v1.IAM/GetServiceAccount")
            .header("content-type", "application/grpc"))
        .unwrap();
        assert_eq!(rest, grpc);
        assert_eq!((rest.host().as_str(), rest.effect()), ("iam.googleapis.com", Effect::Read));
        assert_eq!(rest.full_name(), "google.iam.admin.v1.IAM.GetServiceAccount");
        assert_eq!(of(Request::get("/v1/nothing")), None);
        assert_eq!(of(Request::post("/a/b").header("content-type", "application/grpc")), None);
    }

    #[test]
    fn mixin_is_of_the_api_at_whose_host_it_is_called() {
        let called = |host: &str| {
            let path = "/v1/projects/demo/locations";
            let request = Request::get(path).header("host", host).body(Body::empty()).unwrap();
            Method::of(&request).unwrap().called_api(&request).map(|api| api.to_string())
        };
        for (host, api) in [
            ("run.googleapis.com", Some("run.googleapis.com")),
            ("us-central1-run.googleapis.com", Some("run.googleapis.com")),
            ("cloudfunctions.cloud.example.com:8443", Some("cloudfunctions.googleapis.com")),
            ("prerun.googleapis.com", None),
            ("run", None),
            ("127.0.0.1:8085", None),
        ] {
            assert_eq!(called(host).as_deref(), api, "{host}");
        }
    }

    #[test]
    fn self_signed_tokens_are_for_one_api_except_at_mixins() {
        let universe = Universe::default();
        let own = [Authority::at(([127, 0, 0, 1], 8085).into())];
        let minting = of(Request::post("/v1/projects/-/serviceAccounts/7:generateIdToken")).unwrap();
        let audience = minting.audience(&universe, &own);
        assert_eq!((audience.family, audience.effect), (ApiFamily::Iam, Effect::Change));
        assert!(audience.is_meant_by("https://iamcredentials.googleapis.com/"));
        assert!(audience.is_meant_by("http://127.0.0.1:8085/"));
        assert!(!audience.is_meant_by("http://127.0.0.1:9000/"));
        assert!(!audience.is_meant_by("https://iam.googleapis.com/"));
        let ours = minting.audience(&Universe::parse("cloud.example.com").unwrap(), &own);
        assert!(ours.is_meant_by("https://iamcredentials.cloud.example.com/"));
        assert!(ours.is_meant_by("https://iamcredentials.googleapis.com/"), "as Python has it");
        assert!(!ours.is_meant_by("https://iam.cloud.example.com/"));
        assert!(!audience.is_meant_by("https://iamcredentials.cloud.example.com/"));
        let operations = of(Request::get("/v2/projects/p/locations/l/operations/o")).unwrap();
        assert!(operations.audience(&universe, &own).is_meant_by("https://run.googleapis.com/"));
    }
}
