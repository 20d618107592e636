//! Making a project for whoever asks.

use std::collections::BTreeMap;

use audit::entry;
use context::Context;
use iam::permission::ResourcemanagerProjectsCreate;
use iam::{Grantee, Permit};
use names::{Member, OrganizationId, Principal, ProjectId};
use serde_json::json;
use store::{ApplyError, ErasedProjectKey, Expectation, Gathering, Plan, ProjectRecord, ReadError, Stored};

use crate::ensure_project::OWNER_ROLES;
use crate::make_project::Seed;
use crate::texts::{self, TextError};
use crate::{Defaults, Projects};

/// What a caller asks for.
#[derive(Clone, Debug)]
pub struct NewProject {
    /// Its ID, which stays.
    pub id: ProjectId,
    /// Shown to people; the ID where it is empty.
    pub display_name: String,
    /// User's labels.
    pub labels: BTreeMap<String, String>,
}

/// Why a project was not made.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// Somebody's project has this ID, or had it.
    #[error("Requested entity already exists")]
    AlreadyExists(ProjectId),
    /// Other projects were made at the same time, again and again; the caller may try again.
    #[error("other projects were made at the same time; repeat the call")]
    Contended,
    /// The ID is one that Google does not take.
    #[error(
        "a project ID has 6 to 30 characters and holds none of the words google, null, ssl and undefined"
    )]
    IdRefused(ProjectId),
    /// The organization went away meanwhile.
    #[error("organization {0} does not exist")]
    OrganizationGone(OrganizationId),
    /// Who asks cannot own a project: only people and service accounts do.
    #[error("a project is owned by a person or a service account")]
    OwnerUnfit,
    /// The store could not be read.
    #[error("the projects could not be read")]
    ReadFailed(#[source] ReadError),
    /// The store could not be written.
    #[error("the project could not be stored")]
    StoreFailed(#[source] ApplyError),
    /// Its name or its labels cannot be as they are asked for.
    #[error(transparent)]
    Text(#[from] TextError),
    /// There are as many projects as there may be, those that are marked for deletion among them.
    #[error("there are {MAX_PROJECTS} projects, the most that there may be")]
    TooMany,
}

/// The most projects of one Doorward.
pub const MAX_PROJECTS: usize = 1000;

impl Projects {
    /// Makes a project in the organization of the permit, with a number and agents of its own. The caller owns it.
    pub async fn create(
        &self,
        context: &Context,
        permit: Permit<ResourcemanagerProjectsCreate>,
        input: NewProject,
    ) -> Result<Stored<ProjectRecord>, CreateError> {
        if input.id.as_str().len() < 6 || RESTRICTED.iter().any(|word| input.id.as_str().contains(word)) {
            return Err(CreateError::IdRefused(input.id));
        }
        let display_name = match input.display_name {
            none if none.is_empty() => input.id.to_string(),
            name => texts::display_name(name)?,
        };
        let labels = texts::labels(input.labels)?;
        let owner = owner(permit.principal()).ok_or(CreateError::OwnerUnfit)?;
        // The local owner mints tokens of every account, as in the first project.
        let local = owner.member == Member::User(Defaults::default().owner);
        let roles = if local { &OWNER_ROLES[..] } else { &["roles/owner"] };
        for _ in 0..ATTEMPTS {
            let present = self.store.all::<ProjectRecord>("").await.map_err(CreateError::ReadFailed)?;
            if present.iter().any(|stored| stored.record.id == input.id) {
                return Err(CreateError::AlreadyExists(input.id));
            }
            if present.len() >= MAX_PROJECTS {
                return Err(CreateError::TooMany);
            }
            let made = self.make(
                context,
                Seed {
                    id: &input.id,
                    parent: permit.name().clone().into(),
                    display_name: display_name.clone(),
                    labels: labels.clone(),
                    owner: owner.clone(),
                    roles,
                },
            );
            let record = made.project.clone();
            let detail = json!({ "made": "project", "number": record.number, "agents": made.agents.len() });
            let plan = Plan::new()
                .expect(Expectation::Is(permit.name().clone().into(), permit.uid().clone()))
                .expect(Expectation::Absent(input.id.clone().into()))
                .expect(Expectation::Absent(ErasedProjectKey(input.id.clone()).into()))
                .expect(Expectation::Unchanged(Gathering::of(input.id.clone(), "", &present)))
                .audit(entry(context, &permit, input.id.clone(), Some(&record.uid), detail));
            match self.store.apply(made.records().fold(plan, Plan::put)).await {
                Ok(revision) => return Ok(Stored { record, revision }),
                Err(ApplyError::AlreadyExists(_)) => return Err(CreateError::AlreadyExists(input.id)),
                Err(ApplyError::NotFound(_)) => {
                    return Err(CreateError::OrganizationGone(permit.name().clone()));
                }
                // Another project came or changed: the count is taken anew.
                Err(ApplyError::Conflict(_)) => {}
                Err(error) => return Err(CreateError::StoreFailed(error)),
            }
        }
        Err(CreateError::Contended)
    }
}

/// Whoever asks as a member of a policy.
fn owner(principal: &Principal) -> Option<Grantee> {
    match principal {
        Principal::Anonymous | Principal::Federated { .. } | Principal::System(_) => None,
        Principal::Person { email, .. } => {
            Some(Grantee { member: Member::User(email.clone()), unique_id: None })
        }
        Principal::ServiceAccount { email, unique_id } => Some(Grantee {
            member: Member::ServiceAccount(email.clone()),
            unique_id: Some(unique_id.clone()),
        }),
    }
}

/// Resource Manager documentation, "Creating and managing projects".
const RESTRICTED: [&str; 4] = ["google", "null", "ssl", "undefined"];
/// How often a write is tried again when somebody else was faster.
const ATTEMPTS: usize = 8;
