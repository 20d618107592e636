//! The rules for dividing requests between revisions (facts §2.5).

use std::collections::BTreeSet;

use names::{ProjectNumber, RevisionId, TrafficTag, Universe};
use store::{ServiceRecord, TrafficTarget};

/// Why requests cannot be divided so.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TrafficError {
    /// More targets than are kept.
    #[error("{found} traffic targets: at most 2000 are allowed")]
    Count {
        /// How many there are.
        found: usize,
    },
    /// More than everything, or less.
    #[error("the percentages of the traffic targets come to {found}, not to 100")]
    Sum {
        /// What they come to.
        found: u64,
    },
    /// Tag and service do not fit into a host name together.
    #[error(
        "the tag {tag} and the service's name are too long together: a DNS label has at most 63 characters"
    )]
    TagLength {
        /// The tag.
        tag: TrafficTag,
    },
    /// Two targets have one tag.
    #[error("the tag {tag} is there twice")]
    TagTwice {
        /// The tag.
        tag: TrafficTag,
    },
    /// The service has no such revision.
    #[error("the service has no revision {revision}")]
    UnknownRevision {
        /// Its name.
        revision: RevisionId,
    },
}

/// Checks everything that can be told from the record alone.
pub(crate) fn check_traffic(
    record: &ServiceRecord,
    universe: &Universe,
    number: Option<ProjectNumber>,
) -> Result<(), TrafficError> {
    let traffic = &record.traffic;
    if traffic.len() > MOST_TARGETS {
        return Err(TrafficError::Count { found: traffic.len() });
    }
    let found: u64 = traffic.iter().map(|target| u64::from(target.percent)).sum();
    if !traffic.is_empty() && found != 100 {
        return Err(TrafficError::Sum { found });
    }
    let mut tags = BTreeSet::new();
    for tag in traffic.iter().filter_map(|target| target.tag.as_ref()) {
        if !tags.insert(tag) {
            return Err(TrafficError::TagTwice { tag: tag.clone() });
        }
        let hosts = number.map(|number| universe.run_hosts_of_tag(tag, &record.name, number));
        if hosts.is_some_and(|hosts| hosts.is_none_or(|hosts| hosts.public().count() < 2)) {
            return Err(TrafficError::TagLength { tag: tag.clone() });
        }
    }
    Ok(())
}

/// How requests are divided: all of them go to the latest revision unless something else is said.
pub(crate) fn targets(record: &ServiceRecord) -> Vec<TrafficTarget> {
    if record.traffic.is_empty() {
        vec![TrafficTarget { revision: None, percent: 100, tag: None }]
    } else {
        record.traffic.clone()
    }
}

/// The revision that a target leads to.
pub(crate) fn revision_of<'a>(target: &'a TrafficTarget, record: &'a ServiceRecord) -> &'a RevisionId {
    target.revision.as_ref().unwrap_or(&record.latest_revision)
}

const MOST_TARGETS: usize = 2000;
