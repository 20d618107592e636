//! Update masks: which fields a change names, and how it is applied.
//!
//! ```
//! use wire::{google::cloud::scheduler::v1::Job, mask};
//!
//! let stored = Job { schedule: "0 9 * * *".into(), time_zone: "Etc/UTC".into(), ..Job::default() };
//! let sent = Job { schedule: "0 10 * * *".into(), time_zone: "Asia/Tokyo".into(), ..Job::default() };
//! let named = prost_types::FieldMask { paths: vec!["schedule".into()] };
//!
//! let changed = mask::update(&stored, &sent, Some(&named)).expect("schedule is a field of jobs");
//! assert_eq!((&*changed.schedule, &*changed.time_zone), ("0 10 * * *", "Etc/UTC"));
//! ```

use crate::json::snake;
use prost::{Message, Name};
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, ReflectMessage};
use prost_types::FieldMask;

/// A mask whose paths exist.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Mask {
    /// No mask was sent: all fields that are set in what was sent.
    Absent,
    /// `*`: every field; what is not set is cleared.
    Everything,
    /// These paths, in the names of the definition. May be empty.
    Paths(Vec<String>),
}

/// A path that names no field.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("Invalid field mask: {message} has no field '{path}'")]
pub struct UnknownPath {
    /// Full name of the message that the mask is for.
    pub message: String,
    /// The path as it was sent.
    pub path: String,
}

/// Checks a mask against the message it is for.
///
/// Paths may be spelled in snake_case or lowerCamelCase and may lead through messages, not into lists or maps, which are
/// replaced as a whole. A mask without any path counts as absent: REST clients send `updateMask=` for that.
///
/// # Errors
///
/// [`UnknownPath`], for the first one.
pub fn check<M: Name>(mask: Option<&FieldMask>) -> Result<Mask, UnknownPath> {
    let descriptor = crate::message::<M>();
    let Some(mask) = mask.filter(|mask| !mask.paths.is_empty()) else { return Ok(Mask::Absent) };
    if mask.paths.iter().any(|path| path == "*") {
        return Ok(Mask::Everything);
    }
    let known = |path: &String| {
        let canonical = canonical(&descriptor, path);
        canonical
            .ok_or_else(|| UnknownPath { message: descriptor.full_name().to_owned(), path: path.clone() })
    };
    mask.paths.iter().map(known).collect::<Result<_, _>>().map(Mask::Paths)
}

/// `stored` with the fields of `sent` that the mask names.
///
/// # Errors
///
/// As [`check`].
pub fn update<M: Message + Name + Default>(
    stored: &M,
    sent: &M,
    mask: Option<&FieldMask>,
) -> Result<M, UnknownPath> {
    let mask = check::<M>(mask)?;
    let (mut target, source) = (dynamic(stored), dynamic(sent));
    match mask {
        Mask::Everything => target = source,
        Mask::Absent => {
            for (field, value) in source.fields() {
                target.set_field(&field, value.clone());
            }
        }
        Mask::Paths(paths) => {
            for path in &paths {
                copy(&mut target, &source, path);
            }
        }
    }
    Ok(target.transcode_to().expect(SAME_SET))
}

impl Mask {
    /// Whether a change under this mask may touch the field at `path` (snake_case) or a part of it. Of an absent mask
    /// that is not known: it depends on what was sent.
    #[must_use]
    pub fn covers(&self, path: &str) -> bool {
        let inside = |outer: &str, inner: &str| {
            inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        match self {
            Self::Absent | Self::Everything => true,
            Self::Paths(paths) => paths.iter().any(|named| inside(named, path) || inside(path, named)),
        }
    }
}

/// The path in the names of the definition.
fn canonical(descriptor: &MessageDescriptor, path: &str) -> Option<String> {
    let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
    let field = descriptor
        .get_field_by_name(name)
        .or_else(|| descriptor.get_field_by_json_name(name))
        .or_else(|| descriptor.get_field_by_name(&snake(name)))?;
    match rest {
        None => Some(field.name().to_owned()),
        Some(rest) => Some(format!("{}.{}", field.name(), canonical(&inside(&field)?, rest)?)),
    }
}

fn inside(field: &FieldDescriptor) -> Option<MessageDescriptor> {
    match field.kind() {
        Kind::Message(descriptor) if !field.is_list() && !field.is_map() => Some(descriptor),
        _ => None,
    }
}

/// Copies one field, or clears it where the source has none.
fn copy(target: &mut DynamicMessage, source: &DynamicMessage, path: &str) {
    let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
    let Some(field) = target.descriptor().get_field_by_name(name) else { return };
    match rest {
        None if source.has_field(&field) => target.set_field(&field, source.get_field(&field).into_owned()),
        None => target.clear_field(&field),
        Some(rest) => {
            let from = source.get_field(&field);
            let Some(from) = from.as_message() else { return };
            // Clearing a part of what is not there must not create it.
            if !target.has_field(&field) && !source.has_field(&field) {
                return;
            }
            if let Some(into) = target.get_field_mut(&field).as_message_mut() {
                copy(into, from, rest);
            }
        }
    }
}

fn dynamic<M: Message + Name>(message: &M) -> DynamicMessage {
    let mut dynamic = DynamicMessage::new(crate::message::<M>());
    dynamic.transcode_from(message).expect(SAME_SET);
    dynamic
}

const SAME_SET: &str = "types and descriptors are generated from one set";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::google::cloud::scheduler::v1::{HttpTarget, Job, RetryConfig, job::Target};

    fn paths(paths: &[&str]) -> FieldMask {
        FieldMask { paths: paths.iter().map(|&path| path.to_owned()).collect() }
    }

    fn job(schedule: &str, retries: Option<i32>) -> Job {
        let retry_config = retries.map(|retry_count| RetryConfig {
            retry_count,
            max_doublings: 3,
            ..RetryConfig::default()
        });
        Job { schedule: schedule.to_owned(), retry_config, ..Job::default() }
    }

    #[test]
    fn only_named_fields_change() {
        let changed =
            update(&job("a", Some(1)), &job("b", Some(2)), Some(&paths(&["retryConfig.retryCount"])))
                .unwrap();
        assert_eq!(changed, job("a", Some(2)));
    }

    #[test]
    fn named_field_that_was_not_sent_is_cleared() {
        let changed = update(&job("a", Some(1)), &job("b", None), Some(&paths(&["retry_config"]))).unwrap();
        assert_eq!(changed, job("a", None));
        let part =
            update(&job("a", None), &job("b", None), Some(&paths(&["retry_config.retry_count"]))).unwrap();
        assert_eq!(part, job("a", None));
    }

    #[test]
    fn absent_mask_changes_what_was_sent_and_star_everything() {
        let (stored, sent) = (job("a", Some(1)), job("b", None));
        assert_eq!(update(&stored, &sent, None).unwrap(), job("b", Some(1)));
        assert_eq!(update(&stored, &sent, Some(&paths(&[]))).unwrap(), job("b", Some(1)));
        assert_eq!(update(&stored, &sent, Some(&paths(&["*"]))).unwrap(), sent);
    }

    #[test]
    fn choosing_another_target_drops_the_old_one() {
        use crate::google::cloud::scheduler::v1::PubsubTarget;
        let stored = Job { target: Some(Target::PubsubTarget(PubsubTarget::default())), ..Job::default() };
        let target = HttpTarget { uri: "https://hello.example".to_owned(), ..HttpTarget::default() };
        let sent = Job { target: Some(Target::HttpTarget(target)), ..Job::default() };
        assert_eq!(update(&stored, &sent, Some(&paths(&["httpTarget.uri"]))).unwrap(), sent);
    }

    #[test]
    fn unknown_paths_are_named() {
        let bad = ["nothing", "retry_config.nothing", "schedule.x", "http_target.headers.x", "", "a.", "."];
        for path in bad {
            let refusal = check::<Job>(Some(&paths(&["schedule", path]))).unwrap_err();
            assert_eq!(refusal.path, path);
            assert_eq!(refusal.message, "google.cloud.scheduler.v1.Job");
        }
    }

    #[test]
    fn mask_covers_whole_and_part() {
        let mask = check::<Job>(Some(&paths(&["httpTarget.uri"]))).unwrap();
        assert!(mask.covers("http_target") && mask.covers("http_target.uri"));
        assert!(!mask.covers("http_target.body") && !mask.covers("schedule"));
    }
}
