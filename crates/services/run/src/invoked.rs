//! What is invoked, and so whose policy says who may.

use std::fmt;

use names::{FunctionName, ProjectId, ResourceName, ServiceName};

/// Something that requests are sent to, under a policy of its own.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Invoked {
    /// A function of the first generation. One of the second is invoked as the service that it owns.
    Function(FunctionName),
    /// A Cloud Run service.
    Service(ServiceName),
}

impl Invoked {
    /// The project that it lives in.
    pub fn project(&self) -> &ProjectId {
        match self {
            Self::Function(name) => &name.project,
            Self::Service(name) => &name.project,
        }
    }
}

impl fmt::Display for Invoked {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Function(name) => name.fmt(formatter),
            Self::Service(name) => name.fmt(formatter),
        }
    }
}

impl From<Invoked> for ResourceName {
    fn from(invoked: Invoked) -> Self {
        match invoked {
            Invoked::Function(name) => name.into(),
            Invoked::Service(name) => name.into(),
        }
    }
}
