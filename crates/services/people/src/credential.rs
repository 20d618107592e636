//! Refresh tokens: drawn once, kept as a digest.

use context::Context;
use names::{Secret, Uid};
use store::{PersonRecord, RefreshCredentialKey, RefreshCredentialRecord};

use crate::Config;

/// A new token and the record that recognises it.
pub(crate) fn draw(
    context: &Context,
    person: &PersonRecord,
    config: &Config,
) -> (Secret<String>, RefreshCredentialRecord) {
    let mut bytes = [0; TOKEN_BYTES];
    context.randomness().fill(&mut bytes);
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let token = Secret::new(format!("{PREFIX}{digits}"));
    let record = RefreshCredentialRecord {
        hash: key(&token),
        uid: Uid::draw(|buffer| context.randomness().fill(buffer)),
        person: person.email.clone(),
        subject: person.subject.clone(),
        client_id: config.client_id.clone(),
        scopes: config.scopes.clone(),
        create_time: context.now(),
    };
    (token, record)
}

/// What a token is found by. Looking a digest up leaks, by the time it takes, nothing that leads back to a token.
pub(crate) fn key(token: &Secret<String>) -> RefreshCredentialKey {
    RefreshCredentialKey(jose::sha256_hex(token.reveal().as_bytes()))
}

/// As Google's begin, so that who reads a log recognises one.
const PREFIX: &str = "1//0";

/// 256 bits: nobody guesses one, so the digest needs no salt.
const TOKEN_BYTES: usize = 32;
