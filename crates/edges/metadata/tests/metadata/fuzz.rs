use proptest::prelude::*;

proptest! {
    #[test]
    fn any_bytes_are_a_question_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        metadata::fuzz::body(&bytes);
    }

    #[test]
    fn anything_like_a_target_is_read_or_refused(text in "(/[a-zA-Z0-9%@.-]{0,8}){1,5}(\\?([a-z_]{1,16}=[a-zA-Z0-9%:/,+]{0,12}&?){0,4})?") {
        metadata::fuzz::body(text.as_bytes());
    }

    #[test]
    fn no_spelling_of_another_host_is_ours(text in "(127\\.0\\.0\\.1|\\[::1\\]|metadata|169\\.254\\.169\\.254|localhost)[a-z0-9.@:/-]{0,12}(:4711)?") {
        metadata::fuzz::body(text.as_bytes());
    }
}
