//! Crates that must not be anywhere in the build, however deep.

use super::Fault;

/// Every banned crate in what `cargo tree` lists, one `NAME VERSION` a line.
///
/// The lock file would not do: it also holds what a dependency could ask for under features that nobody sets.
pub fn faults(built: &str) -> Vec<Fault> {
    let mut found: Vec<&str> = built
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| BANNED.contains(name))
        .collect();
    found.sort_unstable();
    found.dedup();
    let fault = |name| Fault::new("the build", format!("`{name}` is in it: TLS is rustls with aws-lc-rs"));
    found.into_iter().map(fault).collect()
}

const BANNED: &[&str] = &["native-tls", "openssl", "openssl-sys", "ring"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_banned_crate_is_found_however_deep() {
        let built = "rustls v0.23.0\nring v1.0.0\n\nring v1.0.0 (*)\n";
        assert_eq!(faults(built).len(), 1);
        assert_eq!(faults(&built.replace("ring", "rings")), []);
    }
}
