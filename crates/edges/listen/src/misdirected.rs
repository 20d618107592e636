use http::{HeaderMap, Uri, header};
use names::HostName;

/// The only host that the requests of a connection may be for ([`Connection::host`](crate::Connection::host)): an
/// extension of each of them, for services that do not see the connection.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OnlyHost(pub HostName);

/// Whether everything in a request that names a host names this one, whatever the port. Otherwise it is misdirected
/// (RFC 9110 §15.5.20).
pub fn is_for(host: &HostName, target: &Uri, headers: &HeaderMap) -> bool {
    let authority = target.authority().map(|authority| authority.as_str().as_bytes());
    let named = headers.get_all(header::HOST).iter().map(|value| value.as_bytes());
    authority.into_iter().chain(named).all(|named| is_host(named, host.as_str().as_bytes()))
}

fn is_host(authority: &[u8], host: &[u8]) -> bool {
    let (name, rest) = authority.split_at(host.len().min(authority.len()));
    // The root label of a name that is written out whole.
    let rest = rest.strip_prefix(b".").unwrap_or(rest);
    let is_port = || rest.strip_prefix(b":").is_some_and(|port| port.iter().all(u8::is_ascii_digit));
    name.eq_ignore_ascii_case(host) && (rest.is_empty() || is_port())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn asked(target: &str, hosts: &[&str]) -> bool {
        let host = HostName::parse("iam.googleapis.com").expect("a host");
        let mut headers = HeaderMap::new();
        for named in hosts {
            headers.append(header::HOST, HeaderValue::from_str(named).expect("a value"));
        }
        is_for(&host, &target.parse().expect("a target"), &headers)
    }

    #[test]
    fn the_host_is_meant_in_any_case_and_with_any_port() {
        for named in [
            "iam.googleapis.com",
            "IAM.GoogleAPIs.com",
            "iam.googleapis.com:443",
            "iam.googleapis.com.",
            "iam.googleapis.com.:443",
        ] {
            assert!(asked("/", &[named]), "{named}");
        }
        assert!(asked("https://iam.googleapis.com/v1", &["iam.googleapis.com"]) && asked("/", &[]));
    }

    #[test]
    fn any_other_host_in_any_place_is_not_meant() {
        for named in [
            "",
            "localhost",
            "127.0.0.1:8090",
            "run.googleapis.com",
            "iam.googleapis.com.evil.example",
            "iam.googleapis.comx",
            "xiam.googleapis.com",
            "iam.googleapis.com:x",
        ] {
            assert!(!asked("/", &[named]), "{named}");
        }
        assert!(!asked("/", &["iam.googleapis.com", "localhost"]));
        assert!(!asked("https://localhost/", &["iam.googleapis.com"]));
        assert!(!asked("https://localhost/", &[]));
    }
}
