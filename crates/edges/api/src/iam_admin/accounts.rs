//! Service accounts.

use ::accounts::{CreateError, DeleteError, GetError, ListError, NewAccount, Page, SetStateError};
use context::Context;
use iam::permission::{
    IamServiceAccountsCreate, IamServiceAccountsDelete, IamServiceAccountsDisable, IamServiceAccountsEnable,
    IamServiceAccountsGet, IamServiceAccountsList,
};
use names::{AccountId, ProjectId};
use problem::{Problem, Reason};
use wire::google::iam::admin::v1::*;

use super::{IamAdmin, messages};
use crate::pages::{self, Pages};
use crate::permits;
use crate::refusal::{invalid, malformed, store_failed};

impl IamAdmin {
    pub(super) async fn create(
        &self,
        context: Context,
        request: CreateServiceAccountRequest,
    ) -> Result<ServiceAccount, Problem> {
        let project = self.project(&request.name)?;
        let account_id =
            AccountId::parse(&request.account_id).map_err(|error| malformed("account_id", &error))?;
        let permit = self.permits.ask::<IamServiceAccountsCreate>(&context, &request.name, project)?;
        let wanted = request.service_account.unwrap_or_default();
        let input =
            NewAccount { account_id, display_name: wanted.display_name, description: wanted.description };
        let stored = self.accounts.create(&context, permit, input).await;
        stored.map(|stored| messages::account(&stored)).map_err(|error| match &error {
            CreateError::AlreadyExists(name) => Problem::new(
                Reason::RESOURCE_ALREADY_EXISTS,
                format!("Service account ID already exists within project projects/{}.", name.project),
            )
            .about(name.to_string()),
            CreateError::DescriptionTooLong(_) => invalid("service_account.description", error.to_string()),
            CreateError::DisplayNameTooLong(_) => invalid("service_account.display_name", error.to_string()),
            CreateError::QuotaExceeded => Problem::new(Reason::QUOTA_EXCEEDED, format!("{error}.")),
            CreateError::ReadFailed(_) | CreateError::StoreFailed(_) => store_failed(&error),
        })
    }

    pub(super) async fn get(
        &self,
        context: Context,
        request: GetServiceAccountRequest,
    ) -> Result<ServiceAccount, Problem> {
        let name = self.account("name", &request.name)?;
        let permit = self.permits.ask::<IamServiceAccountsGet>(&context, &request.name, name)?;
        let stored = self.accounts.get(&permit).await;
        stored.map(|stored| messages::account(&stored)).map_err(|error| match &error {
            GetError::NotFound(_) => self.permits.missing(&request.name),
            GetError::StoreFailed(_) => store_failed(&error),
        })
    }

    pub(super) async fn list(
        &self,
        context: Context,
        request: ListServiceAccountsRequest,
    ) -> Result<ListServiceAccountsResponse, Problem> {
        let project = self.project(&request.name)?;
        let limit = pages::size(request.page_size, 20, 100)?;
        let permit = self.permits.ask::<IamServiceAccountsList>(&context, &request.name, project)?;
        let pages = Pages::of("ListServiceAccounts", &[permit.name().as_str()]);
        let after = pages.after(&request.page_token)?;
        match self.accounts.list(&permit, &Page { after, limit }).await {
            Ok(listing) => Ok(ListServiceAccountsResponse {
                accounts: listing.records.iter().map(messages::account).collect(),
                next_page_token: pages.token(listing.next.as_deref()),
            }),
            Err(error) => match &error {
                ListError::StoreFailed(_) => Err(store_failed(&error)),
            },
        }
    }

    pub(super) async fn delete(
        &self,
        context: Context,
        request: DeleteServiceAccountRequest,
    ) -> Result<(), Problem> {
        let name = self.account("name", &request.name)?;
        let permit = self.permits.ask::<IamServiceAccountsDelete>(&context, &request.name, name)?;
        self.accounts.delete(&context, permit).await.map_err(|error| match &error {
            DeleteError::Contended(_) => Problem::new(Reason::ETAG_MISMATCH, error.to_string()),
            DeleteError::NotFound(_) => self.permits.missing(&request.name),
            DeleteError::ReadFailed(_) | DeleteError::StoreFailed(_) => store_failed(&error),
        })
    }

    pub(super) async fn enable(
        &self,
        context: Context,
        request: EnableServiceAccountRequest,
    ) -> Result<(), Problem> {
        let name = self.account("name", &request.name)?;
        let permit = self.permits.ask::<IamServiceAccountsEnable>(&context, &request.name, name)?;
        let changed = self.accounts.enable(&context, permit).await;
        changed.map_err(|error| self.problem_of_state(error, &request.name))
    }

    pub(super) async fn disable(
        &self,
        context: Context,
        request: DisableServiceAccountRequest,
    ) -> Result<(), Problem> {
        let name = self.account("name", &request.name)?;
        let permit = self.permits.ask::<IamServiceAccountsDisable>(&context, &request.name, name)?;
        let changed = self.accounts.disable(&context, permit).await;
        changed.map_err(|error| self.problem_of_state(error, &request.name))
    }

    fn problem_of_state(&self, error: SetStateError, asked: &str) -> Problem {
        match &error {
            SetStateError::Concurrent => {
                Problem::new(Reason::ETAG_MISMATCH, format!("{error}.")).about(asked)
            }
            SetStateError::NotFound(_) => self.permits.missing(asked),
            SetStateError::ReadFailed(_) | SetStateError::StoreFailed(_) => store_failed(&error),
        }
    }

    fn project(&self, name: &str) -> Result<Option<ProjectId>, Problem> {
        permits::project_in("name", name).map(|reference| self.permits.project(&reference))
    }
}
