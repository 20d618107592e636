//! `TailLogEntries`: entries as they come, over a stream that stays open.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use context::Context;
use futures_util::Stream;
use futures_util::stream;
use iam::permission::LoggingLogEntriesList;
use jiff::{SignedDuration, Timestamp};
use logs::Tail;
use problem::{Problem, Reason};
use supervise::State;
use tonic::{Status, Streaming};
use wire::google::logging::v2::{TailLogEntriesRequest, TailLogEntriesResponse};

use super::problems::{filter, list_failed};
use super::{Logging, message};
use crate::refusal::{self, invalid};
use crate::surface;

/// What a tail sends.
pub(super) type Tailed = Pin<Box<dyn Stream<Item = Result<TailLogEntriesResponse, Status>> + Send>>;

/// How many tails there are. Each asks the store once a second.
#[derive(Clone, Default)]
pub(super) struct Sessions(Arc<AtomicUsize>);

/// One of them, until it is dropped.
struct Session(Arc<AtomicUsize>);

struct Following {
    logging: Logging,
    context: Context,
    resource_names: Vec<String>,
    tail: Tail,
    until: Timestamp,
    every: Duration,
    ended: bool,
    _session: Session,
    /// Kept, so that the client may go on holding its side open; what else it says changes nothing.
    _requests: Streaming<TailLogEntriesRequest>,
}

impl Logging {
    pub(super) async fn tail(
        &self,
        context: Context,
        mut requests: Streaming<TailLogEntriesRequest>,
    ) -> Result<Tailed, Problem> {
        let request = requests.message().await.map_err(|_| invalid("resource_names", "no request came"))?;
        let request = request.ok_or_else(|| invalid("resource_names", "no request came"))?;
        // Asked first, so that whoever may not read is told nothing else.
        self.permits::<LoggingLogEntriesList>(&context, &request.resource_names)?;
        let filter = filter(&request.filter)?;
        let every = match &request.buffer_window {
            None => EVERY,
            Some(window) => {
                let window = wire::time::span(window).ok().filter(|window| *window <= LONGEST_WINDOW);
                window
                    .ok_or_else(|| invalid("buffer_window", "it is between 0 and 60 seconds"))?
                    .clamp(SHORTEST_WINDOW, LONGEST_WINDOW)
            }
        };
        let session = self.sessions.begin()?;
        let now = self.timer.now();
        let mut following = Following {
            logging: self.clone(),
            context,
            resource_names: request.resource_names,
            tail: Tail::of(filter),
            until: now.saturating_add(LONGEST).unwrap_or(Timestamp::MAX),
            every,
            ended: false,
            _session: session,
            _requests: requests,
        };
        // What is there already is known before the client hears that it is listened for.
        following.look().await?;
        Ok(Box::pin(stream::unfold(following, Following::next)))
    }
}

impl Following {
    async fn next(mut self) -> Option<(Result<TailLogEntriesResponse, Status>, Self)> {
        while !self.ended {
            self.logging.timer.sleep(self.every).await;
            let answer = self.answer().await;
            self.ended = answer.is_err();
            match answer {
                Ok(answer) if answer.entries.is_empty() => {}
                answer => return Some((answer, self)),
            }
        }
        None
    }

    async fn answer(&mut self) -> Result<TailLogEntriesResponse, Status> {
        if self.logging.readiness.state() == State::Draining {
            return Err(Status::unavailable("Doorward stops; tail again when it is back."));
        }
        if self.logging.timer.now() >= self.until {
            return Err(Status::out_of_range("A tail lasts an hour; tail again to go on."));
        }
        let request_id = self.context.request_id().clone();
        self.look().await.map_err(|problem| refusal::status(&problem, surface::LOGGING.host, &request_id))
    }

    /// What is new, for who may still read it.
    async fn look(&mut self) -> Result<TailLogEntriesResponse, Problem> {
        let permits = self.logging.permits::<LoggingLogEntriesList>(&self.context, &self.resource_names)?;
        let now = self.logging.timer.now();
        let entries = self.logging.logs.new_entries(&permits, &mut self.tail, now).await;
        let entries = entries.map_err(|error| list_failed(&error))?;
        let entries = entries.into_iter().map(message::entry).collect();
        Ok(TailLogEntriesResponse { entries, suppression_info: Vec::new() })
    }
}

impl Sessions {
    fn begin(&self) -> Result<Session, Problem> {
        // Counted first, so that two at once do not both take the last place.
        let session = Session(self.0.clone());
        if self.0.fetch_add(1, Ordering::Relaxed) >= MOST_SESSIONS {
            let message = format!("{MOST_SESSIONS} tails are open, and there may be no more.");
            return Err(Problem::new(Reason::QUOTA_EXCEEDED, message));
        }
        Ok(session)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// How often the store is asked.
const EVERY: Duration = Duration::from_secs(2);
const SHORTEST_WINDOW: Duration = Duration::from_millis(500);
const LONGEST_WINDOW: Duration = Duration::from_secs(60);
/// As at Google.
const LONGEST: SignedDuration = SignedDuration::from_hours(1);
const MOST_SESSIONS: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_have_an_end_to_their_number_and_places_come_back() {
        let sessions = Sessions::default();
        let open: Vec<Session> = (0..MOST_SESSIONS).map(|_| sessions.begin().unwrap()).collect();
        for _ in 0..3 {
            assert_eq!(sessions.begin().map(|_| ()).unwrap_err().reason, Reason::QUOTA_EXCEEDED);
        }
        drop(open);
        assert!(sessions.begin().is_ok());
    }
}
