//! Which processor is whose, so that the load takes nothing from what is measured.

use std::path::Path;
use std::process::{Command, Stdio};

/// The processors of a measurement. None are set where there is only one, or no `taskset`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pins {
    both: Option<(usize, usize)>,
}

impl Pins {
    /// One processor for what is measured, and another one for us: from here on, every thread of this process runs
    /// there.
    pub fn split_and_pin_ourselves() -> Self {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let allowed = allowed(&status);
        let [measured, load, ..] = allowed[..] else { return Self::default() };
        let mut taskset = Command::new("taskset");
        taskset.args(["-p", "-c", &load.to_string(), &std::process::id().to_string()]);
        taskset.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let pinned = taskset.status().is_ok_and(|status| status.success());
        Self { both: pinned.then_some((measured, load)) }
    }

    /// A command that runs `program` where what is measured runs.
    pub fn measured(&self, program: &Path) -> Command {
        match self.both {
            None => Command::new(program),
            Some((measured, _)) => {
                let mut command = Command::new("taskset");
                command.args(["-c", &measured.to_string()]).arg(program);
                command
            }
        }
    }

    /// In words.
    pub fn describe(&self) -> String {
        match self.both {
            None => "nothing is pinned: there is only one processor, or no `taskset`".to_owned(),
            Some((measured, load)) => {
                format!("what is measured on processor {measured}, load and upstream on processor {load}")
            }
        }
    }
}

/// `Cpus_allowed_list: 0-1,4` → 0, 1, 4 (proc_pid_status(5)).
fn allowed(status: &str) -> Vec<usize> {
    let list = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:")).unwrap_or_default();
    list.trim()
        .split(',')
        .filter_map(|part| {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            Some(first.parse::<usize>().ok()?..=last.parse::<usize>().ok()?)
        })
        .flatten()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn allowed_processors_are_read_from_ranges_and_single_numbers() {
        assert_eq!(allowed("Name:\tbench\nCpus_allowed_list:\t0-2,5\n"), [0, 1, 2, 5]);
        assert_eq!(allowed("Cpus_allowed_list:\t3\n"), [3]);
        assert_eq!(allowed("Name:\tbench\n"), [0_usize; 0]);
    }
}
