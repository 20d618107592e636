//! Tokens that are ended before their time (facts §3.5, RFC 7009).

use std::time::Duration;

use names::Secret;
use oauth::AboutTokenError;
use serde_json::{Value, json};
use store::RevokedTokenRecord;
use tokens::{Rejected, RevokeTokenError};

use crate::shop::*;
use crate::support::*;

impl House {
    async fn revoke(&self, token: &str) -> Result<(), RevokeTokenError> {
        self.tokens.revoke(&self.context, None, &Secret::new(token.to_owned())).await
    }
}

const ALREADY: Result<(), RevokeTokenError> = Err(RevokeTokenError::Refused(AboutTokenError::RevokedAlready));

fn text<'a>(answer: &'a Value, name: &str) -> &'a str {
    answer[name].as_str().unwrap()
}

#[tokio::test]
async fn revoked_refresh_token_buys_nothing_and_what_it_bought_stops_at_once() {
    let house = house().await;
    let bought = house.redeem(&house.code(&[]).await, &[]).await.unwrap();
    let other = house.redeem(&house.code(&[]).await, &[]).await.unwrap();
    let shop = [("client_id", "shop"), ("client_secret", SHOP_SECRET)];
    let refreshed = house.refresh(text(&bought, "refresh_token"), &shop).await.unwrap();
    house.revoke(text(&bought, "refresh_token")).await.unwrap();
    assert!(!house.opens(&bought) && !house.opens(&refreshed));
    let refused = house.refresh(text(&bought, "refresh_token"), &shop).await.unwrap_err();
    assert_eq!(
        (refused.status, refused.error, refused.error_description.as_str()),
        (400, "invalid_grant", "Token has been expired or revoked.")
    );
    assert!(house.opens(&other), "another sign-in of the same client");
    assert_eq!(house.revoke(text(&bought, "refresh_token")).await, ALREADY);
}

#[tokio::test]
async fn revoked_access_token_of_a_person_takes_its_sign_in_along() {
    let house = house().await;
    let bought = house.redeem(&house.code(&[]).await, &[]).await.unwrap();
    house.revoke(text(&bought, "access_token")).await.unwrap();
    assert!(!house.opens(&bought));
    let shop = [("client_id", "shop"), ("client_secret", SHOP_SECRET)];
    assert!(house.refresh(text(&bought, "refresh_token"), &shop).await.is_err());
    assert_eq!(house.revoke(text(&bought, "access_token")).await, ALREADY);
}

#[tokio::test]
async fn revoked_access_token_of_an_account_ends_alone() {
    let house = house().await;
    let (one, other) = (house.bought_access_token().await, house.bought_access_token().await);
    house.revoke(&one).await.unwrap();
    let opens = |token: &str| house.tokens.authenticate(house.now(), token, &scheduler()).map(drop);
    assert_eq!((opens(&one), opens(&other)), (Err(Rejected::Invalid), Ok(())));
    assert_eq!(house.revoke(&one).await, ALREADY);
    let stored = house.store.all::<RevokedTokenRecord>("").await.unwrap();
    assert!(!format!("{stored:?}").contains(&one), "the token itself is not written down");
}

#[tokio::test]
async fn what_is_no_token_and_what_has_ended_cannot_be_revoked() {
    let house = house().await;
    let token = house.bought_access_token().await;
    let id_token =
        text(&house.exchange(&house.assertion(json!({"target_audience": "a"}))).await.unwrap(), "id_token")
            .to_owned();
    for token in ["", "x", "ya29.x", "1//0guess", id_token.as_str(), &token[..token.len() - 1]] {
        assert_eq!(house.revoke(token).await, ALREADY, "{token}");
    }
    house.clock.advance(Duration::from_secs(3600)).await;
    assert_eq!(house.revoke(&token).await, ALREADY);
    assert!(house.store.all::<RevokedTokenRecord>("").await.unwrap().is_empty());
}

#[tokio::test]
async fn one_caller_may_not_ask_for_ever() {
    let config =
        tokens::Config { exchanges_per_caller_per_second: 1, exchange_burst_per_caller: 2, ..config() };
    let house = house_with(config).await;
    let answers = [house.revoke("x").await, house.revoke("x").await, house.revoke("x").await];
    assert_eq!(answers, [ALREADY, ALREADY, Err(RevokeTokenError::Busy)]);
    assert!(house.exchange(&house.assertion(json!({"scope": CLOUD_PLATFORM}))).await.is_ok(), "others go on");
}
