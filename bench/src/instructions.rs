//! Instructions per request through the gate, which do not depend on who else uses the machine.

use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use crate::cpu::Reading;
use crate::doorward::Doorward;
use crate::gate::{copy_folder, emptied};
use crate::load::{Limit, Load};
use crate::pins::Pins;
use crate::setting::Setting;
use crate::upstream;

/// What is counted and where that is kept.
#[derive(clap::Args, Debug)]
pub struct InstructionsArguments {
    /// The program to measure.
    #[arg(long, value_name = "FILE")]
    doorward: PathBuf,
    /// A folder for data and counts; what an earlier run left there is removed.
    #[arg(long, value_name = "DIR")]
    folder: PathBuf,
    /// Requests of each row that are counted.
    #[arg(long, default_value_t = 12_000, value_parser = clap::value_parser!(u32).range(1_000..=60_000))]
    requests: u32,
    /// Connections that the load comes over.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=256))]
    connections: u16,
}

/// Counts under valgrind, and prints a line for each row.
///
/// # Errors
/// When valgrind is not there, something does not start, or answers otherwise than it should.
pub async fn run(arguments: &InstructionsArguments, pins: &Pins) -> Result<()> {
    let folder = emptied(&arguments.folder)?;
    let counted = under_valgrind(&folder, &arguments.doorward)?;
    let upstream = upstream::start().await?;
    let data = folder.join("data");
    let doorward = Doorward::start(&arguments.doorward, &data, &folder.join("doorward.log"), pins).await?;
    let setting = Setting::make(&doorward, upstream).await?;
    drop(doorward);
    println!("| user instructions per request | forwarding | whole process |\n|---|---:|---:|");
    for (row, requests) in [
        ("plain: a service open to allUsers", &setting.open[..]),
        ("RS256: one ID token, remembered", &setting.private[..1]),
    ] {
        let data = folder.join("data-counted");
        copy_folder(&folder.join("data"), &data)?;
        let doorward = Doorward::start(&counted, &data, &folder.join("counted.log"), pins).await?;
        let process = doorward.process.id();
        let mut load = Load::connect(doorward.gate, arguments.connections).await?;
        load.run(requests, Limit { requests: WARM_UP, time: LONGEST }).await?;
        Reading::at_rest(process).await?;
        control("--zero", process)?;
        let limit = Limit { requests: arguments.requests as usize, time: LONGEST };
        let answered = load.run(requests, limit).await? as u64;
        Reading::at_rest(process).await?;
        control("--dump", process)?;
        let threads = counts(&folder)?;
        let busiest = threads.iter().copied().max().unwrap_or_default();
        println!("| {row} | {} | {} |", busiest / answered, threads.iter().sum::<u64>() / answered);
    }
    Ok(())
}

/// A program that starts `doorward` under valgrind, as the same process.
fn under_valgrind(folder: &Path, doorward: &Path) -> Result<PathBuf> {
    let valgrind = Command::new("valgrind").arg("--version").stdout(Stdio::null()).status();
    ensure!(
        valgrind.is_ok_and(|status| status.success()),
        "valgrind is not installed; `apt-get install valgrind`"
    );
    let program = folder.join("counted.sh");
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o700).open(&program)?;
    let text = format!(
        "#!/bin/sh\nexec valgrind -q --tool=callgrind --separate-threads=yes '--callgrind-out-file={}' '{}' \"$@\"\n",
        folder.join(OUT).display(),
        doorward.canonicalize()?.display()
    );
    std::io::Write::write_all(&mut file, text.as_bytes())?;
    Ok(program)
}

fn control(what: &str, process: u32) -> Result<()> {
    let mut command = Command::new("callgrind_control");
    let output = command.arg(what).arg(process.to_string()).stdin(Stdio::null()).output();
    let output = output.context("callgrind_control comes with valgrind, and is not there")?;
    let told = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "callgrind_control {what}: {told}");
    Ok(())
}

/// What each thread did since the counters were zeroed. The files that were read are removed.
fn counts(folder: &Path) -> Result<Vec<u64>> {
    let mut counts = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with(OUT) {
            counts.extend(total(&String::from_utf8_lossy(&std::fs::read(&path)?)));
            std::fs::remove_file(path)?;
        }
    }
    ensure!(!counts.is_empty(), "valgrind wrote no counts");
    Ok(counts)
}

/// `totals: 1234`, of a thread that did anything.
fn total(dump: &str) -> Option<u64> {
    let line = dump.lines().find_map(|line| line.strip_prefix("totals: "))?;
    line.trim().parse().ok()
}

/// How the files begin that valgrind writes.
const OUT: &str = "callgrind.";
const WARM_UP: usize = 2_000;
/// Under valgrind all takes some fifty times as long.
const LONGEST: Duration = Duration::from_secs(120);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_did_nothing_counts_for_nothing() {
        assert_eq!(total("events: Ir\n\nfn=(1) main\n5 1234\n\ntotals: 1234\n"), Some(1234));
        assert_eq!(total("events: Ir\n"), None);
    }
}
