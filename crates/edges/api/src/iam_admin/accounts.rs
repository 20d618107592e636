//! Service accounts.

use ::accounts::{
    AccountChange, CreateError, DeleteError, GetError, ListError, NewAccount, Page, SetStateError,
    TextTooLong, UndeleteError, UpdateError,
};
use context::Context;
use iam::permission::{
    IamServiceAccountsCreate, IamServiceAccountsDelete, IamServiceAccountsDisable, IamServiceAccountsEnable,
    IamServiceAccountsGet, IamServiceAccountsList, IamServiceAccountsUndelete, IamServiceAccountsUpdate,
};
use names::{
    AccountId, AccountRef, AddressedAccountName, FieldMask, FieldPath, NotWritable, ProjectId, ProjectRef,
    Revision,
};
use problem::{Problem, Reason};
use wire::google::iam::admin::v1::*;

use super::{IamAdmin, messages};
use crate::pages::{self, Pages};
use crate::permits;
use crate::refusal::{invalid, malformed, store_failed};
use crate::update_mask;

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
            CreateError::Contended(_) => Problem::new(Reason::ETAG_MISMATCH, format!("{error}.")),
            CreateError::ProjectGone(_) => self.permits.missing(&request.name),
            CreateError::QuotaExceeded => Problem::new(Reason::QUOTA_EXCEEDED, error.to_string()),
            CreateError::ReadFailed(_) | CreateError::StoreFailed(_) => store_failed(&error),
            CreateError::TooLong(text) => too_long(*text, "service_account."),
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
            DeleteError::ServiceAgent(_) => {
                Problem::new(Reason::WRONG_STATE, format!("{error}.")).about(&request.name)
            }
            DeleteError::ReadFailed(_) | DeleteError::StoreFailed(_) => store_failed(&error),
        })
    }

    /// `UpdateServiceAccount`, which changes the display name and nothing else.
    pub(super) async fn rename(
        &self,
        context: Context,
        request: ServiceAccount,
    ) -> Result<ServiceAccount, Problem> {
        let expected = expected(&request)?;
        let change = AccountChange { display_name: Some(request.display_name), description: None, expected };
        self.change(&context, &request.name, change, "").await
    }

    pub(super) async fn patch(
        &self,
        context: Context,
        request: PatchServiceAccountRequest,
    ) -> Result<ServiceAccount, Problem> {
        let named = update_mask::read(request.update_mask, |paths| FieldMask::read(paths, field))?;
        let sent = request.service_account.ok_or_else(|| invalid("service_account", "it is missing"))?;
        let expected = expected(&sent)?;
        let wanted = |path: &str, text: String| {
            let written = named.selects(path) && (!text.is_empty() || named != FieldMask::Populated);
            written.then_some(text)
        };
        let change = AccountChange {
            display_name: wanted("display_name", sent.display_name),
            description: wanted("description", sent.description),
            expected,
        };
        self.change(&context, &sent.name, change, "service_account.").await
    }

    async fn change(
        &self,
        context: &Context,
        asked: &str,
        change: AccountChange,
        inside: &str,
    ) -> Result<ServiceAccount, Problem> {
        let name = self.account(&format!("{inside}name"), asked)?;
        let permit = self.permits.ask::<IamServiceAccountsUpdate>(context, asked, name)?;
        let stored = self.accounts.update(context, permit, change).await;
        stored.map(|stored| messages::account(&stored)).map_err(|error| match &error {
            UpdateError::Concurrent => Problem::new(Reason::ETAG_MISMATCH, format!("{error}.")).about(asked),
            UpdateError::NotFound(_) => self.permits.missing(asked),
            UpdateError::ReadFailed(_) | UpdateError::StoreFailed(_) => store_failed(&error),
            UpdateError::TooLong(text) => too_long(*text, inside),
        })
    }

    /// An account that is gone is addressed by its unique ID, since another one may have its e-mail.
    pub(super) async fn undelete(
        &self,
        context: Context,
        request: UndeleteServiceAccountRequest,
    ) -> Result<UndeleteServiceAccountResponse, Problem> {
        let addressed =
            AddressedAccountName::parse(&request.name).map_err(|error| malformed("name", &error))?;
        let AccountRef::UniqueId(unique_id) = addressed.account else {
            return Err(invalid(
                "name",
                "a deleted account is addressed by its unique ID, not by its e-mail",
            ));
        };
        let project = match &addressed.project {
            ProjectRef::Any => self.permits.access().project_of_deleted_account(&unique_id),
            project => self.permits.project(project),
        };
        let permit = self.permits.ask::<IamServiceAccountsUndelete>(&context, &request.name, project)?;
        let restored = self.accounts.undelete(&context, permit, unique_id).await;
        let restored = restored.map_err(|error| match &error {
            UndeleteError::Contended => Problem::new(Reason::ETAG_MISMATCH, format!("{error}.")),
            UndeleteError::EmailTaken(name) => Problem::new(
                Reason::RESOURCE_ALREADY_EXISTS,
                format!("Service account ID already exists within project projects/{}.", name.project),
            )
            .about(name.to_string()),
            UndeleteError::NotFound(_) => self.permits.missing(&request.name),
            UndeleteError::QuotaExceeded => Problem::new(Reason::QUOTA_EXCEEDED, error.to_string()),
            UndeleteError::ReadFailed(_) | UndeleteError::StoreFailed(_) => store_failed(&error),
        })?;
        Ok(UndeleteServiceAccountResponse { restored_account: Some(messages::account(&restored)) })
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

/// The revision that an etag stands for; none was sent, none is asked for.
fn expected(account: &ServiceAccount) -> Result<Option<Revision>, Problem> {
    #[expect(deprecated, reason = "gcloud and Terraform send it back as they read it")]
    let etag = account.etag.as_slice();
    if etag.is_empty() {
        return Ok(None);
    }
    match <[u8; 8]>::try_from(etag) {
        Ok(bytes) => Ok(Some(Revision(u64::from_be_bytes(bytes)))),
        Err(_) => Err(Problem::new(Reason::ETAG_MISMATCH, "The etag is not one of a service account.")),
    }
}

fn too_long(text: TextTooLong, inside: &str) -> Problem {
    let field = match text {
        TextTooLong::Description(_) => "description",
        TextTooLong::DisplayName(_) => "display_name",
    };
    invalid(&format!("{inside}{field}"), text.to_string())
}

/// The fields of service accounts (facts §0.4).
fn field(path: &FieldPath) -> Result<FieldPath, NotWritable> {
    match path.as_str() {
        "description" | "display_name" => Ok(path.clone()),
        "disabled" | "email" | "etag" | "name" | "oauth2_client_id" | "project_id" | "unique_id" => {
            Err(NotWritable::OutputOnly)
        }
        _ => Err(NotWritable::Unknown),
    }
}
