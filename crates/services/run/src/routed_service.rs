//! A service, or a function of the first generation, as the gate sees it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use context::Randomness;
use names::{FunctionName, ProjectId, ProjectNumber, RevisionName, ServiceName, TrafficTag, Uid, Universe};
use routes::{Ingress, Origin, Split, Target};
use store::{
    BackendRecord, FunctionGeneration, FunctionRecord, RevisionRecord, RevisionTemplate, ServiceRecord,
};

use crate::functions::url_of;
use crate::traffic::{revision_of, targets};
use crate::{Backend, BuiltIn, Config, GcloudAudience, Image, Invoked, Protocol};

/// What the gate must know of a service, or of a function of the first generation, to decide about a request and to forward it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RoutedService {
    /// What a decision is about.
    pub name: Invoked,
    /// What it is.
    pub uid: Uid,
    /// The number of its project.
    pub number: ProjectNumber,
    /// Audiences that a token for it may carry (facts §2.2); at least one, the one to ask for first.
    pub audiences: Vec<String>,
    /// From where it may be called at all.
    pub ingress: Ingress,
    /// Whether a request that could be read on its way is taken at all (facts §2.7).
    pub transport: Transport,
    split: Split<Arc<ServedRevision>>,
    tagged: BTreeMap<TrafficTag, Arc<ServedRevision>>,
}

/// How requests may come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Transport {
    /// However the gate takes them.
    Any,
    /// Over TLS; others are sent there: `SECURE_ALWAYS` of a function.
    Encrypted,
}

/// A revision that requests are sent to, or what runs for a function of the first generation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ServedRevision {
    /// Its canonical name; `None` for a function, which has no revisions.
    pub name: Option<RevisionName>,
    /// Where its requests go.
    pub backend: Backend,
    /// What is spoken there.
    pub protocol: Protocol,
    /// How long a request may take.
    pub timeout: Duration,
}

/// A service or a function, entered at one of its hosts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entered {
    /// The service.
    pub service: Arc<RoutedService>,
    pub(crate) target: Target,
    pub(crate) below: Option<String>,
}

impl Entered {
    /// Whether the service may be called from there at all. `delivery_of` is the project that a delivery of this
    /// process is made for, and nothing where the request came in any other way (facts §2.4).
    pub fn admits(&self, delivery_of: Option<&ProjectId>) -> bool {
        let own_url = self.target != Target::Domain;
        let origin = match delivery_of {
            Some(project) if own_url && project == self.service.name.project() => Origin::Inside,
            _ => Origin::Outside,
        };
        self.service.ingress.admits(origin)
    }

    /// The target to send, in origin form, where the path began with the name of the function; `None` to send it as it
    /// came.
    pub fn below(&self) -> Option<&str> {
        self.below.as_deref()
    }

    /// The revision that answers this request: what the tag in the host name says, or by chance as the traffic says.
    pub fn revision(&self, chance: &dyn Randomness) -> Arc<ServedRevision> {
        let tagged = match &self.target {
            Target::Domain | Target::Service => None,
            Target::Tag(tag) => self.service.tagged.get(tag),
        };
        tagged.unwrap_or_else(|| self.service.split.choose(|| chance.number())).clone()
    }
}

impl Transport {
    fn of(record: &FunctionRecord) -> Self {
        if record.security_level == "SECURE_ALWAYS" { Self::Encrypted } else { Self::Any }
    }
}

impl ServedRevision {
    /// `None` where what is stored cannot be served.
    pub(crate) fn of(record: &RevisionRecord) -> Option<Self> {
        let served = Self::running(&record.template, &record.backend, DEFAULT_TIMEOUT)?;
        Some(Self { name: Some(record.name.clone()), ..served })
    }

    fn running(
        template: &RevisionTemplate,
        backend: &BackendRecord,
        default_timeout: Duration,
    ) -> Option<Self> {
        let backend = match backend {
            BackendRecord::Address(url) => Image::parse(url).ok()?.into_backend(),
            BackendRecord::Hello => Backend::BuiltIn(BuiltIn::Hello),
        };
        Some(Self {
            name: None,
            backend,
            protocol: Protocol::of(template),
            timeout: template.timeout.filter(|timeout| !timeout.is_zero()).unwrap_or(default_timeout),
        })
    }
}

impl RoutedService {
    /// Whether a token for this audience may be for the service (facts §2.2).
    pub fn takes(&self, audience: &str) -> bool {
        self.audiences.iter().any(|own| own == audience)
    }

    /// A function of the first generation. `None` for one of the second, which is its service.
    pub(crate) fn of_function(
        record: &FunctionRecord,
        number: ProjectNumber,
        universe: &Universe,
        config: &Config,
    ) -> Option<Self> {
        let FunctionGeneration::First { backend, .. } = &record.generation else { return None };
        let served = ServedRevision::running(&record.template, backend, DEFAULT_TIMEOUT_OF_FUNCTIONS)?;
        let mut audiences: Vec<_> = url_of(universe, &record.name).into_iter().collect();
        audiences.extend(gcloud_audience(universe, config));
        Some(Self {
            name: Invoked::Function(record.name.clone()),
            uid: record.uid.clone(),
            number,
            audiences,
            ingress: record.ingress,
            transport: Transport::of(record),
            split: Split::new(vec![(100, Arc::new(served))])?,
            tagged: BTreeMap::new(),
        })
    }

    /// `None` where a revision that requests are sent to is not there. A function that owns the service has a URL for it.
    pub(crate) fn of(
        record: &ServiceRecord,
        function: Option<&FunctionName>,
        number: ProjectNumber,
        universe: &Universe,
        config: &Config,
        revision: impl Fn(&RevisionName) -> Option<Arc<ServedRevision>>,
    ) -> Option<Self> {
        let (mut shares, mut tagged) = (Vec::new(), BTreeMap::new());
        for target in targets(record) {
            let name =
                RevisionName { service: record.name.clone(), revision: revision_of(&target, record).clone() };
            let served = revision(&name)?;
            if let Some(tag) = target.tag {
                tagged.insert(tag, served.clone());
            }
            shares.push((target.percent, served));
        }
        Some(Self {
            name: Invoked::Service(record.name.clone()),
            uid: record.uid.clone(),
            number,
            audiences: audiences(record, function, number, universe, config),
            ingress: record.ingress,
            transport: Transport::Any,
            split: Split::new(shares)?,
            tagged,
        })
    }
}

/// Every value of the service's `urls` and those of its tags, the URL of the function that owns it, what its project
/// added, and its name as a path.
fn audiences(
    record: &ServiceRecord,
    function: Option<&FunctionName>,
    number: ProjectNumber,
    universe: &Universe,
    config: &Config,
) -> Vec<String> {
    let ServiceName { service, location, .. } = &record.name;
    let mut audiences = Vec::new();
    if !record.default_uri_disabled {
        let tags = record.traffic.iter().filter_map(|target| target.tag.as_ref());
        let tagged = tags.filter_map(|tag| universe.run_hosts_of_tag(tag, &record.name, number));
        for hosts in std::iter::once(universe.run_hosts(&record.name, number)).chain(tagged) {
            audiences.extend(hosts.public().map(|host| format!("https://{host}")));
        }
    }
    audiences.extend(function.and_then(|function| url_of(universe, function)));
    audiences.extend(record.custom_audiences.iter().cloned());
    audiences.push(format!("/projects/{number}/locations/{location}/services/{service}"));
    audiences.extend(gcloud_audience(universe, config));
    audiences
}

fn gcloud_audience(universe: &Universe, config: &Config) -> Option<String> {
    let accepted = config.gcloud_audience == GcloudAudience::Accepted;
    accepted.then(|| universe.gcloud_client_id().to_owned())
}

/// Facts §2.6.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(300);
/// Facts §2.7.
pub(crate) const DEFAULT_TIMEOUT_OF_FUNCTIONS: Duration = Duration::from_secs(60);
