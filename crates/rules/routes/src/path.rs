//! The one form in which rules see the path of a request.
//!
//! Servers disagree about paths: some decode `%2f` before they split at slashes and some after, some join `//`, some
//! drop what follows `;`, some turn `\` into `/`, some decode twice. A rule that reads a target one way while the
//! server behind reads it another way protects nothing. So a target on which they could disagree has no canonical
//! form, and whoever has a rule about paths refuses it.

use std::fmt;

/// A path that every server reads alike: absolute, without empty or dot segments inside.
///
/// In the text, what may stand in a segment as itself does so, and everything else is percent-encoded UTF-8 with
/// upper-case digits (RFC 3986 §3.3, §6.2.2). A trailing slash is kept; the query is not part of a path.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CanonicalPath(String);

/// Why a target has no canonical path: what makes servers disagree, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the path has more than one reading: {reason} at byte {at}")]
pub struct Ambiguous {
    /// Where in the target, in bytes counted from 0.
    pub at: usize,
    /// What stands there.
    pub reason: Reason,
}

/// What makes servers disagree about a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Reason {
    /// `\`, a slash to some servers.
    #[error("a backslash")]
    Backslash,
    /// A `%` without two hexadecimal digits behind it.
    #[error("a broken percent-escape")]
    BrokenEscape,
    /// A control character, as itself or encoded. `%00` ends the path for some servers.
    #[error("a control character")]
    Control,
    /// `.` or `..` as a segment, encoded or not.
    #[error("a dot segment")]
    DotSegment,
    /// `%25` before two hexadecimal digits: another path to a server that decodes twice.
    #[error("a doubly encoded character")]
    DoubleEscape,
    /// `//`, one slash to some servers.
    #[error("an empty segment")]
    EmptySegment,
    /// `%5c`, a slash to some servers.
    #[error("an encoded backslash")]
    EncodedBackslash,
    /// `%2f`, a slash to some servers.
    #[error("an encoded slash")]
    EncodedSlash,
    /// A letter, digit, `-`, `_`, `~` or `.` that is encoded though it need not be: another path to a server that
    /// does not decode.
    #[error("an encoded character that needs no encoding")]
    EncodedUnreserved,
    /// `#`, which no request target may hold (RFC 9112 §3.2).
    #[error("a fragment")]
    Fragment,
    /// The bytes are not UTF-8; overlong forms of `/` and `.` are among those.
    #[error("bytes that are not UTF-8")]
    NotUtf8,
    /// Not `/path`: an absolute URI, an authority, `*` or nothing.
    #[error("no leading slash")]
    NotOriginForm,
    /// `;` or `%3b`: some servers drop what follows, up to the next slash.
    #[error("a path parameter")]
    PathParameter,
    /// A blank as itself.
    #[error("a blank")]
    Space,
}

impl CanonicalPath {
    /// Derives the canonical path of a request target in origin form (RFC 9112 §3.2.1), as it came: `/path?query`.
    /// The query is passed over; what it holds makes no difference, except for a `#`, which is refused anywhere.
    ///
    /// # Errors
    ///
    /// What servers disagree about, in the first segment that has such a thing; or the `#`.
    pub fn parse(target: &[u8]) -> Result<Self, Ambiguous> {
        let refuse = |at: usize, reason: Reason| Err(Ambiguous { at, reason });
        if let Some(at) = target.iter().position(|byte| *byte == b'#') {
            return refuse(at, Reason::Fragment);
        }
        let path = target.split(|byte| *byte == b'?').next().unwrap_or_default();
        let Some((b'/', rest)) = path.split_first() else { return refuse(0, Reason::NotOriginForm) };
        let mut text = String::with_capacity(path.len());
        let mut at = 1;
        let mut segments = rest.split(|byte| *byte == b'/').peekable();
        while let Some(segment) = segments.next() {
            text.push('/');
            if segment.is_empty() && segments.peek().is_some() {
                return refuse(at, Reason::EmptySegment);
            }
            push_segment(&mut text, segment)
                .map_err(|(offset, reason)| Ambiguous { at: at + offset, reason })?;
            at += segment.len() + 1;
        }
        Ok(Self(text))
    }

    /// The path as text, beginning with `/`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The segments, still encoded. `/` has one, which is empty; so is the last one of `/a/`.
    pub fn segments(&self) -> impl Iterator<Item = &str> {
        self.0.split('/').skip(1)
    }
}

impl fmt::Display for CanonicalPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Appends the canonical form of one segment, or says at which of its bytes readings part.
fn push_segment(text: &mut String, segment: &[u8]) -> Result<(), (usize, Reason)> {
    let decoded = decode(segment)?;
    if matches!(
        decoded.as_slice(),
        [Octet { byte: b'.', .. }] | [Octet { byte: b'.', .. }, Octet { byte: b'.', .. }]
    ) {
        return Err((0, Reason::DotSegment));
    }
    for (index, octet) in decoded.iter().enumerate() {
        if let Some(reason) = disagreement(*octet, &decoded[index + 1..]) {
            return Err((octet.at, reason));
        }
    }
    let bytes: Vec<u8> = decoded.iter().map(|octet| octet.byte).collect();
    if let Err(error) = std::str::from_utf8(&bytes) {
        let at = decoded.get(error.valid_up_to()).map_or(0, |octet| octet.at);
        return Err((at, Reason::NotUtf8));
    }
    for byte in bytes {
        if stands_as_itself(byte) {
            text.push(byte.into());
        } else {
            text.extend(['%', hex_digit(byte >> 4), hex_digit(byte & 15)]);
        }
    }
    Ok(())
}

/// A byte of a segment after one decoding.
#[derive(Clone, Copy)]
struct Octet {
    byte: u8,
    /// Where it stood.
    at: usize,
    spelling: Spelling,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Spelling {
    Encoded,
    Plain,
}

fn decode(segment: &[u8]) -> Result<Vec<Octet>, (usize, Reason)> {
    let mut octets = Vec::with_capacity(segment.len());
    let mut at = 0;
    while let Some(byte) = segment.get(at) {
        if *byte == b'%' {
            let digit = |offset: usize| segment.get(at + offset).and_then(|digit| hex_value(*digit));
            let (Some(high), Some(low)) = (digit(1), digit(2)) else {
                return Err((at, Reason::BrokenEscape));
            };
            octets.push(Octet { byte: high << 4 | low, at, spelling: Spelling::Encoded });
            at += 3;
        } else {
            octets.push(Octet { byte: *byte, at, spelling: Spelling::Plain });
            at += 1;
        }
    }
    Ok(octets)
}

/// Why servers read this byte of a segment differently, given what follows it.
fn disagreement(octet: Octet, rest: &[Octet]) -> Option<Reason> {
    let encoded = octet.spelling == Spelling::Encoded;
    match octet.byte {
        0..=31 | 127 => Some(Reason::Control),
        b' ' if !encoded => Some(Reason::Space),
        b'/' => Some(Reason::EncodedSlash),
        b'\\' => Some(if encoded { Reason::EncodedBackslash } else { Reason::Backslash }),
        b';' => Some(Reason::PathParameter),
        b'%' => {
            let escape = rest.len() >= 2 && rest.iter().take(2).all(|next| next.byte.is_ascii_hexdigit());
            escape.then_some(Reason::DoubleEscape)
        }
        byte if encoded && is_unreserved(byte) => Some(Reason::EncodedUnreserved),
        _ => None,
    }
}

/// RFC 3986 §2.3.
fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// `pchar` of RFC 3986 §3.3, without `;`, which is never accepted.
fn stands_as_itself(byte: u8) -> bool {
    is_unreserved(byte) || b"!$&'()*+,=:@".contains(&byte)
}

fn hex_value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

fn hex_digit(value: u8) -> char {
    char::from(b"0123456789ABCDEF"[usize::from(value & 15)])
}
