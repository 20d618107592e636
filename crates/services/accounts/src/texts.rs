//! How long the texts of an account may be (facts §4.1).

/// A text of an account that is too long.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TextTooLong {
    /// The description has so many bytes.
    #[error("the description has {0} bytes, at most {MAX_DESCRIPTION_BYTES} are allowed")]
    Description(usize),
    /// The display name has so many bytes.
    #[error("the display name has {0} bytes, at most {MAX_DISPLAY_NAME_BYTES} are allowed")]
    DisplayName(usize),
}

pub(crate) fn check(display_name: Option<&str>, description: Option<&str>) -> Result<(), TextTooLong> {
    let length = |text: Option<&str>| text.map_or(0, str::len);
    if length(display_name) > MAX_DISPLAY_NAME_BYTES {
        return Err(TextTooLong::DisplayName(length(display_name)));
    }
    if length(description) > MAX_DESCRIPTION_BYTES {
        return Err(TextTooLong::Description(length(description)));
    }
    Ok(())
}

const MAX_DISPLAY_NAME_BYTES: usize = 100;
const MAX_DESCRIPTION_BYTES: usize = 256;
