//! What a program is told about itself.

use names::{Email, Location, ProjectId, ProjectNumber, Universe};

use crate::tree::{Leaf, Node, Token};

/// Who a program is, and where it runs.
#[derive(Clone, Debug)]
pub struct Instance {
    /// The service account that it is.
    pub account: Email,
    /// What tells it from other instances.
    pub id: String,
    /// The project's number.
    pub number: ProjectNumber,
    /// The project.
    pub project: ProjectId,
    /// The region.
    pub region: Location,
    /// The names that this cloud goes by.
    pub universe: Universe,
}

impl Instance {
    /// Everything from `/` on: what Cloud Run has (facts §6.2), and `aliases`, which clients ask for.
    pub(crate) fn tree(&self) -> Node {
        let number = self.number;
        let accounts = [DEFAULT.to_owned(), self.account.to_string()].map(|name| (name, self.account()));
        let instance = directory([
            ("id", Node::Leaf(Leaf::Text(self.id.clone()))),
            ("region", Node::Leaf(Leaf::Text(format!("projects/{number}/regions/{}", self.region)))),
            ("service-accounts", Node::Directory(accounts.into())),
            ("zone", Node::Leaf(Leaf::Text(format!("projects/{number}/zones/{}-1", self.region)))),
        ]);
        let project = directory([
            ("numeric-project-id", Node::Leaf(Leaf::Number(number.get()))),
            ("project-id", Node::Leaf(Leaf::Text(self.project.to_string()))),
        ]);
        let universe =
            directory([("universe-domain", Node::Leaf(Leaf::Text(self.universe.domain().to_string())))]);
        let version = directory([("instance", instance), ("project", project), ("universe", universe)]);
        directory([("computeMetadata", directory([("v1", version)]))])
    }

    fn account(&self) -> Node {
        directory([
            ("aliases", Node::Leaf(Leaf::Lines(vec![DEFAULT.to_owned()]))),
            ("email", Node::Leaf(Leaf::Text(self.account.to_string()))),
            ("identity", Node::Token(Token::Identity)),
            ("scopes", Node::Leaf(Leaf::Lines(vec![CLOUD_PLATFORM.to_owned()]))),
            ("token", Node::Token(Token::Access)),
        ])
    }
}

fn directory<const COUNT: usize>(entries: [(&str, Node); COUNT]) -> Node {
    Node::Directory(entries.map(|(name, node)| (name.to_owned(), node)).into())
}

/// What an access token is for when nobody says.
pub(crate) const CLOUD_PLATFORM: &str = "https://www.googleapis.com/auth/cloud-platform";
const DEFAULT: &str = "default";
