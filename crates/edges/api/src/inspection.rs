//! What a token says, and what it is good for.

use access::Access;
use context::Context;
use iam::Permission;
use iam::permission::{
    CloudfunctionsFunctionsGet, CloudfunctionsFunctionsInvoke, RunRoutesInvoke, RunServicesGet,
};
use names::{Principal, ResourceName};
use problem::Problem;
use run::{Invoked, RouteTable};
use tokens::{ApiAudience, ApiFamily, Authority, Effect, Inspection, TokenKind, Tokens};
use tonic::{Request, Response, Status};
use wire::doorward::v1::inspection::Kind;
use wire::doorward::v1::tokens_server::Tokens as Served;
use wire::doorward::v1::{InspectTokenRequest, Inspection as Message, Use};

use crate::call::reply;
use crate::logging::of_object;
use crate::method::api_hosts;
use crate::refusal::invalid;
use crate::surface;

/// Tokens, read for whoever holds them.
pub(crate) struct Inspections {
    access: Access,
    anywhere: ApiAudience,
    routes: RouteTable,
    tokens: Tokens,
}

impl Inspections {
    pub(crate) fn new(access: Access, routes: RouteTable, tokens: Tokens, own: Vec<Authority>) -> Self {
        let hosts = api_hosts(access.universe());
        let anywhere = ApiAudience { hosts, own, family: ApiFamily::Other, effect: Effect::Read };
        Self { access, anywhere, routes, tokens }
    }

    fn inspect(&self, context: &Context, token: &str) -> Result<Message, Problem> {
        let token = token.trim();
        if token.is_empty() || token.len() > MOST_BYTES {
            return Err(invalid("token", format!("a token has 1 to {MOST_BYTES} bytes")));
        }
        let inspection = self.tokens.inspect(context.now(), token, &self.anywhere);
        let uses = self.uses(context, &inspection);
        Ok(Message {
            kind: match inspection.kind {
                TokenKind::Access => Kind::AccessToken,
                TokenKind::Id => Kind::IdToken,
                TokenKind::SelfSigned => Kind::SelfSigned,
                TokenKind::Unknown => Kind::Unknown,
            }
            .into(),
            header: inspection.header.map(of_object),
            claims: inspection.claims.map(of_object),
            fault: inspection.fault.unwrap_or_default(),
            principal: inspection.principal.map(|principal| principal.to_string()).unwrap_or_default(),
            expire_time: inspection.expires_at.map(wire::time::timestamp),
            uses,
        })
    }

    fn uses(&self, context: &Context, inspection: &Inspection) -> Vec<Use> {
        let possible = inspection.fault.is_none();
        let counts = |why: &str| match &inspection.fault {
            None => why.to_owned(),
            Some(fault) => fault.clone(),
        };
        match inspection.kind {
            TokenKind::Access => vec![
                said(APIS, possible, counts("within its scopes, and as far as policies allow its principal")),
                said(SERVICES, false, "a service takes ID tokens only: `doorward token identity`".to_owned()),
            ],
            TokenKind::Id => {
                let apis = "an API takes access tokens: `doorward token access`".to_owned();
                let mut uses = self.services(context, inspection);
                uses.push(said(APIS, false, apis));
                uses
            }
            TokenKind::SelfSigned => vec![
                said(APIS, possible, counts("the one that is its audience, or those of its scopes")),
                said(SERVICES, false, "a service takes ID tokens only: `doorward token identity`".to_owned()),
            ],
            TokenKind::Unknown => {
                let why = "it is no token of this Doorward or of one of its accounts";
                vec![said(APIS, false, why.to_owned()), said(SERVICES, false, why.to_owned())]
            }
        }
    }

    /// Which services the ID token opens: those that take its audience, as the gate asks them.
    fn services(&self, context: &Context, inspection: &Inspection) -> Vec<Use> {
        let (Some(principal), Some(audience)) = (&inspection.principal, &inspection.audience) else {
            let fault = inspection.fault.clone().unwrap_or_default();
            return vec![said(SERVICES, false, fault)];
        };
        let mut taking = self.routes.taking(audience, MOST_SERVICES + 1);
        if taking.is_empty() {
            let own = audience == self.access.universe().gcloud_client_id();
            let why = if own {
                "gcloud's own client ID is its audience, and this Doorward takes such tokens for no service, or has none"
                    .to_owned()
            } else {
                format!("no service takes its audience {audience}")
            };
            return vec![said(SERVICES, false, why)];
        }
        if audience == self.access.universe().gcloud_client_id() {
            let why =
                "any of them, as gcloud's own client ID is its audience, where its principal may invoke it";
            return vec![said(SERVICES, true, why.to_owned())];
        }
        let more = taking.len() > MOST_SERVICES;
        taking.truncate(MOST_SERVICES);
        let mut uses: Vec<_> =
            taking.iter().map(|service| self.invocation(context, principal, &service.name)).collect();
        if more {
            uses.push(said(SERVICES, true, "more of them take its audience".to_owned()));
        }
        uses
    }

    /// Whether the principal may invoke the service or function. Its name is told to who may see it only.
    fn invocation(&self, context: &Context, principal: &Principal, invoked: &Invoked) -> Use {
        let resource = ResourceName::from(invoked.clone());
        let (permission, seen, kind) = match invoked {
            Invoked::Function(name) => {
                let seen = self.access.permit::<CloudfunctionsFunctionsGet>(context, name).is_ok();
                (CloudfunctionsFunctionsInvoke::NAME, seen, "a function")
            }
            Invoked::Service(name) => {
                let seen = self.access.permit::<RunServicesGet>(context, name).is_ok();
                (RunRoutesInvoke::NAME, seen, "a service")
            }
        };
        let named = if seen { resource.to_string() } else { format!("{kind} that takes its audience") };
        let purpose = format!("calling {named}");
        let Some(explanation) = self.access.explain(principal, &resource, permission, context.now(), None)
        else {
            return said(&purpose, false, "it is gone".to_owned());
        };
        let told = explanation.told(principal, permission, &resource);
        let repair = told.filter(|_| seen).map(|repair| repair.to_string());
        match explanation.outcome {
            // Who sees a service may not see what policies above its project say.
            Ok(ground) if ground.level().is_some_and(|level| level.project() != resource.project()) => {
                said(&purpose, true, "a policy above its project grants it".to_owned())
            }
            Ok(ground) if seen => said(&purpose, true, ground.to_string()),
            Ok(_) => said(&purpose, true, format!("{principal} has {permission}")),
            Err(_) => Use {
                command: repair.unwrap_or_default(),
                ..said(&purpose, false, format!("{principal} lacks {permission} on it"))
            },
        }
    }
}

fn said(purpose: &str, possible: bool, why: String) -> Use {
    Use { purpose: purpose.to_owned(), possible, why, command: String::new() }
}

#[tonic::async_trait]
impl Served for Inspections {
    async fn inspect_token(
        &self,
        request: Request<InspectTokenRequest>,
    ) -> Result<Response<Message>, Status> {
        reply(&surface::DOORWARD, request, |context, message| async move {
            self.inspect(&context, &message.token)
        })
        .await
    }
}

const APIS: &str = "calling APIs";
const SERVICES: &str = "calling private services";
/// As long as the longest token that any place takes.
const MOST_BYTES: usize = 16 << 10;
/// How many services are told one by one.
const MOST_SERVICES: usize = 5;
