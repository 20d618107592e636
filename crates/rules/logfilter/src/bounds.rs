//! What can be told of every entry that matches, so that a store need not read the others.

use jiff::Timestamp;

use crate::Node;
use crate::compare::{Leaf, Operand, Test};
use crate::token::Operator;

/// What every entry that matches has in common.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Bounds {
    /// Its timestamp is not before this instant.
    pub since: Option<Timestamp>,
    /// Its timestamp is not after this instant.
    pub until: Option<Timestamp>,
    /// It is of the log with this ID, decoded.
    pub log_id: Option<String>,
    /// It is of none of the logs with these IDs, decoded.
    pub other_log_ids: Vec<String>,
    /// Its resource has this type, in whatever case.
    pub resource_type: Option<String>,
}

impl Bounds {
    pub(crate) fn of(node: &Node) -> Self {
        let mut bounds = Self::default();
        bounds.narrow(node);
        bounds
    }

    fn narrow(&mut self, node: &Node) {
        match node {
            Node::All(nodes) => nodes.iter().for_each(|node| self.narrow(node)),
            // One of them alone is all of them.
            Node::Any(nodes) => {
                if let [node] = nodes.as_slice() {
                    self.narrow(node);
                }
            }
            Node::Leaf(leaf) => self.narrow_by(leaf),
            Node::Not(node) => {
                if let Node::Leaf(Leaf::LogId(id)) = &**node {
                    self.other_log_ids.push(id.clone());
                }
            }
        }
    }

    fn narrow_by(&mut self, leaf: &Leaf) {
        let Leaf::Compare { field, test: Test::With(operator, operand) } = leaf else {
            if let Leaf::LogId(id) = leaf {
                self.log_id = Some(id.clone());
            }
            return;
        };
        let path: Vec<&str> = field.path.iter().map(String::as_str).collect();
        match (path.as_slice(), operator, operand) {
            (["timestamp"], Operator::Equal | Operator::Has, Operand::Time(instant)) => {
                self.begin(*instant);
                self.end(*instant);
            }
            (["timestamp"], Operator::Greater | Operator::GreaterOrEqual, Operand::Time(instant)) => {
                self.begin(*instant);
            }
            (["timestamp"], Operator::Less | Operator::LessOrEqual, Operand::Time(instant)) => {
                self.end(*instant);
            }
            (["logName"], Operator::Equal, Operand::LogName { log_id: Some(id), .. }) => {
                self.log_id = Some(id.clone());
            }
            (["resource", "type"], Operator::Equal, Operand::Text(text)) => {
                self.resource_type = Some(text.clone());
            }
            _ => {}
        }
    }

    fn begin(&mut self, instant: Timestamp) {
        self.since = self.since.max(Some(instant));
    }

    fn end(&mut self, instant: Timestamp) {
        self.until = Some(self.until.map_or(instant, |until| until.min(instant)));
    }
}
