//! Bytes as base64 text within JSON (RFC 4648 §4): four characters for three bytes, where a list of numbers takes eleven.
//! For `#[serde(with = "…")]`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::Error as _;
use serde::{Deserialize as _, Deserializer, Serializer};

pub(crate) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&STANDARD.encode(bytes))
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let text = String::deserialize(deserializer)?;
    STANDARD.decode(text).map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::{DeliveryRequest, HttpTarget};

    fn request(body: Vec<u8>) -> DeliveryRequest {
        let (method, url) = ("POST".to_owned(), "https://bakery.example/".to_owned());
        DeliveryRequest { method, url, headers: Vec::new(), body, attempt_deadline: Duration::from_secs(15) }
    }

    fn target(body: Vec<u8>) -> HttpTarget {
        let (method, uri) = ("POST".to_owned(), "https://bakery.example/".to_owned());
        HttpTarget { uri, method, headers: Default::default(), body, identity: None }
    }

    #[test]
    fn a_stored_body_takes_little_more_room_than_its_bytes() {
        const BYTES: usize = 30_000;
        let body = vec![0xff; BYTES];
        let delivered = serde_json::to_string(&request(body.clone())).unwrap();
        let wished = serde_json::to_string(&target(body)).unwrap();
        for json in [delivered, wished] {
            assert!(json.len() < BYTES / 3 * 4 + 300, "{} characters for {BYTES} bytes", json.len());
        }
    }

    #[test]
    fn any_body_comes_back_as_it_was_stored() {
        for body in [Vec::new(), vec![0], b"rye".to_vec(), (0..=255).collect()] {
            let json = serde_json::to_string(&request(body.clone())).unwrap();
            assert_eq!(serde_json::from_str::<DeliveryRequest>(&json).unwrap(), request(body.clone()));
            let json = serde_json::to_string(&target(body.clone())).unwrap();
            assert_eq!(serde_json::from_str::<HttpTarget>(&json).unwrap(), target(body));
        }
    }

    #[test]
    fn a_body_that_is_not_base64_is_refused() {
        let json = serde_json::to_string(&target(b"rye".to_vec())).unwrap();
        for text in ["cnl", "cnll=", "cn l", "ß", "cnlf\n"] {
            let broken = json.replace("cnll", text);
            assert_ne!(broken, json);
            serde_json::from_str::<HttpTarget>(&broken).unwrap_err();
        }
    }
}
