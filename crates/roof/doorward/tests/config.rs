//! What is typed wins, mistakes are named.

#![expect(clippy::unwrap_used, reason = "what a test cannot set up fails it")]

use std::collections::BTreeMap;

use audit::WhenFull;
use clap::Args;
use cli::UpArguments;
use doorward::Config;
use proptest::prelude::*;
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
fn intercept_is_on_loopback_or_off_whatever_else_is_dangerous() {
    let of = |text: &str| with_file(text, UpArguments::default()).map(|config| config.intercept);
    assert_eq!(of("").unwrap().unwrap().to_string(), "127.0.0.1:8092");
    assert_eq!(of("intercept = \"[::1]:0\"").unwrap().unwrap().to_string(), "[::1]:0");
    assert_eq!((of("intercept = \"off\""), of("intercept = \"\"")), (Ok(None), Ok(None)));
    let exposed = "intercept = \"192.0.2.1:8092\"\n[dangerous]\nplain_http_beyond_loopback = true";
    assert!(of(exposed).unwrap_err().contains("not on loopback"));
}

#[test]
fn what_speaks_tls_may_listen_beyond_loopback() {
    let of = |text: &str| with_file(text, UpArguments::default());
    let both = of(
        "api = \"192.0.2.1:443\"\ngate = \"0.0.0.0:443\"\n[[tls.certificates]]\nchain = \"a\"\nkey = \"b\"",
    );
    assert!(!both.unwrap().is_loopback_only());
    let half = of("api = \"192.0.2.1:443\"\n[tls]\nlocal_ca = true\napi = false");
    assert!(half.unwrap_err().contains("--api 192.0.2.1:443 is not on loopback"));
}

/// The example in docs/configuration.md.
fn example() -> &'static str {
    let page = include_str!("../../../../docs/configuration.md");
    page.split("```toml\n").nth(1).unwrap().split("```").next().unwrap()
}

#[test]
fn example_in_the_documentation_is_a_configuration_with_the_defaults() {
    let (shown, bare) = (
        with_file(example(), UpArguments::default()).unwrap(),
        with_file("", UpArguments::default()).unwrap(),
    );
    assert_eq!((shown.api, shown.gate, shown.intercept), (bare.api, bare.gate, bare.intercept));
    assert_eq!((&shown.project, &shown.universe, shown.demo), (&bare.project, &bare.universe, bare.demo));
    assert_eq!((shown.retention, shown.decisions.when_full), (bare.retention, bare.decisions.when_full));
    assert_eq!((shown.gcloud_audience, shown.tls_in_front), (bare.gcloud_audience, bare.tls_in_front));
    assert_eq!(shown.connections.to_string(), bare.connections.to_string());
    assert_eq!((shown.oauth_clients.len(), shown.tls.unwrap().certificates.len()), (2, 1));
}

/// A key that does not exist is answered with those that do: the program's own list.
#[rstest]
fn example_in_the_documentation_has_every_key(
    #[values(
        "",
        "[limits]",
        "[retention]",
        "[decisions]",
        "[services]",
        "[outbound]",
        "[constraints]",
        "[owner]",
        "[oauth_clients.tool]",
        "[tls]",
        "[[tls.certificates]]",
        "[dangerous]"
    )]
    table: &str,
) {
    let error = with_file(&format!("{table}\nno-such-key = 1"), UpArguments::default()).unwrap_err();
    let (_, expected) = error.split_once("expected ").unwrap();
    let expected = expected.split(" (in").next().unwrap();
    let keys: Vec<_> = expected.split('`').skip(1).step_by(2).collect();
    assert!(!keys.is_empty(), "{error}");
    for key in keys {
        let stands = example().lines().any(|line| {
            let line = line.trim_start_matches(['[', '"']).trim_start_matches("tls.");
            line.strip_prefix(key).is_some_and(|rest| rest.starts_with([' ', ']', '.', '"']))
        });
        assert!(stands, "{table} {key}");
    }
}

/// The program's own list, so that a flag that is new is in it. `--config` says where the keys are, and is none.
fn flags() -> Vec<clap::Arg> {
    let command = UpArguments::augment_args(clap::Command::new("up"));
    command.get_arguments().filter(|flag| flag.get_id() != "config").cloned().collect()
}

/// A flag's key in the file: named as the flag, and in the table `[dangerous]` if the flag is called so.
fn key(flag: &str, value: &str) -> String {
    let name = flag.replace('-', "_");
    match name.strip_prefix("dangerous_") {
        Some(name) => format!("[dangerous]\n{name} = {value}\n"),
        None => format!("{name} = {value}\n"),
    }
}

#[test]
fn every_flag_has_a_variable_and_a_key() {
    for flag in flags() {
        let name = flag.get_long().unwrap();
        let variable = format!("DOORWARD_{}", name.replace('-', "_").to_uppercase());
        assert_eq!(flag.get_env().and_then(|found| found.to_str()), Some(variable.as_str()), "--{name}");
        // A date is a value of no key: one that is known says what it takes instead.
        let error = with_file(&key(name, "2026-01-01"), UpArguments::default()).unwrap_err();
        assert!(error.contains("invalid type"), "--{name}: {error}");
    }
}

#[test]
fn what_is_switched_on_in_the_file_can_be_switched_off_by_a_flag() {
    let off = UpArguments { demo: Some(false), ..UpArguments::default() };
    assert!(!with_file("demo = true", off).unwrap().demo);
    assert!(with_file("demo = true", UpArguments::default()).unwrap().demo);
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
    ":1: unknown field `apy`, expected one of `data`, `api`, `gate`, `intercept`, `project`, `demo`, `universe`, `outbound`, `decisions`, `retention`, `limits`, `images`, `services`, `constraints`, `oauth_clients`, `owner`, `tls`, `dangerous`"
)]
#[case("\n\ndemo = \"yes\"", ":3: invalid type")]
#[case("\n\ndemo = \"yes\"", "(in `demo = \"yes\"`)")]
#[case("api =", ":1: ")]
#[case("api = \"localhost\"", ":1, key `api`: \"localhost\" is not an address")]
#[case("\nproject = \"X\"", ":2, key `project`: project ID is not valid")]
#[case("[outbound]\nallow = [\"10.0.0.0/8\",\n\"10.0.0.0/33\"]", ":3, key `[outbound] allow`")]
#[case(
    "[decisions]\nwhen_full = \"block\"",
    ":2, key `[decisions] when_full`: \"block\" is neither \"drop\" nor \"wait\""
)]
#[case(
    "[services]\ngcloud_audience = \"no\"",
    ":2, key `[services] gcloud_audience`: \"no\" is neither \"accepted\" nor \"refused\""
)]
#[case("[services]\ntls_in_front = \"yes\"", ":2: invalid type")]
#[case(
    "[constraints]\n\"iam.allowServiceAccountCredentialLifetimeExtension\" = [\"job@demo.iam.gserviceaccount.com\",\n\"job\"]",
    ":3, key `[constraints] iam.allowServiceAccountCredentialLifetimeExtension`: \"job\" is not the e-mail address"
)]
#[case(
    "[constraints]\n\"iam.disableServiceAccountCreation\" = true",
    ":2: unknown field `iam.disableServiceAccountCreation`"
)]
#[case("[owner]\nname = \"\"", ":2, key `[owner] name`: \"\" is not a name")]
#[case("[owner]\npicture = \"file:///etc\"", ":2, key `[owner] picture`: \"file:///etc\" is not the address")]
#[case("[owner]\nmail = \"ada@example.com\"", ":2: unknown field `mail`")]
#[case("[retention]\nlog_days = 0", ":2, key `[retention] log_days`: 0 is outside 1 to 36500")]
#[case("[retention]\nlogs = 3", "expected one of `audit_days`, `audit_mebibytes`, `decision_days`")]
#[case(
    "[limits]\napi_connections = 5\ngate_connections = 0",
    ":3, key `[limits] gate_connections`: 0 is not a number"
)]
#[case("gate = \"0.0.0.0:80\"", "not on loopback")]
#[case("gate = \"0.0.0.0:80\"\n[tls]\nlocal_ca = true\ngate = false", "--gate 0.0.0.0:80 is not on loopback")]
#[case(
    "[tls]\nlocal_ca = false",
    ":1, key `[tls]`: TLS needs `certificates` with `chain` and `key`, or `local_ca = true`"
)]
#[case("[tls]\nlocal_ca = true\nhosts = [\"a b\"]", ":3, key `[tls] hosts`")]
#[case(
    "[tls]\nlocal_ca = true\nredirect_from = \"x\"",
    ":3, key `[tls] redirect_from`: \"x\" is not an address"
)]
#[case(
    "[tls]\nlocal_ca = true\ngate = false\nredirect_from = \"127.0.0.1:0\"",
    "the gate does not speak TLS"
)]
#[case("[[tls.certificates]]\nchain = \"a.pem\"", "missing field `key`")]
#[case("intercept = \"0.0.0.0:8092\"", "--intercept 0.0.0.0:8092 is not on loopback")]
#[case(
    "[dangerous]\nplain_http_beyond_loopback = true\n[limits]\nintercept_connections = 0",
    "intercept_connections`: 0 is not a number"
)]
#[case(
    "intercept = \"on\"",
    ":1, key `intercept`: \"on\" is not an address, expected IP:PORT such as 127.0.0.1:8092, or off"
)]
#[case("[dangerous]\ndangerous_plain_http_beyond_loopback = true", ":2: unknown field")]
#[case(
    "[images]\n\"acme/app\" = \"nginx\"",
    ":2, key `[images] \"acme/app\"`: the image \"acme/app\" stands for no address"
)]
#[case("[images]\n\"acme app\" = \"http://127.0.0.1:1\"", "is not an image")]
#[case(
    "[oauth_clients.shop]\nredirect_uris = [\"http://shop.example/\"]",
    ":2, key `[oauth_clients.\"shop\"] redirect_uris`: \"http://shop.example/\": a redirect URI is https://"
)]
#[case("[oauth_clients.shop]\nredirect_uris = []", "a client needs at least one redirect URI")]
#[case(
    "[oauth_clients.\"https://a.example\"]\nredirect_uris = [\"https://a.example\"]",
    "key `[oauth_clients.\"https://a.example\"]`: the ID of an OAuth client is"
)]
#[case(
    "[oauth_clients.\"32555940559.apps.googleusercontent.com\"]\nredirect_uris = [\"https://a.example\"]",
    "this is the client of the command line"
)]
fn a_mistake_names_the_place_and_what_is_allowed(#[case] text: &str, #[case] expected: &str) {
    let error = with_file(text, UpArguments::default()).unwrap_err();
    assert!(error.contains(expected), "{error}");
}

#[rstest]
#[case("secret_sha256 = \"canary\"", ":3, key `[oauth_clients.\"shop\"] secret_sha256`: a SHA-256 has 64")]
#[case("secret = \"canary\"", ":3: unknown field `secret`")]
#[case("secret_sha256 = canary", ":3: ")]
fn a_secret_where_its_digest_belongs_is_not_repeated(#[case] line: &str, #[case] expected: &str) {
    let text = format!("[oauth_clients.shop]\nredirect_uris = [\"https://a.example\"]\n{line}");
    let error = with_file(&text, UpArguments::default()).unwrap_err();
    assert!(error.contains(expected) && !error.contains("canary"), "{error}");
}

#[test]
fn an_oauth_client_is_taken_with_and_without_a_secret() {
    let text = format!(
        "[oauth_clients.shop]\nredirect_uris = [\"https://a.example\"]\nsecret_sha256 = \"{}\"\n\
         [oauth_clients.tool]\nredirect_uris = [\"http://localhost/\"]",
        "0a".repeat(32)
    );
    let clients = with_file(&text, UpArguments::default()).unwrap().oauth_clients;
    let found: Vec<_> = clients.iter().map(|client| (client.id.as_str(), client.secret.is_some())).collect();
    assert_eq!(found, [("shop", true), ("tool", false)]);
}

#[test]
fn plain_http_beyond_loopback_is_dangerous_once() {
    let text = "gate = \"0.0.0.0:80\"\n[dangerous]\nplain_http_beyond_loopback = true\n";
    assert!(!with_file(text, UpArguments::default()).unwrap().is_loopback_only());
}

#[rstest]
#[case("127.0.0.1:8090", true)]
#[case("[::1]:8090", true)]
#[case("0.0.0.0:8090", false)]
#[case("[::]:8090", false)]
#[case("192.0.2.1:8090", false)]
fn calls_without_a_credential_are_the_owners_on_loopback_only(#[case] api: &str, #[case] is_granted: bool) {
    let text =
        format!("api = \"{api}\"\n[dangerous]\nanonymous_owner = true\nplain_http_beyond_loopback = true\n");
    match with_file(&text, UpArguments::default()) {
        Ok(config) => assert!(is_granted && config.dangerous_anonymous_owner.is_some()),
        Err(error) => assert!(!is_granted && error.contains("--dangerous-anonymous-owner"), "{error}"),
    }
    let typed = UpArguments { dangerous_anonymous_owner: Some(false), ..UpArguments::default() };
    assert_eq!(with_file(&text, typed).unwrap().dangerous_anonymous_owner, None);
}

#[test]
fn nobody_is_the_owner_without_a_credential_by_default() {
    let config = Config::resolve(&UpArguments::default(), &BTreeMap::new()).unwrap();
    assert_eq!(config.dangerous_anonymous_owner, None);
}

#[test]
fn what_is_recorded_is_kept_as_long_as_the_file_says() {
    let text = "[retention]\nlog_days = 7\nlog_mebibytes = 64\naudit_days = 1000\noperation_mebibytes = 8\n";
    let kept = with_file(text, UpArguments::default()).unwrap().retention;
    let day = std::time::Duration::from_secs(24 * 60 * 60);
    assert_eq!((kept.logs.age, kept.logs.bytes, kept.audit.age), (7 * day, 64 << 20, 1000 * day));
    assert_eq!((kept.audit.bytes, kept.operations.bytes), (4 << 30, 8 << 20));
    assert_eq!(
        (kept.decisions.age, kept.operations.age),
        (30 * day, 30 * day),
        "what is left out keeps its default"
    );
}

#[rstest]
#[case("", WhenFull::CountDropped)]
#[case("when_full = \"drop\"", WhenFull::CountDropped)]
#[case("when_full = \"wait\"", WhenFull::Wait)]
fn decisions_that_come_too_fast_are_dropped_or_waited_for(#[case] line: &str, #[case] expected: WhenFull) {
    let config = with_file(&format!("[decisions]\n{line}\n"), UpArguments::default()).unwrap();
    assert_eq!(config.decisions.when_full, expected);
}

/// A line of a file, with values of the right kind, of a wrong one, and beyond their bounds.
fn line() -> impl Strategy<Value = String> {
    let key = prop::sample::select(vec![
        "api",
        "gate",
        "intercept",
        "project",
        "demo",
        "universe",
        "allow",
        "when_full",
        "log_days",
        "audit_mebibytes",
        "gate_connections",
        "gcloud_audience",
        "redirect_uris",
        "secret_sha256",
        "name",
        "picture",
        "local_ca",
        "hosts",
        "redirect_from",
        "anonymous_owner",
        "plain_http_beyond_loopback",
        "\"a.example/image\"",
        "\"iam.allowServiceAccountCredentialLifetimeExtension\"",
    ]);
    let table = prop::sample::select(vec![
        "[outbound]",
        "[decisions]",
        "[retention]",
        "[limits]",
        "[images]",
        "[services]",
        "[constraints]",
        "[oauth_clients.tool]",
        "[owner]",
        "[tls]",
        "[[tls.certificates]]",
        "[dangerous]",
    ]);
    let value = prop_oneof![
        prop::sample::select(vec![
            "true",
            "false",
            "0",
            "-1",
            "5",
            "1e9",
            "[]",
            "\"\"",
            "\"0.0.0.0:80\"",
            "\"[::]:0\"",
            "\"127.0.0.1:0\"",
            "\"off\"",
            "\"drop\"",
            "\"refused\"",
            "\"http://localhost/\"",
            "[\"http://localhost/\"]",
            "[\"10.0.0.0/8\"]",
            "[\"job@demo.iam.gserviceaccount.com\"]",
            "\"cloud.example.com\"",
            "1979-05-27",
            "{}",
        ])
        .prop_map(str::to_owned),
        "\"[ -~]{0,20}\"",
    ];
    prop_oneof![1 => table.prop_map(str::to_owned), 3 => (key, value).prop_map(|(key, value)| format!("{key} = {value}"))]
}

proptest! {
    #[test]
    fn any_bytes_are_a_configuration_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        doorward::fuzz::body(&bytes);
    }

    #[test]
    fn what_looks_like_a_configuration_opens_nothing_by_accident(lines in prop::collection::vec(line(), 0..6)) {
        doorward::fuzz::body(lines.join("\n").as_bytes());
    }
}
