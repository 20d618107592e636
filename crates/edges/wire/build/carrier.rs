//! Finds Google's `.proto` files and compiles them.

use protox::file::{ChainFileResolver, GoogleFileResolver, IncludeFileResolver};
use std::{
    env,
    error::Error,
    path::{Path, PathBuf},
    process::Command,
};

/// The crate that carries the files: locked and unpacked by cargo, never compiled.
const CARRIER: &str = "gcloud-googleapis";

/// Overrides the carrier: a folder that contains `google/api/http.proto`. For definitions newer than the carrier's.
const OVERRIDE: &str = "GOOGLEAPIS_DIR";

/// The folder that contains `google/`.
///
/// A crate without `links` cannot tell its place to build scripts, so cargo is asked for it. The `--locked` keeps this
/// question from ever changing `Cargo.lock`.
pub fn definitions(package: &Path) -> Result<PathBuf, Box<dyn Error>> {
    println!("cargo::rerun-if-env-changed={OVERRIDE}");
    if let Some(folder) = env::var_os(OVERRIDE) {
        return Ok(folder.into());
    }
    let answer = Command::new(crate::variable("CARGO")?)
        .args(["metadata", "--format-version=1", "--locked", "--manifest-path"])
        .arg(package.join("Cargo.toml"))
        .output()?;
    if !answer.status.success() {
        return Err(format!(
            "cargo metadata --locked failed, so the .proto files were not found: {}",
            String::from_utf8_lossy(&answer.stderr)
        )
        .into());
    }
    let metadata: serde_json::Value = serde_json::from_slice(&answer.stdout)?;
    metadata["packages"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|package| package["name"] == CARRIER)
        .and_then(|package| Path::new(package["manifest_path"].as_str()?).parent())
        .map(|folder| folder.join("googleapis"))
        .ok_or_else(|| format!("{CARRIER} is not among the dependencies").into())
}

/// Compiles the files, Google's and our own, and all they import into an encoded `FileDescriptorSet`.
///
/// Comments are left out: they would become doc comments of the generated code, with doc tests that are not Rust.
pub fn compile(definitions: &Path, own: &Path, files: &[&str]) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut resolver = ChainFileResolver::new();
    // First, because newer trees bring a google/protobuf/descriptor.proto in a syntax that protox cannot parse.
    resolver.add(GoogleFileResolver::new());
    resolver.add(IncludeFileResolver::new(definitions.to_owned()));
    resolver.add(IncludeFileResolver::new(own.to_owned()));
    let mut compiler = protox::Compiler::with_file_resolver(resolver);
    compiler.include_imports(true).include_source_info(false);
    compiler.open_files(files)?;
    Ok(compiler.encode_file_descriptor_set())
}
