use proptest::prelude::*;

proptest! {
    #[test]
    fn any_bytes_are_a_target_or_none(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        intercept::fuzz::body(&bytes);
    }

    #[test]
    fn what_is_told_to_a_proxy_is_a_port_or_nothing(said in "[Bb]asic (bWV0YWRhdGE6)?[A-Za-z0-9+/=]{0,12}") {
        intercept::fuzz::body(said.as_bytes());
    }

    #[test]
    fn every_target_of_googles_is_served_here(
        target in "(http://)?[a-zA-Z0-9.-]{0,30}\\.(GoogleApis|googleapis|RUN)\\.(com|app)\\.?(:[0-9]{0,6})?(/[a-z?]{0,5})?"
    ) {
        intercept::fuzz::body(target.as_bytes());
    }
}
