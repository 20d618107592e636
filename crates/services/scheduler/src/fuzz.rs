//! What a caller writes about a job, driven with arbitrary bytes.

use std::collections::BTreeMap;

use crate::fields::{Authorization, HttpFields, JobFields, NamedIdentity, RetryFields, TargetFields};
use crate::{UpdateMask, check, headers, mask, uri};

/// Whatever is written, it is checked without a panic; what is accepted keeps its promises.
pub fn body(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(encoded) = uri::encode(&text) {
        assert!(encoded.len() <= uri::MAX_BYTES && encoded.bytes().all(|byte| byte.is_ascii_graphic()));
        assert_eq!(uri::encode(&encoded).as_deref(), Ok(encoded.as_str()), "encoding is done once");
    }
    let (name, value) = text.split_once(':').unwrap_or((&text, ""));
    let given = BTreeMap::from([(name.to_owned(), value.to_owned())]);
    if let Ok(kept) = headers::check(given.clone()) {
        assert!(kept.iter().all(|(name, value)| given.get(name) == Some(value)));
        assert_eq!(headers::check(kept.clone()), Ok(kept));
    }
    let fields = JobFields {
        description: text.to_string(),
        target: Some(TargetFields::Http(HttpFields {
            uri: format!("https://example.com/{text}"),
            method: None,
            headers: BTreeMap::new(),
            body: data.to_vec(),
            authorization: Authorization::Token(NamedIdentity {
                service_account_email: names::Email::parse("runner@demo.iam.gserviceaccount.com").ok(),
                token: store::TokenKind::Id(text.to_string()),
            }),
        })),
        schedule: text.to_string(),
        time_zone: String::new(),
        retry: Some(RetryFields::default()),
        attempt_deadline: None,
    };
    let project = names::ProjectId::parse("demo").expect("a project ID");
    let universe = names::Universe::default();
    let surroundings = check::Surroundings { project: &project, universe: &universe };
    if let Ok(checked) = check::check(fields.clone(), surroundings) {
        assert_eq!(checked.schedule.as_str(), text);
    }
    let paths: Vec<String> = text.split(',').map(str::to_owned).collect();
    if let Ok(mask) = UpdateMask::parse(&paths) {
        let merged = mask::merge(fields.clone(), &fields, &mask);
        assert_eq!(merged, fields, "a patch that says what is there changes nothing");
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::body;

    /// Texts that come near to being right.
    const CORPUS: &[&str] = &[
        "",
        "* * * * *",
        "every 5 minutes",
        "https://example.com/a?b=c#d",
        "http://[::1]:80/%zz%2",
        "Host: example.com",
        "X-Mine: one\r\nX-Yours: two",
        "*",
        "schedule,http_target.oidc_token.audience,retry_config.max_doublings",
        "http_target.oauth_token.scope,pubsub_target.topic_name,app_engine_http_target",
        "name",
    ];

    #[test]
    fn the_corpus_keeps_every_promise() {
        CORPUS.iter().for_each(|text| body(text.as_bytes()));
    }

    proptest! {
        #[test]
        fn any_bytes_keep_every_promise(data in proptest::collection::vec(any::<u8>(), 0..200)) {
            body(&data);
        }

        #[test]
        fn any_text_near_the_grammar_keeps_every_promise(text in "[-a-z0-9 *,./:%?#@\\[\\]_A-Z]{0,80}") {
            body(text.as_bytes());
        }
    }
}
