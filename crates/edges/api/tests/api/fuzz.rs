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
    fn almost_log_places_are_read_or_refused(text in r#"\[(-?[0-9]{1,20}|"[a-z]{0,3}")(,"[ -~]{0,9}"){2,4}\]?"#) {
        api::fuzz::log_places(text.as_bytes());
    }

    #[test]
    fn almost_project_filters_are_read_or_refused(
        text in r#"(\(? ?(NOT )?(id|name|labels\.x|colour|AND)(:|=|!=)?("[ -~]{0,5}"|[a-z*]{0,5})( AND | OR | )?\)?){0,5}"#
    ) {
        api::fuzz::project_filters(text.as_bytes());
    }

    #[test]
    fn any_bytes_are_headers_or_none(data in proptest::collection::vec(any::<u8>(), 0..80)) {
        api::fuzz::headers(&data);
        api::fuzz::page_tokens(&data);
        api::fuzz::log_places(&data);
        api::fuzz::project_filters(&data);
        api::fuzz::label_selectors(&data);
        api::fuzz::function_filters(&data);
    }

    #[test]
    fn almost_function_filters_are_read_or_refused(
        text in "( ?(environment|name|state) ?[=:] ?(\"?GEN_[123]\"?|\"[ -~]{0,6}\"|[!-~\t]{0,6})( AND | OR |)){0,3}"
    ) {
        api::fuzz::function_filters(text.as_bytes());
    }

    #[test]
    fn almost_operation_filters_are_read_or_refused(
        text in "( ?(project|location|function|latest)[:=] ?([a-zA-Z0-9-]{0,12}|us-central1)[,;]?){0,4}"
    ) {
        api::fuzz::function_filters(text.as_bytes());
    }

    #[test]
    fn almost_selectors_are_selectors_or_none(text in "[a-c!=,() ]{0,30}|a (in|notin) \\([ab, ]{0,8}\\)") {
        api::fuzz::label_selectors(text.as_bytes());
    }

    #[test]
    fn almost_bearer_tokens_are_tokens_or_none(rest in "[ -~]{0,20}") {
        api::fuzz::headers(format!("Bearer {rest}").as_bytes());
    }
}
