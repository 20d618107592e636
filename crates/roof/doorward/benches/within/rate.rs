//! Times, and what they were taken on.

use std::fs::read_to_string;
use std::time::{Duration, Instant};

/// How long each of some equal pieces of work took.
#[derive(Default)]
pub struct Times(Vec<Duration>);

impl Times {
    /// Measures one piece.
    pub fn of(&mut self, started: Instant) {
        self.0.push(started.elapsed());
    }

    /// `median (least..99 in 100)` in microseconds.
    pub fn describe(&mut self) -> String {
        self.0.sort_unstable();
        let at = |share: f64| {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a place in the list"
            )]
            let place = ((self.0.len() - 1) as f64 * share) as usize;
            self.0[place].as_secs_f64() * 1e6
        };
        format!(
            "{:.1} µs (least {:.1}, 99 in 100 within {:.1}) of {}",
            at(0.5),
            at(0.0),
            at(0.99),
            self.0.len()
        )
    }

    /// The median in seconds.
    pub fn median(&mut self) -> f64 {
        self.0.sort_unstable();
        self.0[self.0.len() / 2].as_secs_f64()
    }
}

/// So many in this time, as a rate.
pub fn per_second(count: usize, started: Instant) -> f64 {
    count as f64 / started.elapsed().as_secs_f64()
}

/// What the numbers were measured on.
pub fn machine() -> String {
    let processors = read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processors.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let count = processors.lines().filter(|line| line.starts_with("processor")).count();
    let date = jiff::Timestamp::now().strftime("%Y-%m-%d");
    let model = model.map_or("unknown processor", |(_, model)| model);
    format!("{date}; {count} processors, {model}; load average at the start: {}", busyness())
}

/// The average number of runnable tasks over the last minute: how much else was going on.
pub fn busyness() -> String {
    let load = read_to_string("/proc/loadavg").unwrap_or_default();
    load.split(' ').next().unwrap_or("unknown").to_owned()
}

/// Resident memory of this process in MiB.
pub fn resident() -> u64 {
    let status = read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or_default() / 1024
}
