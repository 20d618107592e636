//! What holds of the configuration, whatever the file says.

use std::net::SocketAddr;

use crate::Config;

/// Any bytes are a configuration or an error that says where; and a configuration opens nothing beyond loopback in plain
/// text unless it says `dangerous`.
pub fn body(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let config = match Config::of_text(&text) {
        Ok(config) => config,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    let on_loopback = |address: &SocketAddr| address.ip().is_loopback();
    assert!(config.intercept.as_ref().is_none_or(on_loopback), "{text}");
    assert!(config.dangerous_anonymous_owner.is_none() || on_loopback(&config.api), "{text}");
    // A key can be written with escapes.
    if !text.contains("dangerous") && !text.contains('\\') {
        assert!(config.dangerous_anonymous_owner.is_none(), "{text}");
        let encrypted = config.tls.as_ref().map_or([false; 2], |tls| [tls.api, tls.gate]);
        for (address, encrypted) in [&config.api, &config.gate].into_iter().zip(encrypted) {
            assert!(encrypted || on_loopback(address), "{text}");
        }
    }
}
