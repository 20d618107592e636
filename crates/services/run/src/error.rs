//! How each use case fails.

use names::{Email, ServiceName};
use store::{ApplyError, ReadError};

use crate::SpecError;

/// Why no service was created.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// The service is to run as an account that the caller was not shown to be allowed to act as.
    #[error("the caller may not act as {0}")]
    ActAs(Email),
    /// There is a service of that name.
    #[error("{0} exists")]
    AlreadyExists(ServiceName),
    /// The wish itself is wrong.
    #[error("{0}")]
    Spec(#[from] SpecError),
    /// The store failed.
    #[error("the service could not be stored")]
    StoreFailed(#[source] ApplyError),
    /// The store could not be read.
    #[error("the service could not be read")]
    StoreUnread(#[from] ReadError),
}

/// Why a service was not changed.
#[derive(Debug, thiserror::Error)]
pub enum UpdateError {
    /// The service runs as an account that the caller was not shown to be allowed to act as.
    #[error("the caller may not act as {0}")]
    ActAs(Email),
    /// Somebody else changed the service first.
    #[error("{name} was changed by somebody else")]
    EtagMismatch {
        /// Which service.
        name: ServiceName,
    },
    /// It is gone.
    #[error("{0} does not exist")]
    NotFound(ServiceName),
    /// The wish itself is wrong.
    #[error("{0}")]
    Spec(#[from] SpecError),
    /// The store failed.
    #[error("the service could not be stored")]
    StoreFailed(#[source] ApplyError),
    /// The store could not be read.
    #[error("the service could not be read")]
    StoreUnread(#[from] ReadError),
}

/// Why a service was not deleted.
#[derive(Debug, thiserror::Error)]
pub enum DeleteError {
    /// Somebody else changed the service first.
    #[error("{name} was changed by somebody else")]
    EtagMismatch {
        /// Which service.
        name: ServiceName,
    },
    /// It is gone.
    #[error("{0} does not exist")]
    NotFound(ServiceName),
    /// The store failed.
    #[error("the service could not be deleted")]
    StoreFailed(#[source] ApplyError),
    /// The store could not be read.
    #[error("the service could not be read")]
    StoreUnread(#[from] ReadError),
}

/// Why a service is not shown.
#[derive(Debug, thiserror::Error)]
pub enum GetError {
    /// It is gone.
    #[error("{0} does not exist")]
    NotFound(ServiceName),
    /// The store could not be read.
    #[error("the service could not be read")]
    StoreUnread(#[from] ReadError),
}

/// Why services are not listed.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// The page does not continue this listing.
    #[error("the page token belongs to another listing")]
    PageToken,
    /// The store could not be read.
    #[error("the services could not be read")]
    StoreUnread(#[from] ReadError),
}
