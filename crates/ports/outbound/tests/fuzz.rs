//! Drives the fuzz bodies with a small corpus and bounded random bytes.

use proptest::prelude::*;

#[test]
fn the_corpus_holds() {
    for text in [
        "http://a",
        "https://[::1]:1/?#",
        "http://a.:80./",
        "http://[::ffff:1.2.3.4]/%00",
        "http://1.2.3.4.",
        "10.0.0.0/8",
        "::/0",
        "::ffff:0:0/96",
        "0.0.0.0/0",
        "http://0/",
        "http://a%2f@b/",
        "http://xn--a/",
        "http://a?b/c@d",
    ] {
        outbound::fuzz::body(text.as_bytes());
    }
}

proptest! {
    #[test]
    fn any_bytes_are_taken(data: Vec<u8>) {
        outbound::fuzz::body(&data);
    }

    #[test]
    fn almost_urls_are_taken(text in "https?://[a-z0-9.:@\\[\\]%_-]{0,24}[/?]?[a-z/%?#&=@.]{0,16}") {
        outbound::fuzz::body(text.as_bytes());
    }

    #[test]
    fn almost_ranges_are_taken(text in "[0-9a-f.:]{1,20}/[0-9]{1,3}") {
        outbound::fuzz::range(text.as_bytes());
    }
}
