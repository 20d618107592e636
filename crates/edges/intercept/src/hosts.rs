//! Which hosts are served here, and by whom.

use names::{HostName, Universe};

/// Who serves a host.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Served {
    /// The API, with the token endpoint and the published keys.
    Api,
    /// The gate.
    Gate,
}

/// Who serves this host; `None` for a host that is none of Google's and none of the universe's. An API that is not
/// here is served by the API, too, which says so: what Doorward made for it is shown to nobody else.
pub(crate) fn served(host: &HostName, universe: &Universe) -> Option<Served> {
    let below = |domain: &str| host.as_str().strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'));
    let ours = universe.is_run_host(host) || universe.is_function_host(host);
    if ours || SERVICES.iter().any(|domain| below(domain)) {
        return Some(Served::Gate);
    }
    let api = APIS.iter().any(|domain| below(domain))
        || HOSTS.contains(&host.as_str())
        || below(universe.domain().as_str());
    api.then_some(Served::Api)
}

/// The domains that these hosts are in.
pub(crate) fn domains(universe: &Universe) -> Vec<HostName> {
    let google = APIS.iter().chain(&HOSTS).chain(&SERVICES);
    let mut domains: Vec<_> = google.map(|name| HostName::parse(name).expect("a valid literal")).collect();
    if !domains.contains(universe.domain()) {
        domains.push(universe.domain().clone());
    }
    domains
}

/// Domains of APIs, regional hosts such as `us-central1-run.googleapis.com` included.
const APIS: [&str; 1] = ["googleapis.com"];
/// Single hosts that clients have hard-wired: who signs ID tokens, and published keys of IAP.
const HOSTS: [&str; 2] = ["accounts.google.com", "www.gstatic.com"];
/// Domains of services.
const SERVICES: [&str; 3] = ["appspot.com", "cloudfunctions.net", "run.app"];

#[cfg(test)]
mod tests {
    use super::*;

    fn of(host: &str, universe: &str) -> Option<Served> {
        served(&HostName::parse(host).unwrap(), &Universe::parse(universe).unwrap())
    }

    #[test]
    fn hosts_of_google_are_served_by_the_api_or_the_gate() {
        for host in [
            "accounts.google.com",
            "iam.googleapis.com",
            "oauth2.googleapis.com",
            "storage.googleapis.com",
            "us-central1-run.googleapis.com",
            "www.googleapis.com",
            "www.gstatic.com",
        ] {
            assert_eq!(of(host, "googleapis.com"), Some(Served::Api), "{host}");
            assert_eq!(of(host, "cloud.example.com"), Some(Served::Api), "{host}");
        }
        for host in
            ["hello-42.us-central1.run.app", "us-central1-demo.cloudfunctions.net", "demo.uc.r.appspot.com"]
        {
            assert_eq!(of(host, "googleapis.com"), Some(Served::Gate), "{host}");
            assert_eq!(of(host, "cloud.example.com"), Some(Served::Gate), "{host}");
        }
    }

    #[test]
    fn hosts_of_a_configured_universe_are_served_too() {
        assert_eq!(of("iam.cloud.example.com", "cloud.example.com"), Some(Served::Api));
        for host in [
            "hello-42.us-central1.run.cloud.example.com",
            "us-central1-demo.cloudfunctions.cloud.example.com",
        ] {
            assert_eq!(of(host, "cloud.example.com"), Some(Served::Gate), "{host}");
        }
        assert_eq!(of("iam.cloud.example.com", "googleapis.com"), None);
    }

    #[test]
    fn every_other_host_is_a_stranger() {
        for host in [
            "127.0.0.1",
            "accounts.google.com.evil.example",
            "evil-run.app",
            "evilgoogleapis.com",
            "example.com",
            "google.com",
            "googleapis.com",
            "localhost",
            "mail.google.com",
            "run.app",
            "x.accounts.google.com",
        ] {
            assert_eq!(of(host, "googleapis.com"), None, "{host}");
        }
    }

    #[test]
    fn every_served_host_is_in_a_domain_of_the_authority() {
        for universe in ["googleapis.com", "cloud.example.com"] {
            let domains = domains(&Universe::parse(universe).unwrap());
            for host in ["iam.googleapis.com", "a.run.app", "a.appspot.com", "www.gstatic.com"] {
                assert!(domains.iter().any(|domain| host.ends_with(domain.as_str())), "{host}");
            }
            assert!(domains.iter().any(|domain| domain.as_str() == universe));
        }
    }
}
