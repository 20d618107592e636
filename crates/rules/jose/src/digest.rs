//! Fingerprints: the one digest that names things which must not be stored themselves.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};

/// SHA-256 (FIPS 180-4), in lower-case hexadecimal: 64 characters.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    digest(&SHA256, bytes).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// SHA-256 (FIPS 180-4), as bytes: a key for tables that must not hold what it was made from.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut output = [0; 32];
    output.copy_from_slice(digest(&SHA256, bytes).as_ref());
    output
}

/// SHA-1 (FIPS 180-4), which only protocols ask for in which it protects nothing: the answer to a WebSocket's key
/// (RFC 6455 §4.2.2).
#[must_use]
pub fn sha1(bytes: &[u8]) -> [u8; 20] {
    let mut output = [0; 20];
    output.copy_from_slice(digest(&SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref());
    output
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digest_is_that_of_fips_180() {
        assert_eq!(sha256_hex(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
