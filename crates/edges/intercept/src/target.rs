//! What a client asks its proxy for.

use http::{Method, Uri, Version, request};
use outbound::{Host, Target, Url, UrlError};

/// A request that is written for a proxy.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Asked {
    /// The answer of an `http` URL (RFC 9112 §3.2.2).
    Answer(Url),
    /// A connection (RFC 9112 §3.2.3).
    Tunnel(Target),
}

/// Why a request is not one for a proxy.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum NotForProxy {
    /// Its target is a path, as a server is asked.
    Path,
    /// It wants a scheme that is not fetched for anybody.
    Scheme,
    /// Its target cannot be read.
    Target(UrlError),
    /// It is HTTP/2, or older than HTTP/1.1 and wants a tunnel.
    Version,
}

impl Asked {
    /// Reads the target strictly: it names one host, in one way.
    pub(crate) fn of(head: &request::Parts) -> Result<Asked, NotForProxy> {
        if head.version == Version::HTTP_2 {
            return Err(NotForProxy::Version);
        }
        if head.method == Method::CONNECT {
            return tunnel(&head.uri);
        }
        match (head.uri.scheme_str(), head.uri.authority()) {
            (Some("http"), Some(_)) => {
                head.uri.to_string().parse().map(Asked::Answer).map_err(NotForProxy::Target)
            }
            (Some(_), Some(_)) => Err(NotForProxy::Scheme),
            _ => Err(NotForProxy::Path),
        }
    }
}

/// `HOST:PORT`, and nothing else.
fn tunnel(target: &Uri) -> Result<Asked, NotForProxy> {
    let authority = target.authority().ok_or(NotForProxy::Path)?.as_str();
    // The port is never left out here, whatever it is.
    let url: Url = format!("http://{authority}/").parse().map_err(NotForProxy::Target)?;
    let after_host = authority.rsplit(']').next().unwrap_or_default();
    if !after_host.contains(':') {
        return Err(NotForProxy::Target(UrlError::Port));
    }
    Ok(Asked::Tunnel(url.target().clone()))
}

/// Whether tunnels are made to this port of a stranger: those of the web, and those that anybody may listen on. Mail,
/// remote shells and their like are not for an HTTP proxy.
pub(crate) fn may_tunnel(target: &Target) -> bool {
    matches!(target.port, 80 | 443 | 1024..)
}

/// The name of a host, where it has one.
pub(crate) fn name(target: &Target) -> Option<&names::HostName> {
    match &target.host {
        Host::Name(name) => Some(name),
        Host::Address(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn asked(method: &str, target: &str) -> Result<Asked, NotForProxy> {
        let request = Request::builder().method(method).uri(target).body(()).unwrap();
        Asked::of(&request.into_parts().0)
    }

    fn tunnelled(target: &str) -> Option<String> {
        match asked("CONNECT", target) {
            Ok(Asked::Tunnel(target)) => Some(format!("{}:{}", target.host, target.port)),
            _ => None,
        }
    }

    #[test]
    fn tunnel_is_to_one_host_and_one_port() {
        assert_eq!(tunnelled("iam.googleapis.com:443").as_deref(), Some("iam.googleapis.com:443"));
        assert_eq!(tunnelled("IAM.GoogleAPIs.com.:443").as_deref(), Some("iam.googleapis.com:443"));
        assert_eq!(tunnelled("[::1]:8443").as_deref(), Some("[::1]:8443"));
        assert_eq!(tunnelled("example.com:80").as_deref(), Some("example.com:80"));
        for target in
            ["example.com", "[::1]", "user@example.com:443", "example.com:0", "2130706433:443", "a_-.b-:1"]
        {
            assert_eq!(tunnelled(target), None, "{target}");
        }
    }

    #[test]
    fn answer_is_of_a_plain_url() {
        assert!(
            matches!(asked("GET", "http://example.com/a?b=c"), Ok(Asked::Answer(url)) if url.path_and_query() == "/a?b=c")
        );
        assert_eq!(asked("GET", "https://example.com/"), Err(NotForProxy::Scheme));
        assert_eq!(asked("GET", "ftp://example.com/"), Err(NotForProxy::Scheme));
        assert_eq!(asked("GET", "/"), Err(NotForProxy::Path));
        assert_eq!(asked("OPTIONS", "*"), Err(NotForProxy::Path));
        assert_eq!(asked("GET", "http://user@example.com/"), Err(NotForProxy::Target(UrlError::UserInfo)));
    }

    #[test]
    fn ports_of_other_protocols_are_not_tunnelled_to() {
        let to = |port: u16| match asked("CONNECT", &format!("example.com:{port}")) {
            Ok(Asked::Tunnel(target)) => may_tunnel(&target),
            other => panic!("{other:?}"),
        };
        assert!([80, 443, 1024, 8443, 65535].into_iter().all(to));
        assert!(![22, 25, 53, 110, 139, 465, 587, 993].into_iter().any(to));
    }
}
