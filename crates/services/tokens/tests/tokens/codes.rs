//! A program that a person lets act for them: the code, once, and what it buys (facts §3.3, RFC 6749 §4.1).

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use store::{AuthorizationCodeRecord, PersonRecord, Record, RefreshCredentialRecord};
use tokens::AuthorizeError;

use crate::shop::*;
use crate::support::*;

fn refusal(answer: Result<Value, oauth::ErrorAnswer>) -> (u16, &'static str) {
    let error = answer.unwrap_err();
    (error.status, error.error)
}

const BAD_CODE: (u16, &str) = (400, "invalid_grant");

#[tokio::test]
async fn code_buys_an_access_token_an_id_token_and_a_refresh_token() {
    let house = house().await;
    let answer = house.redeem(&house.code(&[]).await, &[]).await.unwrap();
    assert_eq!(
        sorted_members(&answer),
        ["access_token", "expires_in", "id_token", "refresh_token", "scope", "token_type"]
    );
    assert_eq!(answer["expires_in"], json!(3599));
    assert!(house.opens(&answer));
    let claims = claims(answer["id_token"].as_str().unwrap());
    for (claim, value) in [
        ("aud", json!("shop")),
        ("azp", json!("shop")),
        ("sub", json!(house.owner.person.subject)),
        ("email", json!("owner@doorward.localhost")),
        ("nonce", json!("n-1")),
    ] {
        assert_eq!(claims[claim], value, "{claim}");
    }
    // OpenID Connect Core §3.1.3.6: the first half of the digest.
    let hash = jose::sha256(answer["access_token"].as_str().unwrap().as_bytes());
    assert_eq!(claims["at_hash"], json!(URL_SAFE_NO_PAD.encode(&hash[..16])));
    // And the refresh token buys more, for the shop alone.
    let refresh_token = answer["refresh_token"].as_str().unwrap();
    let shop = [("client_id", "shop"), ("client_secret", SHOP_SECRET)];
    let again = house.refresh(refresh_token, &shop).await.unwrap();
    assert!(house.opens(&again) && again.get("refresh_token").is_none());
    assert_eq!(refusal(house.refresh(refresh_token, &[]).await), (401, "invalid_client"));
}

#[tokio::test]
async fn code_counts_once_and_shown_twice_takes_back_what_it_bought() {
    let house = house().await;
    let code = house.code(&[]).await;
    let bought = house.redeem(&code, &[]).await.unwrap();
    assert!(house.opens(&bought));
    assert_eq!(refusal(house.redeem(&code, &[]).await), BAD_CODE);
    assert!(!house.opens(&bought), "one of the two who showed it stole it");
    let shop = [("client_id", "shop"), ("client_secret", SHOP_SECRET)];
    let refresh_token = bought["refresh_token"].as_str().unwrap();
    assert_eq!(refusal(house.refresh(refresh_token, &shop).await), BAD_CODE);
    assert_eq!(refusal(house.redeem(&code, &[]).await), BAD_CODE);
}

#[tokio::test]
async fn of_two_that_show_a_code_at_once_none_keeps_anything() {
    let house = house().await;
    let code = house.code(&[]).await;
    let (one, other) = tokio::join!(house.redeem(&code, &[]), house.redeem(&code, &[]));
    let bought: Vec<_> = [one, other].into_iter().flatten().collect();
    assert!(bought.len() <= 1);
    assert!(bought.iter().all(|answer| !house.opens(answer)));
    assert_eq!(house.store.all::<RefreshCredentialRecord>("").await.unwrap().len(), 1, "the owner's");
}

#[tokio::test]
async fn code_is_bound_to_client_redirect_uri_and_challenge() {
    let house = house().await;
    let code = house.code(&[]).await;
    let other_verifier = "x".repeat(43);
    for (change, expected) in [
        (("client_id", "tool"), BAD_CODE),
        (("client_id", "nobody"), (401, "invalid_client")),
        (("client_secret", "guess"), (401, "invalid_client")),
        (("client_secret", ""), (401, "invalid_client")),
        (("redirect_uri", "https://shop.example/back/"), (400, "redirect_uri_mismatch")),
        (("redirect_uri", ""), (400, "invalid_request")),
        (("code_verifier", ""), BAD_CODE),
        (("code_verifier", &other_verifier), BAD_CODE),
        (("code_verifier", CHALLENGE), BAD_CODE),
        (("code", "4/0guess"), BAD_CODE),
    ] {
        assert_eq!(refusal(house.redeem(&code, &[change]).await), expected, "{change:?}");
    }
    assert!(house.redeem(&code, &[]).await.is_ok(), "who cannot prove anything spends nothing");
}

#[tokio::test]
async fn code_ends_after_ten_minutes_and_with_its_person() {
    let house = house().await;
    let (in_time, late) = (house.code(&[]).await, house.code(&[]).await);
    house.clock.advance(Duration::from_secs(599)).await;
    assert!(house.redeem(&in_time, &[]).await.is_ok());
    house.clock.advance(Duration::from_secs(1)).await;
    assert_eq!(refusal(house.redeem(&late, &[]).await), BAD_CODE);

    let code = house.code(&[]).await;
    let person = house.store.find::<PersonRecord>(&house.owner.person.email).await.unwrap().unwrap().record;
    house.put(Record::Person(PersonRecord { disabled_at: Some(house.now()), ..person })).await;
    assert_eq!(refusal(house.redeem(&code, &[]).await), BAD_CODE);
}

#[tokio::test]
async fn public_client_needs_a_challenge_and_any_port_of_its_own_machine_will_do() {
    let house = house().await;
    let redirect = "http://127.0.0.1:49152/done";
    let tool = [("client_id", "tool"), ("redirect_uri", redirect)];
    let mut without = tool.to_vec();
    without.extend([("code_challenge", ""), ("code_challenge_method", "")]);
    let refused = house.authorize(&replaced(&SHOP_ASKS, &without)).await.unwrap_err();
    assert_eq!(refused, AuthorizeError::ChallengeMissing);

    let code = house.code(&tool).await;
    let mut shown = tool.to_vec();
    shown.push(("client_secret", ""));
    assert_eq!(refusal(house.redeem(&code, &replaced(&shown, &[("code_verifier", "")])).await), BAD_CODE);
    let other_port = [("redirect_uri", "http://127.0.0.1:49153/done")];
    let moved = house.redeem(&code, &replaced(&shown, &other_port)).await;
    assert_eq!(refusal(moved), (400, "redirect_uri_mismatch"), "the port of the request counts");
    assert!(house.redeem(&code, &shown).await.is_ok());
}

#[tokio::test]
async fn verifier_without_a_challenge_is_refused() {
    let house = house().await;
    let without = [("code_challenge", ""), ("code_challenge_method", "")];
    let code = house.code(&without).await;
    assert_eq!(refusal(house.redeem(&code, &[]).await), BAD_CODE, "somebody took the challenge out");
    assert!(
        house.redeem(&code, &[("code_verifier", "")]).await.is_ok(),
        "a client with a secret may do without"
    );
    let plain = [("code_challenge", VERIFIER), ("code_challenge_method", "plain")];
    assert!(house.redeem(&house.code(&plain).await, &[]).await.is_ok());
}

#[tokio::test]
async fn online_access_comes_without_a_refresh_token_and_ends_with_the_hour() {
    let house = house().await;
    let answer = house.redeem(&house.code(&[("access_type", "online")]).await, &[]).await.unwrap();
    assert!(answer.get("refresh_token").is_none() && house.opens(&answer));
    house.clock.advance(Duration::from_secs(3600)).await;
    assert!(!house.opens(&answer));
}

#[tokio::test]
async fn only_the_command_lines_refresh_token_lets_a_client_act() {
    let house = house().await;
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(SHOP_ASKS).finish();
    let asked = oauth::AuthorizationRequest::parse(query.as_bytes()).unwrap();
    let terms = asked.terms.clone().unwrap();
    let bought = house.redeem(&house.code(&[]).await, &[]).await.unwrap();
    for shown in [
        "",
        "1//0guess",
        bought["refresh_token"].as_str().unwrap(),
        bought["access_token"].as_str().unwrap(),
        bought["id_token"].as_str().unwrap(),
        &house.bought_access_token().await,
    ] {
        let shown = names::Secret::new(shown.to_owned());
        let refused = house.tokens.authorize(&house.context, None, &shown, &asked, &terms).await;
        assert_eq!(refused.unwrap_err(), AuthorizeError::CredentialUnknown);
    }
}

#[tokio::test]
async fn credential_of_a_narrow_sign_in_grants_nothing_wider() {
    let house = house().await;
    let client = house.owner.client_id.clone();
    let secret = house.owner.client_secret.reveal().clone();
    let narrow =
        [("client_id", client.as_str()), ("redirect_uri", "http://localhost:1/"), ("scope", "openid email")];
    let code = house.code(&narrow).await;
    let mut shown = narrow.to_vec();
    shown.push(("client_secret", &secret));
    let bought = house.redeem(&code, &shown).await.unwrap();
    let narrow = names::Secret::new(bought["refresh_token"].as_str().unwrap().to_owned());
    for (scope, granted) in [("openid", true), (CLOUD_PLATFORM, false), ("openid profile", false)] {
        let parameters = replaced(&SHOP_ASKS, &[("scope", scope)]);
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        let asked = oauth::AuthorizationRequest::parse(query.as_bytes()).unwrap();
        let terms = asked.terms.clone().unwrap();
        let code = house.tokens.authorize(&house.context, None, &narrow, &asked, &terms).await;
        assert_eq!(code.is_ok(), granted, "{scope}");
    }
}

#[tokio::test]
async fn nobody_is_sent_where_the_client_did_not_want_it() {
    let house = house().await;
    for (change, expected) in [
        (("client_id", "nobody"), AuthorizeError::ClientUnknown),
        (("redirect_uri", "https://shop.example.evil.example/back"), AuthorizeError::Redirect),
        (("redirect_uri", "https://shop.example/back?x=1"), AuthorizeError::Redirect),
    ] {
        assert_eq!(house.authorize(&replaced(&SHOP_ASKS, &[change])).await.unwrap_err(), expected);
    }
}

#[tokio::test]
async fn codes_are_stored_as_digests_and_forgotten_when_they_have_ended() {
    let house = house().await;
    let (used, unused) = (house.code(&[]).await, house.code(&[]).await);
    let bought = house.redeem(&used, &[]).await.unwrap();
    let stored = house.store.all::<AuthorizationCodeRecord>("").await.unwrap();
    let shown = format!("{stored:?}");
    for secret in [&used, &unused, VERIFIER, bought["refresh_token"].as_str().unwrap()] {
        assert!(!shown.contains(secret));
    }
    assert!(shown.contains(&jose::sha256_hex(unused.as_bytes())));
    house.clock.advance(Duration::from_secs(2 * 3600)).await;
    house.people.forget_what_ended(house.now()).await.unwrap();
    assert!(house.store.all::<AuthorizationCodeRecord>("").await.unwrap().is_empty());
    assert_eq!(
        house.store.all::<RefreshCredentialRecord>("").await.unwrap().len(),
        2,
        "offline access stays"
    );
}

#[tokio::test]
async fn consent_purchase_and_revocation_are_in_the_audit_log_without_any_secret() {
    let house = house().await;
    let code = house.code(&[]).await;
    let bought = house.redeem(&code, &[]).await.unwrap();
    assert!(house.redeem(&code, &[]).await.is_err());
    let other = house.redeem(&house.code(&[]).await, &[]).await.unwrap();
    let refresh_token = names::Secret::new(other["refresh_token"].as_str().unwrap().to_owned());
    house.tokens.revoke(&house.context, None, &refresh_token).await.unwrap();
    let resource = format!("people/{}", house.owner.person.email);
    let entries = house.store.backend().audit_of_resource(&resource, 100).await.unwrap();
    let mut acts: Vec<_> = entries.iter().map(|entry| entry.permission.as_str()).collect();
    acts.retain(|act| act.starts_with("oauth2."));
    acts.sort_unstable();
    assert_eq!(
        acts,
        [
            "oauth2.authorize",
            "oauth2.authorize",
            "oauth2.redeemCode",
            "oauth2.redeemCode",
            "oauth2.revoke",
            "oauth2.revoke"
        ]
    );
    let written = format!("{entries:?}");
    for secret in [&code, refresh_token.reveal(), bought["access_token"].as_str().unwrap(), VERIFIER] {
        assert!(!written.contains(secret));
    }
}
