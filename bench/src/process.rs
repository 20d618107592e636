//! Processes that are measured: started with their output in a file, gone when their owner is.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail};

/// A process that ends, at once, when this value is dropped.
pub struct Started {
    child: Child,
    log: PathBuf,
}

impl Started {
    /// Starts `command`; what it writes is appended to `log`.
    ///
    /// # Errors
    /// When the log cannot be written or the program cannot be started.
    pub fn start(mut command: Command, log: &Path) -> Result<Self> {
        let open = || OpenOptions::new().create(true).append(true).open(log);
        let (out, error) = (open()?, open()?);
        command.stdin(Stdio::null()).stdout(out).stderr(error);
        let child = command.spawn().with_context(|| format!("cannot start {command:?}"))?;
        Ok(Self { child, log: log.to_owned() })
    }

    /// Its number, by which `/proc` knows it.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// # Errors
    /// When it has ended, with what it wrote.
    pub fn still_runs(&mut self) -> Result<()> {
        if let Some(status) = self.child.try_wait()? {
            bail!("a measured process ended with {status}:\n{}", self.output());
        }
        Ok(())
    }

    /// What it wrote so far, and what earlier ones with the same log did.
    pub fn output(&self) -> String {
        std::fs::read(&self.log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        // Both fail only where it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
