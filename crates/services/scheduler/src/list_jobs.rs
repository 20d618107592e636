//! The jobs of a project in one region.

use std::collections::BTreeMap;

use iam::Permit;
use iam::permission::CloudschedulerJobsList;
use names::{JobName, Location, ParentName};
use store::{JobRecord, Page};

use crate::{Job, Scheduler, StoreFailed};

/// Why no jobs were listed.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// The store failed.
    #[error("the jobs could not be read")]
    StoreFailed(#[source] StoreFailed),
}

/// One page of jobs, in the order of their names.
#[derive(Clone, Debug, PartialEq)]
pub struct JobListing {
    /// The jobs.
    pub jobs: Vec<Job>,
    /// Where the next page starts; `None` on the last one.
    pub next: Option<String>,
}

impl Scheduler {
    /// A page of the jobs of the permit's project in this region; a page size above 500 means 500 (facts §7.1).
    pub async fn list(
        &self,
        permit: &Permit<CloudschedulerJobsList>,
        location: &Location,
        page: &Page,
    ) -> Result<JobListing, ListError> {
        let parent = ParentName { project: permit.name().clone(), location: location.clone() };
        let page = Page { after: page.after.clone(), limit: page.limit.clamp(1, LARGEST_PAGE) };
        let failed = |error: store::ReadError| ListError::StoreFailed(error.into());
        let listing =
            self.parts.store.list::<JobRecord>(&format!("{parent}/jobs/"), &page).await.map_err(failed)?;
        let names: Vec<JobName> = listing.records.iter().map(|stored| stored.record.name.clone()).collect();
        let states = self.parts.store.backend().job_states(&names).await.map_err(failed)?;
        let mut states: BTreeMap<_, _> =
            states.into_iter().map(|state| (state.job_uid.clone(), state)).collect();
        let jobs = listing.records.into_iter().map(|stored| {
            let state = states.remove(&stored.record.uid);
            Job::of(stored.record, state)
        });
        Ok(JobListing { jobs: jobs.collect(), next: listing.next })
    }
}

const LARGEST_PAGE: u32 = 500;
