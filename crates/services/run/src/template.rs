//! The rules for what is run (facts §2.5, §2.6).

use std::time::Duration;

use store::{BackendRecord, Container, EnvironmentVariable, Resources, RevisionTemplate};

use crate::runtime_account::runtime_account;
use crate::validate::{check_annotations, check_labels};
use crate::{Backend, BuiltIn, Images, SpecError};

/// Checks a template and works out where requests to it go.
pub(crate) fn check_template(
    template: &RevisionTemplate,
    images: &Images,
) -> Result<BackendRecord, SpecError> {
    check_annotations("template.annotations", &template.annotations)?;
    check_labels("template.labels", &template.labels)?;
    runtime_account(template)?;
    if let Some(found) = template.timeout.filter(|timeout| *timeout > LONGEST_TIMEOUT) {
        return Err(SpecError::TimeoutTooLong { found });
    }
    let found = template.max_instance_request_concurrency;
    if !(0..=1000).contains(&found) {
        return Err(SpecError::Concurrency { found });
    }
    if let Some(scaling) = &template.scaling {
        check_instances("template.scaling", scaling.min_instance_count, scaling.max_instance_count)?;
    }
    match template.containers.as_slice() {
        [] => Err(SpecError::ContainerMissing),
        [container] => check_container(container, images),
        // Beside the address of a program that runs already, nothing can be started.
        [_, _, ..] => Err(SpecError::NotYet { field: "template.containers[1]".to_owned() }),
    }
}

/// Doorward starts no instances, so that any numbers do that do not contradict each other.
pub(crate) fn check_instances(field: &'static str, least: i32, most: i32) -> Result<(), SpecError> {
    if least < 0 || most < 0 || (most > 0 && least > most) {
        Err(SpecError::Scaling { field })
    } else {
        Ok(())
    }
}

fn check_container(container: &Container, images: &Images) -> Result<BackendRecord, SpecError> {
    let found = container.environment.len();
    if found > MOST_VARIABLES {
        return Err(SpecError::EnvironmentCount { found });
    }
    container.environment.iter().try_for_each(check_variable)?;
    match container.ports.as_slice() {
        [] => {}
        [port] if (0..=65_535).contains(&port.container_port) && PORT_NAMES.contains(&port.name.as_str()) => {
        }
        _ => return Err(SpecError::Port),
    }
    container.resources.as_ref().map_or(Ok(()), check_resources)?;
    match images.resolve(&container.image).map_err(SpecError::Image)?.into_backend() {
        Backend::Address(target) => Ok(BackendRecord::Address(target.to_string())),
        Backend::BuiltIn(BuiltIn::Hello) => Ok(BackendRecord::Hello),
    }
}

fn check_variable(variable: &EnvironmentVariable) -> Result<(), SpecError> {
    let name = &variable.name;
    let taken = RESERVED_VARIABLES.contains(&name.as_str());
    if taken || name.is_empty() || name.len() > LONGEST_VARIABLE || name.contains(['=', '\0']) {
        return Err(SpecError::EnvironmentName { name: name.chars().take(200).collect() });
    }
    let bytes = variable.value.len();
    if bytes > LONGEST_VARIABLE {
        return Err(SpecError::EnvironmentValue { name: name.chars().take(200).collect(), bytes });
    }
    Ok(())
}

/// Whoever started the program gave it what it has; the numbers are kept for whoever asks.
fn check_resources(resources: &Resources) -> Result<(), SpecError> {
    let unfit = resources
        .limits
        .iter()
        .find(|(key, limit)| !matches!(key.as_str(), "cpu" | "memory") || !is_quantity(limit));
    match unfit {
        // A device that the program may not have.
        Some((key, _)) if key == "nvidia.com/gpu" => {
            Err(SpecError::NotYet { field: "template.containers.resources.limits".to_owned() })
        }
        Some((key, _)) => Err(SpecError::ResourceLimit { key: key.chars().take(100).collect() }),
        None => Ok(()),
    }
}

/// A number with one of the suffixes of Kubernetes' quantities.
fn is_quantity(text: &str) -> bool {
    let number = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let digits = number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let fit = digits && number.parse::<f64>().is_ok_and(|amount| amount > 0.0);
    fit && text.len() <= 32 && QUANTITY_SUFFIXES.contains(&&text[number.len()..])
}

/// As at Google, names and values alike, and how many (cloud.google.com/run/quotas).
const LONGEST_VARIABLE: usize = 32_768;
const MOST_VARIABLES: usize = 1000;
const LONGEST_TIMEOUT: Duration = Duration::from_secs(3600);
const PORT_NAMES: [&str; 3] = ["", "h2c", "http1"];
const QUANTITY_SUFFIXES: [&str; 8] = ["", "G", "Gi", "Ki", "M", "Mi", "k", "m"];
const RESERVED_VARIABLES: [&str; 4] = ["K_CONFIGURATION", "K_REVISION", "K_SERVICE", "PORT"];
