//! From where a service may be called at all.

/// From where requests are let in, whoever sends them (facts §2.4).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Ingress {
    /// From everywhere.
    #[default]
    All,
    /// Only from inside.
    Internal,
    /// From inside, and through a load balancer in front; nothing here is one, so that it is [`Ingress::Internal`].
    InternalAndLoadBalancer,
    /// From nowhere.
    Nowhere,
}

/// From where a request comes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Origin {
    /// Sent by the platform for a resource of the service's own project, to one of the service's own URLs.
    Inside,
    /// Anything else: the network, another project, a custom domain.
    Outside,
}

impl Ingress {
    /// Whether requests from there are let in.
    pub fn admits(self, origin: Origin) -> bool {
        match (self, origin) {
            (Self::All, _) => true,
            (Self::Internal | Self::InternalAndLoadBalancer, Origin::Inside) => true,
            (Self::Internal | Self::InternalAndLoadBalancer, Origin::Outside) => false,
            (Self::Nowhere, _) => false,
        }
    }
}
