//! HTTP targets and methods.

use std::collections::BTreeMap;

use super::{Authorization, ProvenIdentity};

/// `httpTarget`.
#[derive(Clone, Debug, PartialEq)]
pub struct HttpFields<I = ProvenIdentity> {
    /// `http://` or `https://`, at most 2083 bytes once encoded.
    pub uri: String,
    /// Absent means POST.
    pub method: Option<Method>,
    /// Headers; those that the scheduler computes are dropped.
    pub headers: BTreeMap<String, String>,
    /// Only with POST, PUT and PATCH.
    pub body: Vec<u8>,
    /// What the request carries to show who calls.
    pub authorization: Authorization<I>,
}

/// A method that a job can use (Cloud Scheduler v1, `HttpMethod`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is the method of its name")]
pub enum Method {
    Delete,
    Get,
    Head,
    Options,
    Patch,
    Post,
    Put,
}

impl Method {
    /// Every method, in alphabetical order.
    pub const ALL: [Self; 7] =
        [Self::Delete, Self::Get, Self::Head, Self::Options, Self::Patch, Self::Post, Self::Put];

    /// The method in capitals.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Delete => "DELETE",
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Options => "OPTIONS",
            Self::Patch => "PATCH",
            Self::Post => "POST",
            Self::Put => "PUT",
        }
    }

    /// Whether a request to an HTTP target may have a body (facts §7.2: only POST, PUT and PATCH).
    pub fn takes_body(self) -> bool {
        matches!(self, Self::Patch | Self::Post | Self::Put)
    }

    /// Whether App Engine has it (facts §7.2: neither PATCH nor OPTIONS).
    pub fn is_of_app_engine(self) -> bool {
        !matches!(self, Self::Options | Self::Patch)
    }

    pub(super) fn of_record(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == text)
    }
}

impl<I> HttpFields<I> {
    /// A target of which nothing is said yet.
    pub(crate) fn empty() -> Self {
        Self {
            uri: String::new(),
            method: None,
            headers: BTreeMap::new(),
            body: Vec::new(),
            authorization: Authorization::Nothing,
        }
    }
}
