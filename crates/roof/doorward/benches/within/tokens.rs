//! Tokens per second: minted, sealed, checked.

use std::sync::Arc;
use std::time::{Duration, Instant};

use context::{Caller, Context, Seeded, Stopped};
use iam::permission::IamServiceAccountsGetOpenIdToken;
use iam::{Delegated, Permit};
use names::{AccountName, Principal, Secret};
use testbed::{PROJECT, Testbed};
use tokens::{AuthorizedParty, IdTokenRequest};

use crate::rate::per_second;

const EACH: Duration = Duration::from_secs(5);
/// So few that each is signed once and then carried again.
const AUDIENCES: usize = 500;

pub async fn run() {
    let testbed = Testbed::start().await;
    let account = testbed.make_account("runner").await;
    let name = AccountName::parse_canonical(&format!("projects/{PROJECT}/serviceAccounts/{}", account.email))
        .unwrap();
    let tokens = &testbed.house.tokens;
    let owner = testbed.house.access.named("user:owner@doorward.localhost").unwrap();
    let clock = Arc::new(Stopped::at_second(testbed.now().as_second()));
    let context = Context::new(Caller::of(owner.clone()), clock, Arc::new(Seeded::new(1)));

    let mut minted: Vec<Secret<String>> = Vec::new();
    let started = Instant::now();
    while started.elapsed() < EACH {
        minted.push(mint(&testbed, &context, &owner, &name, minted.len()).await);
    }
    println!(
        "ID tokens minted, each for an audience of its own (RS256, 2048 bits): {:.0}/s",
        per_second(minted.len(), started)
    );

    let gate = tokens.id_tokens();
    let (started, mut checked) = (Instant::now(), 0);
    while started.elapsed() < EACH {
        let token = &minted[checked % minted.len()];
        gate.verify(token.reveal(), context.now()).unwrap();
        checked += 1;
    }
    println!("ID tokens checked, each as if for the first time: {:.0}/s", per_second(checked, started));
    println!("What a token costs that is remembered: `cargo xtask bench gate`.");

    let (started, mut carried) = (Instant::now(), 0);
    while started.elapsed() < EACH {
        let permit = permit(&testbed, &context, &owner, &name);
        let request = request(carried % AUDIENCES);
        tokens.carry_id_token(&context, Delegated::direct(permit), request).await.unwrap();
        carried += 1;
    }
    println!(
        "ID tokens from cache, as deliveries carry them, for {AUDIENCES} audiences in turn: {:.0}/s",
        per_second(carried, started)
    );
}

async fn mint(
    testbed: &Testbed,
    context: &Context,
    owner: &Principal,
    name: &AccountName,
    number: usize,
) -> Secret<String> {
    let permit = permit(testbed, context, owner, name);
    let minted = testbed.house.tokens.mint_id_token(context, Delegated::direct(permit), request(number));
    minted.await.unwrap()
}

fn permit(
    testbed: &Testbed,
    context: &Context,
    owner: &Principal,
    name: &AccountName,
) -> Permit<IamServiceAccountsGetOpenIdToken> {
    testbed.house.access.permit_as(owner, name, context.now()).unwrap()
}

fn request(number: usize) -> IdTokenRequest {
    IdTokenRequest {
        audience: format!("https://service-{number}.example.com"),
        include_email: true,
        include_organization_number: false,
        azp: AuthorizedParty::UniqueId,
    }
}
