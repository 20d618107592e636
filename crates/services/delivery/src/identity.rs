//! The token that a delivery carries.

use access::{Access, AccountState};
use context::{Caller, Context};
use iam::permission::{IamServiceAccountsGetAccessToken, IamServiceAccountsGetOpenIdToken};
use iam::{Permission, Permit};
use names::{AccountName, Principal, ProjectRef, Secret, ServiceAgent};
use store::{Delivery, DeliveryIdentity, TokenKind};
use tracing::warn;

use crate::noted::Noted;
use crate::{MintError, NoToken, Parts};

/// The token for this delivery, minted by the API's service agent; `None` for a delivery without identity.
///
/// The account is the one whose unique ID was stored when the delivery was accepted: whoever takes over its e-mail
/// later is somebody else, for whom nobody showed that they may be acted as.
pub(crate) async fn token(
    parts: &Parts,
    context: &Context,
    agent: ServiceAgent,
    delivery: &Delivery,
    noted: &mut Noted,
) -> Result<Option<Secret<String>>, NoToken> {
    let Some(identity) = &delivery.identity else { return Ok(None) };
    let DeliveryIdentity { service_account_email: email, service_account_unique_id, token } = identity;
    let Parts { access, mint, .. } = parts;
    let minter = agent_principal(access, agent, delivery)?;
    noted.agent = Some(minter.clone());
    let account = access
        .account(email)
        .filter(|account| account.unique_id == *service_account_unique_id)
        .ok_or_else(|| NoToken::AccountGone { email: email.clone() })?;
    let agent = Agent { access, context, minter: &minter, account: &account };

    let context =
        &Context::new(Caller::of(minter.clone()), context.clock().clone(), context.randomness().clone())
            .with_request_id(context.request_id().clone());
    let minted = match token {
        TokenKind::Access(scopes) => {
            let permit = agent.permit::<IamServiceAccountsGetAccessToken>(noted)?;
            mint.access_token(context, permit, scopes).await
        }
        TokenKind::Id(audience) => {
            let permit = agent.permit::<IamServiceAccountsGetOpenIdToken>(noted)?;
            mint.id_token(context, permit, audience).await
        }
    };
    match minted {
        Ok(token) => Ok(Some(token)),
        Err(MintError::AccountState) => Err(NoToken::AccountDisabled { email: email.clone() }),
        Err(error @ MintError::Unavailable(_)) => {
            warn!(delivery = %delivery.uid, error = &error as &dyn std::error::Error, "no token could be minted");
            Err(NoToken::Unavailable)
        }
    }
}

/// Who mints, and for whom.
struct Agent<'a> {
    access: &'a Access,
    context: &'a Context,
    minter: &'a Principal,
    account: &'a AccountState,
}

impl Agent<'_> {
    /// The agent's right to mint for the account, as long as the account stands.
    fn permit<P: Permission<Resource = AccountName>>(self, noted: &mut Noted) -> Result<Permit<P>, NoToken> {
        let Self { access, context, minter, account } = self;
        let decided = access.permit_as::<P>(minter, &account.name, context.now());
        noted.permission = Some(access::noted(&account.name, &decided));
        let permit = decided.map_err(|_| NoToken::NotGranted {
            agent: minter.email().cloned().unwrap_or_else(|| account.name.email.clone()),
            account: account.name.clone(),
            permission: P::NAME,
        })?;
        if account.disabled {
            return Err(NoToken::AccountDisabled { email: account.name.email.clone() });
        }
        Ok(permit)
    }
}

fn agent_principal(access: &Access, agent: ServiceAgent, delivery: &Delivery) -> Result<Principal, NoToken> {
    let missing = || NoToken::AgentMissing { api: agent.api, project: delivery.project.clone() };
    let project = access.project(&ProjectRef::Id(delivery.project.clone())).ok_or_else(missing)?;
    let email = access.universe().agent_email(&agent, project.number);
    let account = access.account(&email).ok_or_else(missing)?;
    Ok(Principal::ServiceAccount { email, unique_id: account.unique_id })
}
