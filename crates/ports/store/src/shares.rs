//! How much of the sending one owner and one project may have.

use std::collections::BTreeMap;

use names::{ProjectId, Uid};

/// What is being sent at once, counted by owner and by project, with the most of each: so that whoever has much to
/// send, or sends to what never answers, leaves room for others.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shares {
    per_owner: u32,
    per_project: u32,
    owners: BTreeMap<Uid, u32>,
    projects: BTreeMap<ProjectId, u32>,
}

impl Shares {
    /// Nothing is being sent yet, and at once may be so many deliveries of one owner and of one project. Of each at
    /// least 1, or nothing would ever be sent.
    pub fn of(per_owner: u32, per_project: u32) -> Self {
        let (owners, projects) = (BTreeMap::new(), BTreeMap::new());
        Self { per_owner: per_owner.max(1), per_project: per_project.max(1), owners, projects }
    }

    /// Nobody ever has too much.
    pub fn unlimited() -> Self {
        Self::of(u32::MAX, u32::MAX)
    }

    /// Counts one more, unless its owner or its project has its share already.
    #[must_use = "what is not counted must not be sent"]
    pub fn take(&mut self, owner: &Uid, project: &ProjectId) -> bool {
        let of_owner = self.owners.get(owner).copied().unwrap_or_default();
        let of_project = self.projects.get(project).copied().unwrap_or_default();
        if of_owner >= self.per_owner || of_project >= self.per_project {
            return false;
        }
        self.owners.insert(owner.clone(), of_owner + 1);
        self.projects.insert(project.clone(), of_project + 1);
        true
    }

    /// Counts one less, of those that were taken.
    pub fn give_back(&mut self, owner: &Uid, project: &ProjectId) {
        lessen(&mut self.owners, owner);
        lessen(&mut self.projects, project);
    }

    /// Owners that have their share.
    pub fn full_owners(&self) -> impl Iterator<Item = &Uid> {
        self.owners.iter().filter(|(_, count)| **count >= self.per_owner).map(|(owner, _)| owner)
    }

    /// Projects that have their share.
    pub fn full_projects(&self) -> impl Iterator<Item = &ProjectId> {
        self.projects.iter().filter(|(_, count)| **count >= self.per_project).map(|(project, _)| project)
    }
}

/// Whoever has nothing is forgotten, so that the counts stay as small as what is being sent.
fn lessen<K: Ord + Clone>(counts: &mut BTreeMap<K, u32>, key: &K) {
    match counts.get_mut(key) {
        Some(count) if *count > 1 => *count -= 1,
        _ => drop(counts.remove(key)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uid(text: &str) -> Uid {
        Uid::parse(text).unwrap()
    }

    fn project(text: &str) -> ProjectId {
        ProjectId::parse(text).unwrap()
    }

    #[test]
    fn nobody_takes_more_than_a_share_and_what_is_given_back_can_be_taken_again() {
        let (bakery, mill) = (project("bakery"), project("mill-1"));
        let mut shares = Shares::of(2, 3);
        assert!(shares.take(&uid("bread"), &bakery));
        assert!(shares.take(&uid("bread"), &bakery));
        assert!(!shares.take(&uid("bread"), &bakery), "the owner's share");
        assert_eq!(shares.full_owners().collect::<Vec<_>>(), [&uid("bread")]);
        assert!(shares.take(&uid("cake"), &bakery));
        assert!(!shares.take(&uid("cake"), &bakery), "the project's share");
        assert_eq!(shares.full_projects().collect::<Vec<_>>(), [&bakery]);
        assert!(shares.take(&uid("flour"), &mill));
        shares.give_back(&uid("bread"), &bakery);
        assert_eq!((shares.full_owners().count(), shares.full_projects().count()), (0, 0));
        assert!(shares.take(&uid("bread"), &bakery));
    }

    #[test]
    fn counts_are_forgotten_with_what_was_sent() {
        let mut shares = Shares::of(1, 1);
        assert!(shares.take(&uid("bread"), &project("bakery")));
        shares.give_back(&uid("bread"), &project("bakery"));
        assert_eq!(shares, Shares::of(1, 1));
    }

    #[test]
    fn a_share_of_nothing_is_a_share_of_one() {
        assert!(Shares::of(0, 0).take(&uid("bread"), &project("bakery")));
    }
}
