//! Who is at the other end of a connection.

use std::net::SocketAddr;

use names::ProjectId;
use outbound::DeliveryKind;

/// The other end of a connection, as this process knows it; nothing a request says changes it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Peer {
    /// Doorward's own delivery of a job, task or message, inside this process.
    Delivery {
        /// What kind of delivery.
        kind: DeliveryKind,
        /// The project of the resource that asked for it.
        project: ProjectId,
    },
    /// A socket.
    Network(SocketAddr),
}
