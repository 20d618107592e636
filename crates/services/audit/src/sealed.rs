//! Decisions that only those see who may read the policies behind them.

use iam::Permit;
use iam::permission::{ResourcemanagerOrganizationsGetIamPolicy, ResourcemanagerProjectsGetIamPolicy};
use jiff::Timestamp;
use names::{OrganizationId, ProjectId, ResourceName};
use store::{Decided, DecidedRequest, Decision, PermissionDecision, RequestDecision};

use crate::Sight;

/// What was decided under one request ID. An explanation tells of policies, so it opens only to who may read those.
#[derive(Debug)]
pub struct Sealed {
    disclosed: Disclosed,
    scope: Scope,
}

/// Whose policies an explanation tells of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Scope {
    /// Nothing in a project was found: a matter of whoever runs Doorward.
    Installation,
    /// One project.
    Project(ProjectId),
}

/// What was decided about a request, in the order in which it was.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Disclosed {
    /// When it ended.
    pub time: Timestamp,
    /// Its ID.
    pub request_id: String,
    /// Who asked, as `Principal` prints.
    pub principal: String,
    /// How it ended; `None` while it is under way, or when the record of it was dropped.
    pub request: Option<RequestDecision>,
    /// Every permission that was asked about.
    pub permissions: Vec<PermissionDecision>,
    /// How much of that the reader may see; the rest has been taken out.
    pub sight: Sight,
}

impl Sealed {
    /// What these rows say; `None` when there are none.
    pub(crate) fn of(rows: Vec<Decision>) -> Option<Self> {
        let first = rows.first()?;
        let mut disclosed = Disclosed {
            time: first.time,
            request_id: first.request_id.clone(),
            principal: first.principal.clone(),
            request: None,
            permissions: Vec::new(),
            sight: Sight::Everything,
        };
        for row in rows {
            match row.decided {
                Decided::Permission(permission) => disclosed.permissions.push(permission),
                Decided::Request(mut request) => {
                    disclosed.permissions.extend(request.permission.take());
                    disclosed.request = Some(*request);
                }
            }
        }
        let scope = scope(&disclosed);
        Some(Self { disclosed, scope })
    }

    /// Which permit opens it.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Opens it to who may read the policy of its project; `None` when the permit is for another one. What policies above
    /// the project say is shown to who may read that of the organization too.
    pub fn open(
        self,
        permit: &Permit<ResourcemanagerProjectsGetIamPolicy>,
        above: Option<&Permit<ResourcemanagerOrganizationsGetIamPolicy>>,
    ) -> Option<Disclosed> {
        if self.scope != Scope::Project(permit.name().clone()) {
            return None;
        }
        let organization = above.map(|permit| permit.name().clone().into());
        let sight = Sight::Of([permit.name().clone().into()].into_iter().chain(organization).collect());
        let permissions = self.disclosed.permissions.into_iter();
        let permissions = permissions.map(|decision| sight.limited(decision)).collect();
        Some(Disclosed { permissions, sight, ..self.disclosed })
    }

    /// Opens it to who may read the policy of the whole organization `own`, which is Doorward's own.
    pub fn open_for_installation(
        self,
        permit: &Permit<ResourcemanagerOrganizationsGetIamPolicy>,
        own: &OrganizationId,
    ) -> Option<Disclosed> {
        (self.scope == Scope::Installation && permit.name() == own).then_some(self.disclosed)
    }
}

/// The project of whatever was asked about; two projects in one request are a matter of the installation.
fn scope(disclosed: &Disclosed) -> Scope {
    let target = disclosed.request.as_ref().and_then(|request| match &request.request {
        DecidedRequest::Api { .. } => None,
        DecidedRequest::Delivery { owner, .. } => Some(owner),
        DecidedRequest::Gate { service, .. } => Some(service),
    });
    let asked = disclosed.permissions.iter().map(|permission| &permission.resource);
    let mut projects = asked
        .chain(target)
        .filter(|name| !name.is_empty())
        .map(|name| ResourceName::parse(name).ok().and_then(|name| name.project().cloned()));
    match projects.next() {
        Some(Some(first)) if projects.all(|other| other.as_ref() == Some(&first)) => Scope::Project(first),
        _ => Scope::Installation,
    }
}

#[cfg(test)]
mod tests;
