//! What a fuzzer drives: any bytes give a verdict, and what is taken keeps its promises.

use names::HostName;

use crate::ApiAudience;

/// Feeds `data` to the parser of this crate: the audience of a self-signed token.
///
/// # Panics
/// When an accepted audience does not stand for the API, which is what the fuzzer looks for.
pub fn body(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let host = "run.googleapis.com";
    let api = ApiAudience::of(vec![HostName::parse(host).expect("a valid literal")]);
    if api.is_meant_by(text) {
        let folded = text.to_ascii_lowercase();
        assert!(folded.contains(host), "only this host is meant");
        assert!(folded.starts_with("https://"), "and only over TLS");
        assert!(!text.contains(['@', '?', '#', ' ']), "nothing is hidden in it");
    }
    assert!(!ApiAudience::of(Vec::new()).is_meant_by(text), "no host, no audience");
}
