//! Keys come and go without anybody noticing.

use std::{collections::BTreeMap, time::Duration};

use jiff::Timestamp;
use jose::{Compact, KeySet, Signer as _, sign_compact};
use keys::{Change, KeyRings, Policy, Ring, Rotation, SealedKey, SigningRing};
use proptest::prelude::*;

use crate::support::{at, fixed, master, started};

const RING: SigningRing = SigningRing::Assertions;

fn turned(rings: &KeyRings, now: Timestamp) -> KeyRings {
    rings.apply(&rings.plan_rotation(now).unwrap()).unwrap()
}

fn key_in_use(rings: &KeyRings, now: Timestamp) -> String {
    rings.signer(RING, now).unwrap().key_id().to_string()
}

fn believes(keys: &KeySet, token: &str) -> bool {
    keys.verify(Compact::parse(token).unwrap()).is_ok()
}

#[test]
fn every_ring_starts_with_a_key_and_a_successor() {
    let rings = started();
    for ring in Ring::ALL {
        assert_eq!(rings.records().filter(|record| record.ring == ring).count(), 2, "{ring}");
    }
    for ring in [SigningRing::Assertions, SigningRing::IdTokens] {
        assert_eq!(rings.published(ring, at(0)).len(), 2);
        let signer = rings.signer(ring, at(0)).unwrap();
        let token = sign_compact(signer.as_ref(), "claims").unwrap();
        assert!(believes(&rings.published(ring, at(0)), &token));
    }
}

#[test]
fn names_of_signing_keys_are_forty_hexadecimal_digits() {
    for record in started().records() {
        let length = if record.ring == Ring::AccessTokens { 32 } else { 40 };
        assert_eq!(record.key_id.len(), length);
        assert!(record.key_id.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)));
    }
}

#[test]
fn nothing_changes_while_all_is_well() {
    let rings = started();
    let period = 7 * 24 * 3600;
    for second in [0, 1, 3600, period - 1] {
        let plan: Vec<_> = rings.plan_rotation(at(second)).unwrap();
        assert!(plan.iter().all(|change| ring_of(change) == Ring::AccessTokens), "{second}: {plan:?}");
    }
    assert_eq!(rings.plan_rotation(at(0)).unwrap(), []);
}

#[test]
fn successor_takes_over_after_the_period_and_the_old_key_outlives_its_tokens() {
    let period = 7 * 24 * 3600;
    let rings = started();
    let old = key_in_use(&rings, at(0));
    assert_eq!(key_in_use(&rings, at(period - 1)), old);
    let new = key_in_use(&rings, at(period));
    assert_ne!(new, old);

    let rings = turned(&rings, at(period));
    let names =
        |second| rings.published(RING, at(second)).iter().map(|(id, _)| id.to_string()).collect::<Vec<_>>();
    assert_eq!(names(period).len(), 3);
    assert!(names(period + 3600 + 599).contains(&old));
    assert!(!names(period + 3600 + 600).contains(&old));

    let later = turned(&rings, at(period + 3600 + 600));
    assert!(later.records().all(|record| record.key_id != old));
    assert_eq!(key_in_use(&later, at(period + 3600 + 600)), new);
}

#[test]
fn late_plan_leaves_the_old_key_in_use_until_the_successor_was_seen() {
    let period = 7 * 24 * 3600;
    let month = 30 * 24 * 3600;
    let rings = started();
    // The machine slept for a month: the successor of then is in use, and has no successor of its own yet.
    let awake = turned(&rings, at(month));
    let in_use = key_in_use(&awake, at(month));
    assert_eq!(in_use, key_in_use(&rings, at(period)));
    let overlap = 6 * 3600;
    assert_eq!(key_in_use(&awake, at(month + overlap - 1)), in_use);
    assert_ne!(key_in_use(&awake, at(month + overlap)), in_use);
}

#[test]
fn key_that_was_taken_out_counts_no_more_and_another_takes_over_at_once() {
    let rings = started();
    let leaked = key_in_use(&rings, at(60));
    let token = sign_compact(rings.signer(RING, at(60)).unwrap().as_ref(), "claims").unwrap();
    let removal = Change::Remove { ring: Ring::Assertions, key_id: leaked.clone() };
    let rings = rings.apply(&[removal]).unwrap();
    assert!(!believes(&rings.published(RING, at(60)), &token));
    assert_ne!(key_in_use(&rings, at(60)), leaked);
    let plan = rings.plan_rotation(at(60)).unwrap();
    assert!(plan.iter().all(|change| ring_of(change) == Ring::Assertions));
    let rings = rings.apply(&plan).unwrap();
    assert_eq!(rings.plan_rotation(at(60)).unwrap(), [], "there is a successor again");
}

#[test]
fn clock_that_is_set_back_finds_keys() {
    let rings = started();
    assert_eq!(key_in_use(&rings, at(-3600)), key_in_use(&rings, at(0)));
    assert_eq!(rings.published(RING, at(-3600)).len(), 2);
    let turned = turned(&rings, at(-3600));
    assert_eq!(key_in_use(&turned, at(-3600)), key_in_use(&rings, at(0)));
}

#[test]
fn fixed_rings_never_turn_and_have_no_records() {
    let rings = fixed();
    assert_eq!(rings.plan_rotation(at(1_000_000_000)).unwrap(), []);
    assert_eq!(rings.records().count(), 0);
    assert_eq!(key_in_use(&rings, at(0)), key_in_use(&fixed(), at(1_000_000_000)));
}

#[test]
fn id_token_keys_are_published_as_certificates_too() {
    let rings = started();
    let certificates = rings.certificates(SigningRing::IdTokens, "federated-signon.example", at(0)).unwrap();
    assert_eq!(
        certificates,
        rings.certificates(SigningRing::IdTokens, "federated-signon.example", at(0)).unwrap()
    );
    let keys = rings.published(SigningRing::IdTokens, at(0));
    assert_eq!(certificates.len(), keys.len());
    for (key_id, key) in keys.iter() {
        let (_, pem) = x509_parser::pem::parse_x509_pem(certificates[key_id.as_str()].as_bytes()).unwrap();
        let certificate = pem.parse_x509().unwrap();
        assert_eq!(certificate.public_key().raw, key.to_spki_der());
        assert_eq!(certificate.subject().to_string(), "CN=federated-signon.example");
        assert_eq!(certificate.issuer(), certificate.subject());
        assert_eq!(certificate.validity().not_before.timestamp(), at(0).as_second());
        assert!(certificate.validity().not_after.timestamp() > at(7 * 24 * 3600).as_second());
    }
    assert!(rings.certificates(SigningRing::Assertions, "x", at(0)).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// However irregularly the plan runs, and whenever a verifier looked: for the age that it may remember, and for
    /// the life of the token, it finds the key.
    #[test]
    fn verifier_that_remembers_for_max_age_never_fails(
        steps in prop::collection::vec((1_i64..40_000, any::<bool>()), 1..40),
    ) {
        let rotation = Rotation { period: seconds(30_000), overlap: seconds(3_000), token_lifetime: seconds(1_000) };
        let policy = Policy { access_tokens: rotation, assertions: rotation, id_tokens: NEVER };
        let mut rings = turned(&KeyRings::open(slow_ring(), master(), policy).unwrap(), at(0));
        let mut remembered: BTreeMap<i64, KeySet> = BTreeMap::new();
        let mut second = 0;
        for (pause, plans) in steps {
            for moment in [second + pause / 3, second + pause] {
                let token = sign_compact(rings.signer(RING, at(moment)).unwrap().as_ref(), "claims").unwrap();
                remembered.insert(moment, rings.published(RING, at(moment)));
                // Whoever looked at most max_age ago, now and as long as the token lives.
                for keys in remembered.range(moment - 3_000..).map(|(_, keys)| keys) {
                    prop_assert!(believes(keys, &token));
                }
                let aged = turned(&rings, at(moment + 1_000));
                prop_assert!(believes(&aged.published(RING, at(moment + 1_000)), &token));
            }
            second += pause;
            if plans {
                rings = turned(&rings, at(second));
                prop_assert!(rings.records().filter(|record| record.ring == Ring::Assertions).count() <= 4);
            }
        }
    }
}

/// The ID token ring of one start, made to outlast every test: making RSA keys is slow.
fn slow_ring() -> Vec<SealedKey> {
    let mut records: Vec<_> = started().records().filter(|key| key.ring == Ring::IdTokens).cloned().collect();
    for key in &mut records {
        key.expire_at = None;
        key.sign_from = if key.sign_from > at(0) { Timestamp::MAX } else { key.sign_from };
    }
    records
}

const NEVER: Rotation =
    Rotation { period: Duration::MAX, overlap: Duration::ZERO, token_lifetime: Duration::ZERO };

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn ring_of(change: &Change) -> Ring {
    match change {
        Change::Add(record) | Change::Replace(record) => record.ring,
        Change::Remove { ring, .. } => *ring,
    }
}
