//! Time moved by hand: across runtimes, across sockets, in order.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::Duration,
};

use jiff::Timestamp;
use supervise::{Elapsed, Supervisor, Timer};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
};

const SECOND: Duration = Duration::from_secs(1);

fn start() -> Timestamp {
    "2026-11-22T08:00:00Z".parse().expect("a valid instant")
}

#[tokio::test]
async fn no_instant_passes_by_itself() {
    let (timer, clock) = Timer::by_hand(start());
    let supervisor = Supervisor::new(&timer);
    let woken = Arc::new(AtomicU32::new(0));
    let (sleeper, count) = (timer.clone(), woken.clone());
    supervisor.tasks().spawn("sleeper", async move {
        sleeper.sleep(Duration::from_nanos(1)).await;
        count.fetch_add(1, Ordering::SeqCst);
    });
    clock.settle().await;
    assert_eq!((woken.load(Ordering::SeqCst), timer.now()), (0, start()));
    clock.advance(Duration::from_nanos(1)).await;
    assert_eq!(woken.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn every_sleeper_sees_its_own_instant_in_order() {
    let (timer, clock) = Timer::by_hand(start());
    let supervisor = Supervisor::new(&timer);
    let seen = Arc::new(Mutex::new(Vec::new()));
    for seconds in [5, 1, 3, 9, 3] {
        let (timer, seen) = (timer.clone(), seen.clone());
        supervisor.tasks().spawn(format!("sleeper {seconds}"), async move {
            timer.sleep_until(start() + Duration::from_secs(seconds)).await;
            seen.lock().unwrap().push((seconds, timer.now().duration_since(start()).as_secs()));
        });
    }
    clock.advance(5 * SECOND).await;
    assert_eq!(*seen.lock().unwrap(), [(1, 1), (3, 3), (3, 3), (5, 5)]);
    assert_eq!(clock.now(), start() + 5 * SECOND);
}

#[tokio::test]
async fn who_falls_asleep_on_the_way_is_woken_on_the_same_way() {
    let (timer, clock) = Timer::by_hand(start());
    let supervisor = Supervisor::new(&timer);
    let ticks = Arc::new(AtomicU32::new(0));
    let (ticker, count) = (timer.clone(), ticks.clone());
    supervisor.tasks().spawn("ticker", async move {
        loop {
            ticker.sleep(Duration::from_millis(20)).await;
            count.fetch_add(1, Ordering::SeqCst);
        }
    });
    clock.advance(SECOND).await;
    assert_eq!(ticks.load(Ordering::SeqCst), 50);
}

#[tokio::test]
async fn sleepers_on_several_runtimes_have_run_when_advance_returns() {
    let (timer, clock) = Timer::by_hand(start());
    let supervisor = Supervisor::new(&timer);
    let ran = Arc::new(AtomicU32::new(0));
    let (mut stops, mut threads) = (Vec::new(), Vec::new());
    for core in 0..3_u32 {
        let (stop, stopped) = oneshot::channel::<()>();
        let (ready, is_ready) = oneshot::channel::<()>();
        let (tasks, timer, ran) = (supervisor.tasks().clone(), timer.clone(), ran.clone());
        threads.push(thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            tokio::task::LocalSet::new().block_on(&runtime, async {
                tasks.spawn_local(format!("core {core}"), async move {
                    for _ in 0..100 {
                        timer.sleep(SECOND * (core + 1)).await;
                        ran.fetch_add(1, Ordering::SeqCst);
                    }
                });
                ready.send(()).unwrap();
                let _stopped = stopped.await;
            });
        }));
        stops.push(stop);
        is_ready.await.unwrap();
    }
    clock.advance(60 * SECOND).await;
    assert_eq!(ran.load(Ordering::SeqCst), 60 + 30 + 20);
    drop(stops);
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    clock.advance(60 * SECOND).await;
    assert_eq!(ran.load(Ordering::SeqCst), 110, "a runtime that was shut down is not waited for");
}

/// A task on one runtime asks a task on another through a socket, which sleeps and then answers.
#[tokio::test]
async fn work_that_crosses_a_socket_is_done_when_advance_returns() {
    let (timer, clock) = Timer::by_hand(start());
    let supervisor = Supervisor::new(&timer);
    let (stop, stopped) = oneshot::channel::<()>();
    let (address, is_listening) = oneshot::channel::<SocketAddr>();
    let (tasks, server_timer) = (supervisor.tasks().clone(), timer.clone());
    let server = thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let bound = listener.local_addr().unwrap();
            tasks.spawn("server", async move {
                loop {
                    let (mut stream, _) = listener.accept().await.unwrap();
                    let mut question = [0; 4];
                    stream.read_exact(&mut question).await.unwrap();
                    server_timer.sleep(SECOND).await;
                    stream.write_all(&question).await.unwrap();
                }
            });
            // Only now: a task that has not been started yet cannot be waited for.
            address.send(bound).unwrap();
            let _stopped = stopped.await;
        });
    });
    let address = is_listening.await.unwrap();
    let answers = Arc::new(Mutex::new(Vec::new()));
    let (asker, heard) = (timer.clone(), answers.clone());
    supervisor.tasks().spawn("asker", async move {
        loop {
            asker.sleep(10 * SECOND).await;
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(b"ping").await.unwrap();
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).await.unwrap();
            heard.lock().unwrap().push((answer, asker.now().duration_since(start()).as_secs()));
        }
    });
    for round in 1..=50 {
        clock.advance(11 * SECOND).await;
        let expected: Vec<_> = (1..=round).map(|n| (b"ping".to_vec(), 11 * n)).collect();
        assert_eq!(*answers.lock().unwrap(), expected);
    }
    drop(stop);
    server.join().unwrap();
}

#[tokio::test]
async fn work_outside_the_tasks_is_waited_for_when_it_says_so() {
    let (timer, clock) = Timer::by_hand(start());
    let supervisor = Supervisor::new(&timer);
    let (ask, asked) = std::sync::mpsc::channel::<oneshot::Sender<u32>>();
    let other = thread::spawn(move || {
        for (answer, number) in asked.into_iter().zip(1..) {
            // Long enough that the runtime has been idle many times over.
            (0..2000).for_each(|_| thread::yield_now());
            answer.send(number).unwrap();
        }
    });
    let sum = Arc::new(AtomicU32::new(0));
    let (asker, total) = (timer.clone(), sum.clone());
    supervisor.tasks().spawn("asker", async move {
        loop {
            asker.sleep(SECOND).await;
            let (answer, answered) = oneshot::channel();
            ask.send(answer).unwrap();
            let number = asker.outside("the other thread", answered).await.unwrap();
            total.fetch_add(number, Ordering::SeqCst);
        }
    });
    clock.advance(10 * SECOND).await;
    assert_eq!(sum.load(Ordering::SeqCst), 55);
    drop(supervisor);
    clock.settle().await;
    other.join().unwrap();
}

#[tokio::test]
async fn a_deadline_that_passes_first_wins_and_a_finished_future_wins_over_it() {
    let (timer, clock) = Timer::by_hand(start());
    let supervisor = Supervisor::new(&timer);
    let deadline = start() + SECOND;
    let (outcome, told) = oneshot::channel();
    let waiter = timer.clone();
    supervisor.tasks().spawn("waiter", async move {
        let answer = waiter.timeout_at(deadline, std::future::pending::<()>()).await;
        outcome.send(answer).unwrap();
    });
    clock.advance(SECOND).await;
    assert_eq!(told.await.unwrap(), Err(Elapsed { deadline }));
    assert_eq!(timer.timeout_at(start(), std::future::ready(7)).await, Ok(7));
}

#[tokio::test]
async fn a_sleep_that_was_given_up_wakes_nobody() {
    let (timer, clock) = Timer::by_hand(start());
    let limit = timer.timeout(SECOND, async { tokio::task::yield_now().await }).await;
    assert_eq!(limit, Ok(()));
    clock.advance(2 * SECOND).await;
    assert_eq!(clock.now(), start() + 2 * SECOND);
}

#[tokio::test]
async fn the_past_moves_nothing() {
    let (timer, clock) = Timer::by_hand(start());
    clock.advance_to(start() - SECOND).await;
    assert_eq!(timer.now(), start());
    assert_eq!(context::Clock::now(&timer), start());
}

#[tokio::test]
async fn the_wall_clock_sleeps_until_its_instant() {
    let timer = Timer::wall();
    let instant = timer.now() + Duration::from_millis(20);
    timer.sleep_until(instant).await;
    assert!(timer.now() >= instant);
    assert!(timer.timeout(Duration::from_millis(1), std::future::pending::<()>()).await.is_err());
}
