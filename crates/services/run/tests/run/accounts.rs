//! Which account a service runs as, and the proof that its writer may act as that one.

use iam::Permit;
use iam::permission::IamServiceAccountsActAs;
use names::{AccountName, Email, ProjectId, RevisionName, UniqueId};
use run::*;
use store::{AccountKind, AccountRecord, Plan, Record};

use crate::support::*;

const FIRST: &str = "111111111111111111111";
const SECOND: &str = "122222222222222222222";

fn runner() -> Email {
    email("runner@demo.iam.gserviceaccount.com")
}

fn name(email: Email) -> AccountName {
    AccountName { project: ProjectId::parse("demo").unwrap(), email }
}

/// The permit to act as the account that has this unique ID.
fn as_runner(unique_id: &str) -> Permit<IamServiceAccountsActAs> {
    permit(name(runner()), &uid(unique_id))
}

fn of_runner(image: &str) -> ServiceSpec {
    let mut spec = of_image(image);
    spec.template.service_account = runner().to_string();
    spec
}

impl World {
    /// Makes the account `runner`, in place of one that there is.
    async fn runner(&self, unique_id: &str) {
        let account = AccountRecord {
            name: name(runner()),
            unique_id: UniqueId::parse(unique_id).unwrap(),
            uid: uid(unique_id),
            display_name: String::new(),
            description: String::new(),
            kind: AccountKind::UserManaged,
            disabled_at: None,
            generation: 1,
            create_time: self.context.now(),
        };
        self.store.apply(Plan::new().put(Record::Account(account))).await.unwrap();
    }

    async fn create_as(
        &self,
        act_as: Option<Permit<IamServiceAccountsActAs>>,
    ) -> Result<Operation, CreateError> {
        let new = new_hello(of_runner("gcr.io/cloudrun/hello"));
        self.run.create(&self.context, on_project(), new, act_as, None).await
    }

    /// The account that the latest revision runs as.
    async fn runs_as(&self) -> Option<UniqueId> {
        let record = self.hello_record().await;
        let name = RevisionName { service: hello(), revision: record.latest_revision };
        let stored = self.store.find::<RevisionRecord>(&name).await.unwrap().unwrap();
        stored.record.service_account_unique_id
    }
}

#[tokio::test]
async fn service_runs_as_an_account_only_with_the_permit_to_act_as_it() {
    let world = world().await;
    world.runner(FIRST).await;
    let other = permit(name(email("other@demo.iam.gserviceaccount.com")), &uid("u"));
    for act_as in [None, Some(other)] {
        let refused = world.create_as(act_as).await;
        assert!(matches!(refused, Err(CreateError::ActAs(account)) if account == runner()));
    }
    world.create_as(Some(as_runner(FIRST))).await.unwrap();

    // Whoever changes what runs decides what the account does.
    let patch = patch(&["template.containers"], of_image("http://127.0.0.1:9"));
    let needed = world.run.runtime_account_of_update(&world.on_hello().await, &patch).await.unwrap();
    assert_eq!(needed, Some(runner()));
    let refused = world.run.update(&world.context, world.on_hello().await, patch, None, None).await;
    assert!(matches!(refused, Err(UpdateError::ActAs(account)) if account == runner()));
}

#[tokio::test]
async fn revision_says_which_account_of_the_name_it_runs_as() {
    let world = world().await;
    world.runner(FIRST).await;
    world.create_as(Some(as_runner(FIRST))).await.unwrap();
    assert_eq!(world.runs_as().await, Some(UniqueId::parse(FIRST).unwrap()));
}

#[tokio::test]
async fn permit_for_an_account_that_is_gone_is_none_for_the_next_of_its_name() {
    let world = world().await;
    let refused = world.create_as(Some(as_runner(FIRST))).await;
    assert!(matches!(refused, Err(CreateError::ActAs(_))), "there is no such account");
    world.runner(FIRST).await;
    world.create_as(Some(as_runner(FIRST))).await.unwrap();
    world.runner(SECOND).await;
    let change = || patch(&["template"], of_runner("http://127.0.0.1:3001"));
    let update = |act_as| async {
        world.run.update(&world.context, world.on_hello().await, change(), Some(act_as), None).await
    };
    let refused = update(as_runner(FIRST)).await;
    assert!(matches!(refused, Err(UpdateError::ActAs(account)) if account == runner()));
    assert_eq!(world.runs_as().await, Some(UniqueId::parse(FIRST).unwrap()));
    update(as_runner(SECOND)).await.unwrap();
    assert_eq!(world.runs_as().await, Some(UniqueId::parse(SECOND).unwrap()));
}

#[tokio::test]
async fn nothing_is_written_as_an_account_that_went_away_meanwhile() {
    for _ in 0..5 {
        let world = world().await;
        world.runner(FIRST).await;
        let gone = world.store.apply(Plan::new().delete(name(runner())));
        let (created, gone) = tokio::join!(world.create_as(Some(as_runner(FIRST))), gone);
        let gone = gone.unwrap();
        match world.store.find::<ServiceRecord>(&hello()).await.unwrap() {
            Some(service) => assert!(service.revision < gone, "written while the account was there"),
            None => assert!(matches!(created, Err(CreateError::ActAs(_))), "{created:?}"),
        }
    }
}
