//! Paging as every API has it (facts §0.4): sizes that are coerced, tokens that are opaque.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use problem::Problem;

use crate::refusal::invalid;

/// The size of a page: the default for 0, at most `most`. Below 0 is an error.
pub(crate) fn size(asked: i32, default: u32, most: u32) -> Result<u32, Problem> {
    match u32::try_from(asked) {
        Ok(0) => Ok(default),
        Ok(asked) => Ok(asked.min(most)),
        Err(_) => Err(invalid("page_size", "a page has no negative size")),
    }
}

/// The token of the page after `next`; empty after the last.
pub(crate) fn token(next: Option<&str>) -> String {
    next.map(|key| URL_SAFE_NO_PAD.encode(key)).unwrap_or_default()
}

/// The key that a token continues after. A token from a listing of something else (`prefix`) is refused.
pub(crate) fn after(token: &str, prefix: &str) -> Result<Option<String>, Problem> {
    if token.is_empty() {
        return Ok(None);
    }
    let key = URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    match key.filter(|key| key.starts_with(prefix)) {
        Some(key) => Ok(Some(key)),
        None => Err(invalid("page_token", "it is not from the previous page of this listing")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_come_back_for_the_listing_they_are_from() {
        let sent = token(Some("projects/demo/serviceAccounts/b"));
        assert_eq!(after(&sent, "projects/demo/").unwrap().unwrap(), "projects/demo/serviceAccounts/b");
        assert!(after(&sent, "projects/other/").is_err());
        assert!(after("%%%", "").is_err());
        assert_eq!(after(&token(None), "projects/demo/"), Ok(None));
    }

    #[test]
    fn sizes_are_coerced() {
        assert_eq!([size(0, 20, 100), size(7, 20, 100), size(700, 20, 100)], [Ok(20), Ok(7), Ok(100)]);
        assert!(size(-1, 20, 100).is_err());
    }
}
