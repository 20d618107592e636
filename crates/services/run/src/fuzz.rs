//! What the fuzzer drives.

use crate::{Backend, Image, UpdateMask};

/// An image either is refused, or prints back to an address that parses to the same. A mask never panics.
///
/// # Panics
///
/// When that does not hold.
pub fn body(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(image) = Image::parse(text)
        && let Backend::Address(address) = image.backend()
    {
        assert_eq!(Image::parse(&address.to_string()).as_ref(), Ok(&image));
    }
    let paths: Vec<String> = text.split(',').map(str::to_owned).collect();
    let _either = UpdateMask::parse(&paths);
}
