//! The local owner: made on first start, let in by a refresh token that is shown once.

use audit::entry_of_system;
use context::Context;
use iam::SystemAct;
use names::{Secret, System, Uid, UniqueId};
use serde_json::json;
use store::{
    ApplyError, AuditEntry, Expectation, PersonRecord, Plan, ReadError, Record, RefreshCredentialRecord,
    Stored,
};

use crate::config::command_line_secret;
use crate::{People, credential};

/// The local owner, and how the command line acts for them.
#[derive(Clone, Debug)]
pub struct Owner {
    /// The person.
    pub person: PersonRecord,
    /// The refresh token, only in the answer that makes it.
    pub refresh_token: Option<Secret<String>>,
    /// The OAuth client that the token is for.
    pub client_id: String,
    /// That client's secret, which is none: see [`crate::Config::of`].
    pub client_secret: Secret<String>,
}

/// Why there is no owner, or no credential for one.
#[derive(Debug, thiserror::Error)]
pub enum OwnerError {
    /// There is no owner yet whose credential could be made anew.
    #[error("there is no local owner yet")]
    NotFound,
    /// The store could not be read.
    #[error("the people could not be read")]
    ReadFailed(#[source] ReadError),
    /// The store could not be written.
    #[error("the owner could not be stored")]
    StoreFailed(#[source] ApplyError),
}

impl People {
    /// Gives the local owner, made now, with a refresh token, if missing, and called as [`crate::Config`] says. Whoever starts Doorward is the owner; no
    /// request leads here.
    ///
    /// # Errors
    /// [`OwnerError::ReadFailed`] and [`OwnerError::StoreFailed`].
    pub async fn ensure_owner(&self, context: &Context, _: System) -> Result<Owner, OwnerError> {
        if let Some(found) = self.find_owner().await? {
            return Ok(self.owner(self.described(context, found).await?, None));
        }
        let person = PersonRecord {
            email: self.config.owner.clone(),
            subject: UniqueId::draw(|buffer| context.randomness().fill(buffer)),
            uid: Uid::draw(|buffer| context.randomness().fill(buffer)),
            profile: self.config.owner_profile.clone(),
            disabled_at: None,
            generation: 1,
            create_time: context.now(),
        };
        let (token, record) = credential::draw_for_owner(context, &person, &self.config);
        let plan = Plan::new()
            .expect(Expectation::Absent(person.email.clone().into()))
            .put(Record::Person(person.clone()))
            .put(Record::RefreshCredential(record))
            .audit(entry(context, SystemAct::FirstStart, &person));
        match self.store.apply(plan).await {
            Ok(_) => Ok(self.owner(person, Some(token))),
            // Another process was first: the token that counts is the one it shows.
            Err(ApplyError::AlreadyExists(_)) => {
                let found = self.find_owner().await?.ok_or(OwnerError::NotFound)?;
                Ok(self.owner(found.record, None))
            }
            Err(error) => Err(OwnerError::StoreFailed(error)),
        }
    }

    /// Voids every refresh token of the local owner and hands out another: for an owner who lost the file it was
    /// written to. Whoever can start Doorward on its own data may do it; no request leads here.
    ///
    /// # Errors
    /// Any [`OwnerError`].
    pub async fn reissue_owner_credential(&self, context: &Context, _: System) -> Result<Owner, OwnerError> {
        let found = self.find_owner().await?.ok_or(OwnerError::NotFound)?;
        let person = found.record;
        let all = self.store.all::<RefreshCredentialRecord>("").await.map_err(OwnerError::ReadFailed)?;
        let (token, record) = credential::draw_for_owner(context, &person, &self.config);
        // Tokens bought with the old credential end too: whoever found the file has nothing left.
        let person = PersonRecord { generation: person.generation + 1, ..person };
        let mut plan = Plan::new()
            .expect(Expectation::At(person.email.clone().into(), found.revision))
            .put(Record::Person(person.clone()))
            .put(Record::RefreshCredential(record))
            .audit(entry(context, SystemAct::ReissueOwnerCredential, &person));
        for old in all.into_iter().filter(|stored| stored.record.person == person.email) {
            plan = plan.delete(old.record.hash);
        }
        self.store.apply(plan).await.map_err(OwnerError::StoreFailed)?;
        Ok(self.owner(person, Some(token)))
    }

    /// The owner, called as the configuration says from now on.
    async fn described(
        &self,
        context: &Context,
        found: Stored<PersonRecord>,
    ) -> Result<PersonRecord, OwnerError> {
        let profile = self.config.owner_profile.clone();
        if found.record.profile == profile {
            return Ok(found.record);
        }
        let person = PersonRecord { profile, ..found.record };
        let plan = Plan::new()
            .expect(Expectation::At(person.email.clone().into(), found.revision))
            .put(Record::Person(person.clone()))
            .audit(entry(context, SystemAct::DescribeOwner, &person));
        match self.store.apply(plan).await {
            // Another process is first; what it says counts until the next start.
            Ok(_) | Err(ApplyError::Conflict(_)) => Ok(person),
            Err(error) => Err(OwnerError::StoreFailed(error)),
        }
    }

    async fn find_owner(&self) -> Result<Option<Stored<PersonRecord>>, OwnerError> {
        self.store.find::<PersonRecord>(&self.config.owner).await.map_err(OwnerError::ReadFailed)
    }

    fn owner(&self, person: PersonRecord, refresh_token: Option<Secret<String>>) -> Owner {
        let client = self.config.command_line();
        Owner { person, refresh_token, client_id: client.id.clone(), client_secret: command_line_secret() }
    }
}

fn entry(context: &Context, act: SystemAct, person: &PersonRecord) -> AuditEntry {
    let detail = json!({ "subject": person.subject });
    entry_of_system(context, act, format!("people/{}", person.email), Some(&person.uid), detail)
}
