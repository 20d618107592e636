//! What goes wrong with log entries, as problems.

use logs::{
    DeleteLogError, EntryFault, Filter, FilterError, ListEntriesError, ListLogsError, LogNameError,
    WriteEntriesError,
};
use problem::{Problem, Reason};

use crate::refusal::{invalid, store_failed};

/// Reads a filter.
pub(super) fn filter(text: &str) -> Result<Filter, Problem> {
    Filter::parse(text).map_err(|error| no_filter(&error))
}

fn no_filter(error: &FilterError) -> Problem {
    if error.is_unimplemented() {
        return Problem::new(Reason::METHOD_UNIMPLEMENTED, format!("Invalid value at 'filter': {error}."))
            .at_field("filter", error.to_string());
    }
    invalid("filter", error.to_string())
}

pub(super) fn no_log_name(field: &str, error: &LogNameError) -> Problem {
    invalid(field, error.to_string())
}

pub(super) fn list_failed(error: &ListEntriesError) -> Problem {
    match error {
        ListEntriesError::StoreFailed(_) => store_failed(error),
    }
}

pub(super) fn list_logs_failed(error: &ListLogsError) -> Problem {
    match error {
        ListLogsError::StoreFailed(_) => store_failed(error),
    }
}

pub(super) fn delete_failed(error: &DeleteLogError, asked: &str) -> Problem {
    match error {
        DeleteLogError::NotFound(_) => {
            Problem::new(Reason::RESOURCE_NOT_FOUND, format!("Log '{asked}' does not exist.")).about(asked)
        }
        DeleteLogError::Requests => invalid("log_name", error.to_string()),
        DeleteLogError::StoreFailed(_) => store_failed(error),
    }
}

pub(super) fn faulty(field: &str, fault: &EntryFault) -> Problem {
    match fault {
        EntryFault::InsertIdTooLong
        | EntryFault::Labels
        | EntryFault::Reserved(_)
        | EntryFault::TooEarly
        | EntryFault::TooLarge(_) => invalid(field, fault.to_string()),
    }
}

pub(super) fn write_failed(error: &WriteEntriesError) -> Problem {
    match error {
        WriteEntriesError::StoreFailed(_) => store_failed(error),
    }
}
