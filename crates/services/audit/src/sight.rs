//! How much of a decision one reader may see: of policies above what it may read, that there are some, and no more.

use names::ResourceName;
use store::{CheckRecord, PermissionDecision};

/// What one reader may see.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Sight {
    /// Every policy.
    Everything,
    /// The policies of these resources and of what is in them.
    Of(Vec<ResourceName>),
}

/// What stands for what is not shown.
const ABOVE: &str = "a policy above, which you may not see";

impl Sight {
    /// The decision, without what other policies say.
    pub fn limited(&self, mut decision: PermissionDecision) -> PermissionDecision {
        let mut checks: Vec<CheckRecord> = Vec::with_capacity(decision.checks.len());
        for check in decision.checks {
            let check = if self.shows(check.level.as_deref()) { check } else { hidden(check.passed) };
            // How many there are is not shown either.
            if checks.last() != Some(&check) {
                checks.push(check);
            }
        }
        decision.checks = checks;
        if !self.shows(decision.ground_level.as_deref()) {
            decision.ground = Some(ABOVE.to_owned());
            decision.ground_level = None;
        }
        if !self.shows(decision.command_level.as_deref()) {
            decision.command = None;
            decision.command_level = None;
        }
        decision
    }

    /// Whether it may see what the policies of a resource say. What is told of none is told to everybody.
    fn shows(&self, level: Option<&str>) -> bool {
        let (Self::Of(seen), Some(level)) = (self, level) else { return true };
        ResourceName::parse(level).is_ok_and(|level| {
            let project = level.project().cloned().map(ResourceName::from);
            seen.contains(&level) || project.is_some_and(|project| seen.contains(&project))
        })
    }
}

fn hidden(passed: bool) -> CheckRecord {
    CheckRecord {
        subject: ABOVE.to_owned(),
        expected: "to let it pass".to_owned(),
        found: if passed { "it does" } else { "it does not" }.to_owned(),
        passed,
        level: None,
    }
}

#[cfg(test)]
mod tests {
    use names::Revision;

    use super::*;

    fn check(subject: &str, level: Option<&str>) -> CheckRecord {
        CheckRecord {
            subject: subject.to_owned(),
            expected: "a binding of a role".to_owned(),
            found: "secret".to_owned(),
            passed: false,
            level: level.map(str::to_owned),
        }
    }

    fn decision() -> PermissionDecision {
        PermissionDecision {
            permission: "run.routes.invoke".to_owned(),
            resource: "projects/demo/locations/l/services/hello".to_owned(),
            revision: Revision(3),
            ground: Some("user:boss@example.com has roles/owner on organizations/1".to_owned()),
            checks: vec![
                check("the account", None),
                check("the service", Some("projects/demo/locations/l/services/hello")),
                check("the project", Some("projects/demo")),
                check("one", Some("organizations/1")),
                check("two", Some("organizations/1")),
                check("what cannot be read", Some("???")),
            ],
            command: Some("doorward add-deny-policy-exception".to_owned()),
            asker: None,
            ground_level: Some("organizations/1".to_owned()),
            command_level: Some("organizations/1".to_owned()),
        }
    }

    fn of(names: &[&str]) -> Sight {
        Sight::Of(names.iter().map(|name| ResourceName::parse(name).unwrap()).collect())
    }

    #[test]
    fn who_reads_one_project_sees_nothing_of_what_is_above_or_beside_it() {
        let seen = of(&["projects/demo"]).limited(decision());
        let subjects: Vec<_> = seen.checks.iter().map(|check| check.subject.as_str()).collect();
        assert_eq!(subjects, ["the account", "the service", "the project", ABOVE]);
        assert_eq!((seen.ground.as_deref(), seen.command), (Some(ABOVE), None));
        let seen = of(&["projects/other"]).limited(decision());
        assert!(seen.checks[1..].iter().all(|check| check.subject == ABOVE && check.found != "secret"));
    }

    #[test]
    fn who_reads_what_is_above_too_sees_it() {
        let seen = of(&["projects/demo", "organizations/1"]).limited(decision());
        assert_eq!((seen.checks.len(), seen.ground), (6, decision().ground));
        assert_eq!(seen.checks[5].subject, ABOVE, "what names nothing is not shown");
        assert_eq!(Sight::Everything.limited(decision()), decision());
    }
}
