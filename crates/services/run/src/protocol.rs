//! What is spoken to the program behind a service.

use store::RevisionTemplate;

/// What the gate speaks to an address (facts §2.6). A program that Doorward did not start speaks what its owner says.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Protocol {
    /// HTTP/2 without TLS and from the first byte, for a port named `h2c`: gRPC needs it.
    H2c,
    /// HTTP/1.1.
    #[default]
    Http1,
}

impl Protocol {
    /// What the port of the template's container says.
    pub(crate) fn of(template: &RevisionTemplate) -> Self {
        let port = template.containers.first().and_then(|container| container.ports.first());
        match port {
            Some(port) if port.name == "h2c" => Self::H2c,
            _ => Self::Http1,
        }
    }
}
