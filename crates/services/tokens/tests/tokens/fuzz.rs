//! The fuzz body on a corpus and on random texts; and everything that takes a token takes any text.

use proptest::prelude::*;

use crate::support::*;

#[test]
fn corpus_holds_its_promises() {
    for text in [
        "",
        "https://run.googleapis.com/",
        "https://us-central1-run.googleapis.com:443/google.cloud.run.v2.Services",
        "https://run.googleapis.com@evil.example/",
        "https://run.googleapis.com?x",
        "https://RUN.googleapis.com./a.b",
        "http://run.googleapis.com:99999999/",
    ] {
        tokens::fuzz::body(text.as_bytes());
    }
    tokens::fuzz::body(&[0xff, 0xfe]);
}

proptest! {
    #[test]
    fn any_bytes_hold_its_promises(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        tokens::fuzz::body(&bytes);
    }

    #[test]
    fn near_misses_hold_its_promises(text in "https?://([a-z1-]{0,12}-)?run\\.googleapis\\.com[:./@?#a-z0-9]{0,12}") {
        tokens::fuzz::body(text.as_bytes());
    }
}

#[tokio::test]
async fn any_text_is_refused_everywhere() {
    let house = house().await;
    let gate = house.tokens.id_tokens();
    let good = house.ring_signed(serde_json::json!({}));
    let mut texts: Vec<String> = (0..good.len()).step_by(7).map(|end| good[..end].to_owned()).collect();
    texts.extend(["ya29.\u{0}", "....", "ä.ö.ü", "ya29.a.b", " "].map(str::to_owned));
    texts.push(".".repeat(100_000));
    for text in texts {
        assert!(house.tokens.authenticate(house.now(), &text, &scheduler()).is_err());
        assert!(gate.verify(&text, house.now()).is_err());
    }
}
