//! What the fuzzer drives.

use http::{HeaderMap, Method, Request, header};
use names::Universe;

use crate::hosts::served;
use crate::metadata::named;
use crate::target::{Asked, name};

/// A target is read or refused, and one that leads to a host of Google's is served here, however it is spelt; of what is
/// told to a proxy nothing becomes a metadata server but a port.
///
/// # Panics
///
/// When that does not hold.
pub fn body(data: &[u8]) {
    let mut headers = HeaderMap::new();
    if let Ok(said) = data.try_into() {
        headers.insert(header::PROXY_AUTHORIZATION, said);
    }
    assert_ne!(named(&headers), Some(0));
    let universe = Universe::default();
    for method in [Method::CONNECT, Method::GET] {
        let Ok(request) = Request::builder().method(method).uri(data).body(()) else { continue };
        let target = match Asked::of(&request.into_parts().0) {
            Ok(Asked::Answer(url)) => url.target().clone(),
            Ok(Asked::Tunnel(target)) => target,
            Err(_) => continue,
        };
        assert!(target.port != 0);
        let text = target.host.to_string();
        assert_eq!(text, text.to_ascii_lowercase());
        if text.ends_with(".googleapis.com") || text.ends_with(".run.app") {
            assert!(name(&target).is_some_and(|host| served(host, &universe).is_some()), "{text}");
        }
    }
}
