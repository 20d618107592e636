//! How each use case of functions fails.

use names::{Email, FunctionName, Location, NameError, ServiceName};
use store::{ApplyError, ReadError};

use crate::SpecError;

/// Why a function cannot be as wished.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum FunctionSpecError {
    /// A setting that exists in the API but is not served here yet.
    #[error("{field} is not supported yet")]
    NotYet {
        /// Its path in the spelling of the API of the second generation.
        field: String,
    },
    /// A region without a host for functions.
    #[error(
        "functions have no host in {0}: expected a region with one hyphen such as us-central1, short enough for a DNS label together with the project"
    )]
    Region(Location),
    /// A name that the service of the function cannot have.
    #[error("the function's service cannot have its name: {0}")]
    ServiceId(NameError),
    /// Nothing says where the function is.
    #[error("it is not said where the function runs")]
    SourceMissing,
    /// What the service of the function cannot be either.
    #[error(transparent)]
    Template(#[from] SpecError),
    /// All of it together is too much.
    #[error("the function takes {bytes} bytes as it is stored: at most 1048576 are allowed")]
    TooLarge {
        /// How many.
        bytes: usize,
    },
}

/// Why a function was not written, new or not.
#[derive(Debug, thiserror::Error)]
pub enum WriteFunctionError {
    /// It is to run as an account that the caller was not shown to be allowed to act as.
    #[error("the caller may not act as {0}")]
    ActAs(Email),
    /// The wish itself is wrong.
    #[error("{0}")]
    Spec(#[from] FunctionSpecError),
    /// The store failed.
    #[error("the function could not be stored")]
    StoreFailed(#[source] ApplyError),
    /// The store could not be read.
    #[error("the function could not be read")]
    StoreUnread(#[from] ReadError),
}

/// Why no function was created.
#[derive(Debug, thiserror::Error)]
pub enum CreateFunctionError {
    /// There is a function of that name.
    #[error("{0} exists")]
    AlreadyExists(FunctionName),
    /// There is a service of the name that the function's own would have.
    #[error("{0} exists, and is not the function's")]
    ServiceExists(ServiceName),
    /// It could not be written.
    #[error(transparent)]
    Write(#[from] WriteFunctionError),
}

/// Why a function was not changed.
#[derive(Debug, thiserror::Error)]
pub enum UpdateFunctionError {
    /// Somebody else changed the function or its service first.
    #[error("{0} was changed by somebody else")]
    Contended(FunctionName),
    /// It is gone.
    #[error("{0} does not exist")]
    NotFound(FunctionName),
    /// Its service is gone, or another one has its name.
    #[error("{0}, which the function owned, is gone: delete the function and create it again")]
    ServiceGone(ServiceName),
    /// It could not be written.
    #[error(transparent)]
    Write(#[from] WriteFunctionError),
}

/// Why a function was not deleted.
#[derive(Debug, thiserror::Error)]
pub enum DeleteFunctionError {
    /// Others went on writing the function or its service; nothing was deleted.
    #[error("{0} is being changed by others: try again")]
    Contended(FunctionName),
    /// It is gone.
    #[error("{0} does not exist")]
    NotFound(FunctionName),
    /// The store failed.
    #[error("the function could not be deleted")]
    StoreFailed(#[source] ApplyError),
    /// The store could not be read.
    #[error("the function could not be read")]
    StoreUnread(#[from] ReadError),
}

/// Why a function is not shown.
#[derive(Debug, thiserror::Error)]
pub enum GetFunctionError {
    /// It is gone.
    #[error("{0} does not exist")]
    NotFound(FunctionName),
    /// The store could not be read.
    #[error("the function could not be read")]
    StoreUnread(#[from] ReadError),
}
