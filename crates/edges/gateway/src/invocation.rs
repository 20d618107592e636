//! The permit to invoke: of a service, or of a function of the first generation, which has a policy of its own.

use access::{Access, Refused};
use iam::permission::{CloudfunctionsFunctionsInvoke, RunRoutesInvoke};
use iam::{Ground, Permission, Permit};
use jiff::Timestamp;
use names::{Principal, Revision, Uid};
use run::Invoked;

/// Proof that somebody may invoke something. The type of each permit names what it is for.
pub(crate) enum InvocationPermit {
    Function(Permit<CloudfunctionsFunctionsInvoke>),
    Service(Permit<RunRoutesInvoke>),
}

impl InvocationPermit {
    /// Asks for it.
    pub(crate) fn ask(
        access: &Access,
        principal: &Principal,
        invoked: &Invoked,
        now: Timestamp,
    ) -> Result<Self, Refused> {
        match invoked {
            Invoked::Function(name) => access.permit_as(principal, name, now).map(Self::Function),
            Invoked::Service(name) => access.permit_as(principal, name, now).map(Self::Service),
        }
    }

    /// The name of the permission that is asked for.
    pub(crate) fn permission(invoked: &Invoked) -> &'static str {
        match invoked {
            Invoked::Function(_) => CloudfunctionsFunctionsInvoke::NAME,
            Invoked::Service(_) => RunRoutesInvoke::NAME,
        }
    }

    /// The uid of what it is for.
    pub(crate) fn uid(&self) -> &Uid {
        match self {
            Self::Function(permit) => permit.uid(),
            Self::Service(permit) => permit.uid(),
        }
    }

    /// What it is for, by name.
    pub(crate) fn resource(&self) -> String {
        match self {
            Self::Function(permit) => permit.name().to_string(),
            Self::Service(permit) => permit.name().to_string(),
        }
    }

    /// To whom it was granted.
    pub(crate) fn principal(&self) -> &Principal {
        match self {
            Self::Function(permit) => permit.principal(),
            Self::Service(permit) => permit.principal(),
        }
    }

    /// The configuration on which it was decided.
    pub(crate) fn revision(&self) -> Revision {
        match self {
            Self::Function(permit) => permit.revision(),
            Self::Service(permit) => permit.revision(),
        }
    }

    /// Why it was granted.
    pub(crate) fn ground(&self) -> &Ground {
        match self {
            Self::Function(permit) => permit.ground(),
            Self::Service(permit) => permit.ground(),
        }
    }
}
