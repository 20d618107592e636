//! Keys of service accounts.

use jose::{Compact, KeySet, VerifyingKey};
use keys::{FixedKeys, KeyRings, SigningRing, generate_account_key};

use crate::support::at;

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
