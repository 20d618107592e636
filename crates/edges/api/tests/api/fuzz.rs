//! The bodies for fuzzing, on a few seeds and bounded random bytes.

use proptest::prelude::*;

#[test]
fn known_headers_are_read() {
    for seed in ["Bearer ya29.x", "bearer  a b", "20S", "99999999H", "0.5", "Basic eA==", "", "\u{e9}"] {
        api::fuzz::headers(seed.as_bytes());
    }
}

proptest! {
    #[test]
    fn any_bytes_are_headers_or_none(data in proptest::collection::vec(any::<u8>(), 0..80)) {
        api::fuzz::headers(&data);
        api::fuzz::page_tokens(&data);
    }

    #[test]
    fn almost_bearer_tokens_are_tokens_or_none(rest in "[ -~]{0,20}") {
        api::fuzz::headers(format!("Bearer {rest}").as_bytes());
    }
}
