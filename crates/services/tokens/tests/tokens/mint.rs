//! Minting for an account, by those who may (facts §3.4, §4.3).

use std::time::Duration;

use jiff::Timestamp;
use names::Email;
use oauth::Scopes;
use serde_json::json;
use tokens::{AuthorizedParty, Config, IdTokenRequest, MintAccessTokenError, MintError, Rejected};

use crate::support::*;

fn request() -> IdTokenRequest {
    IdTokenRequest {
        audience: "https://hello.example".to_owned(),
        include_email: false,
        azp: AuthorizedParty::UniqueId,
        include_organization_number: false,
    }
}

#[tokio::test]
async fn id_token_says_what_was_asked_for_and_no_more() {
    let house = house().await;
    let now = house.second();
    let mint = async |request: IdTokenRequest| {
        let token = house.tokens.mint_id_token(&house.context, house.may(), request).await.unwrap();
        claims(token.reveal())
    };
    let plain = json!({
        "iss": "https://accounts.google.com", "azp": "117", "aud": "https://hello.example", "sub": "117",
        "iat": now, "exp": now + 3600,
    });
    assert_eq!(mint(request()).await, plain);
    assert_eq!(
        mint(IdTokenRequest { include_email: true, ..request() }).await,
        merged(plain.clone(), json!({"email": BATCH, "email_verified": true}))
    );
    assert_eq!(
        mint(IdTokenRequest { azp: AuthorizedParty::Email, ..request() }).await,
        merged(plain.clone(), json!({"azp": BATCH}))
    );
    assert_eq!(
        mint(IdTokenRequest { include_organization_number: true, ..request() }).await,
        merged(plain, json!({"google": {"organization_number": 1}}))
    );
}

#[tokio::test]
async fn audience_is_needed_and_bounded() {
    let house = house().await;
    let control = "https://hello.example\n".to_owned();
    for audience in [String::new(), "a".repeat(2049), control] {
        let request = IdTokenRequest { audience, ..request() };
        let refusal = house.tokens.mint_id_token(&house.context, house.may(), request).await;
        assert!(matches!(refusal, Err(MintError::Audience)));
    }
    let request = IdTokenRequest { audience: "a".repeat(2048), ..request() };
    assert!(house.tokens.mint_id_token(&house.context, house.may(), request).await.is_ok());
}

#[tokio::test]
async fn permit_of_before_mints_nothing_for_an_account_that_stopped() {
    use MintAccessTokenError as Access;
    for (event, gone) in
        [(Event::AccountDisabled, false), (Event::AccountDeleted, true), (Event::AccountMadeAnew, true)]
    {
        let house = house().await;
        let (for_id, for_access) = (house.may(), house.may());
        house.happens(event).await;
        let id_token = house.tokens.mint_id_token(&house.context, for_id, request()).await;
        let scopes = Scopes::parse(CLOUD_PLATFORM).unwrap();
        let access_token =
            house.tokens.mint_access_token(&house.context, for_access, scopes, Duration::from_secs(60)).await;
        if gone {
            assert!(matches!(id_token, Err(MintError::AccountGone)), "{event:?}");
            assert_eq!(access_token.unwrap_err(), Access::AccountGone, "{event:?}");
        } else {
            assert!(matches!(id_token, Err(MintError::AccountDisabled)), "{event:?}");
            assert_eq!(access_token.unwrap_err(), Access::AccountDisabled, "{event:?}");
        }
    }
}

#[tokio::test]
async fn access_token_lives_as_long_as_asked_and_at_most_an_hour() {
    let house = house().await;
    let mint = async |scopes: &str, lifetime: Duration| {
        let scopes = Scopes::parse(scopes).unwrap();
        house.tokens.mint_access_token(&house.context, house.may(), scopes, lifetime).await
    };
    let (token, ends) = mint(CLOUD_PLATFORM, Duration::from_millis(60_900)).await.unwrap();
    assert_eq!(ends.as_second(), START + 60);
    let (_, latest) = mint(CLOUD_PLATFORM, Duration::from_secs(3600)).await.unwrap();
    assert_eq!(latest.as_second(), START + 3600);
    for lifetime in [Duration::ZERO, Duration::from_millis(999)] {
        let refused = mint(CLOUD_PLATFORM, lifetime).await.unwrap_err();
        assert_eq!(refused, MintAccessTokenError::LifetimeTooShort);
    }
    for lifetime in [Duration::from_millis(3_600_001), Duration::from_secs(43_200)] {
        let refused = mint(CLOUD_PLATFORM, lifetime).await.unwrap_err();
        assert!(matches!(refused, MintAccessTokenError::LifetimeNotExtended(_)));
    }
    let minute = Duration::from_secs(60);
    assert_eq!(mint("", minute).await.unwrap_err(), MintAccessTokenError::ScopesMissing);
    assert_eq!(mint("https://hello.example", minute).await.unwrap_err(), MintAccessTokenError::ScopeUnknown);
    let many: Vec<_> =
        (0..30).map(|number| format!("https://www.googleapis.com/auth/{number:050}")).collect();
    assert_eq!(mint(&many.join(" "), minute).await.unwrap_err(), MintAccessTokenError::TooManyScopes);

    let authenticate = || house.tokens.authenticate(house.now(), token.reveal(), &scheduler());
    assert!(authenticate().is_ok());
    house.happens(Event::KeyDeleted).await;
    assert!(authenticate().is_ok(), "no key of the account bought it");
    house.clock.advance(minute).await;
    assert_eq!(authenticate(), Err(tokens::Rejected::Expired));
}

#[tokio::test]
async fn access_token_of_a_listed_account_lives_up_to_twelve_hours_and_counts_as_long() {
    let listed = [Email::parse(BATCH).unwrap()].into();
    let house = house_with(Config { extended_lifetimes: listed, ..config() }).await;
    let mint = async |seconds: u64| {
        let scopes = Scopes::parse(CLOUD_PLATFORM).unwrap();
        let lifetime = Duration::from_secs(seconds);
        house.tokens.mint_access_token(&house.context, house.may(), scopes, lifetime).await
    };
    let (token, ends) = mint(43_200).await.unwrap();
    assert_eq!(ends.as_second(), START + 43_200);
    let refused = mint(43_201).await.unwrap_err();
    assert!(matches!(refused, MintAccessTokenError::LifetimeTooLong(_)), "{refused}");
    let info = |second: i64| {
        let now = Timestamp::from_second(START + second).unwrap();
        house.tokens.access_token_info(now, token.reveal())
    };
    assert_eq!(info(43_199).unwrap().expires_in, 1);
    assert_eq!(info(43_200).unwrap_err(), Rejected::Expired);
}
