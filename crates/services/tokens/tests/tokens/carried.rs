//! What deliveries carry: kept for a moment, and never longer than a fresh one would say the same.

use std::time::Duration;

use jose::Compact;
use store::{Plan, RingKeyRecord};
use tokens::{AuthorizedParty, IdTokenRequest, MintError};

use crate::rotation::sealed_house;
use crate::support::*;

fn request() -> IdTokenRequest {
    IdTokenRequest {
        audience: "https://hello.example".to_owned(),
        include_email: true,
        azp: AuthorizedParty::UniqueId,
        include_organization_number: false,
    }
}

async fn carry(house: &House, request: IdTokenRequest) -> Result<String, MintError> {
    let carried = house.tokens.carry_id_token(&house.context, house.may(), request).await;
    carried.map(names::Secret::into_revealed)
}

/// A token that is kept, a second ago: a fresh one would say another time.
async fn kept_by(house: &House) -> String {
    let kept = carry(house, request()).await.unwrap();
    house.clock.advance(Duration::from_secs(1)).await;
    kept
}

#[tokio::test]
async fn a_token_is_carried_for_five_minutes_and_then_has_most_of_its_life_left() {
    let house = house().await;
    let kept = kept_by(&house).await;
    house.clock.advance(Duration::from_secs(298)).await;
    assert_eq!(carry(&house, request()).await.unwrap(), kept);
    house.clock.advance(Duration::from_secs(1)).await;
    let fresh = carry(&house, request()).await.unwrap();
    assert_ne!(fresh, kept);
    assert_eq!(claims(&fresh)["exp"], house.second() + 3600);
}

#[tokio::test]
async fn whoever_asks_for_a_token_gets_a_fresh_one() {
    let house = house().await;
    let kept = kept_by(&house).await;
    let minted = house.tokens.mint_id_token(&house.context, house.may(), request()).await.unwrap();
    assert_eq!(claims(minted.reveal())["iat"], house.second());
    assert_eq!(carry(&house, request()).await.unwrap(), kept, "and what was asked for is not carried");
}

#[tokio::test]
async fn a_kept_token_is_carried_for_nothing_but_the_same() {
    let house = house().await;
    let kept = claims(&kept_by(&house).await);
    let others = [
        IdTokenRequest { audience: "https://hello.example/".to_owned(), ..request() },
        IdTokenRequest { include_email: false, ..request() },
        IdTokenRequest { azp: AuthorizedParty::Email, ..request() },
        IdTokenRequest { include_organization_number: true, ..request() },
    ];
    for other in others {
        let fresh = house.tokens.mint_id_token(&house.context, house.may(), other.clone()).await.unwrap();
        let carried = claims(&carry(&house, other).await.unwrap());
        assert_eq!(carried, claims(fresh.reveal()));
        assert_ne!(carried, kept);
    }
}

#[tokio::test]
async fn a_kept_token_is_not_carried_for_an_account_that_stopped() {
    for event in [Event::AccountDisabled, Event::AccountDeleted, Event::AccountMadeAnew] {
        let house = house().await;
        let permit = house.may();
        drop(kept_by(&house).await);
        house.happens(event).await;
        let refused = house.tokens.carry_id_token(&house.context, permit, request()).await;
        match event {
            Event::AccountDisabled => assert!(matches!(refused, Err(MintError::AccountDisabled))),
            _ => assert!(matches!(refused, Err(MintError::AccountGone)), "{event:?}"),
        }
    }
}

#[tokio::test]
async fn a_token_from_before_an_account_was_disabled_is_not_carried_when_it_is_enabled_again() {
    let house = house().await;
    let kept = kept_by(&house).await;
    house.happens(Event::AccountDisabledAndEnabled).await;
    let carried = carry(&house, request()).await.unwrap();
    assert_ne!(carried, kept);
    assert_eq!(claims(&carried)["iat"], house.second());
}

#[tokio::test]
async fn a_token_of_a_key_that_signs_no_more_is_not_carried() {
    let house = sealed_house().await;
    let kept = kept_by(&house).await;
    let signed_by =
        |token: &str| Compact::parse(token).unwrap().header().unwrap().key_id().unwrap().to_string();
    let records = house.store.all::<RingKeyRecord>("id-tokens/").await.unwrap();
    let record = records.into_iter().find(|stored| stored.record.key.key_id == signed_by(&kept)).unwrap();
    house.store.apply(Plan::new().delete(record.record.key)).await.unwrap();
    let carried = carry(&house, request()).await.unwrap();
    assert_ne!(signed_by(&carried), signed_by(&kept));
    assert!(house.tokens.id_tokens().verify(&carried, house.now()).is_ok());
}
