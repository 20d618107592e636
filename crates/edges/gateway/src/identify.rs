//! Who calls.

use std::rc::Rc;

use jiff::Timestamp;
use names::Principal;
use tokens::{IdTokenRejected, VerifiedIdToken};

use crate::asked::Asked;
use crate::bearer::{Bearer, NoBearer};
use crate::decide::Routed;
use crate::per_core::Core;
use crate::refusal::Refusal;

/// A request with whoever sent it.
pub(crate) struct Identified<R> {
    pub(crate) routed: Routed<R>,
    pub(crate) identity: Identity,
}

/// Who sent it.
pub(crate) enum Identity {
    /// Somebody whose token for this service verified.
    Known(Rc<VerifiedIdToken>),
    /// Nobody in particular, although a credential was sent, and what to say where that is not enough.
    Nobody(Refusal),
    /// Nobody in particular: no credential was sent.
    Silent,
}

impl Identity {
    pub(crate) fn principal(&self) -> &Principal {
        match self {
            Self::Known(token) => &token.principal,
            Self::Nobody(_) | Self::Silent => &Principal::Anonymous,
        }
    }
}

impl Core {
    /// Reads and verifies the credential. One that does not count makes the caller nobody: a service that is open to
    /// everybody stays so (facts §2.2). Only a request that says two things about its caller is refused here.
    pub(crate) fn identify<R: AsRef<Asked>>(
        &self,
        routed: Routed<R>,
        now: Timestamp,
    ) -> Result<Identified<R>, Refusal> {
        let audience = || routed.entered.service.audiences[0].clone();
        let identity = match &routed.request.as_ref().bearer {
            Ok(bearer) => self.known(&routed, bearer, now).unwrap_or_else(Identity::Nobody),
            Err(NoBearer::Absent) => Identity::Silent,
            Err(NoBearer::Malformed) => Identity::Nobody(Refusal::TokenInvalid { audience: audience() }),
            Err(NoBearer::Repeated) => return Err(Refusal::TokenInvalid { audience: audience() }),
        };
        Ok(Identified { routed, identity })
    }

    fn known<R>(&self, routed: &Routed<R>, bearer: &Bearer, now: Timestamp) -> Result<Identity, Refusal> {
        let verified = self.tokens.borrow_mut().verify(&*self.sources.id_tokens, bearer.token(), now);
        let service = &routed.entered.service;
        let expected = || service.audiences[0].clone();
        let token = verified.map_err(|rejected| match rejected {
            IdTokenRejected::Expired { at } => Refusal::TokenExpired { at, audience: expected() },
            IdTokenRejected::BadSignature
            | IdTokenRejected::Malformed
            | IdTokenRejected::NotYetValid
            | IdTokenRejected::SubjectUnknown
            | IdTokenRejected::UnknownKey
            | IdTokenRejected::WrongIssuer { .. } => Refusal::TokenInvalid { audience: expected() },
        })?;
        if !service.takes(&token.audience) {
            let (expected, found) = (expected(), token.audience.clone());
            let gcloud = found == self.sources.access.universe().gcloud_client_id();
            return Err(if gcloud {
                Refusal::GcloudAudience { expected, found }
            } else {
                Refusal::AudienceMismatch { expected, found }
            });
        }
        Ok(Identity::Known(token))
    }
}
