use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use supervise::{Sleep, Timer};

use crate::{Limits, progress::OpenStreams};

/// Watches a connection of HTTP/2 on which nothing happens but pings: no stream is at work, none begins, and of what
/// is left of answers no byte is taken. That is asked once per patience, so that it costs a busy connection nothing.
#[derive(Debug)]
pub(crate) struct Idleness {
    open: Arc<OpenStreams>,
    timer: Timer,
    patience: Duration,
    /// For the orderly end, which waits for a ping and for what is left of answers.
    patience_for_the_end: Duration,
    asked_to_end: bool,
    since: Option<(Option<u64>, Sleep)>,
}

/// What becomes of an idle connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Idle {
    /// It is asked to end (GOAWAY).
    Ends,
    /// It was asked, and has not ended.
    IsLetGo,
}

impl Idleness {
    pub(crate) fn new(open: Arc<OpenStreams>, timer: Timer, limits: &Limits) -> Idleness {
        let (patience, for_writes) = (limits.head_patience, limits.write_patience);
        let patience_for_the_end = patience.max(for_writes);
        Idleness { open, timer, patience, patience_for_the_end, asked_to_end: false, since: None }
    }

    /// Is ready when the connection did nothing for the patience; from then on it waits for the next such time.
    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Idle> {
        loop {
            let now = self.open.at_rest();
            let idle = match &mut self.since {
                None => None,
                Some((since, sleep)) => {
                    ready!(Pin::new(sleep).poll(context));
                    (now.is_some() && now == *since).then_some(self.asked_to_end)
                }
            };
            self.asked_to_end |= idle.is_some();
            let patience = if self.asked_to_end { self.patience_for_the_end } else { self.patience };
            self.since = Some((now, self.timer.sleep(patience)));
            match idle {
                None => {}
                Some(false) => return Poll::Ready(Idle::Ends),
                Some(true) => return Poll::Ready(Idle::IsLetGo),
            }
        }
    }
}
