//! Paging as every API has it (facts §0.4): sizes that are coerced, tokens that are opaque and good for one listing.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use problem::Problem;

use crate::refusal::invalid;

/// One listing with its parameters: what its page tokens are bound to. A token of the same method with another parent
/// or filter would continue a listing that nobody began.
///
/// A token is no secret and no right: it holds the key of the last item shown, to somebody who was shown it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Pages {
    binding: [u8; BINDING_BYTES],
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
        let mut binding = [0; BINDING_BYTES];
        binding.copy_from_slice(&jose::sha256(&text)[..BINDING_BYTES]);
        Self { binding }
    }

    /// The key that the page of this token begins after; `None` for the first page, which needs no token.
    pub(crate) fn after(self, token: &str) -> Result<Option<String>, Problem> {
        if token.is_empty() {
            return Ok(None);
        }
        self.read(token).map(Some).ok_or_else(foreign)
    }

    /// The token of the page that begins after `next`; empty where there is none.
    pub(crate) fn token(self, next: Option<&str>) -> String {
        let Some(next) = next else { return String::new() };
        URL_SAFE_NO_PAD.encode([&[VERSION], &self.binding[..], next.as_bytes()].concat())
    }

    fn read(self, token: &str) -> Option<String> {
        let bytes = URL_SAFE_NO_PAD.decode(Some(token).filter(|token| token.len() <= LONGEST_TOKEN)?).ok()?;
        let key = bytes.strip_prefix(&[VERSION])?.strip_prefix(&self.binding)?;
        String::from_utf8(key.to_vec()).ok()
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

const VERSION: u8 = 1;
/// Enough that no two listings share a token by accident.
const BINDING_BYTES: usize = 8;
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
    fn sizes_are_coerced() {
        assert_eq!([size(0, 20, 100), size(7, 20, 100), size(700, 20, 100)], [Ok(20), Ok(7), Ok(100)]);
        assert!(size(-1, 20, 100).is_err());
    }
}
