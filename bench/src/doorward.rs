//! A `doorward up` of our own.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::api::Api;
use crate::pins::Pins;
use crate::process::Started;
use crate::{clock, load};

/// A doorward that serves.
pub struct Doorward {
    /// Where Google's APIs are.
    pub api: SocketAddr,
    /// Where the services are.
    pub gate: SocketAddr,
    /// The process.
    pub process: Started,
    program: PathBuf,
    data: PathBuf,
}

impl Doorward {
    /// Starts `program` on this data and waits until it serves.
    ///
    /// # Errors
    /// When it ends, or does not serve in time.
    pub async fn start(program: &Path, data: &Path, log: &Path, pins: &Pins) -> Result<Self> {
        let addresses = data.join("addresses.json");
        if addresses.exists() {
            // What an earlier process on this data wrote would name ports of nobody.
            std::fs::remove_file(&addresses)?;
        }
        let mut command = pins.measured(program);
        command
            .args(["up", "--api", "127.0.0.1:0", "--gate", "127.0.0.1:0", "--intercept", "off", "--data"])
            .arg(data);
        without_our_variables(&mut command);
        let mut process = Started::start(command, log)?;
        let serves = async {
            loop {
                process.still_runs()?;
                if let Some((api, gate)) = read_addresses(&addresses)
                    && load::status(api, HEALTHZ).await.is_ok_and(|status| status == 200)
                {
                    return Ok((api, gate));
                }
                clock::pause(LOOK_EVERY).await;
            }
        };
        let (api, gate) = clock::within(START, "the start of doorward", serves).await?;
        Ok(Self { api, gate, process, program: program.to_owned(), data: data.to_owned() })
    }

    /// Connections to its API, as the local owner.
    ///
    /// # Errors
    /// When the owner gets no access token.
    pub async fn as_owner(&self, connections: usize) -> Result<Vec<Api>> {
        let mut command = Command::new(&self.program);
        command.args(["token", "access", "--data"]).arg(&self.data).stdin(Stdio::null());
        without_our_variables(&mut command);
        let output = command.output().context("doorward token access cannot be started")?;
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        ensure!(output.status.success(), "doorward token access: {told}");
        let token = String::from_utf8(output.stdout)?;
        let mut apis = Vec::new();
        for _ in 0..connections {
            apis.push(Api::connect(self.api, token.trim()).await?);
        }
        Ok(apis)
    }
}

fn read_addresses(file: &Path) -> Option<(SocketAddr, SocketAddr)> {
    let addresses: Value = serde_json::from_str(&std::fs::read_to_string(file).ok()?).ok()?;
    let address = |name: &str| addresses[name].as_str()?.parse().ok();
    Some((address("api")?, address("gate")?))
}

/// What is measured is what the command line says.
fn without_our_variables(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("DOORWARD_") {
            command.env_remove(name);
        }
    }
}

const HEALTHZ: &[u8] = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
const LOOK_EVERY: Duration = Duration::from_millis(20);
const START: Duration = Duration::from_secs(60);
