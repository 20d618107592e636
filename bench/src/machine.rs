//! What the numbers were measured on.

use std::fs::read_to_string;

use crate::clock;
use crate::pins::Pins;

/// Lines to go with the numbers.
pub fn describe(pins: &Pins) -> String {
    let processors = read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processors.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("unknown", |(_, model)| model);
    let count = processors.lines().filter(|line| line.starts_with("processor")).count();
    let kernel = read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!("{}; {count} processors, {model}; Linux {}\n{}", clock::today(), kernel.trim(), pins.describe())
}

/// The average number of runnable tasks over the last minute: how much else was going on.
pub fn busyness() -> String {
    let load = read_to_string("/proc/loadavg").unwrap_or_default();
    load.split(' ').next().unwrap_or("unknown").to_owned()
}
