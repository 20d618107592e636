//! What an image stands for here.

use outbound::{Target, Url, UrlError};

/// An image that this server can serve.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Image(Backend);

/// Where requests to a service go.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Backend {
    /// An address where something already listens.
    Address(Target),
    /// A page that Doorward answers itself.
    BuiltIn(BuiltIn),
}

/// What Doorward answers itself.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum BuiltIn {
    /// The page that shows who called.
    Hello,
}

/// Why an image cannot be served.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ImageError {
    /// A URL with more than an address.
    #[error(
        "the image URL has a path or a query: give only scheme, host and port, such as http://127.0.0.1:3000"
    )]
    MoreThanAnAddress,
    /// A URL that cannot be called. It is not repeated: what stands before an `@` may be a password.
    #[error("the image is not a URL like http://127.0.0.1:3000")]
    NotCallable(#[source] UrlError),
    /// Neither an address nor the built-in page.
    #[error(
        "the image {image:?} cannot be run here: start the program yourself and give its address as the image, such as http://127.0.0.1:3000, or write the address under [images] in the configuration ({image:?} = \"http://127.0.0.1:3000\") and start Doorward again, or use gcr.io/cloudrun/hello"
    )]
    Unsupported {
        /// The image, cut to 200 characters.
        image: String,
    },
}

impl Image {
    /// Parses the image of a container.
    ///
    /// # Errors
    ///
    /// See [`ImageError`].
    pub fn parse(image: &str) -> Result<Self, ImageError> {
        if HELLO.iter().any(|hello| is_version_of(image, hello)) {
            return Ok(Self(Backend::BuiltIn(BuiltIn::Hello)));
        }
        let url: Url = match image.parse() {
            Ok(url) => url,
            Err(UrlError::Scheme | UrlError::TooLong) => {
                return Err(ImageError::Unsupported { image: image.chars().take(200).collect() });
            }
            Err(error) => return Err(ImageError::NotCallable(error)),
        };
        if url.path_and_query().as_str() != "/" {
            return Err(ImageError::MoreThanAnAddress);
        }
        Ok(Self(Backend::Address(url.target().clone())))
    }

    /// Where its requests go.
    pub fn backend(&self) -> &Backend {
        &self.0
    }

    /// Gives the backend away.
    pub fn into_backend(self) -> Backend {
        self.0
    }
}

/// `name`, `name:tag` or `name@sha256:digest`.
fn is_version_of(image: &str, name: &str) -> bool {
    let Some(version) = image.strip_prefix(name) else { return false };
    let word = |text: &str| {
        (1..=128).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
    };
    match version.as_bytes().first() {
        None => true,
        Some(b':') => word(&version[1..]),
        Some(b'@') => version[1..].strip_prefix("sha256:").is_some_and(word),
        Some(_) => false,
    }
}

const HELLO: [&str; 2] = ["gcr.io/cloudrun/hello", "us-docker.pkg.dev/cloudrun/container/hello"];
