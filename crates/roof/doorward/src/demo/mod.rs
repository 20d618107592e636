//! The demonstration: a private service, the account that may call it, and the job that calls it every minute.
//!
//! Made by the local owner through the same use cases and permits as over the API. What is there already is left as
//! it is, so that a second start on the same data changes nothing. It is made before the house says that it is ready;
//! [`Demo::show`] then uses it as anybody on this machine would.

mod show;

use access::{PolicyVersion, RoleBinding, SetPolicy};
use accounts::NewAccount;
use anyhow::{Context as _, Result};
use context::{Caller, Context};
use iam::permission::{
    CloudschedulerJobsCreate, IamServiceAccountsActAs, IamServiceAccountsCreate, RunServicesCreate,
    RunServicesGetIamPolicy, RunServicesSetIamPolicy,
};
use names::{
    AccountId, AccountName, JobId, JobName, Location, Member, Principal, ResourceName, RoleName, ServiceId,
    ServiceName,
};
use run::{Mode, NewService, ServiceSpec};
use scheduler::{Authorization, HttpFields, JobFields, NewJob, ProvenIdentity, TargetFields, TokenKind};
use store::{Container, RevisionTemplate};

use crate::House;

/// What the demonstration is about.
pub(crate) struct Demo {
    pub(crate) account: AccountName,
    pub(crate) job: JobName,
    pub(crate) service: ServiceName,
    /// The service's URL, which is also the audience of tokens for it.
    pub(crate) url: String,
    /// The owner, as a caller.
    pub(crate) context: Context,
}

const INVOKER: &str = "roles/run.invoker";

impl Demo {
    /// Makes what is missing, as the local owner.
    pub(crate) async fn make(house: &House, context: &Context) -> Result<Self> {
        let (project, number) = house.project.clone();
        let location = Location::parse("us-central1")?;
        let service = ServiceId::parse("hello")?;
        let host = house.access.universe().run_host(&service, number, &location);
        let demo = Self {
            account: AccountName::of(house.access.universe(), &project, &AccountId::parse("schedulerunner")?),
            job: JobName {
                project: project.clone(),
                location: location.clone(),
                job: JobId::parse("oidctest")?,
            },
            service: ServiceName { project, location, service },
            url: format!("https://{host}"),
            context: context_of_owner(house, context),
        };
        demo.make_service(house).await.context("the service hello could not be made")?;
        demo.make_account(house).await.context("the account schedulerunner could not be made")?;
        demo.bind(house).await.context("the account could not be made an invoker of the service")?;
        demo.make_job(house).await.context("the job oidctest could not be made")?;
        Ok(demo)
    }

    async fn make_service(&self, house: &House) -> Result<()> {
        if exists(house, self.service.clone()) {
            return Ok(());
        }
        let permit = house.access.permit::<RunServicesCreate>(&self.context, &self.service.project)?;
        let container = Container { image: "gcr.io/cloudrun/hello".to_owned(), ..Container::default() };
        let template = RevisionTemplate { containers: vec![container], ..RevisionTemplate::default() };
        let new = NewService {
            location: self.service.location.clone(),
            service_id: self.service.service.clone(),
            spec: ServiceSpec { template, ..ServiceSpec::default() },
            mode: Mode::Apply,
        };
        house.run.create(&self.context, permit, new, None, None).await?;
        Ok(())
    }

    async fn make_account(&self, house: &House) -> Result<()> {
        if exists(house, self.account.clone()) {
            return Ok(());
        }
        let permit = house.access.permit::<IamServiceAccountsCreate>(&self.context, &self.account.project)?;
        let account_id = AccountId::parse(self.account.email.local_part())?;
        let new = NewAccount {
            account_id,
            display_name: "runs the demonstration's job".to_owned(),
            description: String::new(),
        };
        house.accounts.create(&self.context, permit, new).await?;
        Ok(())
    }

    async fn bind(&self, house: &House) -> Result<()> {
        let read = house.access.permit::<RunServicesGetIamPolicy>(&self.context, &self.service)?;
        let policy = house.access.policy(&read);
        let (role, member) = (RoleName::parse(INVOKER)?, Member::ServiceAccount(self.account.email.clone()));
        let bound = |binding: &RoleBinding| {
            binding.role == role && binding.members.contains(&member) && binding.condition.is_none()
        };
        if policy.bindings.iter().any(bound) {
            return Ok(());
        }
        let permit = house.access.permit::<RunServicesSetIamPolicy>(&self.context, &self.service)?;
        let mut bindings = policy.bindings;
        bindings.push(RoleBinding::always(role, vec![member]));
        let input = SetPolicy {
            bindings: Some(bindings),
            audit_configs: None,
            version: PolicyVersion::Third,
            etag: Some(policy.etag),
        };
        house.access.set_policy(&self.context, permit, input).await?;
        Ok(())
    }

    async fn make_job(&self, house: &House) -> Result<()> {
        if exists(house, self.job.clone()) {
            return Ok(());
        }
        let permit = house.access.permit::<CloudschedulerJobsCreate>(&self.context, &self.job.project)?;
        let act_as = house.access.permit::<IamServiceAccountsActAs>(&self.context, &self.account)?;
        let http = HttpFields {
            uri: format!("{}/", self.url),
            method: Some(scheduler::Method::Get),
            headers: Default::default(),
            body: Vec::new(),
            authorization: Authorization::Token(ProvenIdentity {
                act_as,
                token: TokenKind::Id(self.url.clone()),
            }),
        };
        let fields = JobFields {
            description: "calls the private service hello".to_owned(),
            target: Some(TargetFields::Http(http)),
            schedule: "* * * * *".to_owned(),
            time_zone: "Etc/UTC".to_owned(),
            retry: None,
            attempt_deadline: None,
        };
        let new = NewJob { location: self.job.location.clone(), job_id: Some(self.job.job.clone()), fields };
        house.scheduler.create(&self.context, permit, new).await?;
        Ok(())
    }
}

/// The context in which the local owner asks.
fn context_of_owner(house: &House, context: &Context) -> Context {
    let person = &house.owner.person;
    let principal = Principal::Person { email: person.email.clone(), subject: person.subject.clone() };
    Context::new(Caller::of(principal), context.clock().clone(), context.randomness().clone())
}

fn exists(house: &House, resource: impl Into<ResourceName>) -> bool {
    house.access.uid(&resource.into()).is_some()
}
