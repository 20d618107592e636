//! The one writer of this process: takes what waits in its queue, commits it as one transaction, tells the
//! followers, answers.

mod entrance;
mod followers;
mod group;
mod ledger;
mod step;

use std::sync::Arc;

use names::Revision;
use sqlx::{AnyConnection, AnyPool, Connection};
use store::{Follower, ReadError};
use supervise::{Tasks, Timer};
use tokio::sync::{mpsc, oneshot};
use tracing::warn;

use crate::directory::DataDirectory;
use crate::fault::Failure;
use crate::origin::Origin;
use crate::tables::{changes, counters, records};

pub(crate) use entrance::{Entrance, Waker};
pub use followers::Counts;
pub(crate) use step::{Apply, Decide, DeleteLog, Forget, Release};

use followers::{Followers, Gauges};
use step::Queued;

/// What the writer is asked for.
enum Request {
    Close(oneshot::Sender<()>),
    Follow { follower: Arc<dyn Follower>, reply: oneshot::Sender<Result<Revision, ReadError>> },
    Wake,
    Write(Box<dyn Queued>),
}

/// The writer before and while it runs.
pub(crate) struct Writer {
    origin: Origin,
    /// There is none between a broken connection and the next request.
    connection: Option<AnyConnection>,
    readers: AnyPool,
    /// Held until the last commit is done.
    directory: Option<DataDirectory>,
    timer: Timer,
    followers: Followers,
    gauges: Arc<Gauges>,
}

impl Writer {
    pub fn new(
        origin: Origin,
        connection: AnyConnection,
        readers: AnyPool,
        directory: Option<DataDirectory>,
        timer: Timer,
    ) -> Self {
        let gauges = Arc::new(Gauges::default());
        let followers = Followers::new(gauges.clone());
        Self { origin, connection: Some(connection), readers, directory, timer, followers, gauges }
    }

    /// Starts the writer and gives the way in.
    pub async fn start(mut self, tasks: &Tasks) -> Result<Entrance, sqlx::Error> {
        let connection = self.connection().await?;
        let revision = counters::revision(connection).await?;
        self.followers.begin_at(revision);
        let (sender, receiver) = mpsc::channel(QUEUE);
        let entrance = Entrance::new(sender, self.gauges.clone());
        let drain = tasks.drain();
        tasks.spawn_essential("store writer", async move {
            self.run(receiver).await;
            // Whoever closes the store before the drain means to.
            drain.draining().await;
        });
        Ok(entrance)
    }

    /// Runs until the last entrance is gone or one of them asks to close, and everything queued is done.
    async fn run(mut self, mut receiver: mpsc::Receiver<Request>) {
        let mut closing = Vec::new();
        let mut group: Vec<Box<dyn Queued>> = Vec::new();
        while let Some(first) = receiver.recv().await {
            let mut next = Some(first);
            while let Some(request) = next {
                if let Request::Write(queued) = request {
                    group.push(queued);
                } else {
                    // What was asked for earlier is done earlier.
                    self.commit(std::mem::take(&mut group)).await;
                    self.serve(request, &mut receiver, &mut closing).await;
                }
                next = if group.len() < GROUP { receiver.try_recv().ok() } else { None };
            }
            self.commit(std::mem::take(&mut group)).await;
        }
        self.let_go().await;
        for reply in closing {
            // Who asked may be gone.
            let _gone = reply.send(());
        }
    }

    async fn serve(
        &mut self,
        request: Request,
        receiver: &mut mpsc::Receiver<Request>,
        closing: &mut Vec<oneshot::Sender<()>>,
    ) {
        match request {
            Request::Close(reply) => {
                // What is queued is still received.
                receiver.close();
                closing.push(reply);
            }
            Request::Follow { follower, reply } => {
                let timer = self.timer.clone();
                let outcome = timer.outside("the store loads", self.follow(follower)).await;
                if outcome.is_err() {
                    self.connection = None;
                }
                let dialect = self.origin.dialect;
                let _gone = reply.send(outcome.map_err(|failure| failure.into_read(dialect)));
            }
            Request::Wake => {
                let timer = self.timer.clone();
                if timer.outside("the store follows", self.catch_up()).await.is_err() {
                    self.connection = None;
                    warn!("changes of other nodes could not be read; the next poll tries again");
                }
            }
            Request::Write(_) => unreachable!("writes go into a group"),
        }
    }

    /// Hands the whole configuration, as of one instant, to a new follower. The others are brought to that instant
    /// too, so that from there on all hear the same.
    async fn follow(&mut self, follower: Arc<dyn Follower>) -> Result<Revision, Failure> {
        let followed = self.followers.followed();
        let begin = self.origin.dialect.begin_snapshot();
        let mut transaction = self.connection().await?.begin_with(begin).await?;
        let revision = counters::revision(&mut transaction).await?;
        let missed = changes::between(&mut transaction, followed, revision).await?;
        let puts = records::everything(&mut transaction).await?;
        transaction.commit().await?;
        if revision != followed {
            self.followers.hand_over(revision, &missed);
        }
        self.followers.join(follower, revision, &puts);
        Ok(revision)
    }

    /// Hands over what other nodes have changed.
    async fn catch_up(&mut self) -> Result<(), Failure> {
        let followed = self.followers.followed();
        let connection = self.connection().await?;
        let revision = counters::revision(connection).await?;
        if revision != followed {
            let missed = changes::between(connection, followed, revision).await?;
            self.followers.hand_over(revision, &missed);
        }
        Ok(())
    }

    /// The connection, made anew where it broke.
    async fn connection(&mut self) -> Result<&mut AnyConnection, sqlx::Error> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.origin.writer().await?,
        };
        Ok(self.connection.insert(connection))
    }

    /// Lets go of the database, then of the data directory.
    async fn let_go(self) {
        let Self { connection, readers, directory, timer, .. } = self;
        let closing = async {
            readers.close().await;
            if let Some(connection) = connection {
                // Everything is committed; how the connection ends does not matter.
                let _ended = connection.close().await;
            }
        };
        timer.outside("the store closes", closing).await;
        drop(directory);
    }
}

/// How many may wait before those who write wait to be let in.
const QUEUE: usize = 1024;

/// How many plans share a transaction at most.
const GROUP: usize = 256;
