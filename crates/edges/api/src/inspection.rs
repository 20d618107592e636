//! What a token says, and what it is good for.

use access::Access;
use context::Context;
use iam::permission::RunRoutesInvoke;
use iam::{Explanation, Permission};
use jiff::Timestamp;
use names::{HostName, Principal, ResourceName};
use problem::Problem;
use run::RouteTable;
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
        let uses = self.uses(&inspection, context.now());
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

    fn uses(&self, inspection: &Inspection, now: Timestamp) -> Vec<Use> {
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
                vec![self.service(inspection, now), said(APIS, false, apis)]
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

    /// Whether the ID token opens the service that it is for.
    fn service(&self, inspection: &Inspection, now: Timestamp) -> Use {
        let (Some(principal), Some(audience)) = (&inspection.principal, &inspection.audience) else {
            let fault = inspection.fault.clone().unwrap_or_default();
            return said(SERVICES, false, fault);
        };
        if audience == self.access.universe().gcloud_client_id() {
            let why =
                "any of them, as gcloud's own client ID is its audience, where its principal may invoke it";
            return said(SERVICES, true, why.to_owned());
        }
        let host = audience.strip_prefix("https://").and_then(|host| HostName::parse(host).ok());
        let service = host.and_then(|host| self.routes.lookup(&host)).map(|entered| entered.service);
        let Some(service) = service.filter(|service| service.audiences.contains(audience)) else {
            let why = format!("no service that its host leads to takes its audience {audience}");
            return said(SERVICES, false, why);
        };
        let resource = ResourceName::from(service.name.clone());
        match self.access.explain(principal, &resource, RunRoutesInvoke::NAME, now) {
            Some(explanation) => invocation(principal, &resource, explanation),
            None => said(SERVICES, false, format!("{resource} does not exist")),
        }
    }
}

fn invocation(principal: &Principal, service: &ResourceName, explanation: Explanation) -> Use {
    let purpose = format!("calling {service}");
    match explanation.outcome {
        Ok(ground) => said(&purpose, true, ground.to_string()),
        Err(_) => Use {
            command: explanation.repair.map(|repair| repair.to_string()).unwrap_or_default(),
            ..said(&purpose, false, format!("{principal} lacks {} on it", RunRoutesInvoke::NAME))
        },
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
