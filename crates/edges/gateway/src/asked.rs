//! What a decision needs of a request, whether it just came or is under way.

use context::RequestId;
use http::{HeaderValue, Method, Uri};

use crate::bearer::{Bearer, NoBearer};
use crate::client::Client;

/// The part of a request that is decided about. It stays the same while the rest goes to the service, so that the same
/// request can be decided about once more.
pub(crate) struct Asked {
    pub(crate) id: RequestId,
    pub(crate) method: Method,
    pub(crate) target: Uri,
    pub(crate) host: HeaderValue,
    pub(crate) client: Client,
    pub(crate) bearer: Result<Bearer, NoBearer>,
}

impl Asked {
    /// The host as text; empty where it cannot be one.
    pub(crate) fn host(&self) -> &str {
        self.host.to_str().unwrap_or_default()
    }
}

impl AsRef<Self> for Asked {
    fn as_ref(&self) -> &Self {
        self
    }
}
