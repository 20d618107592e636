//! Ctrl-C: what is under way is finished, nobody new is let in.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, header};
use http_body_util::Full;
use testbed::Scripted;

use crate::firing::{MINUTE, bakery};

#[tokio::test]
async fn idle_house_drains_at_once() {
    let bakery = bakery().await;
    bakery.testbed.advance(MINUTE).await;
    let before = bakery.testbed.now();
    let clock = bakery.testbed.clock();
    bakery.testbed.drain().await.unwrap();
    assert_eq!(clock.now(), before);
}

#[tokio::test]
async fn request_and_delivery_under_way_are_finished_and_written_down_while_draining() {
    let bakery = bakery().await;
    let token = bakery.testbed.id_token_of(&bakery.runner.email, &bakery.orders.url).await;
    let request = || {
        Request::get("/slow")
            .header(header::HOST, &bakery.orders.host)
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .body(Full::<Bytes>::default())
            .unwrap()
    };
    let gate = bakery.testbed.house.addresses.gate;
    let late = Scripted::Late(Duration::from_secs(5));
    bakery.kitchen.will(late);
    bakery.kitchen.will(late);
    // The job fires at nine and is kept waiting; so is Ada, who calls then.
    bakery.testbed.advance(Duration::from_secs(30)).await;
    let (clock, kitchen) = (bakery.testbed.clock(), bakery.kitchen.clone());
    let ada = testbed::ask(gate, request());
    let rest = async {
        for _ in 0..1_000 {
            if kitchen.seen().len() < 2 {
                clock.settle().await;
            }
        }
        assert_eq!(kitchen.seen().len(), 2, "both are under way");
        let restarting = bakery.testbed.restart();
        let hand = async {
            clock.settle().await;
            let late_comer = testbed::ask(gate, request()).await;
            assert!(late_comer.is_err(), "let in while draining: {late_comer:?}");
            clock.advance(Duration::from_secs(5)).await;
        };
        tokio::join!(restarting, hand).0
    };
    let (ada, testbed) = tokio::join!(ada, rest);
    let ada = ada.unwrap();
    assert_eq!(ada.verdict(), "200");
    assert_eq!(kitchen.seen().len(), 2);
    let decided = testbed.house.decisions.find(ada.header("x-doorward-request-id")).await.unwrap();
    assert!(decided.is_some(), "what was answered while draining can be explained");
}
