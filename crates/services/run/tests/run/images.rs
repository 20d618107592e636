use proptest::prelude::*;
use rstest::rstest;
use run::{Backend, BuiltIn, Image, ImageError};

#[rstest]
#[case("http://127.0.0.1:3000", "http://127.0.0.1:3000")]
#[case("http://127.0.0.1:3000/", "http://127.0.0.1:3000")]
#[case("HTTPS://Orders.Example.com", "https://orders.example.com")]
#[case("http://localhost:80", "http://localhost")]
#[case("http://[::1]:8080", "http://[::1]:8080")]
fn url_of_scheme_host_and_port_is_an_address(#[case] image: &str, #[case] address: &str) {
    let image = Image::parse(image).unwrap();
    assert!(matches!(image.backend(), Backend::Address(found) if found.to_string() == address));
}

#[rstest]
#[case("gcr.io/cloudrun/hello")]
#[case("gcr.io/cloudrun/hello:latest")]
#[case("us-docker.pkg.dev/cloudrun/container/hello")]
#[case("us-docker.pkg.dev/cloudrun/container/hello@sha256:0123456789abcdef")]
fn googles_hello_image_is_built_in(#[case] image: &str) {
    assert_eq!(Image::parse(image).unwrap().backend(), &Backend::BuiltIn(BuiltIn::Hello));
}

#[rstest]
#[case("")]
#[case("nginx")]
#[case("gcr.io/cloudrun/hello2")]
#[case("gcr.io/cloudrun/hello:")]
#[case("gcr.io/cloudrun/hello/more")]
#[case("ftp://127.0.0.1")]
#[case("http:/127.0.0.1")]
fn other_image_is_refused_and_told_about_urls(#[case] image: &str) {
    let refused = Image::parse(image).unwrap_err().to_string();
    assert!(refused.contains("cannot be run here") && refused.contains("http://127.0.0.1:3000"), "{refused}");
}

#[rstest]
#[case("http://127.0.0.1:3000/path")]
#[case("http://127.0.0.1:3000//")]
#[case("http://127.0.0.1:3000?x=1")]
fn url_with_more_than_an_address_is_refused(#[case] image: &str) {
    assert_eq!(Image::parse(image), Err(ImageError::MoreThanAnAddress));
}

#[rstest]
#[case("http://127.0.0.1:3000/#x")]
#[case("http://host\\evil")]
#[case("http://127.0.0.1:0")]
#[case("http://127.0.0.1:65536")]
#[case("http://127.0.0.1:")]
#[case("http://127.1")]
#[case("http://")]
#[case("http://a b")]
#[case("http://[::1")]
#[case("http://[::1]8080")]
fn url_that_cannot_be_called_is_refused(#[case] image: &str) {
    assert!(matches!(Image::parse(image), Err(ImageError::NotCallable(_))));
}

#[test]
fn password_in_an_image_is_not_repeated() {
    let refused = Image::parse("http://ada:hunter2@127.0.0.1").unwrap_err().to_string();
    assert!(!refused.contains("hunter2"), "{refused}");
}

proptest! {
    #[test]
    fn any_bytes_are_an_image_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        run::fuzz::body(&bytes);
    }

    #[test]
    fn anything_like_a_url_is_an_image_or_an_error(text in "https?://[a-z0-9.:@/?#\\[\\]-]{0,40}") {
        run::fuzz::body(text.as_bytes());
    }
}
