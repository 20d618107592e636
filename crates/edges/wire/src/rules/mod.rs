//! The HTTP rules of gRPC methods (`google.api.http`): which verb and path call which method, and where its fields are.
//!
//! [`Rules::find`] walks a tree of path segments. At each segment a literal is preferred to `*` and `*` to `**`, so that
//! of two rules for one path the more specific answers: `/v1/{resource=projects/*}:getIamPolicy` before
//! `/v1/{resource=**}:getIamPolicy`. Two services with rules of the very same shape, which Google tells apart by host
//! name, are told apart by `Host` here ([`Rule::host`]), and the first in the descriptor set answers any other host.

mod template;
mod tree;
mod unserved;

pub use template::{Segment, Template, TemplateError, Variable};
pub use unserved::{LineError, Unserved};

use crate::google::api::{HttpRule, http_rule::Pattern};
use http::Method;
use prost_reflect::{DescriptorPool, MethodDescriptor, Value};
use tree::Tree;

/// All rules of a descriptor set.
#[derive(Debug)]
pub struct Rules {
    rules: Vec<Rule>,
    tree: Tree,
}

/// One way to call one method.
#[derive(Clone, Debug)]
pub struct Rule {
    /// HTTP verb.
    pub verb: Method,
    /// What paths look like.
    pub template: Template,
    /// Which field of the request message the body is.
    pub body: Body,
    /// Which field of the response message is answered; `None`: the message.
    pub response_body: Option<String>,
    /// The gRPC method.
    pub method: MethodDescriptor,
    /// First label of the service's host name at Google, such as `cloudscheduler`; empty when the service names none.
    pub host: String,
}

/// Where the JSON body goes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Body {
    /// Into one field.
    Field(String),
    /// Into all fields that the path does not set.
    Message,
    /// Nowhere: fields come from the path and the query.
    Nowhere,
}

/// A rule and what the path says.
#[derive(Debug)]
pub struct Found<'a> {
    /// The rule.
    pub rule: &'a Rule,
    /// Field path (`job.name`) and decoded value of each variable.
    pub variables: Vec<(&'a str, String)>,
}

/// Why no rule answers a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum NotFound {
    /// No rule has this path.
    #[error("no method has this path")]
    Path,
    /// Rules have this path, with other verbs.
    #[error("no method has this path with this verb")]
    Verb,
}

/// Why a descriptor set's rules cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RuleError {
    /// The set does not know `google.api.http`, or an option of it cannot be decoded.
    #[error("{method}: the HTTP rule cannot be decoded")]
    Option {
        /// Full name of the method.
        method: String,
    },
    /// A path template that does not follow the grammar.
    #[error("{method}: {path}")]
    Template {
        /// Full name of the method.
        method: String,
        /// The template.
        path: String,
        /// What is wrong with it.
        #[source]
        source: TemplateError,
    },
    /// A custom verb that is no HTTP method.
    #[error("{method}: {verb:?} is no HTTP method")]
    Verb {
        /// Full name of the method.
        method: String,
        /// The verb.
        verb: String,
    },
}

impl Rules {
    /// The rules of all methods in a descriptor set, additional bindings included.
    ///
    /// # Errors
    ///
    /// For the first rule that does not follow `google/api/http.proto`.
    pub fn of(pool: &DescriptorPool) -> Result<Self, RuleError> {
        let mut rules = Vec::new();
        for service in pool.services() {
            for method in service.methods() {
                for rule in options(pool, &method)? {
                    rules.push(Rule::new(pool, &method, rule)?);
                }
            }
        }
        let mut tree = Tree::default();
        for (index, rule) in rules.iter().enumerate() {
            tree.insert(&rule.template, &rule.verb, index);
        }
        Ok(Self { rules, tree })
    }

    /// The rule for a request, and the values in its path. `path` is as it came, percent-encoded; `host` is the request's
    /// authority or empty.
    ///
    /// # Errors
    ///
    /// [`NotFound`], never because of the path's form: any text is a path.
    pub fn find(&self, verb: &Method, host: &str, path: &str) -> Result<Found<'_>, NotFound> {
        let (candidates, segments) = self.tree.find(verb, path)?;
        let candidates = || candidates.iter().filter_map(|&index| self.rules.get(index));
        let named = candidates().find(|rule| names_host(host, &rule.host));
        let rule = named.or_else(|| candidates().next()).ok_or(NotFound::Verb)?;
        Ok(Found { rule, variables: rule.template.bind(&segments) })
    }

    /// Every rule, in the order of the descriptor set.
    pub fn iter(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter()
    }
}

impl Rule {
    fn new(pool: &DescriptorPool, method: &MethodDescriptor, rule: HttpRule) -> Result<Self, RuleError> {
        let name = || method.full_name().to_owned();
        let (verb, path) = match rule.pattern {
            Some(Pattern::Delete(path)) => (Method::DELETE, path),
            Some(Pattern::Get(path)) => (Method::GET, path),
            Some(Pattern::Patch(path)) => (Method::PATCH, path),
            Some(Pattern::Post(path)) => (Method::POST, path),
            Some(Pattern::Put(path)) => (Method::PUT, path),
            Some(Pattern::Custom(custom)) => {
                let verb = custom.kind.parse();
                (verb.map_err(|_| RuleError::Verb { method: name(), verb: custom.kind })?, custom.path)
            }
            None => return Err(RuleError::Option { method: name() }),
        };
        let template = path.parse().map_err(|source| RuleError::Template { method: name(), path, source })?;
        let body = match rule.body.as_str() {
            "" => Body::Nowhere,
            "*" => Body::Message,
            field => Body::Field(field.to_owned()),
        };
        let response_body = Some(rule.response_body).filter(|field| !field.is_empty());
        Ok(Self { verb, template, body, response_body, method: method.clone(), host: host(pool, method) })
    }
}

impl std::fmt::Display for Rule {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let body = match &self.body {
            Body::Field(field) => format!(" body={field}"),
            Body::Message => " body=*".to_owned(),
            Body::Nowhere => String::new(),
        };
        write!(formatter, "{} {} -> {}{body}", self.verb, self.template, self.method.full_name())
    }
}

/// The rules in a method's options: the first and its additional bindings.
fn options(pool: &DescriptorPool, method: &MethodDescriptor) -> Result<Vec<HttpRule>, RuleError> {
    let error = || RuleError::Option { method: method.full_name().to_owned() };
    let extension = pool.get_extension_by_name("google.api.http").ok_or_else(error)?;
    let options = method.options();
    if !options.has_extension(&extension) {
        return Ok(Vec::new());
    }
    let option = options.get_extension(&extension);
    let mut rule: HttpRule =
        option.as_message().and_then(|rule| rule.transcode_to().ok()).ok_or_else(error)?;
    let mut rules = std::mem::take(&mut rule.additional_bindings);
    rules.insert(0, rule);
    Ok(rules)
}

fn host(pool: &DescriptorPool, method: &MethodDescriptor) -> String {
    let Some(extension) = pool.get_extension_by_name("google.api.default_host") else { return String::new() };
    let options = method.parent_service().options();
    match options.get_extension(&extension).as_ref() {
        Value::String(host) => first_label(host).to_owned(),
        _ => String::new(),
    }
}

/// Whether a request's host is that of a service: `run.googleapis.com`, `us-central1-run.googleapis.com`, or the same
/// under another universe's domain.
fn names_host(host: &str, service: &str) -> bool {
    let label = first_label(host);
    !service.is_empty()
        && label.strip_suffix(service).is_some_and(|region| region.is_empty() || region.ends_with('-'))
}

fn first_label(host: &str) -> &str {
    host.split(['.', ':']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests;
