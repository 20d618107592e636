//! A PostgreSQL cluster for one run of the tests: made under `target/`, on a random port of loopback, with a random
//! password, gone at the end. It stops with this process, however this process ends.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use super::needs::{self, Unavailable};
use crate::process;
use crate::tree::Tree;

/// What is skipped by name without PostgreSQL.
pub const SUITE: &str = "store suite on PostgreSQL";

/// The variable that tells tests where the cluster is: `postgres://USER:PASSWORD@HOST:PORT/postgres`. The user may
/// create databases, and each test makes one of its own.
pub const ADDRESS: &str = "DOORWARD_TEST_POSTGRES";

const PROGRAMS: &str = "DOORWARD_TEST_POSTGRES_BIN";

/// A running cluster; dropping it stops it and removes its files.
pub struct Cluster {
    server: Child,
    programs: PathBuf,
    folder: PathBuf,
    address: String,
}

impl Cluster {
    /// Makes and starts a cluster, installing PostgreSQL first where that is ours to do.
    ///
    /// # Errors
    /// `Missing` without PostgreSQL, `Broken` if it is there and does not start.
    pub fn start(tree: &Tree) -> Result<Self, Unavailable> {
        if needs::on_path("setpriv").is_none() {
            return Err(Unavailable::Missing("setpriv, a part of util-linux, is not here".into()));
        }
        let programs = match programs() {
            Some(programs) => programs,
            None => {
                needs::install(&["postgresql"])?;
                programs().ok_or_else(|| {
                    Unavailable::Missing("its programs are not where Debian puts them".into())
                })?
            }
        };
        let home = tree.target.join("postgres");
        sweep(&home)?;
        Ok(Self::start_in(&programs, &home)?)
    }

    /// The variables that the tests look at.
    pub fn environment(&self) -> [(&'static str, String); 2] {
        [(ADDRESS, self.address.clone()), (PROGRAMS, self.programs.display().to_string())]
    }

    fn start_in(programs: &Path, home: &Path) -> Result<Self> {
        let folder = prepare(home)?;
        let password = random_word()?;
        let password_file = folder.join("password");
        write_owned(&password_file, &password)?;
        let data = folder.join("data");
        let mut initdb = as_owner(&programs.join("initdb"));
        initdb.args([
            "--auth=scram-sha-256",
            "--username=doorward",
            "--locale=C",
            "--encoding=UTF8",
            "--no-sync",
        ]);
        initdb.arg("--pwfile").arg(&password_file).arg("--pgdata").arg(&data).stdout(Stdio::null());
        initdb.current_dir(&folder);
        ensure!(process::succeeds(&mut initdb)?, "initdb failed");
        for _ in 0..STARTS_AT_MOST {
            let port = free_port()?;
            let server = serve(programs, &folder, &data, port)?;
            let address = format!("postgres://doorward:{password}@127.0.0.1:{port}/postgres");
            let mut cluster = Self { server, programs: programs.to_owned(), folder: folder.clone(), address };
            if cluster.becomes_ready(port)? {
                println!("PostgreSQL answers on 127.0.0.1:{port}, its files are in {}", folder.display());
                return Ok(cluster);
            }
            // Somebody was faster with that port; the files stay for the next try.
            cluster.folder = PathBuf::new();
        }
        let log = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
        needs::remove_folder(&folder)?;
        bail!("PostgreSQL did not start: {}", log.trim())
    }

    /// True once it takes connections, false if it has ended.
    fn becomes_ready(&mut self, port: u16) -> Result<bool> {
        for _ in 0..READY_CHECKS_AT_MOST {
            if self.server.try_wait()?.is_some() {
                return Ok(false);
            }
            let mut check = Command::new(self.programs.join("pg_isready"));
            check.args(["--quiet", "--host=127.0.0.1", "--port", &port.to_string()]);
            if process::read(&mut check).is_ok() {
                return Ok(true);
            }
            pause();
        }
        Ok(false)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // The signal for "end now, without saving": nothing here is kept. `kill` is the shell's own.
        let stop = format!("kill -QUIT {}", self.server.id());
        let _ = process::read(Command::new("sh").args(["-c", &stop]));
        let _ = self.server.wait();
        if !self.folder.as_os_str().is_empty() {
            let _ = needs::remove_folder(&self.folder);
        }
    }
}

/// The newest set of programs: named by the variable, where Debian puts them, or on `PATH`.
fn programs() -> Option<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            Some((path.file_name()?.to_str()?.parse().ok()?, path.join("bin")))
        })
        .collect();
    found.sort();
    let named = std::env::var_os(PROGRAMS).map(PathBuf::from);
    let debian = found.into_iter().rev().map(|(_, path)| path);
    let path = needs::on_path("initdb").and_then(|file| Some(file.parent()?.to_owned()));
    let complete =
        |folder: &PathBuf| ["initdb", "postgres", "pg_isready"].iter().all(|name| folder.join(name).exists());
    named.into_iter().chain(debian).chain(path).find(complete)
}

/// A folder for this run that the owner of the server can reach: in `home`, or, where that lies behind a closed
/// door (a checkout in root's home), among the temporary files.
fn prepare(home: &Path) -> Result<PathBuf> {
    let name = std::process::id().to_string();
    let elsewhere = std::env::temp_dir().join(format!("doorward-postgres-{name}"));
    for folder in [home.join(&name), elsewhere] {
        needs::remove_folder(&folder)?;
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        give_away(&folder)?;
        if process::read(as_owner(Path::new("ls")).arg(&folder)).is_ok() {
            return Ok(folder);
        }
        needs::remove_folder(&folder)?;
    }
    bail!("the user {OWNER} can reach neither {} nor the temporary files", home.display())
}

/// Removes what runs left behind that were killed; their servers ended with them.
fn sweep(home: &Path) -> Result<()> {
    for entry in std::fs::read_dir(home).into_iter().flatten() {
        let folder = entry.context("cannot read the folder of clusters")?.path();
        let alive = folder.file_name().is_some_and(|process| Path::new("/proc").join(process).exists());
        if !alive {
            needs::remove_folder(&folder)?;
        }
    }
    Ok(())
}

fn serve(programs: &Path, folder: &Path, data: &Path, port: u16) -> Result<Child> {
    let log = std::fs::File::create(folder.join("log")).context("cannot make the server's log")?;
    let mut server = as_owner(&programs.join("postgres"));
    server.current_dir(folder).arg("-D").arg(data).args(["-p", &port.to_string(), "-h", "127.0.0.1"]);
    // No durability: the files do not outlive the run. No socket: its path could be too long.
    for setting in ["fsync=off", "full_page_writes=off", "synchronous_commit=off", "max_connections=200"] {
        server.args(["-c", setting]);
    }
    server.args(["-c", "unix_socket_directories="]);
    server.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    process::announce(&server);
    server.spawn().context("cannot start postgres")
}

/// `program` as a user that PostgreSQL accepts (it refuses root), ending when we end.
fn as_owner(program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    if needs::is_root() {
        command.args(["--reuid", OWNER, "--regid", OWNER, "--init-groups"]);
    }
    command.args(["--pdeathsig", "QUIT", "--"]).arg(program);
    command
}

fn give_away(path: &Path) -> Result<()> {
    if needs::is_root() {
        process::read(Command::new("chown").arg(format!("{OWNER}:{OWNER}")).arg(path))?;
    }
    process::read(Command::new("chmod").arg("u=rwX,go=").arg(path))?;
    Ok(())
}

fn write_owned(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, "").with_context(|| format!("cannot write {}", path.display()))?;
    give_away(path)?;
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

fn random_word() -> Result<String> {
    use std::io::Read;
    let mut bytes = [0; 16];
    std::fs::File::open("/dev/urandom")
        .and_then(|mut file| file.read_exact(&mut bytes))
        .context("no randomness")?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port on loopback")?;
    Ok(listener.local_addr()?.port())
}

#[expect(
    clippy::disallowed_methods,
    reason = "another program starts in real time, and there is no runtime here"
)]
fn pause() {
    std::thread::sleep(Duration::from_millis(50));
}

const OWNER: &str = "postgres";
const STARTS_AT_MOST: usize = 3;
const READY_CHECKS_AT_MOST: usize = 600;
