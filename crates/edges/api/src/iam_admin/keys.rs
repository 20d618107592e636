//! Keys of service accounts.

use ::accounts::{
    AddKeyError, CreateKeyError, DeleteKeyError, DisableReason, KeysError, SetKeyStateError, UploadKeyError,
    WhichKeys,
};
use context::Context;
use iam::permission::{
    IamServiceAccountKeysCreate, IamServiceAccountKeysDelete, IamServiceAccountKeysDisable,
    IamServiceAccountKeysEnable, IamServiceAccountKeysGet, IamServiceAccountKeysList,
};
use names::{AccountName, AddressedKeyName, KeyId};
use problem::{Problem, Reason};
use wire::google::iam::admin::v1::list_service_account_keys_request::KeyType;
use wire::google::iam::admin::v1::*;

use super::{IamAdmin, messages};
use crate::call::unimplemented;
use crate::refusal::{internal, invalid, malformed, store_failed};

impl IamAdmin {
    pub(super) async fn create_key(
        &self,
        context: Context,
        request: CreateServiceAccountKeyRequest,
    ) -> Result<ServiceAccountKey, Problem> {
        let name = self.account("name", &request.name)?;
        match request.key_algorithm() {
            ServiceAccountKeyAlgorithm::KeyAlgRsa1024 => {
                return Err(invalid("key_algorithm", "keys have 2048 bits"));
            }
            ServiceAccountKeyAlgorithm::KeyAlgRsa2048 | ServiceAccountKeyAlgorithm::KeyAlgUnspecified => {}
        }
        match request.private_key_type() {
            ServiceAccountPrivateKeyType::TypePkcs12File => {
                return Err(unimplemented("A PKCS #12 key file"));
            }
            ServiceAccountPrivateKeyType::TypeGoogleCredentialsFile
            | ServiceAccountPrivateKeyType::TypeUnspecified => {}
        }
        let permit = self.permits.ask::<IamServiceAccountKeysCreate>(&context, &request.name, name)?;
        let made = self.accounts.create_key(&context, permit).await.map_err(|error| match error {
            CreateKeyError::NotAdded(error) => self.not_added(error, &request.name),
            CreateKeyError::NotMade(_) => internal(&error),
        })?;
        Ok(ServiceAccountKey {
            private_key_data: made.credentials_file.into_revealed(),
            private_key_type: ServiceAccountPrivateKeyType::TypeGoogleCredentialsFile.into(),
            ..messages::key(&made.record, ServiceAccountPublicKeyType::TypeNone)
        })
    }

    pub(super) async fn upload_key(
        &self,
        context: Context,
        request: UploadServiceAccountKeyRequest,
    ) -> Result<ServiceAccountKey, Problem> {
        let name = self.account("name", &request.name)?;
        let permit = self.permits.ask::<IamServiceAccountKeysCreate>(&context, &request.name, name)?;
        match self.accounts.upload_key(&context, permit, &request.public_key_data).await {
            Ok(record) => Ok(messages::key(&record, ServiceAccountPublicKeyType::TypeNone)),
            Err(UploadKeyError::NotAdded(error)) => Err(self.not_added(error, &request.name)),
            Err(error @ (UploadKeyError::Certificate(_) | UploadKeyError::Expired(_))) => {
                Err(invalid("public_key_data", error.to_string()))
            }
        }
    }

    pub(super) async fn get_key(
        &self,
        context: Context,
        request: GetServiceAccountKeyRequest,
    ) -> Result<ServiceAccountKey, Problem> {
        let (account, key) = self.key(&request.name)?;
        let permit = self.permits.ask::<IamServiceAccountKeysGet>(&context, &request.name, account)?;
        match self.accounts.get_key(&permit, key).await {
            Ok(record) => Ok(messages::key(&record, request.public_key_type())),
            Err(error) => Err(problem_of(error, &request.name)),
        }
    }

    pub(super) async fn list_keys(
        &self,
        context: Context,
        request: ListServiceAccountKeysRequest,
    ) -> Result<ListServiceAccountKeysResponse, Problem> {
        let name = self.account("name", &request.name)?;
        let permit = self.permits.ask::<IamServiceAccountKeysList>(&context, &request.name, name)?;
        let wants = |kind| request.key_types().any(|wanted| wanted == kind);
        let which = match (wants(KeyType::SystemManaged), wants(KeyType::UserManaged)) {
            (true, false) => WhichKeys::SystemManaged,
            (false, true) => WhichKeys::UserManaged,
            (true, true) | (false, false) => WhichKeys::All,
        };
        let records = self.accounts.list_keys(&permit, which).await;
        let records = records.map_err(|error| problem_of(error, &request.name))?;
        let key = |record| messages::key(record, ServiceAccountPublicKeyType::TypeNone);
        Ok(ListServiceAccountKeysResponse { keys: records.iter().map(key).collect() })
    }

    pub(super) async fn disable_key(
        &self,
        context: Context,
        request: DisableServiceAccountKeyRequest,
    ) -> Result<(), Problem> {
        let (account, key) = self.key(&request.name)?;
        let reason = disable_reason(&request)?;
        let permit = self.permits.ask::<IamServiceAccountKeysDisable>(&context, &request.name, account)?;
        let changed = self.accounts.disable_key(&context, permit, key, reason).await;
        changed.map_err(|error| state_problem(error, &request.name))
    }

    pub(super) async fn enable_key(
        &self,
        context: Context,
        request: EnableServiceAccountKeyRequest,
    ) -> Result<(), Problem> {
        let (account, key) = self.key(&request.name)?;
        let permit = self.permits.ask::<IamServiceAccountKeysEnable>(&context, &request.name, account)?;
        let changed = self.accounts.enable_key(&context, permit, key).await;
        changed.map_err(|error| state_problem(error, &request.name))
    }

    pub(super) async fn delete_key(
        &self,
        context: Context,
        request: DeleteServiceAccountKeyRequest,
    ) -> Result<(), Problem> {
        let (account, key) = self.key(&request.name)?;
        let permit = self.permits.ask::<IamServiceAccountKeysDelete>(&context, &request.name, account)?;
        self.accounts.delete_key(&context, permit, key).await.map_err(|error| match &error {
            DeleteKeyError::Contended(_) => Problem::new(Reason::ETAG_MISMATCH, format!("{error}.")),
            DeleteKeyError::Managed(_) => managed(&error, &request.name),
            DeleteKeyError::NotFound(_) => missing(&request.name),
            DeleteKeyError::ReadFailed(_) | DeleteKeyError::StoreFailed(_) => store_failed(&error),
        })
    }

    fn not_added(&self, error: AddKeyError, asked: &str) -> Problem {
        match &error {
            AddKeyError::Contended(_) => Problem::new(Reason::ETAG_MISMATCH, format!("{error}.")),
            AddKeyError::Exists(name) => {
                Problem::new(Reason::RESOURCE_ALREADY_EXISTS, format!("Not possible: {error}."))
                    .about(name.to_string())
            }
            AddKeyError::NotFound(_) => self.permits.missing(asked),
            AddKeyError::QuotaExceeded => Problem::new(Reason::QUOTA_EXCEEDED, error.to_string()),
            AddKeyError::Revoked(_) => Problem::new(Reason::IAM_PERMISSION_DENIED, format!("{error}.")),
            AddKeyError::ServiceAgent(_) => Problem::new(Reason::WRONG_STATE, format!("{error}.")),
            AddKeyError::ReadFailed(_) | AddKeyError::StoreFailed(_) => store_failed(&error),
        }
    }

    fn key(&self, name: &str) -> Result<(Option<AccountName>, KeyId), Problem> {
        let addressed = AddressedKeyName::parse(name).map_err(|error| malformed("name", &error))?;
        Ok((self.permits.account(&addressed.account), addressed.key))
    }
}

fn disable_reason(request: &DisableServiceAccountKeyRequest) -> Result<DisableReason, Problem> {
    use ServiceAccountKeyDisableReason as Wire;
    if !request.extended_status_message.is_empty() {
        return Err(invalid("extended_status_message", "only Google's own services may send one"));
    }
    match Wire::try_from(request.service_account_key_disable_reason) {
        Ok(Wire::CompromiseDetected) => Ok(DisableReason::CompromiseDetected),
        Ok(Wire::Exposed) => Ok(DisableReason::Exposed),
        Ok(Wire::Unspecified | Wire::UserInitiated) => Ok(DisableReason::UserInitiated),
        Err(_) => Err(invalid("service_account_key_disable_reason", "not one of the reasons")),
    }
}

fn problem_of(error: KeysError, asked: &str) -> Problem {
    match &error {
        KeysError::NotFound(_) => missing(asked),
        KeysError::StoreFailed(_) => store_failed(&error),
    }
}

fn state_problem(error: SetKeyStateError, asked: &str) -> Problem {
    match &error {
        SetKeyStateError::Concurrent(_) => {
            Problem::new(Reason::ETAG_MISMATCH, format!("{error}.")).about(asked)
        }
        SetKeyStateError::Managed(_) => managed(&error, asked),
        SetKeyStateError::NotFound(_) => missing(asked),
        SetKeyStateError::ReadFailed(_) | SetKeyStateError::StoreFailed(_) => store_failed(&error),
    }
}

fn managed(error: &dyn std::error::Error, asked: &str) -> Problem {
    Problem::new(Reason::WRONG_STATE, format!("Not possible: {error}.")).about(asked)
}

fn missing(asked: &str) -> Problem {
    Problem::new(Reason::RESOURCE_NOT_FOUND, format!("Service account key {asked} does not exist."))
        .about(asked)
}
