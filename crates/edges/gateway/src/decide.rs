//! The one way from a request to a permit, for those that come and for those that are under way.

use http::uri::PathAndQuery;
use jiff::Timestamp;
use listen::{Peer, https_location};
use run::{Entered, Transport, Unroutable};

use crate::asked::Asked;
use crate::authorise::Permitted;
use crate::per_core::Core;
use crate::record::Noted;
use crate::refusal::{Malformed, Refusal};

/// A request and where it leads. What is decided next is decided about this service, and what is forwarded goes there.
pub(crate) struct Routed<R> {
    pub(crate) request: R,
    pub(crate) entered: Entered,
}

impl Core {
    /// Decides about a request as things stand: each step takes what the one before it made.
    pub(crate) fn decide<R: AsRef<Asked>>(
        &self,
        request: R,
        now: Timestamp,
        noted: &mut Noted,
    ) -> Result<Permitted<R>, Refusal> {
        let routed = self.route(request)?;
        noted.service(&routed.entered.service);
        let identified = self.identify(routed, now)?;
        noted.identity(&identified);
        self.authorise(identified, now, noted)
    }

    /// Finds the service by the request's host, and a function by its path, unless it may not be called from there, or not
    /// without TLS: that is answered before any credential is looked at (facts §2.1).
    fn route<R: AsRef<Asked>>(&self, request: R) -> Result<Routed<R>, Refusal> {
        let asked = request.as_ref();
        let target = asked.target.path_and_query().map_or("/", PathAndQuery::as_str);
        let found = self.sources.routes.find(asked.host(), target).map_err(|error| match error {
            Unroutable::Authority(_) => Refusal::Malformed(Malformed::Host),
            Unroutable::Path(_) => Refusal::Malformed(Malformed::Path),
        })?;
        let entered = found.ok_or(Refusal::RouteNotFound)?;
        let delivery_of = match asked.client.peer() {
            Peer::Delivery { project, .. } => Some(project),
            Peer::Network(_) => None,
        };
        if !entered.admits(delivery_of) {
            return Err(Refusal::IngressRefused { service: entered.service.clone() });
        }
        let wants_tls = entered.service.transport == Transport::Encrypted && asked.client.is_plain();
        if wants_tls && asked.client.can_come_over_tls() {
            let at = https_location(&asked.target, Some(&asked.host), HTTPS_PORT);
            let at = at.ok_or(Refusal::Malformed(Malformed::Host))?;
            return Err(Refusal::HttpsRequired { at, service: entered.service.clone() });
        }
        Ok(Routed { request, entered })
    }
}

const HTTPS_PORT: u16 = 443;
