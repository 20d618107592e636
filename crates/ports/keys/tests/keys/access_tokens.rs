//! Access tokens: opaque, short, and only of our own making.

use jiff::Timestamp;
use keys::{
    AccessTokenBody, Change, KeyRings, MAX_ACCESS_TOKEN_BYTES, OpenError, Ring, SealError, SignIn, TokenId,
};
use names::{Email, KeyId, Principal, System, UniqueId};
use oauth::Scope;
use proptest::prelude::*;

use crate::support::{ada, at, fixed, scopes, started};

fn body() -> AccessTokenBody {
    AccessTokenBody {
        principal: ada(),
        account_generation: 3,
        scopes: scopes("openid https://www.googleapis.com/auth/cloud-platform https://hello.example/x"),
        issuing_key: Some(KeyId::parse("0123456789abcdef0123456789abcdef01234567").unwrap()),
        grant: Some(SignIn { client_id: "shop".to_owned(), credential: [7; 32], offline: true }),
        issued_at: at(0),
        expires_at: at(3600),
        token_id: TokenId::new([9; 16]),
    }
}

fn seal(rings: &KeyRings, body: &AccessTokenBody, now: Timestamp) -> String {
    rings.seal_access_token(body, now).unwrap().into_revealed()
}

#[test]
fn what_was_sealed_is_opened() {
    let person = Principal::Person {
        email: Email::parse("owner@doorward.localhost").unwrap(),
        subject: UniqueId::parse("1").unwrap(),
    };
    let rings = started();
    for body in [
        body(),
        AccessTokenBody { principal: person, issuing_key: None, grant: None, scopes: scopes(""), ..body() },
    ] {
        let token = seal(&rings, &body, at(0));
        assert!(token.starts_with("ya29."));
        assert_eq!(rings.open_access_token(&token, at(1)), Ok(body));
    }
}

#[test]
fn token_says_nothing_to_others() {
    let (first, second) = (seal(&fixed(), &body(), at(0)), seal(&fixed(), &body(), at(0)));
    assert_ne!(first, second, "two tokens with the same content look different");
    assert_eq!(started().open_access_token(&first, at(0)), Err(OpenError::Key));
}

#[test]
fn token_ends_at_its_end() {
    let rings = fixed();
    let token = seal(&rings, &body(), at(0));
    assert!(rings.open_access_token(&token, at(3599)).is_ok());
    assert_eq!(rings.open_access_token(&token, at(3600)), Err(OpenError::Expired));
}

#[test]
fn every_changed_character_is_noticed() {
    let rings = fixed();
    let token = seal(&rings, &body(), at(0));
    for at_byte in 0..token.len() {
        for other in [b'A', b'B', b'-', b'=', b' '] {
            let mut changed = token.clone().into_bytes();
            if changed[at_byte] == other {
                continue;
            }
            changed[at_byte] = other;
            let changed = String::from_utf8(changed).unwrap();
            assert!(
                rings.open_access_token(&changed, at(0)).is_err(),
                "the character at {at_byte} does not count"
            );
        }
    }
    for length in 0..token.len() {
        assert!(rings.open_access_token(&token[..length], at(0)).is_err());
    }
    assert!(rings.open_access_token(&format!("{token}A"), at(0)).is_err());
}

#[test]
fn other_texts_are_no_access_tokens() {
    for text in ["", "ya29.", "ya29.a", "YA29.AAAA", "eyJhbGciOiJSUzI1NiJ9.e30.AAAA", &"ya29.".repeat(300)] {
        assert_eq!(fixed().open_access_token(text, at(0)), Err(OpenError::Form), "{text}");
    }
}

#[test]
fn token_survives_rotation_for_its_life_and_ends_with_its_key() {
    let rings = started();
    let day = 24 * 3600;
    let last = day - 1;
    let long = AccessTokenBody { issued_at: at(last), expires_at: at(last + 12 * 3600), ..body() };
    let token = seal(&rings, &long, at(last));
    let mut turned = rings;
    for second in (day..last + 12 * 3600).step_by(3600) {
        turned = turned.apply(&turned.plan_rotation(at(second)).unwrap()).unwrap();
        assert!(turned.open_access_token(&token, at(second)).is_ok(), "after {second} seconds");
    }

    // One key sealed it: taking that one out ends it, taking out another does not.
    let now = at(last + 3600);
    let names: Vec<_> =
        turned.records().filter(|key| key.ring == Ring::AccessTokens).map(|key| key.key_id.clone()).collect();
    let answers = names.iter().map(|name| {
        let removal = Change::Remove { ring: Ring::AccessTokens, key_id: name.clone() };
        turned.apply(&[removal]).unwrap().open_access_token(&token, now)
    });
    let (open, ended): (Vec<_>, Vec<_>) = answers.partition(Result::is_ok);
    assert_eq!((open.len(), ended), (names.len() - 1, vec![Err(OpenError::Key)]));
}

#[test]
fn nobody_and_doorward_itself_have_no_tokens() {
    for principal in [Principal::Anonymous, Principal::System(System::acting_for_itself())] {
        let body = AccessTokenBody { principal, ..body() };
        assert_eq!(fixed().seal_access_token(&body, at(0)).unwrap_err(), SealError::Principal);
    }
}

#[test]
fn token_is_at_most_one_kibibyte_long() {
    let many = |count: usize| {
        let list = (0..count).map(|at| Scope::parse(&format!("https://hello.example/{at:03}")).unwrap());
        AccessTokenBody { scopes: oauth::Scopes::new(list).unwrap(), ..body() }
    };
    let mut longest = 0;
    for count in 0..64 {
        match fixed().seal_access_token(&many(count), at(0)) {
            Ok(token) => longest = longest.max(token.reveal().len()),
            Err(error) => assert_eq!(error, SealError::TooLong),
        }
    }
    assert!((MAX_ACCESS_TOKEN_BYTES - 40..=MAX_ACCESS_TOKEN_BYTES).contains(&longest), "{longest}");
    assert!(fixed().seal_access_token(&many(63), at(0)).is_err());
}

#[test]
fn what_gcloud_asks_for_fits_easily() {
    let all = [
        "cloud-platform",
        "userinfo.email",
        "appengine.admin",
        "sqlservice.login",
        "compute",
        "accounts.reauth",
    ];
    let text = all.map(|name| format!("https://www.googleapis.com/auth/{name}")).join(" ");
    let client_id = "32555940559.apps.googleusercontent.com".to_owned();
    let grant = Some(SignIn { client_id, credential: [7; 32], offline: true });
    let scopes = scopes(&format!("openid {text}"));
    let body = AccessTokenBody { scopes, issuing_key: None, grant, ..body() };
    let token = seal(&fixed(), &body, at(0));
    // Of the 2048 that a token may have (facts §0.2).
    assert!(token.len() < 512, "{} bytes", token.len());
}

proptest! {
    #[test]
    fn any_body_that_fits_survives(
        email in "[a-z]{1,20}@[a-z]{1,20}\\.com",
        unique_id in "[0-9]{1,21}",
        generation in any::<u64>(),
        texts in prop::collection::vec("(https://www\\.googleapis\\.com/auth/)?[!#-\\[\\]-~]{1,20}", 0..10),
        lifetime in 1_i64..100_000,
        token_id in any::<[u8; 16]>(),
        key in prop::option::of("[0-9a-f]{40}"),
        grant in prop::option::of(("[!-~]{1,200}", any::<[u8; 32]>(), any::<bool>())),
    ) {
        let body = AccessTokenBody {
            principal: Principal::ServiceAccount {
                email: Email::parse(&email).unwrap(),
                unique_id: UniqueId::parse(&unique_id).unwrap(),
            },
            account_generation: generation,
            scopes: scopes(&texts.join(" ")),
            issuing_key: key.map(|key| KeyId::parse(&key).unwrap()),
            grant: grant.map(|(client_id, credential, offline)| SignIn { client_id, credential, offline }),
            issued_at: at(0),
            expires_at: at(lifetime),
            token_id: TokenId::new(token_id),
        };
        let token = seal(&fixed(), &body, at(0));
        prop_assert_eq!(fixed().open_access_token(&token, at(0)), Ok(body));
    }
}
