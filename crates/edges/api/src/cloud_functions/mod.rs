//! `google.cloud.functions.v1` and `v2`: what is called by name at the host of its project and region (facts §2.7).
//!
//! Both speak about the same functions: v2 makes those of the second generation and shows all of them, v1 is about those
//! of the first.

mod fields;
mod filter;
mod first;
mod first_message;
mod message;
mod operation_filter;
mod problems;
mod runtimes;
mod second;
mod spec;

use access::Access;
use context::Context;
use iam::Permit;
use iam::permission::{
    CloudfunctionsFunctionsCreate, CloudfunctionsFunctionsDelete, CloudfunctionsFunctionsGet,
    CloudfunctionsFunctionsList, CloudfunctionsFunctionsSourceCodeGet, CloudfunctionsFunctionsSourceCodeSet,
    CloudfunctionsFunctionsUpdate, IamServiceAccountsActAs,
};
use names::{Email, FunctionName, ParentName, ProjectRef};
use problem::Problem;
use run::{FunctionPatch, FunctionRecord, Functions, Generation, NewFunction, Page, Run, Stored, Where};
use wire::google::longrunning::Operation;

use crate::call::unimplemented;
use crate::cloud_run;
use crate::pages::{self, Pages};
use crate::permits::{self, Permits};
use crate::policies::Policies;
use crate::refusal::malformed;
use crate::surface;

pub(crate) use message::operation;
pub(crate) use operation_filter::OperationFilter;

/// Any text is a filter of each kind or none.
pub(crate) fn fuzz_filters(data: &[u8]) {
    filter::fuzz(data);
    operation_filter::fuzz(data);
}

/// Functions of both generations. What is not here is answered with `UNIMPLEMENTED` and its name.
#[derive(Clone)]
pub(crate) struct CloudFunctions {
    permits: Permits,
    policies: Policies,
    run: Run,
}

/// What a listing asks for, whichever API it came over.
struct Listed<'request> {
    parent: &'request str,
    page_size: i32,
    page_token: &'request str,
    filter: &'request str,
    generation: Option<Generation>,
}

impl CloudFunctions {
    pub(crate) fn new(run: Run, access: Access) -> Self {
        let permits = Permits::new(access, &surface::FUNCTIONS);
        Self { policies: Policies::new(permits.clone()), permits, run }
    }

    /// The function that `name` addresses; `None` where it addresses none, which only a permit may tell.
    fn named(&self, field: &str, name: &str) -> Result<Option<FunctionName>, Problem> {
        let addressed = FunctionName::<ProjectRef>::parse(name).map_err(|error| malformed(field, &error))?;
        Ok(self.permits.project(&addressed.project).map(|project| addressed.within(&project)))
    }

    async fn created(
        &self,
        context: &Context,
        permit: Permit<CloudfunctionsFunctionsCreate>,
        new: NewFunction,
        asked: &str,
    ) -> Result<run::Operation, Problem> {
        let act_as = self.act_as(context, self.run.account_of_new_function(&permit, &new))?;
        let created = self.run.create_function(context, permit, new, act_as).await;
        created.map_err(|error| self.problem_of_create(context, error, asked))
    }

    async fn found(&self, context: &Context, asked: &str) -> Result<Stored<FunctionRecord>, Problem> {
        let name = self.named("name", asked)?;
        let permit = self.permits.ask::<CloudfunctionsFunctionsGet>(context, asked, name)?;
        self.run.get_function(context, &permit).await.map_err(|error| self.problem_of_get(error, asked))
    }

    /// A page, and the token of the next one.
    async fn listed(&self, context: &Context, listed: Listed<'_>) -> Result<(Functions, String), Problem> {
        let Listed { parent, page_size, page_token, filter, generation } = listed;
        let (reference, place) = place(parent)?;
        let limit = pages::size(page_size, 100, 1000)?;
        let pages = Pages::of("ListFunctions", &[parent, filter, &format!("{generation:?}")]);
        let after = pages.after(page_token)?;
        let project = self.permits.project(&reference);
        let permit = self.permits.ask::<CloudfunctionsFunctionsList>(context, parent, project)?;
        let listing =
            self.run.list_functions(context, &permit, place, generation, Page { after, limit }).await;
        let listing = listing.map_err(cloud_run::of_list)?;
        let token = pages.token(listing.next.as_deref());
        Ok((listing, token))
    }

    async fn updated(
        &self,
        context: &Context,
        permit: Permit<CloudfunctionsFunctionsUpdate>,
        patch: FunctionPatch,
        asked: &str,
    ) -> Result<run::Operation, Problem> {
        let runs_as = self.run.account_of_function_update(&permit, &patch).await;
        let runs_as = runs_as.map_err(|error| self.problem_of_update(context, error, asked))?;
        let act_as = self.act_as(context, runs_as)?;
        let updated = self.run.update_function(context, permit, patch, act_as).await;
        updated.map_err(|error| self.problem_of_update(context, error, asked))
    }

    async fn delete(&self, context: Context, asked: &str) -> Result<Operation, Problem> {
        let name = self.named("name", asked)?;
        let permit = self.permits.ask::<CloudfunctionsFunctionsDelete>(&context, asked, name)?;
        let deleted = self.run.delete_function(&context, permit).await;
        message::operation(&self.run, &deleted.map_err(|error| self.problem_of_delete(error, asked))?)
    }

    /// Where source code would be uploaded to. It cannot be deployed yet, which whoever may is told.
    fn upload(&self, context: &Context, parent: &str) -> Problem {
        let addressed = ParentName::<ProjectRef>::parse(parent);
        let project = match addressed.map_err(|error| malformed("parent", &error)) {
            Ok(ParentName { project, .. }) => self.permits.project(&project),
            Err(problem) => return problem,
        };
        match self.permits.ask::<CloudfunctionsFunctionsSourceCodeSet>(context, parent, project) {
            Ok(_permitted) => problems::no_source(),
            Err(refused) => refused,
        }
    }

    /// Where the source code of a function would be downloaded from. Nothing has any, which whoever may is told.
    fn download(&self, context: &Context, asked: &str) -> Problem {
        let permit = self
            .named("name", asked)
            .and_then(|name| self.permits.ask::<CloudfunctionsFunctionsSourceCodeGet>(context, asked, name));
        match permit {
            Ok(_permitted) => unimplemented("Downloading the source of a function (generateDownloadUrl)"),
            Err(refused) => refused,
        }
    }

    fn act_as(
        &self,
        context: &Context,
        account: Option<Email>,
    ) -> Result<Option<Permit<IamServiceAccountsActAs>>, Problem> {
        account.map(|email| self.permits.act_as(context, &email)).transpose()
    }
}

/// `projects/P/locations/L`, or `projects/P/locations/-` for all of them.
fn place(parent: &str) -> Result<(ProjectRef, Where), Problem> {
    if let Some(project) = parent.strip_suffix("/locations/-") {
        return Ok((permits::project_in("parent", project)?, Where::Everywhere));
    }
    let parent = ParentName::<ProjectRef>::parse(parent).map_err(|error| malformed("parent", &error))?;
    Ok((parent.project, Where::Region(parent.location)))
}
