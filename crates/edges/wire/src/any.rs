//! Messages inside `google.protobuf.Any`: operation results, error details.

use prost::{DecodeError, Message, Name};
use prost_types::Any;

/// Wraps a message, with a type URL under `type.googleapis.com/`.
#[must_use]
pub fn pack<M: Message + Name>(message: &M) -> Any {
    Any { type_url: M::type_url(), value: message.encode_to_vec() }
}

/// The message inside.
///
/// # Errors
///
/// When it is of another type, or its bytes are not a message of that type.
pub fn unpack<M: Message + Name + Default>(any: &Any) -> Result<M, Error> {
    let expected = M::full_name();
    if type_name(&any.type_url) != expected {
        return Err(Error::OtherType { expected, found: any.type_url.clone() });
    }
    M::decode(&any.value[..]).map_err(|source| Error::Undecodable { expected, source })
}

/// Why [`unpack`] gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The value is of another type.
    #[error("expected a {expected}, found {found}")]
    OtherType {
        /// Full name of the type asked for.
        expected: String,
        /// Type URL of the value.
        found: String,
    },
    /// The bytes are not a message of that type.
    #[error("the bytes of a {expected} cannot be decoded")]
    Undecodable {
        /// Full name of the type asked for.
        expected: String,
        /// What the decoder met.
        #[source]
        source: DecodeError,
    },
}

/// The full message name of a type URL, whatever host it names.
pub(crate) fn type_name(type_url: &str) -> &str {
    type_url.rsplit_once('/').map_or(type_url, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::google::rpc::{ErrorInfo, RetryInfo};

    #[test]
    fn packed_message_comes_back() {
        let info = ErrorInfo { reason: "EXPIRED".to_owned(), ..ErrorInfo::default() };
        let any = pack(&info);
        assert_eq!(any.type_url, "type.googleapis.com/google.rpc.ErrorInfo");
        assert_eq!(unpack::<ErrorInfo>(&any).unwrap(), info);
        assert!(matches!(unpack::<RetryInfo>(&any), Err(Error::OtherType { .. })));
    }

    #[test]
    fn empty_has_a_type() {
        assert_eq!(pack(&()).type_url, "type.googleapis.com/google.protobuf.Empty");
    }

    #[test]
    fn damaged_bytes_are_an_error() {
        let any = Any { value: vec![0xff], ..pack(&ErrorInfo::default()) };
        assert!(matches!(unpack::<ErrorInfo>(&any), Err(Error::Undecodable { .. })));
    }
}
