use proptest::prelude::*;

proptest! {
    #[test]
    fn any_bytes_are_a_credential_or_none(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        gateway::fuzz::body(&bytes);
    }

    #[test]
    fn anything_like_a_credential_is_read_or_refused(text in "[Bb]earer [A-Za-z0-9_.,\t -]{0,40}") {
        gateway::fuzz::body(text.as_bytes());
    }

    #[test]
    fn no_spelling_of_a_reserved_name_is_let_through(text in "[xX][._-][gG][oO][oO][gG][._-][a-z._-]{0,20}") {
        gateway::fuzz::body(text.as_bytes());
    }
}
