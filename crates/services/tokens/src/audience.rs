//! Which API a self-signed token is for.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use names::{HostName, Location};

use crate::{ApiFamily, Effect};

/// What a caller's credential must be good for: one method of one API.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ApiAudience {
    /// The public hosts that mean this API, such as `run.googleapis.com`: over `https` and on its port, and nothing
    /// else. A region before a host (`us-central1-run.googleapis.com`) means the same API.
    pub hosts: Vec<HostName>,
    /// Where this very server is reached by clients that are pointed at it. The port counts: another server on the
    /// same machine is another audience.
    pub own: Vec<Authority>,
    /// Which scopes the API knows.
    pub family: ApiFamily,
    /// Whether the method changes anything.
    pub effect: Effect,
}

/// A host and the port on it: `localhost:8085`, `[::1]:8085`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Authority {
    /// In lower case, IPv6 literals in brackets.
    host: String,
    port: u16,
}

impl ApiAudience {
    /// A method that changes something, of an API without scopes of its own, under its public hosts.
    pub fn of(hosts: Vec<HostName>) -> Self {
        Self { hosts, own: Vec::new(), family: ApiFamily::Other, effect: Effect::Change }
    }

    /// Whether the audience of a self-signed token means this API: `https://HOST/`, alone or followed by the name
    /// of the gRPC service (facts §0.2; clients send both forms). This server's own addresses count over `http` too,
    /// as it speaks no TLS itself.
    #[must_use]
    pub fn is_meant_by(&self, audience: &str) -> bool {
        let Some((scheme, rest)) = audience.split_once("://") else { return false };
        let usual_port = match scheme {
            "http" => 80,
            "https" => HTTPS_PORT,
            _ => return false,
        };
        let (authority, service) = rest.split_once('/').unwrap_or((rest, ""));
        let Some(authority) = Authority::parse(authority, usual_port) else { return false };
        (service.is_empty() || is_grpc_service(service))
            && (self.own.contains(&authority) || scheme == "https" && self.is_public(&authority))
    }

    fn is_public(&self, authority: &Authority) -> bool {
        authority.port == HTTPS_PORT
            && HostName::parse(&authority.host)
                .is_ok_and(|host| self.hosts.iter().any(|own| serves(own, &host)))
    }
}

impl fmt::Display for Authority {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.host, self.port)
    }
}

impl Authority {
    /// This port of a named host.
    pub fn of(host: &HostName, port: u16) -> Self {
        Self { host: host.as_str().to_owned(), port }
    }

    /// What is bound at this address.
    pub fn at(address: SocketAddr) -> Self {
        let host = match address.ip() {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => format!("[{address}]"),
        };
        Self { host, port: address.port() }
    }

    /// Whether this text, with or without a port, names the loopback of whoever reads it: `localhost` and what is below
    /// it (RFC 6761 §6.3), an address of 127.0.0.0/8, or `[::1]`.
    pub(crate) fn is_of_loopback(text: &str) -> bool {
        let Some(Self { host, .. }) = Self::parse(text, HTTPS_PORT) else { return false };
        let is_address = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
            Some(address) => address.parse::<Ipv6Addr>().is_ok_and(|address| address.is_loopback()),
            None => host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback()),
        };
        is_address || host == "localhost" || host.ends_with(".localhost")
    }

    /// A host with its port, or `usual_port` where none is written. A port is written in one way only.
    fn parse(text: &str, usual_port: u16) -> Option<Self> {
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => {
                let number = port.parse::<u16>().ok().filter(|number| number.to_string() == port)?;
                (host, number)
            }
            Some(_) | None => (text, usual_port),
        };
        if let Some(address) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
            let address = address.parse::<Ipv6Addr>().ok()?;
            return Some(Self::at((address, port).into()));
        }
        // The port is off: a colon that is left makes it no host.
        let host = HostName::parse(&host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase()).ok()?;
        Some(Self::of(&host, port))
    }
}

/// Whether `host` is `own`, or `own` with a region before it.
fn serves(own: &HostName, host: &HostName) -> bool {
    match host.as_str().strip_suffix(own.as_str()) {
        Some("") => true,
        Some(region) => region.strip_suffix('-').is_some_and(|region| Location::parse(region).is_ok()),
        None => false,
    }
}

/// `google.pubsub.v1.Publisher`: at least two words, so that paths such as `token` are none.
fn is_grpc_service(text: &str) -> bool {
    let word = |word: &str| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    text.len() <= 200 && text.contains('.') && text.split('.').all(word)
}

const HTTPS_PORT: u16 = 443;

#[cfg(test)]
mod tests {
    use super::*;

    fn scheduler() -> ApiAudience {
        let own = ["127.0.0.1:8085", "[::1]:8085"].map(|address| Authority::at(address.parse().unwrap()));
        let public = HostName::parse("cloudscheduler.googleapis.com").unwrap();
        ApiAudience { own: own.to_vec(), ..ApiAudience::of(vec![public]) }
    }

    #[test]
    fn host_with_or_without_its_service_is_meant() {
        for audience in [
            "https://cloudscheduler.googleapis.com/",
            "https://cloudscheduler.googleapis.com",
            "https://cloudscheduler.googleapis.com/google.cloud.scheduler.v1.CloudScheduler",
            "https://CloudScheduler.googleapis.com/",
            "https://us-central1-cloudscheduler.googleapis.com/",
            "https://cloudscheduler.googleapis.com:443/",
            "https://cloudscheduler.googleapis.com./",
            "http://127.0.0.1:8085/",
            "https://127.0.0.1:8085/",
            "http://127.0.0.1:8085/google.cloud.scheduler.v1.CloudScheduler",
            "http://[::1]:8085/",
        ] {
            assert!(scheduler().is_meant_by(audience), "{audience}");
        }
    }

    #[test]
    fn another_server_on_the_same_machine_is_not_meant() {
        for audience in [
            "http://127.0.0.1/",
            "https://127.0.0.1/",
            "http://127.0.0.1:9000/",
            "http://127.0.0.1:08085/",
            "http://127.0.0.1:+8085/",
            "http://127.0.0.1:/",
            "http://127.0.0.1:8085:8085/",
            "http://127.0.0.2:8085/",
            "http://localhost:8085/",
            "http://us-central1-127.0.0.1:8085/",
            "http://[::1]/",
            "http://[::1]:9000/",
            "http://::1:8085/",
        ] {
            assert!(!scheduler().is_meant_by(audience), "{audience}");
        }
    }

    #[test]
    fn usual_port_need_not_be_written() {
        let own = vec![Authority::of(&HostName::parse("doorward.example").unwrap(), 80)];
        let api = ApiAudience { own, ..scheduler() };
        for (audience, meant) in [
            ("http://doorward.example/", true),
            ("http://doorward.example:80/", true),
            ("https://doorward.example/", false),
        ] {
            assert_eq!(api.is_meant_by(audience), meant, "{audience}");
        }
    }

    #[test]
    fn public_host_is_meant_over_https_on_its_port_only() {
        for audience in [
            "http://cloudscheduler.googleapis.com/",
            "http://cloudscheduler.googleapis.com:443/",
            "https://cloudscheduler.googleapis.com:80/",
            "https://cloudscheduler.googleapis.com:8085/",
            "https://cloudscheduler.googleapis.com:0443/",
            "https://us-central1-cloudscheduler.googleapis.com:8443/",
        ] {
            assert!(!scheduler().is_meant_by(audience), "{audience}");
        }
    }

    #[test]
    fn everything_else_is_not() {
        for audience in [
            "",
            "cloudscheduler.googleapis.com",
            "https://",
            "https:///",
            "https://pubsub.googleapis.com/",
            "https://cloudscheduler.googleapis.com.example.com/",
            "https://evilcloudscheduler.googleapis.com/",
            "https://-cloudscheduler.googleapis.com/",
            "https://a.us-central1-cloudscheduler.googleapis.com/",
            "https://someone@cloudscheduler.googleapis.com/",
            "https://cloudscheduler.googleapis.com/token",
            "https://cloudscheduler.googleapis.com/a.b/c",
            "https://cloudscheduler.googleapis.com/..",
            "https://cloudscheduler.googleapis.com?x=/",
            "https://oauth2.googleapis.com/token",
            "ftp://cloudscheduler.googleapis.com/",
        ] {
            assert!(!scheduler().is_meant_by(audience), "{audience}");
        }
    }
}
