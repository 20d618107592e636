//! The host names at which functions are called (facts §2.7).

use crate::{HostName, Location, ProjectId, Universe};

/// The hosts of a project's functions in one region, and the twin that browsers and curl resolve to loopback (RFC 6761
/// §6.3). The first segment of the path says which function.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FunctionHosts {
    main: HostName,
    local: HostName,
}

impl FunctionHosts {
    /// `REGION-PROJECT.cloudfunctions.net`: what URLs and audiences name.
    pub fn main(&self) -> &HostName {
        &self.main
    }

    /// Every one of them, the main one first.
    pub fn all(&self) -> impl Iterator<Item = &HostName> {
        [&self.main, &self.local].into_iter()
    }
}

impl Universe {
    /// The hosts of the project's functions in this region. `None` where region and project do not fit into a DNS label
    /// together, and for regions that have not exactly one hyphen, as all of Google's have: else `us-central1` of `demo`
    /// and `us` of `central1-demo` had one host, and whoever came first would be called for the other.
    pub fn function_hosts(&self, project: &ProjectId, location: &Location) -> Option<FunctionHosts> {
        if location.as_str().matches('-').count() != 1 {
            return None;
        }
        let at = |domain: &str| HostName::parse(&format!("{location}-{project}.{domain}")).ok();
        Some(FunctionHosts { main: at(&self.function_domain())?, local: at(LOCAL_DOMAIN)? })
    }

    /// The project and the region whose functions are called at this host; `None` where it is no such host.
    pub fn function_place(&self, host: &HostName) -> Option<(ProjectId, Location)> {
        let label = self.function_label(host)?;
        let (first, rest) = label.split_once('-')?;
        let (second, project) = rest.split_once('-')?;
        let location = Location::parse(&format!("{first}-{second}")).ok()?;
        Some((ProjectId::parse(project).ok()?, location))
    }

    /// `true` for every host below the domain of functions, whether or not there are such functions.
    pub fn is_function_host(&self, host: &HostName) -> bool {
        self.function_label(host).is_some()
    }

    fn function_label<'host>(&self, host: &'host HostName) -> Option<&'host str> {
        [self.function_domain().as_str(), LOCAL_DOMAIN]
            .iter()
            .find_map(|domain| host.as_str().strip_suffix(domain)?.strip_suffix('.'))
    }

    fn function_domain(&self) -> String {
        if self.is_default() {
            "cloudfunctions.net".to_owned()
        } else {
            format!("cloudfunctions.{}", self.domain())
        }
    }
}

const LOCAL_DOMAIN: &str = "cloudfunctions.localhost";

#[cfg(test)]
mod tests {
    use super::*;

    fn place(host: &str) -> Option<(String, String)> {
        let host = HostName::parse(host).expect("a host");
        let (project, location) = Universe::default().function_place(&host)?;
        Some((project.to_string(), location.to_string()))
    }

    #[test]
    fn a_host_says_one_project_and_one_region() {
        let (project, location) =
            (ProjectId::parse("my-demo").expect("an ID"), Location::parse("us-central1").expect("a region"));
        let hosts = Universe::default().function_hosts(&project, &location).expect("they fit");
        let shown: Vec<_> = hosts.all().map(HostName::as_str).collect();
        assert_eq!(
            shown,
            ["us-central1-my-demo.cloudfunctions.net", "us-central1-my-demo.cloudfunctions.localhost"]
        );
        for host in shown {
            assert_eq!(place(host), Some(("my-demo".to_owned(), "us-central1".to_owned())), "{host}");
        }
        for host in
            ["cloudfunctions.net", "demo.cloudfunctions.net", "us-demo.cloudfunctions.net", "a.run.app"]
        {
            assert_eq!(place(host), None, "{host}");
        }
    }

    #[test]
    fn regions_that_could_be_read_otherwise_have_no_host() {
        let project = ProjectId::parse("central1-demo").expect("an ID");
        for region in ["us", "global", "us-central1-a"] {
            let location = Location::parse(region).expect("a region");
            assert_eq!(Universe::default().function_hosts(&project, &location), None, "{region}");
        }
    }

    #[test]
    fn what_is_too_long_for_a_label_has_no_host() {
        let project = ProjectId::parse(&format!("p{}", "a".repeat(29))).expect("an ID");
        let location = Location::parse(&format!("{}-1", "r".repeat(32))).expect("a region");
        assert_eq!(Universe::default().function_hosts(&project, &location), None);
    }

    #[test]
    fn a_universe_of_ones_own_has_functions_below_its_own_domain() {
        let universe = Universe::parse("cloud.example.com").expect("a domain");
        let (project, location) =
            (ProjectId::parse("demo").expect("an ID"), Location::parse("us-central1").expect("a region"));
        let hosts = universe.function_hosts(&project, &location).expect("they fit");
        assert_eq!(hosts.main().as_str(), "us-central1-demo.cloudfunctions.cloud.example.com");
        assert_eq!(universe.function_place(hosts.main()), Some((project, location)));
        assert!(!Universe::default().is_function_host(hosts.main()));
    }
}
