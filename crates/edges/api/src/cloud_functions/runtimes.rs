//! The runtimes that a function may name. Nothing is built from them here: clients ask which there are before they
//! deploy, and refuse to name another one.

use wire::google::cloud::functions::v2::Environment;
use wire::google::cloud::functions::v2::list_runtimes_response::{Runtime, RuntimeStage};

use super::filter::Filter;

/// Those that the filter lets through, once for each generation.
pub(super) fn fitting(filter: &Filter) -> Vec<Runtime> {
    let of = |environment: Environment| {
        RUNTIMES.iter().map(move |(name, display_name)| Runtime {
            name: (*name).to_owned(),
            display_name: (*display_name).to_owned(),
            stage: RuntimeStage::Ga.into(),
            environment: environment.into(),
            ..Runtime::default()
        })
    };
    let fits = |runtime: &Runtime| {
        filter.environment.is_none_or(|wanted| wanted == runtime.environment())
            && filter.name.as_ref().is_none_or(|wanted| *wanted == runtime.name)
    };
    [Environment::Gen1, Environment::Gen2].into_iter().flat_map(of).filter(fits).collect()
}

/// As at Google, where they are supported: cloud.google.com/functions/docs/runtime-support.
const RUNTIMES: [(&str, &str); 23] = [
    ("dotnet8", ".NET 8"),
    ("go122", "Go 1.22"),
    ("go123", "Go 1.23"),
    ("go124", "Go 1.24"),
    ("go125", "Go 1.25"),
    ("java17", "Java 17"),
    ("java21", "Java 21"),
    ("java25", "Java 25"),
    ("nodejs20", "Node.js 20"),
    ("nodejs22", "Node.js 22"),
    ("nodejs24", "Node.js 24"),
    ("php82", "PHP 8.2"),
    ("php83", "PHP 8.3"),
    ("php84", "PHP 8.4"),
    ("python310", "Python 3.10"),
    ("python311", "Python 3.11"),
    ("python312", "Python 3.12"),
    ("python313", "Python 3.13"),
    ("python314", "Python 3.14"),
    ("python39", "Python 3.9"),
    ("ruby32", "Ruby 3.2"),
    ("ruby33", "Ruby 3.3"),
    ("ruby34", "Ruby 3.4"),
];
