//! Messages inside `google.protobuf.Any`: operation results, error details.

use prost::{Message, Name};
use prost_types::Any;

/// Wraps a message, with a type URL under `type.googleapis.com/`.
#[must_use]
pub fn pack<M: Message + Name>(message: &M) -> Any {
    Any { type_url: M::type_url(), value: message.encode_to_vec() }
}

/// Reads the JSON form of an `Any`: an object with `@type` and the message's fields.
///
/// # Errors
///
/// When it is of no type that is generated here, or not that type.
pub fn of_json(json: serde_json::Value) -> Result<Any, crate::json::Invalid> {
    let dynamic = crate::json::read(&crate::message::<Any>(), json)?;
    Ok(dynamic.transcode_to().expect("types and descriptors are generated from one set"))
}

/// The full message name of a type URL, whatever host it names.
pub(crate) fn type_name(type_url: &str) -> &str {
    type_url.rsplit_once('/').map_or(type_url, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::google::rpc::ErrorInfo;

    #[test]
    fn packed_message_comes_back() {
        let info = ErrorInfo { reason: "EXPIRED".to_owned(), ..ErrorInfo::default() };
        let any = pack(&info);
        assert_eq!(any.type_url, "type.googleapis.com/google.rpc.ErrorInfo");
        assert_eq!(any.to_msg::<ErrorInfo>().unwrap(), info);
    }

    #[test]
    fn json_with_a_type_is_a_message_of_it() {
        let json =
            serde_json::json!({ "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "EXPIRED" });
        assert_eq!(of_json(json).unwrap().to_msg::<ErrorInfo>().unwrap().reason, "EXPIRED");
        assert!(of_json(serde_json::json!({ "@type": "type.googleapis.com/x.Y" })).is_err());
    }

    #[test]
    fn empty_has_a_type() {
        assert_eq!(pack(&()).type_url, "type.googleapis.com/google.protobuf.Empty");
    }
}
