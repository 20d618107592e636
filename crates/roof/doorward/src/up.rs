//! `doorward up`: from the command line to the drain.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::Duration;

use cli::{Failure, UpArguments};
use keys::{AuthorityError, ServerCertificateError};
use projects::EnsureError;
use store::ReadError;
use store_sql::OpenError;
use supervise::Timer;
use tracing_subscriber::EnvFilter;

use crate::demo::Demo;
use crate::descriptors::raise_limit;
use crate::{BuildError, Config, House, Surroundings};

/// How long requests under way may take once an interrupt came.
const DRAIN: Duration = Duration::from_secs(30);

/// Runs Doorward until Ctrl-C or SIGTERM.
pub async fn up(arguments: &UpArguments) -> ExitCode {
    let variables: BTreeMap<String, String> =
        std::env::vars().filter(|(name, _)| name.starts_with("DOORWARD_")).collect();
    log_to_stderr(variables.get("DOORWARD_LOG").map_or("warn", String::as_str));
    match run(arguments, &variables).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprint!("{failure}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &UpArguments, variables: &BTreeMap<String, String>) -> Result<(), Failure> {
    let mut config = Config::resolve(arguments, variables)
        .map_err(|error| Failure::new("the configuration is not valid").because(&error).hint(error.hint()))?;
    let wanted = config.connections;
    config.connections = wanted
        .within(raise_limit())
        .map_err(|error| Failure::new("Doorward cannot start").because(&error).hint(error.hint()))?;
    if config.connections != wanted {
        tracing::warn!(
            "the system's limit on open files leaves room for {} instead of {wanted}",
            config.connections
        );
    }
    let surroundings = Surroundings::real();
    let timer = surroundings.timer.clone();
    let mut interrupt = Interrupt::listen()?;
    let house = House::build(&config, surroundings).await.map_err(|error| refused(&config, &error))?;
    eprintln!("{}", banner(&house, &config));
    if config.dangerous_anonymous_owner.is_some() {
        eprintln!(
            "\nwarning: --dangerous-anonymous-owner: whatever calls {} without a credential is the owner, {}",
            house.addresses.api_url(),
            house.owner.person.email,
        );
    }
    let shown = async {
        if let Some(demo) = &house.demo {
            eprintln!(
                "\nWhat just happened:\n{}\n\n{}",
                demo.show(&house, &timer).await?,
                next(&house, demo)
            );
        }
        anyhow::Ok(())
    };
    let shown = tokio::select! {
        shown = shown => shown.map(|()| true),
        () = interrupt.came() => Ok(false),
    };
    if let Ok(true) = shown {
        interrupt.came().await;
    }
    eprintln!("\nDraining: requests under way are answered, nobody new is let in.");
    drain(house, &timer, &mut interrupt).await?;
    shown.map(|_| ()).map_err(|error| {
        Failure::new("the demonstration did not work")
            .because(error.as_ref())
            .hint("start with DOORWARD_LOG=info and report what it says")
    })
}

async fn drain(house: House, timer: &Timer, interrupt: &mut Interrupt) -> Result<(), Failure> {
    let deadline = timer.now() + DRAIN;
    tokio::select! {
        drained = house.drain(deadline) => drained.map_err(|error| {
            Failure::new("not everything ended in time; it was ended, and what was accepted goes on at the next start").because(&error)
        }),
        () = interrupt.came() => Err(Failure::new("interrupted again while draining; what was accepted goes on at the next start")),
    }
}

fn banner(house: &House, config: &Config) -> String {
    let (project, number) = &house.project;
    let intercept = house.addresses.intercept.map(|address| format!("\n  proxy    http://{address}"));
    format!(
        "Doorward {}\n  api      {}\n  gate     {}{}\n  project  {project} ({number})\n  data     {}\n  owner    {}",
        env!("CARGO_PKG_VERSION"),
        house.addresses.api_url(),
        house.addresses.gate_url(),
        intercept.unwrap_or_default(),
        config.data.display(),
        house.owner.person.email,
    )
}

fn next(house: &House, demo: &Demo) -> String {
    let (_, number) = house.project;
    let host = house.access.universe().run_local_host(&demo.service.service, number, &demo.service.location);
    let (account, url) = (demo.account.email.local_part(), &demo.url);
    let scheme = if house.addresses.gate_tls.is_some() { "https" } else { "http" };
    let gate = format!("{scheme}://{host}:{}/", house.addresses.gate.port());
    format!(
        "Try next, in another terminal:\n  \
           doorward logs --follow\n  \
           doorward token identity --as {account} --audience {url}\n  \
           curl -i {gate}\n  \
           curl -H \"Authorization: Bearer $(doorward token identity --as {account} --audience {url})\" {gate}\n  \
           curl -H \"Authorization: Bearer $(doorward token access)\" {}/v1/projects/{}\n\
         The job fires every minute. Ctrl-C stops.",
        house.addresses.api_url(),
        house.addresses.project,
    )
}

/// A refusal to start, with the next command.
fn refused(config: &Config, error: &BuildError) -> Failure {
    let data = config.data.display();
    let hint = match error {
        BuildError::Api(_) | BuildError::Gate(_) | BuildError::Intercept(_) | BuildError::Redirect(_) => {
            "the system lets no more sockets be opened: raise the limit (`ulimit -n`) and start again".to_owned()
        }
        BuildError::Authority(AuthorityError::Permissions { path, .. }) => {
            format!("make a new authority, since others may have its key, and let clients believe that one: rm {0} && doorward up --data {data}", path.display())
        }
        BuildError::Authority(_) => format!(
            "check that {data} can be written; a new authority is made when {data}/ca.key and {data}/ca.pem are gone"
        ),
        BuildError::Certificates(ServerCertificateError::Permissions { path, .. }) => {
            format!("close it to others and start again: chmod o= {}", path.display())
        }
        BuildError::Certificates(_) => {
            "correct `chain` and `key` under `[[tls.certificates]]`, or set `local_ca = true` under `[tls]` instead (docs/tls.md)".to_owned()
        }
        BuildError::Bind(_) => {
            let demo = if config.demo { " --demo" } else { "" };
            format!("free the port, or choose another: `doorward up --data {data}{demo} --api 127.0.0.1:0 --gate 127.0.0.1:0 --intercept 127.0.0.1:0` takes free ones")
        }
        BuildError::MasterKey(_) | BuildError::Tokens(_) => format!(
            "the key that seals this data is {data}/master.key or DOORWARD_MASTER_KEY; start with the one that made it"
        ),
        BuildError::Open(OpenError::InUse { .. }) => {
            format!("stop the Doorward that uses {data}, or give this one a directory of its own with --data DIR")
        }
        BuildError::Open(OpenError::Newer { .. }) => {
            "start the version of Doorward that wrote this data, or a newer one; or use another --data DIR".to_owned()
        }
        BuildError::Open(OpenError::Directory { .. } | OpenError::NotText { .. } | OpenError::Unusable { .. }) => {
            format!("check that {data} can be written and is a data directory of Doorward, or use another --data DIR")
        }
        BuildError::Open(OpenError::Exposed { path, .. }) => {
            format!("close it to others and start again: chmod go= {}", path.display())
        }
        BuildError::Open(OpenError::Foreign { path, user, .. }) => {
            format!("take it over (chown {user} {}), start as the user whose it is, or use another --data DIR", path.display())
        }
        BuildError::Demo(_) => {
            "start without --demo, or with DOORWARD_LOG=info, which says more".to_owned()
        }
        BuildError::Ensure(EnsureError::Erased(_)) => {
            format!("choose another ID: doorward up --data {data} --project ID")
        }
        BuildError::Trust(_) => "install the system's certificates (Debian: apt-get install ca-certificates)".to_owned(),
        BuildError::Read(ReadError::Corrupt { .. }) => {
            format!("start the version of Doorward that wrote {data}, or a copy of {data} from before; `doorward up --data DIR` begins anew elsewhere")
        }
        BuildError::Data(_) | BuildError::Ensure(_) | BuildError::Owner(_) | BuildError::Read(_) => {
            format!("check that the disk of {data} has room and can be written: `df -h {data}`")
        }
    };
    Failure::new("Doorward cannot start").because(error).hint(hint)
}

fn log_to_stderr(filter: &str) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("warn"));
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // Colours are for a person; in a file they would be escape sequences that somebody else could have sent.
        .with_ansi(std::io::stderr().is_terminal());
    // A second subscriber in one process is refused; the first one stays.
    let _first_wins = subscriber.try_init();
}

/// Ctrl-C and SIGTERM.
struct Interrupt {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

impl Interrupt {
    fn listen() -> Result<Self, Failure> {
        use tokio::signal::unix::{SignalKind, signal};
        let failed = |error: std::io::Error| {
            Failure::new("interrupts cannot be waited for").because(&error as &(dyn Error + 'static))
        };
        Ok(Self {
            terminate: signal(SignalKind::terminate()).map_err(failed)?,
            interrupt: signal(SignalKind::interrupt()).map_err(failed)?,
        })
    }

    async fn came(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_and_cannot_be_read_is_no_matter_of_room_on_the_disk() {
        let config = Config::of_text("data = \"here\"").expect("a configuration");
        let source = serde_json::from_str::<u8>("x").expect_err("no number");
        let corrupt = store::ReadError::Corrupt { kind: "service", key: "x".to_owned(), source };
        let refused = refused(&config, &corrupt.into());
        let hint = refused.hint.expect("a next command");
        assert!(hint.contains("a copy of here") && hint.contains("doorward up --data DIR"), "{hint}");
        let away = store::ReadError::Unavailable("gone".into());
        assert!(super::refused(&config, &away.into()).hint.is_some_and(|hint| hint.contains("df -h here")));
    }
}
