//! `WriteLogEntries`.

use std::collections::{BTreeMap, HashMap};

use context::Context;
use iam::Permit;
use iam::permission::LoggingLogEntriesCreate;
use jiff::SignedDuration;
use logs::{
    CheckedEntry, LogId, LogOperation, LogOrigin, LogSourceLocation, LoggedRequest, NewEntry, parse_log_name,
};
use names::{ProjectId, ProjectRef};
use problem::Problem;
use serde_json::Value as Json;
use wire::google::api::MonitoredResource;
use wire::google::logging::r#type::{HttpRequest, LogSeverity};
use wire::google::logging::v2::{
    LogEntry, WriteLogEntriesRequest, WriteLogEntriesResponse, log_entry::Payload,
};
use wire::time::instant;

use super::Logging;
use super::payload::to_object;
use super::problems::{faulty, no_log_name, write_failed};
use crate::call::unimplemented;
use crate::refusal::invalid;

/// What is said once for all entries of a request.
struct Shared {
    log_name: String,
    resource: Option<MonitoredResource>,
    labels: HashMap<String, String>,
}

/// Permits that were given, and the entries that are for their projects.
type Asked = BTreeMap<ProjectId, (Permit<LoggingLogEntriesCreate>, Vec<CheckedEntry>)>;

impl Logging {
    pub(super) async fn write(
        &self,
        context: Context,
        request: WriteLogEntriesRequest,
    ) -> Result<WriteLogEntriesResponse, Problem> {
        let WriteLogEntriesRequest { log_name, resource, labels, entries, partial_success, dry_run } =
            request;
        if entries.len() > MOST_ENTRIES {
            return Err(invalid("entries", format!("at most {MOST_ENTRIES} are written at once")));
        }
        let shared = Shared { log_name, resource, labels };
        let (mut asked, mut refused) = (Asked::new(), None);
        for (index, entry) in entries.into_iter().enumerate() {
            match self.add(&context, &shared, entry, index, &mut asked) {
                Ok(()) => {}
                Err(problem) if !partial_success => return Err(problem),
                Err(problem) => refused = Some(with_one_more(refused, problem, index)),
            }
        }
        if !dry_run && !asked.is_empty() {
            let written = self.logs.write(&context, asked.into_values().collect()).await;
            written.map_err(|error| write_failed(&error))?;
        }
        // What was good is written; the caller hears of what was not.
        refused.map_or(Ok(WriteLogEntriesResponse {}), Err)
    }

    fn add(
        &self,
        context: &Context,
        shared: &Shared,
        entry: LogEntry,
        index: usize,
        asked: &mut Asked,
    ) -> Result<(), Problem> {
        let field = |name: &str| format!("entries[{index}].{name}");
        let log_name =
            if entry.log_name.is_empty() { shared.log_name.clone() } else { entry.log_name.clone() };
        let (reference, log) =
            parse_log_name(&log_name).map_err(|error| no_log_name(&field("log_name"), &error))?;
        let project = self.project(&reference);
        let standing = project.as_ref().filter(|project| asked.contains_key(project)).cloned();
        let project = match standing {
            Some(project) => project,
            None => {
                let permit = self.permits.ask::<LoggingLogEntriesCreate>(context, &log_name, project)?;
                let project = permit.name().clone();
                asked.insert(project.clone(), (permit, Vec::new()));
                project
            }
        };
        let entry = new_entry(shared, entry, log, &field)?;
        let checked = entry.checked(context).map_err(|fault| faulty(&format!("entries[{index}]"), &fault))?;
        if let Some((_, entries)) = asked.get_mut(&project) {
            entries.push(checked);
        }
        Ok(())
    }

    fn project(&self, reference: &ProjectRef) -> Option<ProjectId> {
        self.permits.project(reference)
    }
}

/// The first problem says what kind of refusal it is; each has its line.
fn with_one_more(before: Option<Problem>, problem: Problem, index: usize) -> Problem {
    let described = problem.message.clone();
    match before {
        Some(before) => before.at_field(format!("entries[{index}]"), described),
        None => {
            let rest = " The other entries were written.";
            let message = problem.message.clone() + rest;
            Problem { violations: Vec::new(), message, ..problem }
                .at_field(format!("entries[{index}]"), described)
        }
    }
}

fn new_entry(
    shared: &Shared,
    entry: LogEntry,
    log: LogId,
    field: &impl Fn(&str) -> String,
) -> Result<NewEntry, Problem> {
    let resource = entry.resource.or_else(|| shared.resource.clone());
    let resource = resource.filter(|resource| !resource.r#type.is_empty());
    let resource = resource.ok_or_else(|| {
        invalid(&field("resource"), "it is missing; an entry is of a monitored resource, such as global")
    })?;
    if entry.split.is_some() {
        return Err(unimplemented("Writing one entry in several parts (split)"));
    }
    let payload = match entry.payload {
        None => Json::Null,
        Some(Payload::JsonPayload(fields)) => Json::Object(to_object(fields)),
        Some(Payload::ProtoPayload(_)) => {
            return Err(unimplemented("Writing a protoPayload; a jsonPayload is written"));
        }
        Some(Payload::TextPayload(text)) => Json::String(text),
    };
    let timestamp = entry.timestamp.as_ref().map(instant).transpose();
    let timestamp = timestamp.map_err(|error| invalid(&field("timestamp"), error.to_string()))?;
    let mut labels: BTreeMap<String, String> = shared.labels.clone().into_iter().collect();
    labels.extend(entry.labels);
    Ok(NewEntry {
        log,
        timestamp,
        insert_id: Some(entry.insert_id).filter(|id| !id.is_empty()),
        severity: severity(entry.severity).ok_or_else(|| invalid(&field("severity"), "it is below zero"))?,
        resource_type: resource.r#type,
        resource_labels: resource.labels.into_iter().collect(),
        payload,
        http_request: entry.http_request.map(|request| of_request(request, field)).transpose()?,
        labels,
        origin: LogOrigin {
            received_at: None,
            trace: entry.trace,
            span_id: entry.span_id,
            trace_sampled: entry.trace_sampled,
            operation: entry.operation.map(|operation| LogOperation {
                id: operation.id,
                producer: operation.producer,
                first: operation.first,
                last: operation.last,
            }),
            source_location: entry.source_location.map(|location| LogSourceLocation {
                file: location.file,
                line: location.line,
                function: location.function,
            }),
        },
    })
}

/// By name, or the number of one between those that have names.
fn severity(number: i32) -> Option<String> {
    match LogSeverity::try_from(number) {
        Ok(severity) => Some(severity.as_str_name().to_owned()),
        Err(_) if number > 0 => Some(number.to_string()),
        Err(_) => None,
    }
}

fn of_request(request: HttpRequest, field: &impl Fn(&str) -> String) -> Result<LoggedRequest, Problem> {
    let latency = request.latency.as_ref().map(wire::time::span).transpose();
    let latency = latency.map_err(|error| invalid(&field("http_request.latency"), error.to_string()))?;
    Ok(LoggedRequest {
        method: request.request_method,
        url: request.request_url,
        size_bytes: request.request_size,
        status: request.status,
        response_size_bytes: request.response_size,
        user_agent: request.user_agent,
        remote_ip: request.remote_ip,
        server_ip: request.server_ip,
        referer: request.referer,
        latency: latency.and_then(|latency| SignedDuration::try_from(latency).ok()),
        cache_lookup: request.cache_lookup,
        cache_hit: request.cache_hit,
        cache_validated: request.cache_validated_with_origin_server,
        cache_fill_bytes: request.cache_fill_bytes,
        protocol: request.protocol,
    })
}

/// In one request.
const MOST_ENTRIES: usize = 1000;
