//! Images that the operator gave an address.

use std::collections::BTreeMap;

use crate::{Image, ImageError};

/// What images stand for beyond what [`Image::parse`] knows: the table `[images]` of the configuration.
///
/// A name without a version stands for the image in every version; one with a tag or a digest for that version alone,
/// and goes before.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Images {
    named: BTreeMap<String, Image>,
}

/// Why a table of images is not one.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ImagesError {
    /// A name that no image has.
    #[error("{name:?} is not an image: expected a name such as gcr.io/acme/app, of at most 512 characters")]
    Name {
        /// The name, cut to 200 characters.
        name: String,
    },
    /// An image that stands for nothing that can be served.
    #[error("the image {name:?} stands for no address: {source}")]
    Target {
        /// The image.
        name: String,
        /// What is wrong with what it stands for.
        source: ImageError,
    },
}

impl Images {
    /// A table from images to addresses such as `http://127.0.0.1:3000`.
    ///
    /// # Errors
    ///
    /// See [`ImagesError`].
    pub fn new(named: impl IntoIterator<Item = (String, String)>) -> Result<Self, ImagesError> {
        let entry = |(name, target): (String, String)| {
            let fit = |letter: char| letter.is_ascii_graphic();
            if name.is_empty() || name.len() > 512 || name.contains("://") || !name.chars().all(fit) {
                return Err(ImagesError::Name { name: name.chars().take(200).collect() });
            }
            match Image::parse(&target) {
                Ok(image) => Ok((name, image)),
                Err(source) => Err(ImagesError::Target { name, source }),
            }
        };
        Ok(Self { named: named.into_iter().map(entry).collect::<Result<_, _>>()? })
    }

    /// What a container's image stands for.
    ///
    /// # Errors
    ///
    /// See [`ImageError`].
    pub fn resolve(&self, image: &str) -> Result<Image, ImageError> {
        let without_digest = image.split_once('@').map_or(image, |(name, _)| name);
        let named = [image, without_digest, without_tag(without_digest)];
        match named.into_iter().find_map(|name| self.named.get(name)) {
            Some(found) => Ok(found.clone()),
            None => Image::parse(image),
        }
    }
}

/// The colon of a registry's port stands before a slash; that of a tag does not.
fn without_tag(image: &str) -> &str {
    match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => name,
        _ => image,
    }
}
