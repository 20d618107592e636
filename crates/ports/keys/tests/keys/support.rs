//! Rings for tests.

use std::sync::LazyLock;

use jiff::Timestamp;
use keys::{FixedKeys, KeyRings, MasterKey, Policy};
use names::{Email, Principal, Secret, UniqueId};
use oauth::Scopes;

pub const MASTER: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

pub fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).unwrap()
}

pub fn master() -> MasterKey {
    MasterKey::from_base64(&Secret::new(MASTER.to_owned())).unwrap()
}

/// Rings as on the first start at `at(0)`, made once: RSA keys take their time.
pub fn started() -> KeyRings {
    static STARTED: LazyLock<KeyRings> = LazyLock::new(|| {
        let empty = KeyRings::open([], master(), Policy::default()).unwrap();
        empty.apply(&empty.plan_rotation(at(0)).unwrap()).unwrap()
    });
    STARTED.clone()
}

pub fn fixed() -> KeyRings {
    KeyRings::dangerous_fixed(FixedKeys {
        assertions: include_str!("../../../../rules/jose/tests/keys/ada.p256.pem"),
        id_tokens: include_str!("../../../../rules/jose/tests/keys/ada.rsa.pem"),
        access_tokens: &[7; 32],
    })
    .unwrap()
}

pub fn ada() -> Principal {
    Principal::ServiceAccount {
        email: Email::parse("ada@demo.iam.gserviceaccount.com").unwrap(),
        unique_id: UniqueId::parse("107517467455664443765").unwrap(),
    }
}

pub fn scopes(text: &str) -> Scopes {
    Scopes::parse(text).unwrap()
}
