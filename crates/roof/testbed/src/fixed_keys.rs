//! Keys that everybody knows.

use keys::{FixedKeys, KeyRings};

/// Doorward's own keys, the same in every test.
pub(crate) fn rings() -> KeyRings {
    let fixed = FixedKeys { assertions: ASSERTIONS, id_tokens: ID_TOKENS, access_tokens: KNOWN_TO_EVERYBODY };
    KeyRings::dangerous_fixed(fixed).expect("the keys beside this crate can be read")
}

const ASSERTIONS: &str = include_str!("../keys/assertions.p256.pem");
const ID_TOKENS: &str = include_str!("../keys/id_tokens.rsa.pem");
const KNOWN_TO_EVERYBODY: &[u8; 32] = b"known to everybody: for tests...";
