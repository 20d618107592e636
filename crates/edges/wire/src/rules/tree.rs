//! The index of rules: a tree of path segments.

use super::{
    NotFound,
    template::{Segment, Template, decode},
};
use http::Method;
use std::collections::HashMap;

/// A place in the tree: what may follow, and which rules end here.
#[derive(Debug, Default)]
pub struct Tree {
    literals: HashMap<String, Tree>,
    any: Option<Box<Tree>>,
    here: Ends,
    /// Rules that end in `**` after this place.
    rest: Ends,
}

/// Rules by custom verb (empty: none) and HTTP verb. Several rules of one shape are in the order of the descriptor set.
type Ends = HashMap<String, Vec<(Method, Vec<usize>)>>;

impl Tree {
    /// Adds the rule with this index.
    pub fn insert(&mut self, template: &Template, verb: &Method, rule: usize) {
        let mut place = self;
        let mut ends_in_rest = false;
        for segment in &template.segments {
            match segment {
                Segment::Any => place = place.any.get_or_insert_default(),
                Segment::Literal(text) => place = place.literals.entry(text.clone()).or_default(),
                Segment::Rest => ends_in_rest = true,
            }
        }
        let ends = if ends_in_rest { &mut place.rest } else { &mut place.here };
        let verbs = ends.entry(template.verb.clone().unwrap_or_default()).or_default();
        match verbs.iter_mut().find(|(other, _)| other == verb) {
            Some((_, rules)) => rules.push(rule),
            None => verbs.push((verb.clone(), vec![rule])),
        }
    }

    /// The rules for a path, most specific first, and its raw segments without the custom verb.
    ///
    /// What follows the last colon is taken as a custom verb if any rule fits then, else as part of the last segment:
    /// project IDs such as `example.com:demo` have colons too. Each place of the tree is visited at most once per reading
    /// of the path, since its depth is its only index into the path.
    pub fn find<'p>(&self, verb: &Method, path: &'p str) -> Result<(&[usize], Vec<&'p str>), NotFound> {
        let whole = path.strip_prefix('/').ok_or(NotFound::Path)?;
        let last = whole.rfind('/').map_or(0, |slash| slash + 1);
        let mut nearest = NotFound::Path;
        if let Some(colon) = whole[last..].rfind(':') {
            let (path, custom) = (&whole[..last + colon], &whole[last + colon + 1..]);
            let segments: Vec<_> = path.split('/').collect();
            if !custom.is_empty() {
                match self.walk(&segments, custom, verb, &mut nearest) {
                    Some(rules) => return Ok((rules, segments)),
                    // A known path with a custom verb is that method, whatever the HTTP verb.
                    None if nearest == NotFound::Verb => return Err(nearest),
                    None => {}
                }
            }
        }
        let segments: Vec<_> = whole.split('/').collect();
        match self.walk(&segments, "", verb, &mut nearest) {
            Some(rules) => Ok((rules, segments)),
            None => Err(nearest),
        }
    }

    fn walk(
        &self,
        segments: &[&str],
        custom: &str,
        verb: &Method,
        nearest: &mut NotFound,
    ) -> Option<&[usize]> {
        let Some((segment, following)) = segments.split_first() else {
            return end(&self.here, custom, verb, nearest);
        };
        if segment.is_empty() {
            return None;
        }
        let literal = self.literals.get(&*decode(segment, false));
        literal
            .and_then(|place| place.walk(following, custom, verb, nearest))
            .or_else(|| self.any.as_ref()?.walk(following, custom, verb, nearest))
            .or_else(|| {
                let full = following.iter().all(|segment| !segment.is_empty());
                full.then(|| end(&self.rest, custom, verb, nearest))?
            })
    }
}

fn end<'t>(ends: &'t Ends, custom: &str, verb: &Method, nearest: &mut NotFound) -> Option<&'t [usize]> {
    let verbs = ends.get(custom)?;
    *nearest = NotFound::Verb;
    verbs.iter().find(|(known, _)| known == verb).map(|(_, rules)| rules.as_slice())
}
