//! Whether they may.

use access::Refused;
use http::{HeaderName, HeaderValue};
use iam::{Cause, Ground, Openness};
use jiff::Timestamp;
use names::Principal;
use run::RoutedService;

use crate::asked::Asked;
use crate::decide::Routed;
use crate::identify::{Identified, Identity};
use crate::invocation::InvocationPermit;
use crate::per_core::Core;
use crate::record::Noted;
use crate::refusal::Refusal;

/// A request that may be forwarded to the service that the permit is for. Made only by [`Core::authorise`].
pub(crate) struct Permitted<R> {
    pub(crate) routed: Routed<R>,
    pub(crate) permit: InvocationPermit,
    /// The audience of the token that was looked at.
    pub(crate) audience: Option<String>,
    /// The credential that was looked at, as the service may see it.
    pub(crate) credential: Option<(HeaderName, HeaderValue)>,
    /// When the credential that was sent ends, whether it counted or not.
    pub(crate) expires_at: Option<Timestamp>,
}

impl Core {
    /// Asks for the permit to invoke the service that the request was routed to.
    pub(crate) fn authorise<R: AsRef<Asked>>(
        &self,
        identified: Identified<R>,
        now: Timestamp,
        noted: &mut Noted,
    ) -> Result<Permitted<R>, Refusal> {
        let Identified { routed, identity } = identified;
        let service = &routed.entered.service;
        let name = &service.name;
        let ask = |principal: &Principal| InvocationPermit::ask(&self.sources.access, principal, name, now);
        let decided = ask(identity.principal());
        noted.decided(service, &decided);
        if self.sources.access.is_deleted(name.project()) {
            return Err(Refusal::RouteNotFound);
        }
        let permit = match decided {
            Ok(permit) => permit,
            // A token of an account that is gone is worth as much as none: an open service stays open.
            Err(refused) if has_fallen(&refused) => {
                let decided = ask(&Principal::Anonymous);
                if decided.is_ok() {
                    noted.decided(service, &decided);
                }
                decided.map_err(|_| Refusal::AccountState)?
            }
            Err(refused) => return Err(refusal(refused, identity, service)),
        };
        if *permit.uid() != service.uid {
            // The name was given to another service between the two looks.
            return Err(Refusal::RouteNotFound);
        }
        // No check was made of who called, so the credential is not the gate's to change.
        let checked =
            !matches!(permit.ground(), Ground::Open(Openness::AllUsers | Openness::InvokerIamDisabled));
        let token = match identity {
            Identity::Known(token) => Some(token),
            Identity::Nobody(_) | Identity::Silent => None,
        };
        let expires_at = token.as_ref().map(|token| token.expires_at);
        let bearer = routed.request.as_ref().bearer.as_ref().ok();
        let (audience, credential) = match (token, bearer) {
            (Some(token), Some(bearer)) if checked => {
                (Some(token.audience.clone()), Some((bearer.header.clone(), bearer.without_signature())))
            }
            _ => (None, None),
        };
        Ok(Permitted { routed, permit, audience, credential, expires_at })
    }
}

fn has_fallen(refused: &Refused) -> bool {
    match refused {
        Refused::Denied(denied) => {
            matches!(denied.denial.cause, Cause::AccountDeleted | Cause::AccountDisabled)
        }
        Refused::NotFound { .. } => false,
    }
}

fn refusal(refused: Refused, identity: Identity, service: &RoutedService) -> Refusal {
    match (identity, refused) {
        (Identity::Nobody(why), _) => why,
        (Identity::Silent, _) => Refusal::CredentialsMissing { audience: service.audiences[0].clone() },
        (Identity::Known(token), Refused::Denied(denied)) => Refusal::PermissionDenied {
            principal: token.principal.clone(),
            service: service.name.clone(),
            overridden: denied.is_overridden(),
            repair: denied.told().map(|repair| repair.to_string().into()),
        },
        (Identity::Known(token), Refused::NotFound { .. }) => Refusal::PermissionDenied {
            principal: token.principal.clone(),
            service: service.name.clone(),
            overridden: false,
            repair: None,
        },
    }
}
