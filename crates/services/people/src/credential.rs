//! Refresh tokens: drawn once, kept as a digest.

use context::Context;
use names::{Secret, Uid};
use store::{AuthorizationCodeRecord, PersonRecord, RefreshCredentialKey, RefreshCredentialRecord};

use crate::Config;

/// A new token of the owner and the record that recognises it.
pub(crate) fn draw_for_owner(
    context: &Context,
    person: &PersonRecord,
    config: &Config,
) -> (Secret<String>, RefreshCredentialRecord) {
    let token = draw_secret(context, PREFIX);
    let record = RefreshCredentialRecord {
        hash: key(&token),
        uid: Uid::draw(|buffer| context.randomness().fill(buffer)),
        person: person.email.clone(),
        subject: person.subject.clone(),
        client_id: config.command_line().id.clone(),
        scopes: config.scopes.clone(),
        create_time: context.now(),
        expires_at: None,
    };
    (token, record)
}

/// A new token for what a code says, and the record that recognises it. Where no refresh token was asked for, nobody is
/// given the token, and the record ends with the access token that it is for.
pub(crate) fn draw(
    context: &Context,
    code: &AuthorizationCodeRecord,
) -> (Secret<String>, RefreshCredentialRecord) {
    let token = draw_secret(context, PREFIX);
    let now = context.now();
    let end = now.checked_add(ONLINE).unwrap_or(jiff::Timestamp::MAX);
    let record = RefreshCredentialRecord {
        hash: key(&token),
        uid: Uid::draw(|buffer| context.randomness().fill(buffer)),
        person: code.person.clone(),
        subject: code.subject.clone(),
        client_id: code.client_id.clone(),
        scopes: code.scopes.clone(),
        create_time: now,
        expires_at: (!code.offline).then_some(end),
    };
    (token, record)
}

/// A new secret of 256 bits behind a beginning that says what it is.
pub(crate) fn draw_secret(context: &Context, prefix: &str) -> Secret<String> {
    let mut bytes = [0; TOKEN_BYTES];
    context.randomness().fill(&mut bytes);
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Secret::new(format!("{prefix}{digits}"))
}

/// What a token is found by. Looking a digest up leaks, by the time it takes, nothing that leads back to a token.
pub(crate) fn key(token: &Secret<String>) -> RefreshCredentialKey {
    RefreshCredentialKey(jose::sha256_hex(token.reveal().as_bytes()))
}

/// As Google's begin, so that who reads a log recognises one.
const PREFIX: &str = "1//0";

/// 256 bits: nobody guesses one, so the digest needs no salt.
const TOKEN_BYTES: usize = 32;

/// As long as an access token.
const ONLINE: jiff::SignedDuration = jiff::SignedDuration::from_hours(1);
