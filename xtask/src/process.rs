//! Running other programs: announced before they start, never reading standard input.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{SyncSender, sync_channel};

use anyhow::{Context, Result, ensure};

/// Runs `command` with its output on ours; true if it ended with exit code 0.
///
/// # Errors
/// When the program cannot be started.
pub fn succeeds(command: &mut Command) -> Result<bool> {
    announce(command);
    let status =
        command.stdin(Stdio::null()).status().with_context(|| format!("cannot start {}", name(command)))?;
    Ok(status.success())
}

/// Runs `command`, passes its output on line by line, and shows each line to `on_line` too.
///
/// # Errors
/// When the program cannot be started or its output cannot be read.
pub fn follow(command: &mut Command, mut on_line: impl FnMut(&str)) -> Result<ExitStatus> {
    announce(command);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {}", name(command)))?;
    let (sender, lines) = sync_channel(LINES_IN_FLIGHT);
    let readers = [
        child.stdout.take().map(|pipe| pass_on(pipe, std::io::stdout(), sender.clone())),
        child.stderr.take().map(|pipe| pass_on(pipe, std::io::stderr(), sender)),
    ];
    for line in lines {
        on_line(&line);
    }
    for reader in readers.into_iter().flatten() {
        ensure!(reader.join().is_ok(), "reading the output of {} failed", name(command));
    }
    child.wait().with_context(|| format!("cannot wait for {}", name(command)))
}

/// The standard output of `command`, which must end with exit code 0. Not announced: it changes nothing.
///
/// # Errors
/// When the program cannot be started, fails, or prints something that is not UTF-8.
pub fn read(command: &mut Command) -> Result<String> {
    let output =
        command.stdin(Stdio::null()).output().with_context(|| format!("cannot start {}", name(command)))?;
    ensure!(
        output.status.success(),
        "{} ended with {}: {}",
        name(command),
        output.status,
        String::from_utf8_lossy(&output.stderr).trim()
    );
    String::from_utf8(output.stdout).with_context(|| format!("{} did not print UTF-8", name(command)))
}

/// Prints the command line that is about to run.
pub fn announce(command: &Command) {
    let words: Vec<_> = command.get_args().map(|word| word.to_string_lossy()).collect();
    println!("+ {} {}", name(command), words.join(" "));
}

fn name(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    program.file_name().unwrap_or(command.get_program()).to_string_lossy().into_owned()
}

/// Copies whole lines, so that two pipes never mix inside one; bytes that are not UTF-8 are replaced.
fn pass_on(
    pipe: impl Read + Send + 'static,
    mut out: impl Write + Send + 'static,
    lines: SyncSender<String>,
) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        let mut pipe = BufReader::new(pipe);
        let mut bytes = Vec::new();
        while pipe.read_until(b'\n', &mut bytes).is_ok_and(|read| read > 0) {
            let line = String::from_utf8_lossy(&bytes).trim_end_matches('\n').to_owned();
            // Our own reader may be gone (`| head`); the program's work goes on.
            let _ = writeln!(out, "{line}");
            let _ = lines.send(line);
            bytes.clear();
        }
    })
}

const LINES_IN_FLIGHT: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_both_streams_is_seen() {
        let mut seen = Vec::new();
        let status = follow(Command::new("sh").args(["-c", "echo one; echo two >&2; exit 3"]), |line| {
            seen.push(line.to_owned())
        })
        .unwrap();
        seen.sort();
        assert_eq!(seen, ["one", "two"]);
        assert_eq!(status.code(), Some(3));
    }

    #[test]
    fn a_failing_program_is_not_read() {
        let error = read(Command::new("sh").args(["-c", "echo half; echo broken >&2; exit 1"])).unwrap_err();
        assert!(error.to_string().contains("broken"), "{error}");
    }

    #[test]
    fn a_missing_program_is_an_error_that_names_it() {
        let error = succeeds(&mut Command::new("no-such-program-here")).unwrap_err();
        assert!(error.to_string().contains("no-such-program-here"), "{error}");
    }
}
