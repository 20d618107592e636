//! How each use case fails.

use names::{DomainMappingName, Email, HostName, RevisionName, ServiceId, ServiceName};
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
    /// It is to be open to everybody, and the caller was not shown to be allowed to say who invokes it.
    #[error("the caller may not open a service to everybody")]
    Opens,
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
    /// It is to be open to everybody, and the caller was not shown to be allowed to say who invokes it.
    #[error("the caller may not open the service to everybody")]
    Opens,
    /// A revision of the name that the template asks for is there, and revisions do not change.
    #[error("{0} exists")]
    RevisionExists(RevisionName),
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
    /// Others went on writing the service or deleting revisions of it; nothing was deleted.
    #[error("{0} is being changed by others: try again")]
    Contended(ServiceName),
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

/// Why a revision is not shown.
#[derive(Debug, thiserror::Error)]
pub enum GetRevisionError {
    /// It is gone.
    #[error("{0} does not exist")]
    NotFound(RevisionName),
    /// The store could not be read.
    #[error("the revision could not be read")]
    StoreUnread(#[from] ReadError),
}

/// Why a revision was not deleted.
#[derive(Debug, thiserror::Error)]
pub enum DeleteRevisionError {
    /// It is not as it was when its etag was read, or the service was changed meanwhile.
    #[error("{name} was changed by somebody else")]
    EtagMismatch {
        /// Which revision.
        name: RevisionName,
    },
    /// It is what the service's template made last.
    #[error("{0} is the latest revision of its service")]
    Latest(RevisionName),
    /// It is gone.
    #[error("{0} does not exist")]
    NotFound(RevisionName),
    /// Requests are sent to it, by share or by tag.
    #[error("{0} takes traffic")]
    Serving(RevisionName),
    /// The store failed.
    #[error("the revision could not be deleted")]
    StoreFailed(#[source] ApplyError),
    /// The store could not be read.
    #[error("the revision could not be read")]
    StoreUnread(#[from] ReadError),
}

/// Why no domain was mapped.
#[derive(Debug, thiserror::Error)]
pub enum CreateDomainMappingError {
    /// The domain is mapped already, by whomever.
    #[error("{0} is mapped")]
    AlreadyExists(HostName),
    /// Nobody may map this domain.
    #[error(
        "{0} is not a domain of one's own: expected a name of two labels or more that is no address and no name of this server"
    )]
    Domain(HostName),
    /// There is no service of that name, or one in more than one region.
    #[error("the region of {0} is not said, and it is not the only service of its name")]
    Location(ServiceId),
    /// A label or an annotation is wrong.
    #[error("{0}")]
    Spec(#[from] SpecError),
    /// The store failed.
    #[error("the mapping could not be stored")]
    StoreFailed(#[source] ApplyError),
    /// The store could not be read.
    #[error("the mappings could not be read")]
    StoreUnread(#[from] ReadError),
}

/// Why a mapping is not shown.
#[derive(Debug, thiserror::Error)]
pub enum GetDomainMappingError {
    /// It is gone.
    #[error("{0} does not exist")]
    NotFound(DomainMappingName),
    /// The store could not be read.
    #[error("the mapping could not be read")]
    StoreUnread(#[from] ReadError),
}

/// Why a mapping was not deleted.
#[derive(Debug, thiserror::Error)]
pub enum DeleteDomainMappingError {
    /// It is gone.
    #[error("{0} does not exist")]
    NotFound(DomainMappingName),
    /// The store failed.
    #[error("the mapping could not be deleted")]
    StoreFailed(#[source] ApplyError),
    /// The store could not be read.
    #[error("the mapping could not be read")]
    StoreUnread(#[from] ReadError),
}
