//! How late jobs fire, with many jobs that do not and some that do.
//!
//! Lateness is what Doorward itself writes down: the instant at which an attempt began, less the instant at which the
//! job was due. It holds everything but the way to the target: finding what is due, writing the firing, claiming the
//! delivery, counting the attempt.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use futures_util::future::try_join_all;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::api::Api;
use crate::doorward::Doorward;
use crate::pins::Pins;
use crate::{clock, machine, upstream};

/// What a measurement may cost and where it keeps its things.
#[derive(clap::Args, Debug)]
pub struct SchedulerArguments {
    /// The program to measure.
    #[arg(long, value_name = "FILE")]
    doorward: std::path::PathBuf,
    /// A folder for data and logs; what an earlier run left there is removed.
    #[arg(long, value_name = "DIR")]
    folder: std::path::PathBuf,
    /// Jobs that there are.
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    jobs: u32,
    /// Of those, jobs that fire each minute.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    firing: u32,
    /// Minutes to look at, after the first one that is whole.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=60))]
    minutes: u32,
    /// When the jobs of a minute are due.
    #[arg(long, value_enum, default_value_t = Due::Spread)]
    due: Due,
    /// Connections over which jobs are made.
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=256))]
    connections: u16,
}

/// When the jobs of a minute are due.
#[derive(clap::ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
enum Due {
    /// All in its first second, as unix-cron does.
    AtOnce,
    /// Evenly, as intervals that began evenly do.
    Spread,
}

/// Makes the jobs, lets them fire, and prints how late they were.
///
/// # Errors
/// When a call fails, or an execution that was due is not in the log.
pub async fn run(arguments: &SchedulerArguments, pins: &Pins) -> Result<()> {
    let data = arguments.folder.join("scheduler");
    if data.exists() {
        std::fs::remove_dir_all(&data).context("what an earlier run left cannot be removed")?;
    }
    std::fs::create_dir_all(&arguments.folder)?;
    let target = format!("http://{}/", upstream::start().await?);
    let log = arguments.folder.join("scheduler.log");
    let doorward = Doorward::start(&arguments.doorward, &data, &log, pins).await?;
    let mut apis = doorward.as_owner(arguments.connections.into()).await?;
    let before = machine::busyness();

    let idle = arguments.jobs.saturating_sub(arguments.firing);
    let began = clock::now();
    make_idle(&mut apis, idle, &target).await?;
    let making = began.elapsed();
    make_firing(&mut apis, arguments, &target).await?;
    // An interval's first firing is a minute after its making, and cron's first minute may be half over.
    clock::pause(Duration::from_secs(60)).await;
    let from = clock::timestamp();
    clock::pause(Duration::from_secs(u64::from(arguments.minutes) * 60)).await;
    let upto = clock::timestamp();
    // What began at the end is written by then.
    clock::pause(Duration::from_secs(2)).await;

    let mut apis = doorward.as_owner(1).await?;
    let mut late = lateness(&mut apis[0], from, upto).await?;
    ensure!(!late.is_empty(), "nothing fired in {} minutes", arguments.minutes);
    late.sort_unstable();
    println!("{}", machine::describe(pins));
    println!("load average {before} before, {} after", machine::busyness());
    println!(
        "{idle} jobs made in {:.0} s, {:.0} a second",
        making.as_secs_f64(),
        f64::from(idle) / making.as_secs_f64().max(0.001)
    );
    println!(
        "{} jobs, {} of them firing each minute ({:?}), {} minutes: {} attempts began",
        arguments.jobs,
        arguments.firing,
        arguments.due,
        arguments.minutes,
        late.len()
    );
    for (name, share) in [("p50", 50), ("p90", 90), ("p99", 99), ("most", 100)] {
        let place = (late.len() * share).div_ceil(100).clamp(1, late.len()) - 1;
        println!("{name:>5}  {:>6} ms late", late[place]);
    }
    Ok(())
}

/// Jobs that fire once a year.
async fn make_idle(apis: &mut [Api], count: u32, target: &str) -> Result<()> {
    let connections = u32::try_from(apis.len()).unwrap_or(u32::MAX).max(1);
    let shares = (0..).zip(apis.iter_mut()).map(|(first, api): (u32, _)| async move {
        for number in (first..count).step_by(connections as usize) {
            make(api, &format!("idle-{number}"), "0 0 1 1 *", target).await?;
        }
        Ok::<_, anyhow::Error>(())
    });
    try_join_all(shares).await.map(drop)
}

/// Jobs that fire each minute, made evenly over a minute where they are to be due evenly.
async fn make_firing(apis: &mut [Api], arguments: &SchedulerArguments, target: &str) -> Result<()> {
    let (schedule, apart) = match arguments.due {
        Due::AtOnce => ("* * * * *", Duration::ZERO),
        Due::Spread => ("every 1 minutes", Duration::from_secs(60) / arguments.firing),
    };
    let began = clock::now();
    let api = apis.first_mut().context("there is no connection")?;
    for number in 0..arguments.firing {
        clock::pause((apart * number).saturating_sub(began.elapsed())).await;
        make(api, &format!("firing-{number}"), schedule, target).await?;
    }
    Ok(())
}

async fn make(api: &mut Api, id: &str, schedule: &str, target: &str) -> Result<()> {
    let body = json!({
        "name": format!("{PARENT}/jobs/{id}"), "schedule": schedule, "timeZone": "Etc/UTC",
        "httpTarget": { "uri": target, "httpMethod": "GET" },
    });
    api.post(&format!("/v1/{PARENT}/jobs"), body).await.map(drop)
}

/// How late each attempt began, in milliseconds, of those that were due in this time.
async fn lateness(api: &mut Api, from: Timestamp, upto: Timestamp) -> Result<Vec<i64>> {
    let (mut late, mut page) = (Vec::new(), String::new());
    loop {
        let body = json!({
            "resourceNames": ["projects/demo"], "filter": format!("resource.type=cloud_scheduler_job timestamp>=\"{from}\""),
            "orderBy": "timestamp asc", "pageSize": 1000, "pageToken": page,
        });
        let answer = api.post("/v2/entries:list", body).await?;
        for entry in answer["entries"].as_array().into_iter().flatten() {
            let due = instant(&entry["jsonPayload"]["scheduledTime"]);
            let Some((due, started)) = due.zip(instant(&entry["timestamp"])) else { continue };
            if (from..upto).contains(&due) {
                late.push(started.as_millisecond() - due.as_millisecond());
            }
        }
        match answer["nextPageToken"].as_str() {
            Some(next) if !next.is_empty() => page = next.to_owned(),
            _ => return Ok(late),
        }
    }
}

fn instant(value: &Value) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}

const PARENT: &str = "projects/demo/locations/us-central1";
