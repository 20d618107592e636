//! Canonical codes (`google.rpc.Code`) and what HTTP calls them (facts §0.1).

/// A canonical code.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
#[expect(missing_docs, reason = "the names are those of google.rpc.Code")]
pub enum Code {
    Aborted,
    AlreadyExists,
    Cancelled,
    DataLoss,
    DeadlineExceeded,
    FailedPrecondition,
    Internal,
    InvalidArgument,
    NotFound,
    OutOfRange,
    PermissionDenied,
    ResourceExhausted,
    Unauthenticated,
    Unavailable,
    Unimplemented,
    Unknown,
}

impl Code {
    /// The number on the gRPC wire.
    pub fn number(self) -> i32 {
        self.row().0
    }

    /// The HTTP status.
    pub fn http_status(self) -> u16 {
        self.row().1
    }

    /// The canonical name, such as `PERMISSION_DENIED`.
    pub fn name(self) -> &'static str {
        self.row().2
    }

    /// The code with this number on the gRPC wire.
    pub fn from_number(number: i32) -> Self {
        Self::ALL.into_iter().find(|code| code.number() == number).unwrap_or(Self::Unknown)
    }

    fn row(self) -> (i32, u16, &'static str) {
        match self {
            Self::Aborted => (10, 409, "ABORTED"),
            Self::AlreadyExists => (6, 409, "ALREADY_EXISTS"),
            Self::Cancelled => (1, 499, "CANCELLED"),
            Self::DataLoss => (15, 500, "DATA_LOSS"),
            Self::DeadlineExceeded => (4, 504, "DEADLINE_EXCEEDED"),
            Self::FailedPrecondition => (9, 400, "FAILED_PRECONDITION"),
            Self::Internal => (13, 500, "INTERNAL"),
            Self::InvalidArgument => (3, 400, "INVALID_ARGUMENT"),
            Self::NotFound => (5, 404, "NOT_FOUND"),
            Self::OutOfRange => (11, 400, "OUT_OF_RANGE"),
            Self::PermissionDenied => (7, 403, "PERMISSION_DENIED"),
            Self::ResourceExhausted => (8, 429, "RESOURCE_EXHAUSTED"),
            Self::Unauthenticated => (16, 401, "UNAUTHENTICATED"),
            Self::Unavailable => (14, 503, "UNAVAILABLE"),
            Self::Unimplemented => (12, 501, "UNIMPLEMENTED"),
            Self::Unknown => (2, 500, "UNKNOWN"),
        }
    }

    const ALL: [Self; 16] = [
        Self::Aborted,
        Self::AlreadyExists,
        Self::Cancelled,
        Self::DataLoss,
        Self::DeadlineExceeded,
        Self::FailedPrecondition,
        Self::Internal,
        Self::InvalidArgument,
        Self::NotFound,
        Self::OutOfRange,
        Self::PermissionDenied,
        Self::ResourceExhausted,
        Self::Unauthenticated,
        Self::Unavailable,
        Self::Unimplemented,
        Self::Unknown,
    ];
}
