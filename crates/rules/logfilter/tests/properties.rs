//! What holds of every filter.

use logfilter::Filter;
use proptest::prelude::*;
use serde_json::json;

/// One comparison, or text.
fn term() -> impl Strategy<Value = String> {
    let field = prop::sample::select(vec![
        "severity",
        "textPayload",
        "resource.type",
        "resource.labels.job_id",
        "labels.\"a/b\"",
        "httpRequest.status",
        "jsonPayload.x.y",
        "insertId",
        "timestamp",
        "logName",
    ]);
    let operator = prop::sample::select(vec!["=", "!=", ">", ">=", "<", "<=", ":", "=~", "!~"]);
    let value =
        prop::sample::select(vec!["ERROR", "3", "\"a b\"", "*", "2027-01-15", "(a OR b)", "'x'", "-1"]);
    prop_oneof![
        4 => (field, operator, value).prop_map(|(field, operator, value)| format!("{field}{operator}{value}")),
        1 => "[a-z]{1,3}",
        1 => "\"[a-z ]{0,3}\"",
    ]
}

fn filter() -> impl Strategy<Value = String> {
    term().prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(|terms| terms.join(" AND ")),
            prop::collection::vec(inner.clone(), 1..4).prop_map(|terms| format!("({})", terms.join(" OR "))),
            inner.prop_map(|term| format!("NOT ({term})")),
        ]
    })
}

proptest! {
    #[test]
    fn any_bytes_are_a_filter_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        logfilter::fuzz::body(&bytes);
    }

    #[test]
    fn any_text_of_the_language_holds_what_filters_promise(text in "[a-z.\"'()=<>!:~,*\\\\ \n0-9-]{0,60}") {
        logfilter::fuzz::body(text.as_bytes());
    }

    #[test]
    fn what_looks_like_a_filter_holds_what_filters_promise(text in filter()) {
        logfilter::fuzz::body(text.as_bytes());
    }

    #[test]
    fn parentheses_and_an_unwritten_and_change_nothing(one in filter(), other in filter()) {
        let Ok(filter) = Filter::parse(&format!("({one}) AND ({other})")) else { return Ok(()) };
        let (first, second) = (Filter::parse(&one), Filter::parse(&other));
        let (Ok(first), Ok(second), Ok(bare)) = (first, second, Filter::parse(&format!("({one})\n({other})")))
        else {
            return Err(TestCaseError::fail("its parts are no filters"));
        };
        let entry = json!({
            "severity": "ERROR", "textPayload": "a b", "insertId": "x", "timestamp": "2027-01-15T00:00:00Z",
            "labels": { "a/b": "a" }, "httpRequest": { "status": 3 }, "jsonPayload": { "x": { "y": 3 } },
        });
        let expected = first.matches(&entry) && second.matches(&entry);
        prop_assert_eq!(filter.matches(&entry), expected);
        prop_assert_eq!(bare.matches(&entry), expected);
    }
}
