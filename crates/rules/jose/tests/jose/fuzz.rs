//! Drives the fuzz body on a small corpus and on bounded random changes of it.

use std::sync::LazyLock;

use crate::support::{ADA_P256, ADA_RSA, TestSigner, keys};
use proptest::prelude::*;
use serde_json::json;

/// Made once: signing takes longer than reading what was signed a hundred times.
static CORPUS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(corpus);

fn corpus() -> Vec<Vec<u8>> {
    let claims = json!({"iss": "a", "aud": "b", "sub": "c", "iat": 1, "exp": 2, "scope": "d", "x": [1.5, null, {"y": ""}]});
    let jwks = keys().to_jwks();
    let mut corpus = vec![
        Vec::new(),
        claims.to_string().into_bytes(),
        jose::sign_compact(&TestSigner::rsa("ada-rsa", ADA_RSA), &claims).unwrap().into_bytes(),
        jose::sign_compact(&TestSigner::p256("ada-p256", ADA_P256), &claims).unwrap().into_bytes(),
        serde_json::to_vec(&jwks).unwrap(),
        crate::support::ADA_RSA_PUBLIC.into(),
    ];
    for jwk in jwks.keys() {
        corpus.push(serde_json::to_vec(jwk).unwrap());
        corpus.push(jwk.key().to_spki_der());
    }
    corpus
}

#[test]
fn corpus_is_read_without_panic() {
    CORPUS.iter().for_each(|data| jose::fuzz::body(data));
}

proptest! {
    #[test]
    fn random_bytes_are_read_without_panic(data in prop::collection::vec(any::<u8>(), 0..512)) {
        jose::fuzz::body(&data);
    }

    #[test]
    fn changed_corpus_is_read_without_panic(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        keep in any::<prop::sample::Index>(),
    ) {
        let mut data = which.get(&CORPUS).clone();
        if !data.is_empty() {
            for (at, byte) in changes {
                let at = at.index(data.len());
                data[at] = byte;
            }
            jose::fuzz::body(&data);
            data.truncate(keep.index(data.len()));
            jose::fuzz::body(&data);
        }
    }
}
