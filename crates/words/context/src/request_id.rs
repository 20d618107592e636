//! The ID of a request.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

use crate::Randomness;

/// 32 lower-case hexadecimal digits, drawn for every request and never taken from one.
///
/// The first twelve are the milliseconds since 1970, as in a UUID of version 7 (RFC 9562 §5.7), the others 80 random bits:
/// what is kept under them is written in the order in which it comes, and not all over a table.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, serde::Serialize, serde::Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// The header that names the request, on every answer.
    pub const HEADER: &str = "x-doorward-request-id";
    /// So many bytes of it are random.
    pub const CHANCE_BYTES: usize = 16 - TIME_BYTES;

    /// Draws a new one for a request that comes now.
    pub fn draw(now: Timestamp, randomness: &dyn Randomness) -> Self {
        let mut chance = [0; Self::CHANCE_BYTES];
        randomness.fill(&mut chance);
        Self::of(now, chance)
    }

    /// The one of a request that comes now, with bytes that nobody could foresee and that are used for nothing else.
    pub fn of(now: Timestamp, chance: [u8; Self::CHANCE_BYTES]) -> Self {
        let since_1970 = now.as_millisecond().max(0).cast_unsigned().to_be_bytes();
        let mut bytes = [0; 16];
        let (time, random) = bytes.split_at_mut(TIME_BYTES);
        time.copy_from_slice(&since_1970[size_of::<u64>() - TIME_BYTES..]);
        random.copy_from_slice(&chance);
        // By hand: this is done for every request, and formatting was a seventh of what the gate does for one.
        let mut digits = [0; 32];
        for (pair, byte) in digits.chunks_exact_mut(2).zip(bytes) {
            pair.copy_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 0xf)]]);
        }
        Self(std::str::from_utf8(&digits).expect("they are digits").into())
    }

    /// Reads one that a person gives back; `None` when it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let hexadecimal = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        (text.len() == 32 && text.bytes().all(hexadecimal)).then(|| Self(text.into()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for RequestId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("a request ID is 32 lower-case hexadecimal digits")
    }
}

impl From<RequestId> for String {
    fn from(id: RequestId) -> Self {
        id.as_str().to_owned()
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

const DIGITS: &[u8; 16] = b"0123456789abcdef";
/// Enough for 8,900 years.
const TIME_BYTES: usize = 6;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Seeded;

    #[test]
    fn ids_are_in_the_order_of_their_milliseconds() {
        let chance = Seeded::new(3);
        let at = |millisecond| {
            RequestId::draw(Timestamp::from_millisecond(millisecond).expect("an instant"), &chance)
        };
        let [before, first, again, later] =
            [-1, 1_700_000_000_000, 1_700_000_000_000, 1_700_000_000_001].map(at);
        assert!(before < first && before < again && first < later && again < later);
        assert_eq!((&before.as_str()[..12], &first.as_str()[..12]), ("000000000000", "018bcfe56800"));
        assert_ne!(first, again, "80 bits are drawn anew");
        for id in [before, first, again, later] {
            assert_eq!(RequestId::parse(id.as_str()), Some(id));
        }
    }
}
