//! What every change of a template leaves behind.

use context::Context;
use names::{Revision, RevisionId, RevisionName, ServiceName};
use store::{AccountRecord, Expectation, ReadError, RevisionRecord, ServiceRecord};

use crate::operation::draw_uid;
use crate::template::check_template;
use crate::traffic::{revision_of, targets};
use crate::{Run, SpecError, TrafficError};

impl Run {
    /// The next revision of a service, from its template, which runs as this account; the record then has it as its
    /// latest.
    pub(crate) fn next_revision(
        &self,
        context: &Context,
        creator: &str,
        runs_as: Option<&AccountRecord>,
        record: &mut ServiceRecord,
    ) -> Result<RevisionRecord, SpecError> {
        let backend = check_template(&record.template, &self.images)?;
        record.revisions_made += 1;
        record.latest_revision = revision_id(context, record)?;
        Ok(RevisionRecord {
            name: RevisionName { service: record.name.clone(), revision: record.latest_revision.clone() },
            uid: draw_uid(context),
            template: record.template.clone(),
            backend,
            launch_stage: record.launch_stage.clone(),
            service_account_unique_id: runs_as.map(|account| account.unique_id.clone()),
            creator: creator.to_owned(),
            create_time: context.now(),
        })
    }

    /// That every revision that the traffic names is there, or is made in the same plan; as what the plan expects.
    pub(crate) async fn named_revisions(
        &self,
        record: &ServiceRecord,
        made: Option<&RevisionRecord>,
    ) -> Result<Result<Vec<Expectation>, TrafficError>, ReadError> {
        let mut expected = Vec::new();
        for revision in record.traffic.iter().filter_map(|target| target.revision.as_ref()) {
            let name = RevisionName { service: record.name.clone(), revision: revision.clone() };
            if made.is_some_and(|made| made.name == name) {
                continue;
            }
            match self.store.find::<RevisionRecord>(&name).await? {
                Some(stored) => expected.push(Expectation::Is(name.into(), stored.record.uid)),
                None => return Ok(Err(TrafficError::UnknownRevision { revision: revision.clone() })),
            }
        }
        Ok(Ok(expected))
    }

    /// The oldest revisions that nothing is sent to, beyond as many as are kept.
    pub(crate) async fn surplus(&self, record: &ServiceRecord) -> Result<Vec<RevisionName>, ReadError> {
        if record.revisions_made <= MOST_REVISIONS as u64 {
            return Ok(Vec::new());
        }
        let mut revisions = self.revisions_of(&record.name).await?;
        let surplus = (revisions.len() + 1).saturating_sub(MOST_REVISIONS);
        // A revision is written once: when it is made.
        revisions.sort_by_key(|(_, written_at)| *written_at);
        revisions.retain(|(name, _)| !is_used(record, &name.revision));
        Ok(revisions.into_iter().take(surplus).map(|(name, _)| name).collect())
    }

    /// The names of the service's revisions, and when each was made.
    pub(crate) async fn revisions_of(
        &self,
        service: &ServiceName,
    ) -> Result<Vec<(RevisionName, Revision)>, ReadError> {
        self.store.keys::<RevisionRecord>(&format!("{service}/revisions/")).await
    }
}

/// Whether requests can be sent to the revision, by share or by tag.
pub(crate) fn is_used(record: &ServiceRecord, revision: &RevisionId) -> bool {
    targets(record).iter().any(|target| revision_of(target, record) == revision)
}

/// The name that the template asks for, or `SERVICE-00001-abc` (facts §2.5).
fn revision_id(context: &Context, record: &ServiceRecord) -> Result<RevisionId, SpecError> {
    let service = record.name.service.as_str();
    let asked = record.template.revision.as_str();
    if asked.is_empty() {
        let mut chance = context.randomness().number();
        let mut letter = || {
            let letter = LETTERS[(chance % LETTERS.len() as u64) as usize];
            chance /= LETTERS.len() as u64;
            char::from(letter)
        };
        let letters: String = (0..3).map(|_| letter()).collect();
        let name = format!("{service}-{:05}-{letters}", record.revisions_made);
        return Ok(
            RevisionId::parse(&name).expect("49 characters, two hyphens, a short number and three letters")
        );
    }
    let own = asked.strip_prefix(service).is_some_and(|rest| rest.starts_with('-') && rest.len() > 1);
    RevisionId::parse(asked)
        .ok()
        .filter(|_| own)
        .ok_or_else(|| SpecError::RevisionName { name: asked.chars().take(200).collect() })
}

/// As at Google; older ones that nothing is sent to make room for new ones.
const MOST_REVISIONS: usize = 1000;
/// No vowels, so that no words come out.
const LETTERS: &[u8; 20] = b"bcdfghjklmnpqrstvwxz";
