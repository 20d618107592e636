//! Whose operation it is, which its ID says: APIs share the path of operations (architecture: the name decides).

use iam::Permission;
use iam::permission::{
    CloudfunctionsOperationsGet, CloudfunctionsOperationsList, RunOperationsGet, RunOperationsList,
};
use names::{OperationId, ProjectId};
use store::OperationKind;

/// The API that began an operation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OperationsOf {
    /// Functions, whose operations are called `operation-…`, as Google's are.
    Functions,
    /// Cloud Run.
    Run,
}

/// A permission that allows reading the operations of one API.
pub trait ReadsOperations: Permission<Resource = ProjectId> {
    /// Which API.
    const OF: OperationsOf;
}

impl ReadsOperations for CloudfunctionsOperationsGet {
    const OF: OperationsOf = OperationsOf::Functions;
}

impl ReadsOperations for RunOperationsGet {
    const OF: OperationsOf = OperationsOf::Run;
}

/// A permission that allows listing the operations of one API.
pub trait ListsOperations: Permission<Resource = ProjectId> {
    /// Which API.
    const OF: OperationsOf;
}

impl ListsOperations for CloudfunctionsOperationsList {
    const OF: OperationsOf = OperationsOf::Functions;
}

impl ListsOperations for RunOperationsList {
    const OF: OperationsOf = OperationsOf::Run;
}

impl OperationsOf {
    /// The API of the operation with this ID.
    pub fn of(id: &OperationId) -> Self {
        if id.as_str().starts_with(PREFIX) { Self::Functions } else { Self::Run }
    }

    /// How the IDs of operations of this kind begin.
    pub(crate) fn prefix(kind: OperationKind) -> &'static str {
        match kind {
            OperationKind::CreateFunction | OperationKind::DeleteFunction | OperationKind::UpdateFunction => {
                PREFIX
            }
            OperationKind::CreateService
            | OperationKind::DeleteRevision
            | OperationKind::DeleteService
            | OperationKind::UpdateService => "",
        }
    }
}

const PREFIX: &str = "operation-";
