//! What a fuzzer drives: any bytes give a value or a typed error, and what is accepted keeps its promises.

use jiff::Timestamp;
use names::Secret;

use crate::{AccessTokenBody, KeyRings, MasterKey, OpenError, Policy, UploadedKey};

/// Feeds `data` to every parser of this crate.
///
/// # Panics
/// When an accepted value breaks a promise, which is what the fuzzer looks for.
pub fn body(data: &[u8]) {
    if let Ok(body) = AccessTokenBody::decode(data) {
        let written = body.encode().expect("what was read can be written");
        assert_eq!(AccessTokenBody::decode(&written).ok(), Some(body), "what was written is read");
    }
    for pem in [data.to_vec(), jose::pem::encode("CERTIFICATE", data).into_bytes()] {
        let Ok(read) = UploadedKey::read(&pem) else { continue };
        assert!(read.not_before < read.not_after);
        assert_eq!(UploadedKey::read(read.certificate_pem.as_bytes()), Ok(read), "one key, one name");
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    let _ = MasterKey::from_base64(&Secret::new(text.to_owned()));
    let master = Secret::new("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".to_owned());
    let master = MasterKey::from_base64(&master).expect("32 bytes in base64");
    let rings = KeyRings::open([], master, Policy::default()).expect("nothing to unseal");
    let refusal = rings.open_access_token(text, Timestamp::UNIX_EPOCH).expect_err("there is no key");
    assert!(matches!(refusal, OpenError::Form | OpenError::Key));
}
