//! Keys of service accounts.

use ::accounts::{CreateKeyError, DeleteKeyError, KeysError};
use context::Context;
use iam::permission::{
    IamServiceAccountKeysCreate, IamServiceAccountKeysDelete, IamServiceAccountKeysGet,
    IamServiceAccountKeysList,
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
        let made = self.accounts.create_key(&context, permit).await.map_err(|error| match &error {
            CreateKeyError::Contended(_) => Problem::new(Reason::ETAG_MISMATCH, error.to_string()),
            CreateKeyError::NotFound(_) => self.permits.missing(&request.name),
            CreateKeyError::NotMade(_) => internal(&error),
            CreateKeyError::QuotaExceeded => Problem::new(Reason::QUOTA_EXCEEDED, error.to_string()),
            CreateKeyError::Revoked(_) => Problem::new(Reason::IAM_PERMISSION_DENIED, error.to_string()),
            CreateKeyError::ServiceAgent(_) => Problem::new(Reason::WRONG_STATE, error.to_string()),
            CreateKeyError::ReadFailed(_) | CreateKeyError::StoreFailed(_) => store_failed(&error),
        })?;
        Ok(ServiceAccountKey {
            private_key_data: made.credentials_file.into_revealed(),
            private_key_type: ServiceAccountPrivateKeyType::TypeGoogleCredentialsFile.into(),
            ..messages::key(&made.record, ServiceAccountPublicKeyType::TypeNone)
        })
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

    /// Doorward's own keys sign for every account alike, so no account has system-managed ones.
    pub(super) async fn list_keys(
        &self,
        context: Context,
        request: ListServiceAccountKeysRequest,
    ) -> Result<ListServiceAccountKeysResponse, Problem> {
        let name = self.account("name", &request.name)?;
        let permit = self.permits.ask::<IamServiceAccountKeysList>(&context, &request.name, name)?;
        let wanted =
            request.key_types.is_empty() || request.key_types().any(|kind| kind == KeyType::UserManaged);
        if !wanted {
            return Ok(ListServiceAccountKeysResponse::default());
        }
        let records = self.accounts.list_keys(&permit).await;
        let records = records.map_err(|error| problem_of(error, &request.name))?;
        let key = |record| messages::key(record, ServiceAccountPublicKeyType::TypeNone);
        Ok(ListServiceAccountKeysResponse { keys: records.iter().map(key).collect() })
    }

    pub(super) async fn delete_key(
        &self,
        context: Context,
        request: DeleteServiceAccountKeyRequest,
    ) -> Result<(), Problem> {
        let (account, key) = self.key(&request.name)?;
        let permit = self.permits.ask::<IamServiceAccountKeysDelete>(&context, &request.name, account)?;
        self.accounts.delete_key(&context, permit, key).await.map_err(|error| match &error {
            DeleteKeyError::NotFound(_) => missing(&request.name),
            DeleteKeyError::ReadFailed(_) | DeleteKeyError::StoreFailed(_) => store_failed(&error),
        })
    }

    fn key(&self, name: &str) -> Result<(Option<AccountName>, KeyId), Problem> {
        let addressed = AddressedKeyName::parse(name).map_err(|error| malformed("name", &error))?;
        Ok((self.permits.account(&addressed.account), addressed.key))
    }
}

fn problem_of(error: KeysError, asked: &str) -> Problem {
    match &error {
        KeysError::NotFound(_) => missing(asked),
        KeysError::StoreFailed(_) => store_failed(&error),
    }
}

fn missing(asked: &str) -> Problem {
    Problem::new(Reason::RESOURCE_NOT_FOUND, format!("Service account key {asked} does not exist."))
        .about(asked)
}
