//! CPU per request through the gate.

use std::io::Write as _;
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use crate::cpu::{self, Reading};
use crate::doorward::Doorward;
use crate::load::{Limit, Load};
use crate::pins::Pins;
use crate::process::Started;
use crate::setting::Setting;
use crate::table::{Cost, Round, Row, markdown};
use crate::{GateArguments, clock, machine, nginx, upstream};

/// Measures, and prints the table.
///
/// # Errors
/// When something does not start, or answers otherwise than it should.
pub async fn run(arguments: &GateArguments, pins: &Pins) -> Result<()> {
    let began = clock::now();
    let bench = Bench::set_up(arguments, pins).await?;
    let all = Duration::from_secs(arguments.seconds);
    let slice = slice(all.saturating_sub(began.elapsed()), arguments.rounds, bench.peers.len());
    println!("{}", machine::describe(pins));
    println!("load average before: {}", machine::busyness());

    let mut rounds = Vec::new();
    let mut resident_kib = 0;
    for number in 0..=arguments.rounds {
        let starts = clock::now();
        let slice = if number == 0 { SHORTEST_SLICE } else { slice };
        let (round, resident) = bench.round(number, slice).await?;
        if number > 0 {
            rounds.push(round);
            resident_kib = resident_kib.max(resident);
        }
        print!(".");
        std::io::stdout().flush()?;
        // One round is measured however long the setting took to make.
        if number > 0 && number < arguments.rounds && began.elapsed() + starts.elapsed() > all {
            print!(" no time for more rounds");
            break;
        }
    }
    println!("\nload average after: {}", machine::busyness());
    println!(
        "{} rounds, up to {:.1} s per row, {} connections; took {:.0} s\n",
        rounds.len(),
        slice.as_secs_f64(),
        arguments.connections,
        began.elapsed().as_secs_f64()
    );
    println!("{}", markdown(&rounds));
    println!("memory of doorward after a round, at most: {} MiB resident", resident_kib / 1024);
    if !nginx::is_installed() {
        println!("skipped: nginx (not installed)");
    }
    Ok(())
}

/// How long a row is loaded in a round: what is left of the time, less what a round takes beside it. What the gate
/// has left to write after a load may take as long as the load.
fn slice(left: Duration, rounds: u32, peers: usize) -> Duration {
    let rows = u32::try_from(peers).unwrap_or(u32::MAX) + 2 * DOORWARD_ROWS;
    let round = (left / (rounds + 1)).saturating_sub(BESIDE_THE_LOAD);
    (round / rows).clamp(SHORTEST_SLICE, LONGEST_SLICE)
}

/// Everything that stays from round to round.
struct Bench<'a> {
    arguments: &'a GateArguments,
    pins: &'a Pins,
    /// Proxies that check nothing.
    peers: Vec<(Row, Started, SocketAddr)>,
    setting: Setting,
    /// Data as the setting left it.
    data: PathBuf,
}

impl<'a> Bench<'a> {
    async fn set_up(arguments: &'a GateArguments, pins: &'a Pins) -> Result<Self> {
        let folder = emptied(&arguments.folder)?;
        let upstream = upstream::start().await?;
        let (floor, address) = start_floor(&folder, upstream, pins).await?;
        let mut peers = vec![(Row::Floor, floor, address)];
        if nginx::is_installed() {
            let (process, address) = nginx::start(&folder, upstream, pins).await?;
            peers.push((Row::Nginx, process, address));
        }
        let data = folder.join("data");
        let doorward =
            Doorward::start(&arguments.doorward, &data, &folder.join("doorward.log"), pins).await?;
        let setting = Setting::make(&doorward, upstream).await?;
        Ok(Self { arguments, pins, peers, setting, data })
    }

    /// One measurement of every row, and doorward's memory after it in KiB.
    async fn round(&self, number: u32, slice: Duration) -> Result<(Round, u64)> {
        let mut round = Round::default();
        let limit = Limit { requests: MOST_REQUESTS, time: slice };
        for (row, process, address) in &self.peers {
            let mut load = self.warm_load(process, *address).await?;
            round.note(*row, measure(process, &mut load, &self.setting.open, limit).await?);
        }

        // A doorward of its own for every round, on the same data: no token has been seen yet, and what earlier
        // rounds wrote down is in nobody's way.
        let data = self.data.with_file_name("data-of-round");
        copy_folder(&self.data, &data)?;
        let log = self.data.with_file_name(format!("doorward-{number}.log"));
        let doorward = Doorward::start(&self.arguments.doorward, &data, &log, self.pins).await?;
        let process = &doorward.process;
        let mut load = self.warm_load(process, doorward.gate).await?;
        let once = Limit { requests: self.setting.private.len(), time: LONGEST_SLICE };
        round.note(Row::NewTokens, measure(process, &mut load, &self.setting.private, once).await?);
        let mut rows = [
            (Row::Plain, &self.setting.open[..]),
            (Row::OneToken, &self.setting.private[..1]),
            (Row::ManyTokens, &self.setting.private[..]),
        ];
        // So that none is always measured first.
        let first = number as usize % rows.len();
        rows.rotate_left(first);
        for (row, requests) in rows {
            round.note(row, measure(process, &mut load, requests, limit).await?);
        }
        let written = process.output();
        ensure!(!written.contains("dropped"), "decisions were dropped, so not all work was done:\n{written}");
        Ok((round, cpu::resident_kib(process.id()).unwrap_or_default()))
    }

    /// Connections over which something has gone, to a process at rest.
    async fn warm_load(&self, process: &Started, address: SocketAddr) -> Result<Load> {
        let mut load = Load::connect(address, self.arguments.connections).await?;
        load.run(&self.setting.open, Limit { requests: WARM_UP, time: LONGEST_SLICE }).await?;
        Reading::at_rest(process.id()).await?;
        Ok(load)
    }
}

/// Of a process at rest, what it uses until it is at rest again, per request.
async fn measure(process: &Started, load: &mut Load, requests: &[Vec<u8>], limit: Limit) -> Result<Cost> {
    let before = Reading::of(process.id())?;
    let answered = load.run(requests, limit).await?;
    let after = Reading::at_rest(process.id()).await?;
    let per_request = |used: Duration| used.as_secs_f64() * 1e6 / answered as f64;
    let forwarding = after.of_threads(FORWARDING).saturating_sub(before.of_threads(FORWARDING));
    Ok(Cost {
        whole: per_request(after.whole.saturating_sub(before.whole)),
        forwarding: (forwarding > Duration::ZERO).then(|| per_request(forwarding)),
    })
}

async fn start_floor(folder: &Path, upstream: SocketAddr, pins: &Pins) -> Result<(Started, SocketAddr)> {
    let mut command = pins.measured(&std::env::current_exe()?);
    command.args(["floor", "--to", &upstream.to_string()]);
    let mut process = Started::start(command, &folder.join("floor.log"))?;
    let serves = async {
        loop {
            process.still_runs()?;
            if let Some(line) = process.output().lines().next() {
                return Ok(line.parse()?);
            }
            clock::pause(Duration::from_millis(20)).await;
        }
    };
    let address = clock::within(Duration::from_secs(10), "the start of the floor", serves).await?;
    Ok((process, address))
}

/// The folder, there and empty.
///
/// # Errors
/// When it cannot be emptied or made.
pub fn emptied(folder: &Path) -> Result<PathBuf> {
    if folder.exists() {
        std::fs::remove_dir_all(folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    std::fs::create_dir_all(folder)?;
    Ok(folder.canonicalize()?)
}

/// Replaces `to` by a copy of a folder without folders in it.
///
/// # Errors
/// When something cannot be read or written.
pub fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    if to.exists() {
        std::fs::remove_dir_all(to)?;
    }
    // Doorward refuses data that others may look into.
    std::fs::DirBuilder::new().mode(0o700).create(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        std::fs::copy(entry.path(), to.join(entry.file_name()))
            .with_context(|| format!("cannot copy {}", entry.path().display()))?;
    }
    Ok(())
}

/// The beginning of the names of the threads in which requests are forwarded.
const FORWARDING: &str = "gate core";
/// Rows of doorward that are loaded for a slice.
const DOORWARD_ROWS: u32 = 3;
/// Less than the gate keeps before it drops the records of its decisions (65,536).
const MOST_REQUESTS: usize = 60_000;
const WARM_UP: usize = 2_000;
/// Start, warm-up, coming to rest, and the row that sends every token once.
const BESIDE_THE_LOAD: Duration = Duration::from_millis(3_500);
const SHORTEST_SLICE: Duration = Duration::from_millis(300);
const LONGEST_SLICE: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_share_the_time_that_is_left() {
        let left = Duration::from_secs(60);
        let slice = slice(left, 5, 1);
        assert!(slice * 7 + BESIDE_THE_LOAD <= left / 6, "{slice:?}");
        assert!(slice >= Duration::from_millis(500), "{slice:?}");
    }

    #[test]
    fn a_slice_is_bounded_both_ways() {
        assert_eq!(slice(Duration::ZERO, 100, 2), SHORTEST_SLICE);
        assert_eq!(slice(Duration::from_secs(3600), 1, 2), LONGEST_SLICE);
    }
}
