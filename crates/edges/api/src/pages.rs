//! Paging as every API has it (facts §0.4): sizes that are coerced, tokens that are opaque and good for one listing.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use problem::Problem;

use crate::refusal::invalid;

/// How long the page tokens of Scheduler and Tasks live (facts §0.4).
pub(crate) const TWO_HOURS: Duration = Duration::from_secs(2 * 60 * 60);

/// One listing with its parameters: what its page tokens are bound to. A token of the same method with another parent
/// or filter would continue a listing that nobody began.
///
/// A token is no secret and no right: it holds the key of the last item shown, to somebody who was shown it. It is
/// sealed by a digest, and not by a key, so that one that was damaged or put together out of two is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Pages {
    listing: [u8; 32],
    age: Option<Age>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Age {
    now: Timestamp,
    most: Duration,
}

impl Pages {
    /// The listing that `method` answers to these parameters; page size and token are none of them.
    pub(crate) fn of(method: &str, parameters: &[&str]) -> Self {
        let mut text = Vec::new();
        for part in std::iter::once(&method).chain(parameters) {
            // Each with its length, so that no two lists of parameters read alike.
            text.extend_from_slice(&(part.len() as u64).to_be_bytes());
            text.extend_from_slice(part.as_bytes());
        }
        Self { listing: jose::sha256(&text), age: None }
    }

    /// The same listing, with tokens that end.
    pub(crate) fn ending_after(self, most: Duration, now: Timestamp) -> Self {
        Self { age: Some(Age { now, most }), ..self }
    }

    /// The key that the page of this token begins after; `None` for the first page, which needs no token.
    pub(crate) fn after(self, token: &str) -> Result<Option<String>, Problem> {
        if token.is_empty() {
            return Ok(None);
        }
        let (issued, key) = self.read(token).ok_or_else(foreign)?;
        // Whoever knows how can seal any instant; the distance is counted either way.
        if self.age.is_some_and(|age| age.now.as_second().abs_diff(issued) >= age.most.as_secs()) {
            return Err(invalid("page_token", "it has expired; begin again without one"));
        }
        Ok(Some(key))
    }

    /// The token of the page that begins after `next`; empty where there is none.
    pub(crate) fn token(self, next: Option<&str>) -> String {
        let Some(next) = next else { return String::new() };
        let issued = self.age.map_or(0, |age| age.now.as_second()).to_be_bytes();
        let content = [&issued[..], next.as_bytes()].concat();
        URL_SAFE_NO_PAD.encode([&[VERSION], &self.seal(&content)[..], &content].concat())
    }

    fn read(self, token: &str) -> Option<(i64, String)> {
        let bytes = URL_SAFE_NO_PAD.decode(Some(token).filter(|token| token.len() <= LONGEST_TOKEN)?).ok()?;
        let (seal, content) = bytes.strip_prefix(&[VERSION])?.split_first_chunk::<SEAL_BYTES>()?;
        if *seal != self.seal(content) {
            return None;
        }
        let (issued, key) = content.split_first_chunk::<8>()?;
        Some((i64::from_be_bytes(*issued), String::from_utf8(key.to_vec()).ok()?))
    }

    fn seal(self, content: &[u8]) -> [u8; SEAL_BYTES] {
        let mut seal = [0; SEAL_BYTES];
        seal.copy_from_slice(&jose::sha256(&[&self.listing, content].concat())[..SEAL_BYTES]);
        seal
    }
}

/// A token that this listing did not give.
pub(crate) fn foreign() -> Problem {
    invalid("page_token", "it continues only the listing that gave it, with the same parameters")
}

/// The size of a page: the default for 0, at most `most`. Below 0 is an error.
pub(crate) fn size(asked: i32, default: u32, most: u32) -> Result<u32, Problem> {
    match u32::try_from(asked) {
        Ok(0) => Ok(default),
        Ok(asked) => Ok(asked.min(most)),
        Err(_) => Err(invalid("page_size", "a page has no negative size")),
    }
}

const VERSION: u8 = 2;
/// Enough that no two tokens share a seal by accident.
const SEAL_BYTES: usize = 12;
/// Every key is shorter by far.
const LONGEST_TOKEN: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_continues_its_own_listing_only() {
        let pages = Pages::of("ListJobs", &["projects/demo/locations/us-central1", ""]);
        let token = pages.token(Some("jobs/a"));
        assert_eq!(pages.after(&token).unwrap().as_deref(), Some("jobs/a"));
        for other in [
            Pages::of("ListJobs", &["projects/demo/locations/us-east1", ""]),
            Pages::of("ListJobs", &["", "projects/demo/locations/us-central1"]),
            Pages::of("ListServices", &["projects/demo/locations/us-central1", ""]),
        ] {
            assert_eq!(other.after(&token).unwrap_err().violations[0].field, "page_token");
        }
    }

    #[test]
    fn first_page_needs_no_token_and_the_last_gives_none() {
        let pages = Pages::of("ListJobs", &[]);
        assert_eq!(pages.after(""), Ok(None));
        assert_eq!(pages.token(None), "");
    }

    #[test]
    fn what_is_no_token_is_refused() {
        let pages = Pages::of("ListJobs", &[]);
        for token in ["a", "AQ", "====", "ü", "AQAAAAAAAAAA", &"A".repeat(5000)] {
            assert!(pages.after(token).is_err(), "{token}");
        }
    }

    #[test]
    fn token_with_any_changed_byte_is_refused() {
        let pages = Pages::of("ListJobs", &[]).ending_after(TWO_HOURS, Timestamp::UNIX_EPOCH);
        let bytes = URL_SAFE_NO_PAD.decode(pages.token(Some("jobs/a"))).unwrap();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert!(pages.after(&URL_SAFE_NO_PAD.encode(changed)).is_err(), "byte {at}");
        }
    }

    #[test]
    fn token_ends_where_its_listing_says_so() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let pages = |second| Pages::of("ListJobs", &[]).ending_after(TWO_HOURS, at(second));
        let token = pages(1_000).token(Some("jobs/a"));
        assert!(pages(1_000 + 7_199).after(&token).is_ok());
        assert!(pages(1_000 + 7_200).after(&token).unwrap_err().message.contains("expired"));
    }

    #[test]
    fn sizes_are_coerced() {
        assert_eq!([size(0, 20, 100), size(7, 20, 100), size(700, 20, 100)], [Ok(20), Ok(7), Ok(100)]);
        assert!(size(-1, 20, 100).is_err());
    }
}
