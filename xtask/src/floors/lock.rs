//! Crates that must not be anywhere in the build, however deep.

use anyhow::{Context, Result};

use super::Fault;

/// Every banned crate in the text of `Cargo.lock`.
///
/// # Errors
/// When the text is not a lock file.
pub fn faults(lock: &str) -> Result<Vec<Fault>> {
    let lock: toml::Table = toml::from_str(lock).context("Cargo.lock is not TOML")?;
    let packages =
        lock.get("package").and_then(toml::Value::as_array).context("Cargo.lock without packages")?;
    let name = |package: &toml::Value| Some(package.get("name")?.as_str()?.to_owned());
    let found = packages.iter().filter_map(name).filter(|name| BANNED.contains(&name.as_str()));
    Ok(found
        .map(|name| {
            Fault::new("Cargo.lock", format!("`{name}` is in the build: TLS is rustls with aws-lc-rs"))
        })
        .collect())
}

const BANNED: &[&str] = &["native-tls", "openssl", "openssl-sys", "ring"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_banned_crate_is_found_however_deep() {
        let lock = "[[package]]\nname = \"rustls\"\nversion = \"0.23.0\"\n\n[[package]]\nname = \"ring\"\nversion = \"1.0.0\"\n";
        assert_eq!(faults(lock).unwrap().len(), 1);
        assert_eq!(faults(&lock.replace("ring", "rings")).unwrap(), []);
    }

    #[test]
    fn what_is_no_lock_file_is_an_error() {
        assert!(faults("package = 3").is_err());
        assert!(faults("{").is_err());
    }
}
