//! Keys at rest.

use jose::Signer as _;
use keys::{Change, KeyAlgorithm, KeyRings, MasterKey, Policy, Ring, RingError, SealedKey, SigningRing};
use names::Secret;

use crate::support::{MASTER, at, master, started};

fn open(records: Vec<SealedKey>) -> Result<KeyRings, RingError> {
    KeyRings::open(records, master(), Policy::default())
}

fn one(ring: Ring) -> SealedKey {
    started().records().find(|record| record.ring == ring).cloned().unwrap()
}

#[test]
fn rings_survive_their_records() {
    let rings = started();
    let text = serde_json::to_string(&rings.records().collect::<Vec<_>>()).unwrap();
    let again = open(serde_json::from_str(&text).unwrap()).unwrap();
    for ring in [SigningRing::Assertions, SigningRing::IdTokens] {
        assert_eq!(rings.signer(ring, at(0)).unwrap().key_id(), again.signer(ring, at(0)).unwrap().key_id());
    }
    assert_eq!(again.plan_rotation(at(0)).unwrap(), []);
}

#[test]
fn record_has_a_stable_form() {
    let mut record = one(Ring::Assertions);
    record.key_id = "k".to_owned();
    record.sealed = vec![1, 2, 3];
    record.retire_at = None;
    record.expire_at = None;
    assert_eq!(
        serde_json::to_string(&record).unwrap(),
        "{\"ring\":\"assertions\",\"keyId\":\"k\",\"algorithm\":\"ES256\",\"createdAt\":\"2026-09-21T14:13:20Z\",\
         \"publishAt\":\"2026-09-21T14:13:20Z\",\"signFrom\":\"2026-09-21T14:13:20Z\",\"sealed\":\"AQID\"}"
    );
}

#[test]
fn every_changed_byte_is_noticed() {
    for ring in [Ring::AccessTokens, Ring::Assertions] {
        let record = one(ring);
        for at in 0..record.sealed.len() {
            let mut changed = record.clone();
            changed.sealed[at] ^= 1;
            let refusal = open(vec![changed]).err().unwrap();
            match at {
                1..=8 => assert!(matches!(refusal, RingError::WrongMasterKey { .. }), "{at}"),
                _ => assert!(matches!(refusal, RingError::Tampered { .. }), "{at}"),
            }
        }
        for length in [0, 1, 8, 9, 20, record.sealed.len() - 1] {
            let mut changed = record.clone();
            changed.sealed.truncate(length);
            assert!(matches!(open(vec![changed]), Err(RingError::Tampered { .. })));
        }
    }
}

#[test]
fn record_opens_in_its_own_place_only() {
    let access = one(Ring::AccessTokens);
    let mut renamed = access.clone();
    renamed.key_id = "0".repeat(32);
    assert!(matches!(open(vec![renamed]), Err(RingError::Tampered { .. })));

    let mut moved = one(Ring::Assertions);
    moved.ring = Ring::IdTokens;
    assert!(matches!(open(vec![moved.clone()]), Err(RingError::Algorithm { .. })));
    moved.algorithm = KeyAlgorithm::Rs256;
    assert!(matches!(open(vec![moved]), Err(RingError::Tampered { .. })));

    let rings = started();
    let pair: Vec<_> = rings.records().filter(|record| record.ring == Ring::Assertions).collect();
    let exchanged = SealedKey { sealed: pair[1].sealed.clone(), ..pair[0].clone() };
    assert_ne!(&exchanged, pair[0]);
    assert!(matches!(open(vec![exchanged]), Err(RingError::Tampered { .. })));
}

#[test]
fn other_master_key_is_named_as_the_cause() {
    let other = Secret::new(MASTER.replacen('A', "B", 1));
    let other = MasterKey::from_base64(&other).unwrap();
    let refusal = KeyRings::open(vec![one(Ring::AccessTokens)], other, Policy::default()).err().unwrap();
    assert!(matches!(refusal, RingError::WrongMasterKey { ring: Ring::AccessTokens, .. }));
}

#[test]
fn names_are_unique() {
    let record = one(Ring::Assertions);
    assert!(matches!(open(vec![record.clone(), record.clone()]), Err(RingError::Duplicate { .. })));
    let rings = open(vec![record.clone()]).unwrap();
    assert!(matches!(rings.apply(&[Change::Add(record)]), Err(RingError::Duplicate { .. })));
    let missing = Change::Remove { ring: Ring::IdTokens, key_id: "x".to_owned() };
    assert!(matches!(rings.apply(&[missing]), Err(RingError::Unknown)));
}

#[test]
fn nothing_private_is_in_debug_output() {
    let rings = started();
    let signer = rings.signer(SigningRing::IdTokens, at(0)).unwrap();
    assert_eq!(format!("{signer:?}"), format!("SigningKey {{ key_id: {:?}, .. }}", signer.key_id()));
    assert_eq!(format!("{:?}", master()), "MasterKey { .. }");
    assert!(!format!("{:?}", one(Ring::AccessTokens)).contains("sealed"));
}
