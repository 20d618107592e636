//! Why a service cannot be as wished.

use std::time::Duration;

use names::NameError;

use crate::{ImageError, TrafficError};

/// Why a service cannot be as wished.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SpecError {
    /// An annotation of a namespace that belongs to the system.
    #[error("{key:?} is reserved: v2 has a field of its own for every annotation of {namespace}")]
    AnnotationReserved {
        /// `annotations` or `template.annotations`, or the same of labels.
        field: &'static str,
        /// The key.
        key: String,
        /// Its namespace.
        namespace: &'static str,
    },
    /// More annotations than their limit of bytes allows.
    #[error("annotations take {bytes} bytes, at most 262144 are allowed")]
    AnnotationsTooLarge {
        /// Which ones.
        field: &'static str,
        /// How many bytes keys and values take.
        bytes: usize,
    },
    /// More requests at once than an instance may be given.
    #[error("{found} requests at once: 0 (the default) to 1000 are allowed")]
    Concurrency {
        /// What was asked for.
        found: i32,
    },
    /// There is nothing to run.
    #[error("a service needs a container")]
    ContainerMissing,
    /// An audience that no token could carry, or too many of them.
    #[error("custom audiences must be texts without spaces or control characters, 32768 bytes in all")]
    CustomAudience,
    /// The description is too long.
    #[error("{characters} characters: at most 512 are allowed")]
    DescriptionTooLong {
        /// How many it has.
        characters: usize,
    },
    /// More environment variables than a container may have.
    #[error("{found} environment variables: at most 1000 are allowed")]
    EnvironmentCount {
        /// How many there are.
        found: usize,
    },
    /// An environment variable without a usable name.
    #[error("{name:?} is not a name for an environment variable, or is one that the platform sets")]
    EnvironmentName {
        /// The name.
        name: String,
    },
    /// An environment variable with a value that is too long.
    #[error("the value of {name:?} has {bytes} bytes: at most 32768 are allowed")]
    EnvironmentValue {
        /// The name, cut to 200 characters.
        name: String,
        /// How many bytes the value has.
        bytes: usize,
    },
    /// The image cannot be served.
    #[error(transparent)]
    Image(ImageError),
    /// A label that breaks the rules for labels.
    #[error(
        "{key:?} is not a label: keys and values have at most 63 lower-case letters, digits, _ and -, a key may have a domain and / in front, and there are at most 64"
    )]
    Label {
        /// `labels` or `template.labels`.
        field: &'static str,
        /// The key.
        key: String,
    },
    /// A setting that exists in the API but is not served here yet.
    #[error("{field} is not supported yet")]
    NotYet {
        /// Its path in the API's spelling.
        field: String,
    },
    /// Not one port of a container, under a name that says what is spoken there.
    #[error("a container has one port, from 1 to 65535, whose name is http1, h2c or empty")]
    Port,
    /// A limit that is no quantity, or of a resource that there is not.
    #[error("{key:?} is not limited by a quantity: cpu and memory are, such as 1 and 512Mi")]
    ResourceLimit {
        /// What is to be limited.
        key: String,
    },
    /// A name that the service's revisions cannot have.
    #[error(
        "{name:?} is not a revision of this service: expected its ID, a hyphen, and lower-case letters, digits and hyphens, 63 characters in all"
    )]
    RevisionName {
        /// The name, cut to 200 characters.
        name: String,
    },
    /// Numbers of instances that contradict each other.
    #[error("instances are counted from 0, and the most are not fewer than the least")]
    Scaling {
        /// `scaling` or `template.scaling`.
        field: &'static str,
    },
    /// The runtime account is not an e-mail.
    #[error(transparent)]
    ServiceAccount(NameError),
    /// A request may not take that long.
    #[error("{} seconds: at most 3600 are allowed", found.as_secs())]
    TimeoutTooLong {
        /// What was asked for.
        found: Duration,
    },
    /// All of it together is too much.
    #[error("the service takes {bytes} bytes as it is stored: at most 1048576 are allowed")]
    TooLarge {
        /// How many.
        bytes: usize,
    },
    /// Requests cannot be divided so.
    #[error(transparent)]
    Traffic(#[from] TrafficError),
}

impl SpecError {
    /// The path of the field, below the service, in the API's spelling; empty for the service itself.
    pub fn field(&self) -> &str {
        match self {
            Self::AnnotationReserved { field, .. }
            | Self::AnnotationsTooLarge { field, .. }
            | Self::Label { field, .. } => field,
            Self::Concurrency { .. } => "template.maxInstanceRequestConcurrency",
            Self::ContainerMissing => "template.containers",
            Self::CustomAudience => "customAudiences",
            Self::DescriptionTooLong { .. } => "description",
            Self::EnvironmentCount { .. } | Self::EnvironmentName { .. } | Self::EnvironmentValue { .. } => {
                "template.containers[0].env"
            }
            Self::Image(_) => "template.containers[0].image",
            Self::NotYet { field } => field,
            Self::Port => "template.containers[0].ports",
            Self::ResourceLimit { .. } => "template.containers[0].resources.limits",
            Self::RevisionName { .. } => "template.revision",
            Self::Scaling { field } => field,
            Self::ServiceAccount(_) => "template.serviceAccount",
            Self::TimeoutTooLong { .. } => "template.timeout",
            Self::TooLarge { .. } => "",
            Self::Traffic(_) => "traffic",
        }
    }
}
