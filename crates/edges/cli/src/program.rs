//! A program that is run, and its end.

use std::ffi::OsString;
use std::io::{ErrorKind, IsTerminal};
use std::os::unix::process::ExitStatusExt;
use std::pin::pin;
use std::process::{Command, ExitCode, ExitStatus};

use rustix::process::{Pid, kill_process};
use supervise::Tasks;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::Failure;
use crate::variables::Variables;

/// Runs a program to its end. Its exit code is ours, or 128 and the number of the signal that ended it; signals that are
/// sent to us are passed on.
pub(crate) async fn run(
    command: &[OsString],
    variables: &Variables,
    tasks: &Tasks,
) -> Result<ExitCode, Failure> {
    let (program, arguments) = command.split_first().ok_or_else(|| Failure::new("no command is given"))?;
    let mut signals = Signals::listen()?;
    let mut running = Command::new(program);
    running.args(arguments).envs(variables.set.iter().map(|(name, value)| (*name, value)));
    for name in &variables.unset {
        running.env_remove(name);
    }
    let mut child = running.spawn().map_err(|error| unstarted(program, &error))?;
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let mut ended = pin!(tasks.blocking("the command", move || child.wait()));
    let status = loop {
        tokio::select! {
            ended = &mut ended => break ended,
            signal = signals.next() => {
                if let Some(pid) = pid {
                    // It may have ended this moment: then there is nobody to be told.
                    let _gone = kill_process(pid, signal);
                }
            }
        }
    };
    let failed = |error: &(dyn std::error::Error + 'static)| {
        Failure::new(format!("how {} ended is not known", program.display())).because(error)
    };
    Ok(code(status.map_err(|error| failed(&error))?.map_err(|error| failed(&error))?))
}

/// As shells do it.
fn code(status: ExitStatus) -> ExitCode {
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
    ExitCode::from(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX))
}

fn unstarted(program: &OsString, error: &std::io::Error) -> Failure {
    let failure = Failure::new(format!("{} cannot be run", program.display())).because(error);
    if error.kind() == ErrorKind::NotFound {
        failure.hint("check its spelling, or give its whole path").exiting_with(NOT_FOUND)
    } else {
        failure.hint(format!("is it a program? ls -l {}", program.display())).exiting_with(NOT_RUNNABLE)
    }
}

/// What is passed on. At a terminal Ctrl-C and Ctrl-\ reach the program by themselves, as one of the foreground group; a
/// second one would look like an impatient person.
struct Signals {
    hangup: Signal,
    interrupt: Signal,
    is_at_a_terminal: bool,
    quit: Signal,
    terminate: Signal,
    user_1: Signal,
    user_2: Signal,
}

impl Signals {
    fn listen() -> Result<Self, Failure> {
        let listen =
            |kind| signal(kind).map_err(|error| Failure::new("signals cannot be waited for").because(&error));
        Ok(Self {
            hangup: listen(SignalKind::hangup())?,
            interrupt: listen(SignalKind::interrupt())?,
            is_at_a_terminal: std::io::stdin().is_terminal() || std::io::stderr().is_terminal(),
            quit: listen(SignalKind::quit())?,
            terminate: listen(SignalKind::terminate())?,
            user_1: listen(SignalKind::user_defined1())?,
            user_2: listen(SignalKind::user_defined2())?,
        })
    }

    /// The next signal that is to be passed on.
    async fn next(&mut self) -> rustix::process::Signal {
        use rustix::process::Signal;
        loop {
            let signal = tokio::select! {
                _ = self.hangup.recv() => Signal::HUP,
                _ = self.interrupt.recv() => Signal::INT,
                _ = self.quit.recv() => Signal::QUIT,
                _ = self.terminate.recv() => Signal::TERM,
                _ = self.user_1.recv() => Signal::USR1,
                _ = self.user_2.recv() => Signal::USR2,
            };
            let came_from_the_terminal =
                self.is_at_a_terminal && [Signal::INT, Signal::QUIT].contains(&signal);
            if !came_from_the_terminal {
                return signal;
            }
        }
    }
}

/// As shells and `env` say it.
const NOT_FOUND: u8 = 127;
const NOT_RUNNABLE: u8 = 126;
