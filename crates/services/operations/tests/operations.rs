//! Operations over a real store.
#![expect(clippy::unwrap_used, reason = "a test that cannot set up its house has failed")]

use std::sync::Arc;

use context::{Caller, Context, Seeded, Stopped};
use iam::permission::{
    CloudfunctionsOperationsGet, CloudfunctionsOperationsList, RunOperationsDelete, RunOperationsGet,
    RunOperationsList,
};
use iam::{Binding, Grantee, Level, Permission, Permit, Policy, Question, Standing, Vouched};
use names::*;
use operations::{DeleteOperationError, GetOperationError, Operations};
use store::{Operation, OperationKind, OperationOutcome, Plan, Store, Work};
use store_sql::{DataDirectory, SqlStore};
use supervise::{Supervisor, Timer};

struct House {
    chance: Arc<Seeded>,
    operations: Operations,
    store: Store,
    _supervisor: Supervisor,
    _folder: tempfile::TempDir,
}

async fn house() -> House {
    let folder = tempfile::tempdir().unwrap();
    let supervisor = Supervisor::new(&Timer::wall());
    let directory = DataDirectory::lock(folder.path()).unwrap();
    let store = Store::on(SqlStore::open_sqlite(directory, supervisor.tasks()).await.unwrap());
    House {
        chance: Arc::new(Seeded::new(1)),
        operations: Operations::new(store.clone()),
        store,
        _supervisor: supervisor,
        _folder: folder,
    }
}

/// A permit of Ada's, who owns this project.
fn permit<P: Permission>(project: &str) -> Permit<P> {
    let ada = Principal::Person { email: "ada@example.com".parse().unwrap(), subject: "1".parse().unwrap() };
    let member = Grantee { member: Member::parse("user:ada@example.com").unwrap(), unique_id: None };
    let role = RoleName::parse("roles/owner").unwrap();
    let policy = Policy::of(vec![Binding { role, members: vec![member], condition: None }]);
    let (name, uid) = (ResourceName::Project(project.parse().unwrap()), Uid::parse("project").unwrap());
    let lineage = [Level { name: &name, uid: &uid, policy: Some(&policy), denies: &[] }];
    iam::decide(&Question {
        principal: &ada,
        standing: Standing::Active,
        groups: &[],
        vouched: Vouched::NOTHING,
        lineage: &lineage,
        custom_roles: &(),
        open: None,
        closed: None,
        time: jiff::Timestamp::UNIX_EPOCH,
        revision: Revision(1),
    })
    .unwrap()
}

impl House {
    async fn begun(&self, second: i64) -> Operation {
        let hello = ServiceName::parse_canonical("projects/demo/locations/us-central1/services/hello");
        self.begun_as(second, OperationKind::CreateService, hello.unwrap()).await
    }

    async fn begun_as(&self, second: i64, kind: OperationKind, target: impl Into<ResourceName>) -> Operation {
        let clock = Arc::new(Stopped::at_second(second));
        let context = Context::new(Caller::of(Principal::Anonymous), clock, self.chance.clone());
        let parent =
            ParentName { project: "demo".parse().unwrap(), location: "us-central1".parse().unwrap() };
        let record = serde_json::json!({"name": "hello"});
        let operation = operations::begin(&context, &parent, kind, target, record);
        self.write(&operation).await;
        operation
    }

    async fn write(&self, operation: &Operation) {
        let plan = Plan::new().work(Work::PutOperation(Box::new(operation.clone())));
        self.store.apply(plan).await.unwrap();
    }
}

#[tokio::test]
async fn an_operation_is_found_by_name_until_it_is_deleted() {
    let house = house().await;
    let begun = house.begun(1).await;
    let get = permit::<RunOperationsGet>("demo");
    assert_eq!(house.operations.get(&get, &begun.name).await.unwrap(), begun);

    let done = operations::finished(begun, OperationOutcome::Succeeded);
    house.write(&done).await;
    assert_eq!(house.operations.get(&get, &done.name).await.unwrap(), done);

    house.operations.delete(permit::<RunOperationsDelete>("demo"), &done.name).await.unwrap();
    let gone = house.operations.get(&get, &done.name).await;
    assert!(matches!(gone, Err(GetOperationError::NotFound(_))));
    let again = house.operations.delete(permit::<RunOperationsDelete>("demo"), &done.name).await;
    assert!(matches!(again, Err(DeleteOperationError::NotFound(_))));
}

#[tokio::test]
async fn a_permit_for_one_project_reaches_no_operation_of_another() {
    let house = house().await;
    let begun = house.begun(1).await;
    let found = house.operations.get(&permit::<RunOperationsGet>("other"), &begun.name).await;
    assert!(matches!(found, Err(GetOperationError::NotFound(_))));
    let deleted = house.operations.delete(permit::<RunOperationsDelete>("other"), &begun.name).await;
    assert!(matches!(deleted, Err(DeleteOperationError::NotFound(_))));
    assert!(house.operations.get(&permit::<RunOperationsGet>("demo"), &begun.name).await.is_ok());
}

#[tokio::test]
async fn a_permit_for_one_api_reaches_no_operation_of_another() {
    let house = house().await;
    let greet = FunctionName::parse_canonical("projects/demo/locations/us-central1/functions/greet").unwrap();
    let function = house.begun_as(1, OperationKind::CreateFunction, greet).await;
    let service = house.begun(2).await;
    let run = house.operations.get(&permit::<RunOperationsGet>("demo"), &function.name).await;
    assert!(matches!(run, Err(GetOperationError::NotFound(_))));
    let functions = permit::<CloudfunctionsOperationsGet>("demo");
    assert!(matches!(
        house.operations.get(&functions, &service.name).await,
        Err(GetOperationError::NotFound(_))
    ));
    let deleted = house.operations.delete(permit::<RunOperationsDelete>("demo"), &function.name).await;
    assert!(matches!(deleted, Err(DeleteOperationError::NotFound(_))));
    assert_eq!(house.operations.get(&functions, &function.name).await.unwrap(), function);
    // What the other API has takes no place on a page.
    let region = "us-central1".parse().unwrap();
    let run = permit::<RunOperationsList>("demo");
    assert_eq!(house.operations.list(&run, &region, None, 1).await.unwrap().operations, [service]);
    let functions = permit::<CloudfunctionsOperationsList>("demo");
    assert_eq!(house.operations.list(&functions, &region, None, 1).await.unwrap().operations, [function]);
}

#[tokio::test]
async fn operations_are_listed_newest_first_page_by_page() {
    let house = house().await;
    let (first, second, third) = (house.begun(1).await, house.begun(2).await, house.begun(3).await);
    let list = permit::<RunOperationsList>("demo");
    let region = "us-central1".parse().unwrap();
    let page = house.operations.list(&list, &region, None, 2).await.unwrap();
    assert_eq!(page.operations, [third, second.clone()]);
    // Whoever clears up deletes a page before asking for the next.
    let forgotten = Plan::new().work(Work::DeleteOperation(second.name.clone()));
    house.store.apply(forgotten).await.unwrap();
    let page = house.operations.list(&list, &region, page.next.as_ref(), 2).await.unwrap();
    assert_eq!((page.operations, page.next), (vec![first], None));
    let elsewhere = house.operations.list(&list, &"europe-west1".parse().unwrap(), None, 2).await.unwrap();
    assert_eq!(elsewhere.operations, []);
}

#[tokio::test]
async fn page_of_large_operations_ends_early_and_the_next_goes_on() {
    let house = house().await;
    let mut begun = Vec::new();
    for second in 1..=5 {
        let mut operation = house.begun(second).await;
        operation.record = "x".repeat(3 << 20).into();
        house.write(&operation).await;
        begun.push(operation.name);
    }
    // More than are read at once, all of them small.
    for second in 6..=70 {
        begun.push(house.begun(second).await.name);
    }
    begun.reverse();
    let list = permit::<RunOperationsList>("demo");
    let region = "us-central1".parse().unwrap();
    let (mut names, mut sizes, mut after) = (Vec::new(), Vec::new(), None);
    loop {
        let page = house.operations.list(&list, &region, after.as_ref(), 500).await.unwrap();
        sizes.push(page.operations.len());
        names.extend(page.operations.into_iter().map(|operation| operation.name));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!((names, sizes), (begun, vec![68, 2]));
}
