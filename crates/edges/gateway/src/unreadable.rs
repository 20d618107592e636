//! Bytes that are no request, and clients for whom there is no place.

use context::RequestId;
use http::StatusCode;
use listen::Unreadable;
use std::sync::Arc;
use supervise::Timer;

use crate::Sources;
use crate::answer::{Format, refuse, with_id};
use crate::record::Noted;
use crate::refusal::Refusal;

/// How the gate refuses them. As nothing of a request is known, the answer is a page, like for a browser.
pub(crate) fn unreadable(sources: &Sources, timer: &Timer) -> Unreadable {
    let (decisions, randomness) = (sources.decisions.clone(), sources.randomness.clone());
    let timer = timer.clone();
    Arc::new(move |status| {
        let now = timer.now();
        let id = RequestId::draw(now, &*randomness);
        let refusal = match status {
            StatusCode::SERVICE_UNAVAILABLE => Refusal::ConnectionsExhausted,
            _ => Refusal::Unreadable { status },
        };
        let response = with_id(refuse(&refusal, Format::Html, "", &id), &id);
        let mut noted = Noted::of_nothing(&id, now);
        noted.refused(&refusal);
        // Where the queue is full this record is dropped: whoever sends garbage holds up nobody's requests.
        decisions.record_at_once(noted.ended(status));
        response
    })
}
