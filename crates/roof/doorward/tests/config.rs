//! What is typed wins, mistakes are named.

#![expect(clippy::unwrap_used, reason = "what a test cannot set up fails it")]

use std::collections::BTreeMap;

use cli::UpArguments;
use doorward::Config;
use rstest::rstest;

fn with_file(text: &str, arguments: UpArguments) -> Result<Config, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("doorward.toml");
    std::fs::write(&path, text).unwrap();
    Config::resolve(&UpArguments { config: Some(path), ..arguments }, &BTreeMap::new())
        .map_err(|error| error.to_string())
}

#[test]
fn defaults_are_on_loopback() {
    let config = Config::resolve(&UpArguments::default(), &BTreeMap::new()).unwrap();
    assert_eq!(
        (config.api.to_string(), config.gate.to_string()),
        ("127.0.0.1:8090".to_owned(), "127.0.0.1:8080".to_owned())
    );
    assert!(config.is_loopback_only() && !config.demo && config.universe.is_default());
}

#[test]
fn what_is_typed_wins_over_the_file() {
    let typed = UpArguments { api: Some("127.0.0.1:0".to_owned()), ..UpArguments::default() };
    let config = with_file("api = \"127.0.0.1:1\"\ngate = \"127.0.0.1:2\"\n", typed).unwrap();
    assert_eq!((config.api.port(), config.gate.port()), (0, 2));
}

#[rstest]
#[case(
    "apy = \"x\"",
    ":1: unknown field `apy`, expected one of `data`, `api`, `gate`, `project`, `demo`, `universe`, `outbound`, `dangerous`"
)]
#[case("\n\ndemo = \"yes\"", ":3: invalid type")]
#[case("\n\ndemo = \"yes\"", "(in `demo = \"yes\"`)")]
#[case("api =", ":1: ")]
#[case("api = \"localhost\"", ":1, key `api`: \"localhost\" is not an address")]
#[case("\nproject = \"X\"", ":2, key `project`: project ID is not valid")]
#[case("[outbound]\nallow = [\"10.0.0.0/8\",\n\"10.0.0.0/33\"]", ":3, key `[outbound] allow`")]
#[case("gate = \"0.0.0.0:80\"", "not on loopback")]
fn a_mistake_names_the_place_and_what_is_allowed(#[case] text: &str, #[case] expected: &str) {
    let error = with_file(text, UpArguments::default()).unwrap_err();
    assert!(error.contains(expected), "{error}");
}
