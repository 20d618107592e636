//! Keys of service accounts.

use jose::{Compact, KeySet, VerifyingKey};
use keys::{
    CertificateFault, FixedKeys, KeyRings, ManagedKeyError, Policy, SigningRing, UploadedKey,
    generate_account_key,
};
use names::UniqueId;

use crate::support::{at, master};

#[test]
fn generated_key_signs_what_its_public_half_verifies() {
    let email = "ada@demo.iam.gserviceaccount.com";
    let pair = generate_account_key(email, at(0), at(1000)).unwrap();
    assert!(pair.private_key_pem.reveal().starts_with("-----BEGIN PRIVATE KEY-----\n"));
    assert!(!format!("{pair:?}").contains("BEGIN"));

    // Any client reads the private half; here it is loaded as a signing key.
    let rings = KeyRings::dangerous_fixed(FixedKeys {
        assertions: include_str!("../../../../rules/jose/tests/keys/ada.p256.pem"),
        id_tokens: pair.private_key_pem.reveal(),
        access_tokens: &[0; 32],
    })
    .unwrap();
    let signer = rings.signer(SigningRing::IdTokens, at(0)).unwrap();
    let token = jose::sign_compact(signer.as_ref(), "claims").unwrap();
    let public = VerifyingKey::from_pem(&pair.public_key_pem).unwrap();
    let key_id = jose::KeyId::new(pair.key_id.as_str()).unwrap();
    let keys = KeySet::new([(key_id, public.clone())]).unwrap();
    assert!(keys.verify(Compact::parse(&token).unwrap()).is_ok());

    let (_, pem) = x509_parser::pem::parse_x509_pem(pair.certificate_pem.as_bytes()).unwrap();
    let certificate = pem.parse_x509().unwrap();
    assert_eq!(certificate.public_key().raw, public.to_spki_der());
    assert_eq!(certificate.subject().to_string(), format!("CN={email}"));
    assert_eq!(certificate.validity().not_after.timestamp(), at(1000).as_second());
    assert_eq!(certificate.raw_serial().len(), 16);
    assert!(certificate.raw_serial()[0] < 0x80, "a serial number is positive");
}

#[test]
fn key_that_is_kept_for_an_account_opens_for_that_account_under_its_name_and_master_key_only() {
    let [ada, grace] = ["117", "118"].map(|id| UniqueId::parse(id).unwrap());
    let rings = KeyRings::open([], master(), Policy::default()).unwrap();
    let kept = rings.make_managed_key(&ada, "ada@demo.iam.gserviceaccount.com", at(0)).unwrap();
    assert!(!format!("{kept:?}").contains("sealed"));
    let open = |account, sealed: &[u8]| rings.open_managed_key(account, &kept.key_id, sealed);
    let key = open(&ada, &kept.sealed).unwrap();
    assert_eq!(key.verifying_key().to_pem(), kept.public_key_pem);
    let read = UploadedKey::read(kept.certificate_pem.as_bytes()).unwrap();
    assert_eq!((read.key_id, read.not_before), (kept.key_id.clone(), at(0)));

    assert!(matches!(open(&grace, &kept.sealed), Err(ManagedKeyError::Tampered)));
    for at in [0, 20, kept.sealed.len() - 1] {
        let mut changed = kept.sealed.clone();
        changed[at] ^= 1;
        assert!(matches!(open(&ada, &changed), Err(ManagedKeyError::Tampered)), "{at}");
        assert!(open(&ada, &kept.sealed[..at]).is_err(), "{at}");
    }
    let fixed = KeyRings::dangerous_fixed(FixedKeys {
        assertions: include_str!("../../../../rules/jose/tests/keys/ada.p256.pem"),
        id_tokens: include_str!("../../../../rules/jose/tests/keys/ada.rsa.pem"),
        access_tokens: &[0; 32],
    });
    let foreign = fixed.unwrap().open_managed_key(&ada, &kept.key_id, &kept.sealed);
    assert!(matches!(foreign, Err(ManagedKeyError::WrongMasterKey)));
}

#[test]
fn certificate_counts_whoever_signed_it_and_holds_one_rsa_key() {
    let pair = generate_account_key("night-job", at(5), at(1000)).unwrap();
    let read = UploadedKey::read(format!("\n  {}\n", pair.certificate_pem).as_bytes()).unwrap();
    assert_eq!((&read.key_id, &read.public_key_pem), (&pair.key_id, &pair.public_key_pem));
    assert_eq!((read.not_before, read.not_after), (at(5), at(1000)));
    let backwards = generate_account_key("night-job", at(1000), at(1000)).unwrap();
    let der = jose::pem::decode("CERTIFICATE", &pair.certificate_pem).unwrap();
    for (sent, fault) in [
        (backwards.certificate_pem.into_bytes(), CertificateFault::Validity),
        (
            jose::pem::encode("CERTIFICATE", &[&der[..], b"rye"].concat()).into_bytes(),
            CertificateFault::Certificate,
        ),
        (jose::pem::encode("CERTIFICATE", &der[..100]).into_bytes(), CertificateFault::Certificate),
        (pair.public_key_pem.into_bytes(), CertificateFault::Pem),
        (vec![0xff], CertificateFault::Pem),
    ] {
        assert_eq!(UploadedKey::read(&sent), Err(fault));
    }
}
