//! How much processor time a process has used, as the kernel counts it.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::clock;

/// What a process has used up to one moment, in user and kernel mode together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// The whole process, threads that have ended included; exact to 10 ms.
    pub whole: Duration,
    /// Each thread that runs, by its number, with its name; exact to 1 ns.
    threads: BTreeMap<u32, (String, Duration)>,
}

impl Reading {
    /// Reads `/proc`.
    ///
    /// # Errors
    /// When the process is gone or the kernel does not count this.
    pub fn of(process: u32) -> Result<Self> {
        let folder = format!("/proc/{process}");
        let stat = std::fs::read_to_string(format!("{folder}/stat"))?;
        let whole = parse_stat(&stat).context("/proc/PID/stat cannot be read")?;
        let mut threads = BTreeMap::new();
        for entry in std::fs::read_dir(format!("{folder}/task"))? {
            let path = entry?.path();
            let number = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse().ok());
            let name = std::fs::read_to_string(path.join("comm"));
            let used = std::fs::read_to_string(path.join("schedstat"));
            // A thread may end between two reads; then it is not in the picture.
            let (Some(number), Ok(name), Ok(used)) = (number, name, used) else { continue };
            let used = used.split_whitespace().next().and_then(|word| word.parse().ok());
            let used =
                used.map(Duration::from_nanos).context("/proc/PID/task/TID/schedstat cannot be read")?;
            threads.insert(number, (name.trim_end().to_owned(), used));
        }
        Ok(Self { whole, threads })
    }

    /// What the running threads whose names start with this have used.
    pub fn of_threads(&self, prefix: &str) -> Duration {
        self.threads.values().filter(|(name, _)| name.starts_with(prefix)).map(|(_, used)| used).sum()
    }

    /// Waits until the process does next to nothing any more, and reads then: what a load has left to do afterwards
    /// belongs to that load.
    ///
    /// # Errors
    /// When it is gone, or busy for too long.
    pub async fn at_rest(process: u32) -> Result<Self> {
        let resting = async {
            let mut before = Self::of(process)?;
            let mut quiet = 0;
            loop {
                clock::pause(LOOK_EVERY).await;
                let now = Self::of(process)?;
                let used = now.of_threads("").saturating_sub(before.of_threads(""));
                quiet = if used < RESTING { quiet + 1 } else { 0 };
                if quiet == QUIET_LOOKS {
                    return Ok(now);
                }
                before = now;
            }
        };
        clock::within(PATIENCE, "coming to rest after a load", resting).await
    }
}

/// Memory that the process has in use, in KiB.
pub fn resident_kib(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Fields 14 and 15, `utime` and `stime` (proc_pid_stat(5)). The name in field 2 may hold spaces and parentheses.
fn parse_stat(stat: &str) -> Option<Duration> {
    let mut fields = stat[stat.rfind(')')? + 1..].split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let kernel: u64 = fields.next()?.parse().ok()?;
    Some(Duration::from_millis((user + kernel) * MILLISECONDS_PER_TICK))
}

/// `USER_HZ` is 100 on every architecture that Doorward is built for.
const MILLISECONDS_PER_TICK: u64 = 10;
const LOOK_EVERY: Duration = Duration::from_millis(50);
const QUIET_LOOKS: u32 = 4;
const RESTING: Duration = Duration::from_micros(500);
const PATIENCE: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_and_kernel_time_are_found_behind_any_name() {
        let stat = "7 (a) b (c) S 1 7 7 0 -1 4194304 1 2 3 4 250 31 0 0 20 0 4 0 9";
        assert_eq!(parse_stat(stat), Some(Duration::from_millis(2810)));
        assert_eq!(parse_stat("7 (a"), None);
    }

    #[test]
    fn threads_are_summed_by_the_beginning_of_their_names() {
        let thread = |name: &str, used| (name.to_owned(), Duration::from_millis(used));
        let threads = BTreeMap::from([
            (1, thread("doorward", 5)),
            (2, thread("gate core 0", 7)),
            (3, thread("gate core 1", 8)),
        ]);
        let reading = Reading { whole: Duration::ZERO, threads };
        assert_eq!(reading.of_threads("gate core"), Duration::from_millis(15));
        assert_eq!(reading.of_threads(""), Duration::from_millis(20));
    }
}
