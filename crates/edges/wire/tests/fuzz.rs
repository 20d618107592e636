//! Drives the fuzz bodies with a small corpus and with bounded, seeded random bytes.

use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

const CORPUS: &[&str] = &[
    "",
    "/",
    "/v1/projects/demo:getIamPolicy",
    "/v1/projects/-/serviceAccounts/a%40b:signBlob",
    "/v1/%zz/%2F%2f:%",
    "/v1/{job.name=projects/*/jobs/*}:run",
    "/v1/{name=**}:verb",
    "{}",
    "{\"a\"",
    "{\"labels\": {\"a\": \"b\"}, \"ingress\": 3, \"template\": {\"containers\": [{\"image\": \"gcr.io/cloudrun/hello\"}]}}",
    "{\"createTime\": \"2027-01-15T08:00:00Z\", \"generation\": \"5\", \"etag\": null}",
    "service.scaling.minInstanceCount=5&updateMask=a,b&$alt=json;enum-encoding=int",
    "service.urls=a&service.urls=b&service.labels.x=y&service.template=1&%ff=%ff",
];

/// Each body sees the corpus and 400 random inputs, half of them made of the characters that grammars turn on.
fn drive(body: fn(&[u8])) {
    for text in CORPUS {
        body(text.as_bytes());
    }
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(
        Config { cases: 200, failure_persistence: None, ..Config::default() },
        random,
    );
    let grammar = "[/:{}*.=%&$,\"\\[\\]\\\\ a-cv01-]{0,60}".prop_map(String::into_bytes);
    let seeds = prop::sample::select(CORPUS).prop_flat_map(|text: &str| {
        let text = text.as_bytes().to_vec();
        (Just(text.clone()), 0..=text.len(), prop::collection::vec(any::<u8>(), 0..4))
    });
    let mutated = seeds.prop_map(|(mut text, at, bytes)| {
        text.splice(at..at, bytes);
        text
    });
    let any_bytes = prop::collection::vec(any::<u8>(), 0..200);
    runner
        .run(&(grammar, mutated, any_bytes), |(grammar, mutated, any_bytes)| {
            body(&grammar);
            body(&mutated);
            body(&any_bytes);
            Ok(())
        })
        .expect("the body does not refuse inputs");
}

#[test]
fn any_template_parses_or_is_refused() {
    drive(wire::fuzz::template);
}

#[test]
fn any_path_is_found_or_not() {
    drive(wire::fuzz::path);
}

#[test]
fn any_query_is_read_or_refused() {
    drive(wire::fuzz::query);
}

#[test]
fn any_body_is_read_or_refused() {
    drive(wire::fuzz::body);
}
