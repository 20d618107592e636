//! What stands ready before a program runs: a Doorward that answers, a certificate bundle, a folder for gcloud, and who
//! the program is.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use names::{Email, Location, ProjectId, ProjectNumber};
use outbound::system_authorities;

use crate::acting::Acting;
use crate::arguments::{ConnectionArguments, WhoseProgramArguments};
use crate::connection::{AUTHORITY, Addresses, Connection, OwnerTokens, member};
use crate::gcloud_folder::GcloudFolder;
use crate::private::keep_private;
use crate::process::ActingInstance;
use crate::variables::{Places, SignedIn, Variables};
use crate::{AccountTokens, Failure, Process};

pub(crate) struct Stage {
    pub acting: Acting,
    connection: Connection,
    data: PathBuf,
    folder: GcloudFolder,
    intercept: SocketAddr,
    project: String,
    /// What the owner's credential bought; of nobody there is none.
    tokens: Option<OwnerTokens>,
    typed_project: Option<String>,
}

impl Stage {
    /// Finds the Doorward of the data directory and prepares what programs need.
    pub(crate) async fn set(arguments: &WhoseProgramArguments, process: &Process) -> Result<Self, Failure> {
        let found = Addresses::read(&arguments.data)?;
        let data = arguments.data.canonicalize().map_err(|error| unreadable(&arguments.data, &error))?;
        let place = ConnectionArguments {
            data: data.clone(),
            api: None,
            credential: None,
            api_ca: arguments.api_ca.clone(),
            project: arguments.project.clone(),
        };
        let connection = Connection::open(&place, process.tasks.timer())?;
        let acting = Acting::parse(&arguments.principal, &connection)?;
        let (connection, tokens) = match acting {
            Acting::Account(_) | Acting::Owner => {
                let (connection, tokens) = signed_in(connection, &place, process).await?;
                (connection, Some(tokens))
            }
            Acting::Anonymous => {
                connection.answers().await?;
                (connection, None)
            }
        };
        let intercept = intercept(&found, &data)?;
        let project = match (&acting, &arguments.project) {
            (Acting::Account(account), None) => {
                connection.universe()?.account_parts(account).map(|(project, _)| project.to_string())
            }
            _ => None,
        };
        let project = match project {
            Some(project) => project,
            None => connection.project()?.to_owned(),
        };
        let folder = GcloudFolder::of(&data, &acting, &project)?;
        bundle(&data)?;
        let typed_project = arguments.project.clone();
        Ok(Self { acting, connection, data, folder, intercept, project, tokens, typed_project })
    }

    /// Signs the owner in where clients look.
    pub(crate) async fn sign_in(&self, process: &Process) -> Result<SignedIn, Failure> {
        let Some(tokens) = &self.tokens else { return Ok(SignedIn::Nobody) };
        let file = self.folder.sign_in(&self.connection, tokens, process.lent.as_ref()).await?;
        Ok(SignedIn::Owner { credentials: text(&file)? })
    }

    /// Starts a metadata server for an account, once the owner is known to be one who may create its tokens.
    pub(crate) async fn serve_metadata(
        &self,
        account: Email,
        process: &Process,
    ) -> Result<SocketAddr, Failure> {
        let malformed = |error: names::NameError| Failure::new(error.to_string());
        let path = format!("/v1/projects/{}", self.project);
        let number = member(&self.connection.get(&path).await?, "projectNumber")?;
        let tokens = AccountTokens::of(account.clone(), self.connection.clone());
        // Asked for now, so that a refusal is told before the program runs and not by it.
        tokens.access_token(&[CLOUD_PLATFORM.to_owned()]).await?;
        let instance = ActingInstance {
            account,
            id: format!("{:x}{:08x}", self.connection.now().as_millisecond(), std::process::id()),
            number: ProjectNumber::parse(&number).map_err(malformed)?,
            project: ProjectId::parse(&self.project).map_err(malformed)?,
            region: Location::parse(REGION).map_err(malformed)?,
            tokens,
            universe: self.connection.universe()?,
        };
        warn_of_foreign_credentials(process);
        process.lent.serve_metadata(instance, &process.tasks).map_err(|error| {
            Failure::new("the metadata server cannot be started").because(error.as_ref()).hint(
                "stop something that listens on 127.0.0.1, or raise the limit on open files (`ulimit -n`)",
            )
        })
    }

    /// What the program finds in its environment.
    pub(crate) fn variables(&self, signed_in: &SignedIn, process: &Process) -> Result<Variables, Failure> {
        let universe = self.connection.universe()?;
        let places = Places {
            authority: text(&self.data.join(AUTHORITY))?,
            bundle: text(&self.data.join(BUNDLE))?,
            data: text(&self.data)?,
            gcloud: text(&self.folder.path)?,
            intercept: self.intercept,
            project: self.project.clone(),
            typed_project: self.typed_project.clone(),
            universe: (!universe.is_default()).then(|| universe.domain().to_string()),
        };
        Ok(Variables::new(&places, signed_in, &process.variables))
    }
}

/// The owner's tokens. A credential that was revoked is handed out anew by the Doorward that runs, in a moment.
async fn signed_in(
    mut connection: Connection,
    place: &ConnectionArguments,
    process: &Process,
) -> Result<(Connection, OwnerTokens), Failure> {
    let timer = process.tasks.timer();
    for _ in 0..RENEWAL_LOOKS {
        match connection.owner_tokens().await {
            Err(failure) if matches!(failure.status(), Some(400 | 401)) => {
                timer.sleep(RENEWAL_PAUSE).await;
                connection = Connection::open(place, timer)?;
            }
            Err(failure) => return Err(failure),
            Ok(tokens) => return Ok((connection, tokens)),
        }
    }
    let tokens = connection.owner_tokens().await?;
    Ok((connection, tokens))
}

fn intercept(found: &Addresses, data: &Path) -> Result<SocketAddr, Failure> {
    found.intercept.ok_or_else(|| {
        let data = data.display();
        Failure::new(format!(
            "the Doorward of {data} has no intercept, by which programs find it under Google's host names"
        ))
        .hint(format!("start it anew with one: doorward up --data {data} --intercept 127.0.0.1:8092"))
    })
}

/// The authorities of this machine and the local one in one file.
fn bundle(data: &Path) -> Result<(), Failure> {
    let authority = data.join(AUTHORITY);
    let own = std::fs::read_to_string(&authority).map_err(|error| {
        Failure::new(format!("the certificate authority {} cannot be read", authority.display()))
            .because(&error)
            .hint(format!("start Doorward anew, which makes it: doorward up --data {}", data.display()))
    })?;
    let bundle = data.join(BUNDLE);
    keep_private(&bundle, &format!("{own}{}", system_authorities())).map_err(|error| {
        Failure::new(format!("{} cannot be written", bundle.display()))
            .because(&error)
            .hint(format!("check that the disk has room: df -h {}", data.display()))
    })
}

/// Some libraries look here before they ask a metadata server, whatever the environment says.
fn warn_of_foreign_credentials(process: &Process) {
    let home =
        process.variables.iter().find(|(name, _)| *name == "HOME").map(|(_, home)| PathBuf::from(home));
    let file = home.map(|home| home.join(".config/gcloud/application_default_credentials.json"));
    if let Some(file) = file.filter(|file| file.exists()) {
        eprintln!(
            "warning: {} is there, and Google's libraries for Node and Go take it before they ask who they are; move it away if one of them runs here",
            file.display()
        );
    }
}

fn unreadable(data: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("the data directory {} cannot be read", data.display()))
        .because(error)
        .hint("name another one with --data DIR")
}

/// Variables and gcloud's files are text.
fn text(path: &Path) -> Result<String, Failure> {
    path.to_str().map(str::to_owned).ok_or_else(|| {
        Failure::new(format!("the path {} is not text", path.display()))
            .hint("move the data directory to one whose name is UTF-8, and name it with --data DIR")
    })
}

const BUNDLE: &str = "ca-bundle.pem";
const CLOUD_PLATFORM: &str = "https://www.googleapis.com/auth/cloud-platform";
/// How often, and how far apart, a credential that does not count is looked at again.
const RENEWAL_LOOKS: u32 = 20;
const RENEWAL_PAUSE: Duration = Duration::from_millis(100);
/// The region that a program is told to run in: the one that examples are in.
const REGION: &str = "us-central1";
