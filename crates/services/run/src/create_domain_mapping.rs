//! A domain of one's own for a service.

use std::collections::BTreeMap;

use context::Context;
use iam::Permit;
use iam::permission::RunDomainmappingsCreate;
use names::{DomainMappingName, HostName, Location, ServiceId};
use store::{ApplyError, DomainMappingKey, DomainMappingRecord, Expectation, Plan, Record};

use crate::operation::{Mode, draw_uid};
use crate::validate::{check_annotations, check_labels};
use crate::view::DomainMappingView;
use crate::{CreateDomainMappingError, Run};

/// A domain to be mapped in the project of the permit.
#[derive(Clone, PartialEq, Debug)]
pub struct NewDomainMapping {
    /// The region of the service; where it is not said, that of the only service of the name.
    pub location: Option<Location>,
    /// The domain.
    pub domain: HostName,
    /// The service that it is to lead to.
    pub service: ServiceId,
    /// User's labels.
    pub labels: BTreeMap<String, String>,
    /// User's annotations.
    pub annotations: BTreeMap<String, String>,
    /// `AUTOMATIC` or `NONE`, in the API's spelling; empty when not said. Kept and shown: certificates are made
    /// nowhere here.
    pub certificate_mode: String,
    /// Whether it is created or only checked.
    pub mode: Mode,
}

impl Run {
    /// Maps a domain to a service. From then on requests to it are the service's, where its policy lets them in.
    pub async fn create_domain_mapping(
        &self,
        context: &Context,
        permit: Permit<RunDomainmappingsCreate>,
        new: NewDomainMapping,
    ) -> Result<DomainMappingView, CreateDomainMappingError> {
        if !may_be_mapped(&new.domain)
            || self.routes.owns(&new.domain)
            || self.is_of_the_universe(&new.domain)
        {
            return Err(CreateDomainMappingError::Domain(new.domain));
        }
        check_annotations("metadata.annotations", &new.annotations)?;
        check_labels("metadata.labels", &new.labels)?;
        let location = match new.location {
            Some(location) => location,
            None => self.location_of(&permit, &new.service)?,
        };
        let name = DomainMappingName { project: permit.name().clone(), location, domain: new.domain.clone() };
        let record = DomainMappingRecord {
            name: name.clone(),
            uid: draw_uid(context),
            service: new.service,
            labels: new.labels,
            annotations: new.annotations,
            certificate_mode: new.certificate_mode,
            creator: permit.principal().to_string(),
            create_time: context.now(),
        };
        let key = DomainMappingKey(name.clone());
        if self.store.find::<DomainMappingRecord>(&key).await?.is_some() {
            return Err(CreateDomainMappingError::AlreadyExists(new.domain));
        }
        let view = self.mapped(record.clone());
        if new.mode == Mode::ValidateOnly {
            return Ok(view);
        }
        let detail = serde_json::json!({ "service": record.service });
        let entry = audit::entry(context, &permit, name, Some(&record.uid), detail);
        let plan = Plan::new()
            .expect(Expectation::Is(permit.name().clone().into(), permit.uid().clone()))
            .expect(Expectation::Absent(key.into()))
            .put(Record::DomainMapping(record))
            .audit(entry);
        match self.store.apply(plan).await {
            Ok(_) => Ok(view),
            Err(ApplyError::AlreadyExists(_)) => Err(CreateDomainMappingError::AlreadyExists(new.domain)),
            Err(error) => Err(CreateDomainMappingError::StoreFailed(error)),
        }
    }

    /// The region of the project's only service of that name.
    fn location_of(
        &self,
        permit: &Permit<RunDomainmappingsCreate>,
        service: &ServiceId,
    ) -> Result<Location, CreateDomainMappingError> {
        self.region_of(permit.name(), service)
            .ok_or_else(|| CreateDomainMappingError::Location(service.clone()))
    }

    fn is_of_the_universe(&self, domain: &HostName) -> bool {
        let own = self.universe.domain().as_str();
        domain.as_str().strip_suffix(own).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    }
}

/// A name of the public DNS: at least two labels, no address, nothing of this machine (RFC 6761 §6.3).
fn may_be_mapped(domain: &HostName) -> bool {
    let Some((_, top)) = domain.as_str().rsplit_once('.') else { return false };
    top != "localhost" && top.bytes().any(|byte| byte.is_ascii_alphabetic()) && !domain.as_str().contains('_')
}
