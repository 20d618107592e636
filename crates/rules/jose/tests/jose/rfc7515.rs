//! The examples of RFC 7515, appendix A.

use jose::{Algorithm, Compact, Jwk, KeySet, VerifyError};

const PAYLOAD: &str =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

const RS256_KEY: &str = r#"{"kty":"RSA","kid":"a2","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"}"#;
const RS256_SIGNATURE: &str = "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";

const ES256_KEY: &str = r#"{"kty":"EC","crv":"P-256","kid":"a3","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;
const ES256_SIGNATURE: &str =
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

fn key_set(jwk: &str) -> KeySet {
    let jwk = Jwk::parse(jwk.as_bytes()).unwrap();
    KeySet::new([(jwk.key_id().clone(), jwk.key().clone())]).unwrap()
}

#[test]
fn rs256_example_verifies() {
    let token = format!("eyJhbGciOiJSUzI1NiJ9.{PAYLOAD}.{RS256_SIGNATURE}");
    let verified = key_set(RS256_KEY).verify_any(Compact::parse(&token).unwrap()).unwrap();
    assert_eq!(verified.key_id().as_str(), "a2");
    assert_eq!(verified.header().unwrap().algorithm(), Some(Algorithm::Rs256));
}

#[test]
fn es256_example_verifies() {
    let token = format!("eyJhbGciOiJFUzI1NiJ9.{PAYLOAD}.{ES256_SIGNATURE}");
    let verified = key_set(ES256_KEY).verify_any(Compact::parse(&token).unwrap()).unwrap();
    assert_eq!(verified.claimed_issuer().unwrap().as_deref(), Some("joe"));
}

#[test]
fn example_without_kid_is_not_verified_by_name() {
    let token = format!("eyJhbGciOiJSUzI1NiJ9.{PAYLOAD}.{RS256_SIGNATURE}");
    let refusal = key_set(RS256_KEY).verify(Compact::parse(&token).unwrap()).unwrap_err();
    assert!(matches!(refusal, VerifyError::NoKeyId));
}

#[test]
fn hmac_and_unsecured_examples_are_refused_by_every_key() {
    let hs256 = format!(
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.{PAYLOAD}.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    );
    let none = format!("eyJhbGciOiJub25lIn0.{PAYLOAD}.");
    for key in [RS256_KEY, ES256_KEY] {
        for token in [&hs256, &none] {
            let refusal = key_set(key).verify_any(Compact::parse(token).unwrap()).unwrap_err();
            assert!(matches!(refusal, VerifyError::Algorithm), "{refusal}");
        }
    }
}

#[test]
fn every_changed_character_is_noticed() {
    let token = format!("eyJhbGciOiJFUzI1NiJ9.{PAYLOAD}.{ES256_SIGNATURE}");
    let keys = key_set(ES256_KEY);
    for at in 0..token.len() {
        let mut changed = token.clone().into_bytes();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        let accepted = Compact::parse(&changed).is_ok_and(|compact| keys.verify_any(compact).is_ok());
        assert!(!accepted, "the character at {at} does not count");
    }
}
