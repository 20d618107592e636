//! One function.

use context::Context;
use iam::Permit;
use iam::permission::CloudfunctionsFunctionsGet;
use store::{FunctionRecord, Stored};

use crate::{GetFunctionError, Run};

impl Run {
    /// The function that the permit is for.
    pub async fn get_function(
        &self,
        _context: &Context,
        permit: &Permit<CloudfunctionsFunctionsGet>,
    ) -> Result<Stored<FunctionRecord>, GetFunctionError> {
        self.store
            .find::<FunctionRecord>(permit.name())
            .await?
            .filter(|stored| stored.record.uid == *permit.uid())
            .ok_or_else(|| GetFunctionError::NotFound(permit.name().clone()))
    }
}
