//! Claims, leases and fences.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use jiff::Timestamp;
use store::{ApplyError, Delivery, Lease, Plan, Shares, Work};

use crate::databases::Database;
use crate::samples::{delivery, project_id, second, uid};

async fn put(database: &Database, deliveries: impl IntoIterator<Item = Delivery>) {
    let works = deliveries.into_iter().map(|delivery| Work::PutDelivery(Box::new(delivery)));
    let plan = works.fold(Plan::new(), Plan::work);
    database.backend().apply(plan).await.unwrap();
}

async fn claim(database: &Database, holder: &str, now: i64, until: i64) -> Vec<(Lease, Delivery)> {
    database
        .backend()
        .claim_deliveries(holder, second(now), second(until), 100, &Shares::unlimited())
        .await
        .unwrap()
}

fn uids(claimed: &[(Lease, Delivery)]) -> Vec<String> {
    claimed.iter().map(|(_, delivery)| delivery.uid.to_string()).collect()
}

fn just_after(second: Timestamp) -> Timestamp {
    Timestamp::from_nanosecond(second.as_nanosecond() + 1).unwrap()
}

pub async fn claims_come_oldest_due_first_and_never_early(database: &Database) {
    let times = [("d-5", 5), ("d-1", 1), ("d-3", 3), ("d-9", 9), ("d-2", 2)];
    put(database, times.map(|(uid, due)| delivery(uid, second(due)))).await;
    put(database, [delivery("d-hair", just_after(second(5)))]).await;
    let two = database
        .backend()
        .claim_deliveries("ada", second(5), second(60), 2, &Shares::unlimited())
        .await
        .unwrap();
    assert_eq!(uids(&two), ["d-1", "d-2"]);
    assert_eq!(two[0].1, delivery("d-1", second(1)), "comes back as it was put");
    assert_eq!(uids(&claim(database, "ada", 5, 60).await), ["d-3", "d-5"]);
    assert_eq!(uids(&claim(database, "ada", 6, 60).await), ["d-hair"]);
}

pub async fn nobody_gets_more_than_its_share_however_old_the_others_are(database: &Database) {
    let owned = |number: i64, owner: &str, project: &str| Delivery {
        owner_uid: uid(owner),
        project: project_id(project),
        ..delivery(&format!("d-{number:02}"), second(number))
    };
    put(database, (0..20).map(|number| owned(number, "bread", "bakery"))).await;
    put(database, (20..25).map(|number| owned(number, "cake", "bakery"))).await;
    put(database, (25..30).map(|number| owned(number, "flour", "mill-1"))).await;
    let (bakery, mut shares) = (project_id("bakery"), Shares::of(3, 5));
    assert!(shares.take(&uid("bread"), &bakery), "one is being sent already");
    let backend = database.backend();
    let first = backend.claim_deliveries("ada", second(40), second(60), 6, &shares).await.unwrap();
    assert_eq!(uids(&first), ["d-00", "d-01", "d-20", "d-21", "d-25", "d-26"]);
    for (_, delivery) in &first {
        assert!(shares.take(&delivery.owner_uid, &delivery.project));
    }
    let rest = backend.claim_deliveries("ada", second(40), second(60), 6, &shares).await.unwrap();
    assert_eq!(uids(&rest), ["d-27"]);
    shares.give_back(&uid("bread"), &bakery);
    let again = backend.claim_deliveries("ada", second(40), second(60), 6, &shares).await.unwrap();
    assert_eq!(uids(&again)[0], "d-02");
}

pub async fn the_next_due_is_not_of_whoever_has_its_share(database: &Database) {
    let other = Delivery { owner_uid: uid("other"), ..delivery("d-3", second(9)) };
    let elsewhere = Delivery { project: project_id("mill-1"), ..delivery("d-4", second(12)) };
    let elsewhere = Delivery { owner_uid: uid("elsewhere"), ..elsewhere };
    put(database, [delivery("d-1", second(5)), delivery("d-2", second(6)), other, elsewhere]).await;
    let next = async |shares: &Shares| database.backend().next_delivery_due(shares).await.unwrap();
    let (bakery, bread) = (project_id("bakery"), uid("bread-uid"));
    let mut shares = Shares::of(1, 2);
    assert_eq!(next(&shares).await, Some(second(5)));
    assert!(shares.take(&bread, &bakery));
    assert_eq!(next(&shares).await, Some(second(9)), "the owner has its share");
    assert!(shares.take(&uid("third"), &bakery));
    assert_eq!(next(&shares).await, Some(second(12)), "the project has its share");
    assert!(shares.take(&uid("elsewhere"), &project_id("mill-1")));
    assert_eq!(next(&shares).await, None, "everybody has");
}

pub async fn what_is_claimed_is_not_claimed_again(database: &Database) {
    put(database, [delivery("d-1", second(0))]).await;
    assert_eq!(claim(database, "ada", 0, 60).await.len(), 1);
    assert!(claim(database, "grace", 59, 120).await.is_empty());
    assert!(claim(database, "ada", 59, 120).await.is_empty());
}

pub async fn claims_at_the_same_time_never_share_a_delivery(database: &Database) {
    put(database, (0..60).map(|number| delivery(&format!("d-{number}"), second(number % 7)))).await;
    let claims = (0..20).map(|holder| async move {
        let holder = format!("node-{holder}");
        database
            .backend()
            .claim_deliveries(&holder, second(10), second(60), 4, &Shares::unlimited())
            .await
            .unwrap()
    });
    let claimed: Vec<String> = join_all(claims).await.iter().flat_map(|claimed| uids(claimed)).collect();
    assert_eq!(claimed.len(), 60, "all are claimed");
    assert_eq!(claimed.iter().collect::<BTreeSet<_>>().len(), 60, "each once");
}

pub async fn a_lease_that_ran_out_can_be_claimed_by_another(database: &Database) {
    put(database, [delivery("d-1", second(0))]).await;
    let first = claim(database, "ada", 0, 60).await;
    let second_claim = claim(database, "grace", 60, 120).await;
    assert_eq!(uids(&second_claim), ["d-1"]);
    assert!(second_claim[0].0.fence > first[0].0.fence);
}

pub async fn a_lost_lease_changes_nothing(database: &Database) {
    put(database, [delivery("d-1", second(0)), delivery("d-2", second(200))]).await;
    let stale = claim(database, "ada", 0, 60).await.remove(0).0;
    let held = claim(database, "grace", 60, 120).await.remove(0).0;
    let later = Box::new(delivery("d-1", second(500)));
    for work in [
        Work::FinishDelivery(stale.clone()),
        Work::RescheduleDelivery { lease: stale.clone(), delivery: later.clone() },
        Work::StartAttempt { lease: stale.clone(), delivery: later, until: second(900) },
    ] {
        let plan = Plan::new().work(Work::PutDelivery(Box::new(delivery("d-3", second(0))))).work(work);
        let refused = database.backend().apply(plan).await.unwrap_err();
        assert!(matches!(refused, ApplyError::LeaseLost(delivery) if delivery == uid("d-1")));
    }
    let all = database.backend().deliveries_of(&uid("bread-uid")).await.unwrap();
    assert_eq!(all, [delivery("d-1", second(0)), delivery("d-2", second(200))]);

    database.backend().apply(Plan::new().work(Work::FinishDelivery(held.clone()))).await.unwrap();
    let twice = database.backend().apply(Plan::new().work(Work::FinishDelivery(held))).await.unwrap_err();
    assert!(matches!(twice, ApplyError::LeaseLost(_)));
}

pub async fn a_lease_is_good_for_its_own_delivery_only(database: &Database) {
    put(database, [delivery("d-1", second(0)), delivery("d-2", second(9))]).await;
    let lease = claim(database, "ada", 0, 60).await.remove(0).0;
    let other = Box::new(delivery("d-2", second(1)));
    let plan = Plan::new().work(Work::RescheduleDelivery { lease, delivery: other });
    let refused = database.backend().apply(plan).await.unwrap_err();
    assert!(matches!(refused, ApplyError::LeaseLost(delivery) if delivery == uid("d-2")));
}

pub async fn a_rescheduled_delivery_is_due_later(database: &Database) {
    put(database, [delivery("d-1", second(0))]).await;
    let (lease, claimed) = claim(database, "ada", 0, 60).await.remove(0);
    let again = Delivery { attempts: 1, due_at: second(30), ..claimed };
    let reschedule = Work::RescheduleDelivery { lease: lease.clone(), delivery: Box::new(again.clone()) };
    database.backend().apply(Plan::new().work(reschedule)).await.unwrap();
    assert!(claim(database, "ada", 29, 90).await.is_empty());
    let refused = database.backend().apply(Plan::new().work(Work::FinishDelivery(lease))).await.unwrap_err();
    assert!(matches!(refused, ApplyError::LeaseLost(_)), "the lease was given up");
    let claimed = claim(database, "ada", 30, 90).await;
    assert_eq!(claimed[0].1, again);
}

pub async fn a_started_attempt_is_remembered_and_stays_leased(database: &Database) {
    put(database, [delivery("d-1", second(0))]).await;
    let (lease, claimed) = claim(database, "ada", 0, 60).await.remove(0);
    let started = Delivery { attempts: 1, first_attempt_at: Some(second(1)), ..claimed };
    let work =
        Work::StartAttempt { lease: lease.clone(), delivery: Box::new(started.clone()), until: second(240) };
    database.backend().apply(Plan::new().work(work)).await.unwrap();
    assert!(claim(database, "grace", 239, 300).await.is_empty(), "the lease was prolonged");
    let claimed = claim(database, "grace", 240, 300).await;
    assert_eq!(claimed[0].1, started, "who claims it next knows of the attempt");
    assert!(claimed[0].0.fence > lease.fence);
}

pub async fn released_leases_are_free_and_their_holders_have_lost_them(database: &Database) {
    put(database, (0..4).map(|number| delivery(&format!("d-{number}"), second(number)))).await;
    let gone = claim(database, "ada", 1, 900).await;
    let held = claim(database, "grace", 3, 900).await;
    assert_eq!(database.backend().release_leases("ada").await.unwrap(), 2);
    let finish = |lease: &Lease| Plan::new().work(Work::FinishDelivery(lease.clone()));
    let refused = database.backend().apply(finish(&gone[0].0)).await.unwrap_err();
    assert!(matches!(refused, ApplyError::LeaseLost(_)));
    database.backend().apply(finish(&held[0].0)).await.unwrap();
    assert_eq!(uids(&claim(database, "alan", 3, 900).await), ["d-0", "d-1"]);
}

pub async fn cancelling_spares_what_is_being_sent(database: &Database) {
    let other = Delivery { owner_uid: uid("another"), ..delivery("d-3", second(5)) };
    put(database, [delivery("d-1", second(0)), delivery("d-2", second(5)), other]).await;
    claim(database, "ada", 0, 60).await;
    let cancel = Work::CancelDeliveries { owner: uid("bread-uid") };
    database.backend().apply(Plan::new().work(cancel)).await.unwrap();
    let left = database.backend().deliveries_of(&uid("bread-uid")).await.unwrap();
    assert_eq!(left, [delivery("d-1", second(0))]);
    assert_eq!(database.backend().deliveries_of(&uid("another")).await.unwrap().len(), 1);
}

pub async fn an_owners_deliveries_are_counted_whether_leased_or_not(database: &Database) {
    let other = Delivery { owner_uid: uid("another"), ..delivery("d-3", second(5)) };
    put(database, [delivery("d-1", second(0)), delivery("d-2", second(5)), other]).await;
    let lease = claim(database, "ada", 0, 60).await.remove(0).0;
    let owner = uid("bread-uid");
    let count = || database.backend().count_deliveries_of(&owner);
    assert_eq!(count().await.unwrap(), 2);
    database.backend().apply(Plan::new().work(Work::FinishDelivery(lease))).await.unwrap();
    assert_eq!(count().await.unwrap(), 1);
}

pub async fn the_next_due_is_the_earliest_claimable(database: &Database) {
    let backend = database.backend();
    assert_eq!(backend.next_delivery_due(&Shares::unlimited()).await.unwrap(), None);
    put(database, [delivery("d-1", second(5)), delivery("d-2", second(40))]).await;
    assert_eq!(backend.next_delivery_due(&Shares::unlimited()).await.unwrap(), Some(second(5)));
    claim(database, "ada", 5, 60).await;
    assert_eq!(backend.next_delivery_due(&Shares::unlimited()).await.unwrap(), Some(second(40)));
    claim(database, "ada", 40, 50).await;
    assert_eq!(
        backend.next_delivery_due(&Shares::unlimited()).await.unwrap(),
        Some(second(50)),
        "a lease that may run out"
    );
}
