//! The crates of the workspace and what each of them names in its manifest.

use anyhow::{Context, Result};
use serde_json::Value;

/// Every crate of the workspace.
pub struct Graph {
    /// In the order of `cargo metadata`.
    pub crates: Vec<Crate>,
}

/// One crate of the workspace.
pub struct Crate {
    /// Its package name.
    pub name: String,
    /// The folder it lies in, relative to the root: `crates/ports/store`.
    pub folder: String,
    /// The floor that its folder says, or `None` outside `crates/`.
    pub floor: Option<Floor>,
    /// What its manifest names: crates of the workspace and others alike.
    pub dependencies: Vec<Dependency>,
}

/// One line of a manifest.
pub struct Dependency {
    /// The package's real name, whatever it was renamed to.
    pub name: String,
    /// In which table it stands.
    pub kind: Kind,
    /// The features it asks for.
    pub features: Vec<String>,
}

/// The table of a manifest that a dependency stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `[build-dependencies]`.
    Build,
    /// `[dev-dependencies]`.
    Dev,
    /// `[dependencies]`.
    Normal,
}

/// A folder of `crates/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Floor {
    /// Speak a protocol, translate, decide nothing.
    Edges,
    /// Traits to the outside world, and their adapters.
    Ports,
    /// The binary and the testbed.
    Roof,
    /// Pure decisions.
    Rules,
    /// One crate per promise to a user.
    Services,
    /// Vocabulary.
    Words,
}

impl Floor {
    /// How far above the ground: a crate may use crates of a smaller height.
    pub fn height(self) -> usize {
        match self {
            Self::Words => 0,
            Self::Rules => 1,
            Self::Ports => 2,
            Self::Services => 3,
            Self::Edges => 4,
            Self::Roof => 5,
        }
    }

    fn of(folder: &str) -> Option<Self> {
        match folder.strip_prefix("crates/")?.split('/').next()? {
            "edges" => Some(Self::Edges),
            "ports" => Some(Self::Ports),
            "roof" => Some(Self::Roof),
            "rules" => Some(Self::Rules),
            "services" => Some(Self::Services),
            "words" => Some(Self::Words),
            _ => None,
        }
    }
}

impl Graph {
    /// Reads the answer of `cargo metadata --no-deps --format-version 1`.
    ///
    /// # Errors
    /// When a field that cargo promises is not there.
    pub fn from_metadata(metadata: &Value) -> Result<Self> {
        let root = metadata["workspace_root"].as_str().context("metadata without workspace_root")?;
        let packages = metadata["packages"].as_array().context("metadata without packages")?;
        let crates =
            packages.iter().map(|package| Crate::from_metadata(package, root)).collect::<Result<_>>()?;
        Ok(Self { crates })
    }

    /// The crate of that name, if it is one of ours.
    pub fn find(&self, name: &str) -> Option<&Crate> {
        self.crates.iter().find(|found| found.name == name)
    }
}

impl Crate {
    /// What is part of the crate itself: not its dev-dependencies.
    pub fn used(&self) -> impl Iterator<Item = &Dependency> {
        self.dependencies.iter().filter(|dependency| dependency.kind != Kind::Dev)
    }

    fn from_metadata(package: &Value, root: &str) -> Result<Self> {
        let name = package["name"].as_str().context("package without name")?.to_owned();
        let manifest = package["manifest_path"].as_str().context("package without manifest_path")?;
        let folder = manifest
            .strip_prefix(root)
            .and_then(|path| path.trim_start_matches('/').strip_suffix("Cargo.toml"))
            .with_context(|| format!("{name} lies outside the workspace"))?
            .trim_end_matches('/')
            .to_owned();
        let dependencies = package["dependencies"].as_array().context("package without dependencies")?;
        let dependencies = dependencies.iter().map(Dependency::from_metadata).collect::<Result<_>>()?;
        Ok(Self { name, floor: Floor::of(&folder), folder, dependencies })
    }
}

impl Dependency {
    fn from_metadata(value: &Value) -> Result<Self> {
        let features = value["features"].as_array().into_iter().flatten();
        Ok(Self {
            name: value["name"].as_str().context("dependency without name")?.to_owned(),
            kind: match value["kind"].as_str() {
                Some("build") => Kind::Build,
                Some("dev") => Kind::Dev,
                _ => Kind::Normal,
            },
            features: features.filter_map(Value::as_str).map(str::to_owned).collect(),
        })
    }
}

/// A house with the given rooms: `("ports/keys", &["store", "dev:testbed"])`.
#[cfg(test)]
pub fn house(rooms: &[(&str, &[&str])]) -> Graph {
    let packages: Vec<Value> = rooms
        .iter()
        .map(|(room, uses)| {
            let dependencies: Vec<Value> = uses
                .iter()
                .map(|name| match name.split_once(':') {
                    Some((kind, name)) => serde_json::json!({ "name": name, "kind": kind, "features": [] }),
                    None => serde_json::json!({ "name": name, "kind": null, "features": ["std"] }),
                })
                .collect();
            let name = room.rsplit('/').next().unwrap();
            let manifest = format!("/house/crates/{room}/Cargo.toml");
            serde_json::json!({ "name": name, "manifest_path": manifest, "dependencies": dependencies })
        })
        .collect();
    Graph::from_metadata(&serde_json::json!({ "workspace_root": "/house", "packages": packages })).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_becomes_crates_with_floor_and_kinds() {
        let graph = house(&[("ports/keys", &["store", "dev:testbed", "build:protox"])]);
        let keys = graph.find("keys").unwrap();
        assert_eq!(keys.folder, "crates/ports/keys");
        assert_eq!(keys.floor, Some(Floor::Ports));
        let kinds: Vec<Kind> = keys.dependencies.iter().map(|dependency| dependency.kind).collect();
        assert_eq!(kinds, [Kind::Normal, Kind::Dev, Kind::Build]);
        let used: Vec<&str> = keys.used().map(|dependency| dependency.name.as_str()).collect();
        assert_eq!(used, ["store", "protox"]);
    }

    #[test]
    fn metadata_without_packages_is_an_error() {
        assert!(Graph::from_metadata(&serde_json::json!({ "workspace_root": "/house" })).is_err());
    }
}
