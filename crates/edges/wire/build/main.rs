//! Generates Rust types, server traits and one descriptor set from Google's protocol definitions.
//!
//! The definitions are not in this repository: they come from the `googleapis` folder of a carrier crate ([`carrier`]).
//! What is newer than the carrier, or in no published definition at all, is added from `overlay.toml` ([`overlay`])
//! before any code is generated, so that gRPC, REST and reflection all see it.

mod carrier;
mod descriptors;
mod overlay;
mod unserved;

use prost::Message;
use std::{env, error::Error, fs, path::PathBuf};

/// What is served. Imports follow by themselves. To add an API, add its file here.
const FILES: &[&str] = &[
    "google/api/annotations.proto",
    "google/api/field_info.proto",
    "google/api/httpbody.proto",
    "google/api/serviceusage/v1/serviceusage.proto",
    "google/api/serviceusage/v1beta1/serviceusage.proto",
    "google/cloud/functions/v1/functions.proto",
    "google/cloud/functions/v1/operations.proto",
    "google/cloud/functions/v2/functions.proto",
    "google/cloud/location/locations.proto",
    "google/cloud/resourcemanager/v3/folders.proto",
    "google/cloud/resourcemanager/v3/organizations.proto",
    "google/cloud/resourcemanager/v3/projects.proto",
    "google/cloud/run/v2/revision.proto",
    "google/cloud/run/v2/service.proto",
    "google/cloud/scheduler/v1/cloudscheduler.proto",
    "google/iam/admin/v1/iam.proto",
    "google/iam/credentials/v1/iamcredentials.proto",
    "google/iam/v1/iam_policy.proto",
    "google/iam/v1/options.proto",
    "google/iam/v1/policy.proto",
    "google/iam/v2/policy.proto",
    "google/logging/v2/logging.proto",
    "google/longrunning/operations.proto",
    "google/protobuf/wrappers.proto",
    "google/rpc/code.proto",
    "google/rpc/error_details.proto",
    "google/rpc/status.proto",
];

/// Methods that Google does not have, in the folder `proto`.
const OWN_FILES: &[&str] = &["doorward/v1/decisions.proto", "doorward/v1/tokens.proto"];

const OVERLAY: &str = "overlay.toml";

fn main() -> Result<(), Box<dyn Error>> {
    let package = PathBuf::from(variable("CARGO_MANIFEST_DIR")?);
    let output = PathBuf::from(variable("OUT_DIR")?);
    let definitions = carrier::definitions(&package)?;

    // The path of the definitions contains the carrier's version, so a new carrier changes this line. Without a file
    // inside it, a changed GOOGLEAPIS_DIR tree would silently keep the old descriptors.
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-changed=Cargo.toml");
    println!("cargo::rerun-if-changed={OVERLAY}");
    println!("cargo::rerun-if-changed=proto");
    for file in FILES {
        println!("cargo::rerun-if-changed={}", definitions.join(file).display());
    }

    let compiled = carrier::compile(&definitions, &package.join("proto"), &[FILES, OWN_FILES].concat())?;
    let overlay = overlay::Overlay::read(&package.join(OVERLAY))?;
    let set = descriptors::apply(&compiled, &overlay)?;
    fs::write(output.join("descriptors.binpb"), &set)?;
    let served = prost_reflect::DescriptorPool::decode(&set[..])?;
    fs::write(
        output.join("unserved.txt"),
        unserved::rules(&definitions, &package.join("proto"), &served, &overlay)?,
    )?;

    let mut messages = prost_build::Config::new();
    messages.include_file("googleapis.rs");
    messages.enable_type_names();
    messages.type_name_domain(["."], "type.googleapis.com");
    tonic_prost_build::configure()
        .build_client(false)
        .build_server(true)
        .build_transport(false)
        .generate_default_stubs(true)
        .compile_fds_with_config(prost_types::FileDescriptorSet::decode(&set[..])?, messages)?;
    Ok(())
}

/// A variable that cargo always sets for build scripts.
fn variable(name: &str) -> Result<std::ffi::OsString, String> {
    env::var_os(name).ok_or_else(|| format!("{name} is not set; is this run by cargo?"))
}
