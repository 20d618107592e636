//! Drives the fuzz body on a small corpus and on bounded random changes of it.

use proptest::prelude::*;

const CORPUS: &[&str] = &[
    "",
    "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJhIn0.AAAA",
    "grant_type=refresh_token&client_id=c&client_secret=s&refresh_token=r&scope=openid",
    "grant_type=authorization_code&client_id=c&code=x&redirect_uri=https%3A%2F%2Fa.example&code_verifier=v",
    "client_id=c&redirect_uri=http%3A%2F%2F127.0.0.1%3A1%2F&response_type=code&scope=openid&state=s&nonce=n&code_challenge_method=S256&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    "http://127.0.0.1:8085/back",
    "https://shop.example/back?x=y",
    "YTpi",
    "token=ya29.x",
    "grant_type=password",
    "eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ.eyJpc3MiOiJhIiwiaWF0IjoiMSJ9.AAAA",
    "openid email https://www.googleapis.com/auth/cloud-platform",
    "a=1&a=2",
    "%ff%00=%",
];

#[test]
fn corpus_is_read_without_panic() {
    CORPUS.iter().for_each(|text| oauth::fuzz::body(text.as_bytes()));
}

proptest! {
    #[test]
    fn random_bytes_are_read_without_panic(data in prop::collection::vec(any::<u8>(), 0..512)) {
        oauth::fuzz::body(&data);
    }

    #[test]
    fn changed_corpus_is_read_without_panic(
        text in prop::sample::select(CORPUS),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut data = text.as_bytes().to_vec();
        if !data.is_empty() {
            for (at, byte) in changes {
                let at = at.index(data.len());
                data[at] = byte;
            }
            oauth::fuzz::body(&data);
        }
    }
}
