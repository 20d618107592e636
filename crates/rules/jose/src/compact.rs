//! The compact serialisation of RFC 7515 §7.1: `header.payload.signature`.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::de::DeserializeOwned;

use crate::{Header, HeaderError, JsonError, json};

/// A token split at its dots, borrowed from the text it came in. Nothing is decoded or believed yet.
#[derive(Clone, Copy)]
pub struct Compact<'a> {
    text: &'a str,
    header_end: usize,
    payload_end: usize,
}

/// The three parts of a token, in the order in which they stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Segment {
    /// The first: which algorithm, which key.
    Header,
    /// The second: the claims.
    Payload,
    /// The third: the signature over the other two.
    Signature,
}

/// Why a text is not a token.
#[derive(Debug, thiserror::Error)]
pub enum ParseError {
    /// A segment is not base64url without padding (RFC 7515 §2).
    #[error("the {0} is not base64url without padding")]
    Encoding(Segment),
    /// The header decodes but is not one that this crate accepts.
    #[error("the header is not acceptable")]
    Header(#[from] HeaderError),
    /// The payload is not a JSON object with unique members.
    #[error("the payload is not a JSON object with unique members")]
    Payload(#[source] JsonError),
    /// There are not exactly three segments.
    #[error("a token has three segments separated by dots")]
    Segments,
    /// The text is longer than [`Compact::MAX_BYTES`].
    #[error("a token is at most {} bytes long", Compact::MAX_BYTES)]
    TooLong,
}

impl<'a> Compact<'a> {
    /// The longest token that is looked at, in bytes.
    pub const MAX_BYTES: usize = 16 * 1024;

    /// Splits a text at its dots. What stands between them is decoded when it is asked for.
    ///
    /// # Errors
    /// [`ParseError::TooLong`] and [`ParseError::Segments`].
    pub fn parse(text: &'a str) -> Result<Self, ParseError> {
        if text.len() > Self::MAX_BYTES {
            return Err(ParseError::TooLong);
        }
        let mut dots = text.bytes().enumerate().filter(|(_, byte)| *byte == b'.').map(|(at, _)| at);
        match (dots.next(), dots.next(), dots.next()) {
            (Some(header_end), Some(payload_end), None) => Ok(Self { text, header_end, payload_end }),
            _ => Err(ParseError::Segments),
        }
    }

    /// The header as it stands in the text. Tokens of one key share it byte for byte, which makes it a good key for
    /// remembering a [`SelectedKey`](crate::SelectedKey).
    #[must_use]
    pub fn header_segment(&self) -> &'a str {
        &self.text[..self.header_end]
    }

    /// The payload as it stands in the text.
    #[must_use]
    pub fn payload_segment(&self) -> &'a str {
        &self.text[self.header_end + 1..self.payload_end]
    }

    /// The signature as it stands in the text.
    #[must_use]
    pub fn signature_segment(&self) -> &'a str {
        &self.text[self.payload_end + 1..]
    }

    /// The text without its signature: what a service may keep or pass on without being able to replay it.
    #[must_use]
    pub fn signed_text(&self) -> &'a str {
        &self.text[..self.payload_end]
    }

    /// The whole text. It is a credential.
    #[must_use]
    pub fn as_str(&self) -> &'a str {
        self.text
    }

    /// Decodes the header.
    ///
    /// # Errors
    /// [`ParseError::Encoding`] and [`ParseError::Header`].
    pub fn header(&self) -> Result<Header, ParseError> {
        Header::from_segment(self.header_segment())
    }

    /// Checks that all three segments decode and that the first two are JSON objects with unique members.
    ///
    /// # Errors
    /// The first thing that is wrong. A header that is a JSON object but not acceptable is no fault here.
    pub fn check_form(&self) -> Result<(), ParseError> {
        match self.header() {
            Ok(_)
            | Err(ParseError::Header(
                HeaderError::Algorithm | HeaderError::Critical | HeaderError::KeyId(_) | HeaderError::Type,
            )) => {}
            Err(error) => return Err(error),
        }
        json::check(&self.payload()?).map_err(ParseError::Payload)?;
        self.signature().map(|_| ())
    }

    /// Whom the token *says* it is from (`iss`), before any signature was looked at. It serves to find the keys that
    /// the token is then verified with, and nothing else.
    ///
    /// # Errors
    /// [`ParseError::Encoding`] and [`ParseError::Payload`].
    pub fn claimed_issuer(&self) -> Result<Option<String>, ParseError> {
        #[derive(serde::Deserialize)]
        struct Issuer {
            #[serde(default)]
            iss: crate::Claimed<String>,
        }
        let claims: Issuer = self.payload_object()?;
        Ok(claims.iss.value())
    }

    /// The members of the header, whether or not they are acceptable: for people to read, and never to decide by.
    ///
    /// # Errors
    /// [`ParseError::Encoding`] and [`ParseError::Payload`].
    pub fn header_members(&self) -> Result<serde_json::Map<String, serde_json::Value>, ParseError> {
        let bytes = URL_SAFE_NO_PAD
            .decode(self.header_segment())
            .map_err(|_| ParseError::Encoding(Segment::Header))?;
        json::object(&bytes).map_err(ParseError::Payload)
    }

    /// What the token *says*, before any signature was looked at: for people to read, and never to decide by.
    ///
    /// # Errors
    /// [`ParseError::Encoding`] and [`ParseError::Payload`].
    pub fn payload_members(&self) -> Result<serde_json::Map<String, serde_json::Value>, ParseError> {
        self.payload_object()
    }

    pub(crate) fn payload_object<T: DeserializeOwned>(&self) -> Result<T, ParseError> {
        json::object(&self.payload()?).map_err(ParseError::Payload)
    }

    pub(crate) fn payload(&self) -> Result<Vec<u8>, ParseError> {
        URL_SAFE_NO_PAD.decode(self.payload_segment()).map_err(|_| ParseError::Encoding(Segment::Payload))
    }

    pub(crate) fn signature(&self) -> Result<Signature, ParseError> {
        let mut bytes = [0; MAX_SIGNATURE_BYTES];
        let length = URL_SAFE_NO_PAD
            .decode_slice(self.signature_segment(), &mut bytes)
            .map_err(|_| ParseError::Encoding(Segment::Signature))?;
        Ok(Signature { bytes, length })
    }
}

/// A decoded signature, on the stack.
pub(crate) struct Signature {
    bytes: [u8; MAX_SIGNATURE_BYTES],
    length: usize,
}

impl Signature {
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

/// A token is a credential: only its length is shown.
impl std::fmt::Debug for Compact<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Compact").field("bytes", &self.text.len()).finish_non_exhaustive()
    }
}

impl std::fmt::Display for Segment {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Header => "header",
            Self::Payload => "payload",
            Self::Signature => "signature",
        })
    }
}

/// RSA with 8192 bits signs in 1024 bytes; the rest is room that the decoder wants.
const MAX_SIGNATURE_BYTES: usize = 1024 + 8;
