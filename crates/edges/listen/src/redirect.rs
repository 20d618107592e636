use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, Uri, header, uri::Authority};

/// Sends whoever asks without TLS to the same place with it, on this port: 308, so that the method stays (RFC 9110
/// §15.4.9). 400 for a request that does not name one host.
pub fn redirect_to_https(target: &Uri, headers: &HeaderMap, port: u16) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::BAD_REQUEST;
    let mut hosts = headers.get_all(header::HOST).iter();
    if let (host, None) = (hosts.next(), hosts.next())
        && let Some(location) = https_location(target, host, port)
    {
        *response.status_mut() = StatusCode::PERMANENT_REDIRECT;
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

/// The same place over TLS, on this port; `None` where neither the target nor a `Host` beside it is that of one host. HTTP/2
/// has the host in the target, and mostly there alone.
pub fn https_location(target: &Uri, host: Option<&HeaderValue>, port: u16) -> Option<HeaderValue> {
    let authority: Authority = match target.authority() {
        Some(authority) => authority.clone(),
        None => host?.to_str().ok()?.parse().ok()?,
    };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte);
    let host = authority.host();
    if host.is_empty() || !host.bytes().all(plain) || authority.as_str().contains('@') {
        return None;
    }
    let path = target.path_and_query().map_or("/", |path| path.as_str());
    let path = if path.starts_with('/') { path } else { "/" };
    let port = if port == 443 { String::new() } else { format!(":{port}") };
    HeaderValue::try_from(format!("https://{host}{port}{path}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(target: &str, hosts: &[&str], port: u16) -> Option<String> {
        let mut headers = HeaderMap::new();
        for host in hosts {
            headers.append(header::HOST, HeaderValue::from_str(host).expect("a value"));
        }
        let response = redirect_to_https(&target.parse().expect("a target"), &headers, port);
        let location = response.headers().get(header::LOCATION)?.to_str().expect("text").to_owned();
        assert_eq!(response.status(), StatusCode::PERMANENT_REDIRECT);
        Some(location)
    }

    #[test]
    fn same_place_with_tls() {
        assert_eq!(
            sent("/a?b=c", &["shop.example:8081"], 443).as_deref(),
            Some("https://shop.example/a?b=c")
        );
        assert_eq!(sent("/", &["[::1]:80"], 8443).as_deref(), Some("https://[::1]:8443/"));
        assert_eq!(
            sent("http://one.example/x", &["two.example"], 443).as_deref(),
            Some("https://one.example/x")
        );
        assert_eq!(
            sent("http://one.example/x", &[], 443).as_deref(),
            Some("https://one.example/x"),
            "HTTP/2"
        );
        assert_eq!(
            sent("//evil.example", &["shop.example"], 443).as_deref(),
            Some("https://shop.example//evil.example")
        );
    }

    #[test]
    fn request_without_one_host_is_sent_nowhere() {
        for hosts in
            [&[][..], &["a.example", "b.example"], &[""], &["user@a.example"], &["a example"], &["a/b"]]
        {
            assert_eq!(sent("/", hosts, 443), None, "{hosts:?}");
        }
    }
}
