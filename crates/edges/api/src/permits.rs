//! Permits, asked for with the name as the caller wrote it.
//!
//! A refusal repeats the caller's own words and nothing else, so that what exists and what does not are told apart
//! neither by the message nor by the command that would help.

use access::{Access, AccountState, Denied, Refused};
use context::Context;
use iam::permission::IamServiceAccountsActAs;
use iam::{Cause, Chain, Delegated, Permission, Permit, Repair};
use names::{
    AccountId, AccountName, AccountRef, AddressedAccountName, Email, ParentName, Principal, ProjectId,
    ProjectRef, ResourceName, RevisionName,
};
use problem::{Problem, Reason};

use crate::refusal::{internal, invalid, malformed};
use crate::surface::Surface;

/// The project in `projects/P`, as the caller wrote it.
pub(crate) fn project_in(field: &str, name: &str) -> Result<ProjectRef, Problem> {
    let reference = ProjectRef::parse(name.strip_prefix("projects/").unwrap_or_default());
    reference.map_err(|error| malformed(field, &error))
}

/// Asks for permits in the words of one API.
#[derive(Clone)]
pub(crate) struct Permits {
    access: Access,
    surface: &'static Surface,
}

impl Permits {
    /// Permits in the words of `surface`.
    pub(crate) fn new(access: Access, surface: &'static Surface) -> Self {
        Self { access, surface }
    }

    /// The decisions and the names behind them.
    pub(crate) fn access(&self) -> &Access {
        &self.access
    }

    /// The circumstances of a call that this API answers.
    pub(crate) fn answering(&self, context: Context) -> Context {
        self.surface.answering(context)
    }

    /// The permit for `name`, which the caller wrote as `asked`. `None`: what the caller wrote names nothing.
    pub(crate) fn ask<P: Permission>(
        &self,
        context: &Context,
        asked: &str,
        name: Option<P::Resource>,
    ) -> Result<Permit<P>, Problem> {
        self.ask_as(context, context.principal(), asked, name)
    }

    /// As [`Permits::ask`], for another principal than the caller.
    fn ask_as<P: Permission>(
        &self,
        context: &Context,
        principal: &Principal,
        asked: &str,
        name: Option<P::Resource>,
    ) -> Result<Permit<P>, Problem> {
        let Some(name) = name else {
            let problem = self.denied(principal, P::NAME, asked);
            let may_know = self.would_reach(context, principal, P::NAME, asked);
            return Err(if may_know { self.with_account(problem, asked) } else { problem });
        };
        self.access.permit_through::<P>(context, principal, &name).map_err(|refused| match refused {
            Refused::Denied(denied) if denied.is_overridden() => self.overridden(context, &denied, asked),
            Refused::Denied(denied)
                if matches!(denied.denial.cause, Cause::ApiDisabled | Cause::ProjectDeleted) =>
            {
                self.closed(&denied, asked)
            }
            Refused::Denied(_) => self.denied(principal, P::NAME, asked),
            Refused::NotFound { .. } => self.missing(asked),
        })
    }

    /// What the caller may do with an account through these delegates: a permit for each hop, each asked for by
    /// whoever the hop before led to (facts §4.3). Here, unlike in the IAM API, a missing account is said to be missing.
    pub(crate) fn delegated<P: Permission<Resource = AccountName>>(
        &self,
        context: &Context,
        delegates: &[String],
        asked: &str,
    ) -> Result<Delegated<P>, Problem> {
        let addressed = AddressedAccountName::parse(asked).map_err(|error| malformed("name", &error))?;
        let target = self.found(&addressed, asked)?.name;
        if delegates.len() > MOST_DELEGATES {
            return Err(invalid("delegates", format!("a chain has at most {MOST_DELEGATES} delegates")));
        }
        let mut chain = Chain::of(context.principal());
        for delegate in delegates {
            let addressed =
                AddressedAccountName::parse(delegate).map_err(|error| malformed("delegates", &error))?;
            if addressed.project != ProjectRef::Any {
                let form =
                    "a delegate is named projects/-/serviceAccounts/ACCOUNT, with a dash for the project";
                return Err(invalid("delegates", form));
            }
            let account = self.found(&addressed, delegate)?;
            let hop = self.ask_as(context, chain.asker(), delegate, Some(account.name))?;
            chain = chain.through(hop, account.unique_id).map_err(|error| internal(&error))?;
        }
        let permit = self.ask_as::<P>(context, chain.asker(), asked, Some(target))?;
        chain.end(permit).map_err(|error| internal(&error))
    }

    fn found(&self, addressed: &AddressedAccountName, asked: &str) -> Result<AccountState, Problem> {
        let name = self.access.account_name(addressed);
        let account = name.and_then(|name| self.access.account(&name.email));
        let email = asked.rsplit('/').next().unwrap_or_default();
        account.ok_or_else(|| {
            let problem = Problem::new(Reason::RESOURCE_NOT_FOUND, self.surface.missing(email)).about(asked);
            self.with_account(problem, asked)
        })
    }

    /// Asks `as_` for the account that a resource is to act as: `asked` is its e-mail.
    pub(crate) fn act_as(
        &self,
        context: &Context,
        email: &Email,
    ) -> Result<Permit<IamServiceAccountsActAs>, Problem> {
        let name = self.access.account(email).map(|account| account.name);
        let name = name.or_else(|| self.account_of(email));
        match name.map(|name| self.access.permit(context, &name)) {
            Some(Ok(permit)) => Ok(permit),
            // Whoever might act as it, were it there, may know that it is not.
            Some(Err(Refused::NotFound { .. })) => {
                Err(self.with_account(self.may_not_act_as(context, email), email.as_str()))
            }
            Some(Err(Refused::Denied(_))) | None => Err(self.may_not_act_as(context, email)),
        }
    }

    /// The caller may not act as the account of this e-mail, or there is none.
    pub(crate) fn may_not_act_as(&self, context: &Context, email: &Email) -> Problem {
        self.denied(context.principal(), IamServiceAccountsActAs::NAME, email.as_str())
    }

    /// The project that is meant. A project that does not exist keeps the ID it would have; a number that nobody
    /// has means none.
    pub(crate) fn project(&self, reference: &ProjectRef) -> Option<ProjectId> {
        match reference {
            ProjectRef::Any => None,
            ProjectRef::Id(id) => Some(id.clone()),
            ProjectRef::Number(_) => self.access.project(reference).map(|project| project.id),
        }
    }

    /// The account that is meant. One that does not exist keeps the name it would have.
    pub(crate) fn account(&self, addressed: &AddressedAccountName) -> Option<AccountName> {
        self.access.account_name(addressed).or_else(|| {
            let AccountRef::Email(email) = &addressed.account else { return None };
            Some(AccountName { project: self.project(&addressed.project)?, email: email.clone() })
        })
    }

    /// Whether there is such a thing. For no answer by itself: it may be a secret.
    pub(crate) fn exists(&self, name: impl Into<ResourceName>) -> bool {
        self.access.uid(&name.into()).is_some()
    }

    /// The caller lacks a permission, or there is no such thing.
    pub(crate) fn denied(&self, principal: &Principal, permission: &str, asked: &str) -> Problem {
        let problem = Problem::new(Reason::IAM_PERMISSION_DENIED, self.surface.denied(permission, asked))
            .with("permission", permission)
            .with("resource", asked)
            .about(asked);
        match self.repair(principal, permission, asked) {
            Some(command) => problem.try_command(command),
            None => problem,
        }
    }

    /// The caller lacks a permission although a binding gives it: a deny policy takes it away. What can be told of it in
    /// a command is told; the rest in the explanation, to who may see it.
    fn overridden(&self, context: &Context, denied: &Denied, asked: &str) -> Problem {
        let mut problem = self.denied(&denied.denial.principal, denied.denial.permission, asked);
        problem.message += " A deny policy denies it, whatever is bound.";
        match denied.told() {
            Some(repair) => problem.try_command(repair.to_string()),
            None => problem.try_command(format!("doorward explain {}", context.request_id())),
        }
    }

    /// The caller may, but the project has disabled the API that is called, or is marked for deletion. The words about the
    /// API are Google's, page in its console included: by them gcloud knows what to enable (facts §0.1).
    fn closed(&self, denied: &Denied, asked: &str) -> Problem {
        let problem = match &denied.explanation.repair {
            Some(Repair::EnableApi { api, project }) => {
                let found = self.access.project(&project.clone().into());
                let number = found.map_or_else(|| project.to_string(), |found| found.number.to_string());
                let title = projects::Api::find(api).map_or(api.as_str(), |api| api.title);
                let message = format!(
                    "{title} has not been used in project {number} before or it is disabled. Enable it by visiting https://console.developers.google.com/apis/api/{api}/overview?project={number} then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry."
                );
                Problem::new(Reason::SERVICE_DISABLED, message)
                    .with("consumer", format!("projects/{number}"))
                    .with("service", api.as_str())
                    .with("serviceTitle", title)
            }
            Some(Repair::UndeleteProject { project }) => {
                let message =
                    format!("Permission denied on resource project {project}. It is marked for deletion.");
                Problem::new(Reason::CONSUMER_INVALID, message)
                    .with("consumer", format!("projects/{project}"))
                    .with("containerInfo", project.as_str())
                    .with("service", self.surface.host)
            }
            _ => return self.denied(&denied.denial.principal, denied.denial.permission, asked),
        };
        let problem = problem.about(asked);
        match &denied.explanation.repair {
            Some(repair) => problem.try_command(repair.to_string()),
            None => problem,
        }
    }

    /// There is no such thing, and the caller may know.
    pub(crate) fn missing(&self, asked: &str) -> Problem {
        let problem = Problem::new(Reason::RESOURCE_NOT_FOUND, self.surface.missing(asked)).about(asked);
        self.with_account(problem, asked)
    }

    /// Whether the account that the caller named is not there, and would be reached if it were: who sees all of a
    /// project's accounts may know which there are.
    fn would_reach(&self, context: &Context, principal: &Principal, permission: &str, asked: &str) -> bool {
        let Some(ResourceName::ServiceAccount(name)) = self.named_by(asked) else { return false };
        let wanted = [permission.to_owned()];
        let held = || {
            let project = name.project.clone().into();
            self.access.holds(principal, &project, &wanted, context.now(), context.api())
        };
        !self.exists(name.clone()) && !held().is_empty()
    }

    /// With the command that makes the account that the caller named and that is not there; of anything else there is none.
    fn with_account(&self, problem: Problem, asked: &str) -> Problem {
        let Some(ResourceName::ServiceAccount(name)) = self.named_by(asked) else { return problem };
        let project = &name.project;
        let id = AccountId::parse(name.email.local_part()).ok();
        let is_theirs = id.filter(|id| self.access.universe().account_email(project, id) == name.email);
        problem.try_command(match is_theirs {
            Some(id) => {
                format!("doorward exec -- gcloud iam service-accounts create {id} --project={project}")
            }
            None => format!("doorward exec -- gcloud iam service-accounts list --project={project}"),
        })
    }

    /// The command that would let the caller in, out of nothing but the caller's own words.
    fn repair(&self, principal: &Principal, permission: &str, asked: &str) -> Option<String> {
        let resource = self.named_by(asked)?;
        Repair::for_missing(permission, principal, resource).map(|repair| repair.to_string())
    }

    fn named_by(&self, asked: &str) -> Option<ResourceName> {
        // What deny policies are attached to is named in full.
        let asked = asked.strip_prefix("cloudresourcemanager.googleapis.com/").unwrap_or(asked);
        // Revisions have the policy of their service.
        if let Ok(revision) = RevisionName::parse_canonical(asked) {
            return Some(revision.service.into());
        }
        if let Ok(name) = ResourceName::parse(asked) {
            return match name {
                // These have no policy of their own.
                ResourceName::DomainMapping(_) | ResourceName::Job(_) | ResourceName::Role(_) => name.home(),
                name => Some(name),
            };
        }
        if let Ok(ParentName { project: ProjectRef::Id(project), .. }) = ParentName::parse(asked) {
            return Some(project.into());
        }
        let email = match AddressedAccountName::parse(asked) {
            Ok(AddressedAccountName { project: ProjectRef::Any, account: AccountRef::Email(email) }) => email,
            _ => Email::parse(asked).ok()?,
        };
        self.account_of(&email).map(Into::into)
    }

    /// The name that an account with this e-mail would have.
    fn account_of(&self, email: &Email) -> Option<AccountName> {
        let (project, _) = self.access.universe().account_parts(email)?;
        Some(AccountName { project, email: email.clone() })
    }
}

/// More than anybody has use for; the chain is walked for every call.
const MOST_DELEGATES: usize = 32;
