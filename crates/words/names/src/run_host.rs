//! The host names of Cloud Run services (facts §2.3).

use crate::{HostName, Location, ProjectNumber, ServiceId, ServiceName, TrafficTag, Universe};

/// The hosts at which a service, or one tag of it, is reached. Each has a twin below `run.localhost`, which browsers
/// and curl resolve to loopback (RFC 6761 §6.3).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RunHosts {
    main: HostName,
    hashed: Option<HostName>,
    local: Vec<HostName>,
}

impl RunHosts {
    /// `SERVICE-NUM.REGION.run.app`: what the number and the region say.
    pub fn main(&self) -> &HostName {
        &self.main
    }

    /// The main one, and `SERVICE-CODE-RR.a.run.app` where it fits into a DNS label: what URLs and audiences name.
    pub fn public(&self) -> impl Iterator<Item = &HostName> {
        std::iter::once(&self.main).chain(&self.hashed)
    }

    /// Every one of them, the main one first.
    pub fn all(&self) -> impl Iterator<Item = &HostName> {
        self.public().chain(&self.local)
    }
}

impl Universe {
    /// The hosts of a service in the project with this number.
    pub fn run_hosts(&self, name: &ServiceName, number: ProjectNumber) -> RunHosts {
        self.hosts_of(name.service.as_str(), name, number)
            .expect("49 characters, a hyphen and 12 digits are a label")
    }

    /// The hosts of one tag of a service; `None` where tag and service are too long for a DNS label together.
    pub fn run_hosts_of_tag(
        &self,
        tag: &TrafficTag,
        name: &ServiceName,
        number: ProjectNumber,
    ) -> Option<RunHosts> {
        self.hosts_of(&format!("{tag}---{}", name.service), name, number)
    }

    /// `SERVICE-NUM.REGION.run.app`: the deterministic host of a Cloud Run service.
    pub fn run_host(&self, service: &ServiceId, number: ProjectNumber, location: &Location) -> HostName {
        HostName::parse(&format!("{service}-{number}.{location}.{}", self.run_domain()))
            .expect("parts are parsed and short")
    }

    /// The same service under a name that browsers and curl resolve to loopback.
    pub fn run_local_host(
        &self,
        service: &ServiceId,
        number: ProjectNumber,
        location: &Location,
    ) -> HostName {
        HostName::parse(&format!("{service}-{number}.{location}.{LOCAL_DOMAIN}"))
            .expect("parts are parsed and short")
    }

    /// `true` for every host below the domain of Cloud Run services, whether or not there is such a service.
    pub fn is_run_host(&self, host: &HostName) -> bool {
        [self.run_domain().as_str(), LOCAL_DOMAIN]
            .iter()
            .any(|domain| host.as_str().strip_suffix(domain).is_some_and(|rest| rest.ends_with('.')))
    }

    fn hosts_of(&self, front: &str, name: &ServiceName, number: ProjectNumber) -> Option<RunHosts> {
        let location = &name.location;
        let main = format!("{front}-{number}.{location}");
        let hashed = format!("{front}-{}-{}.a", project_code(number), region_code(location));
        let domain = self.run_domain();
        let at = |label: &str, domain: &str| HostName::parse(&format!("{label}.{domain}")).ok();
        let local = [at(&main, LOCAL_DOMAIN), at(&hashed, LOCAL_DOMAIN)];
        Some(RunHosts {
            main: at(&main, &domain)?,
            hashed: at(&hashed, &domain),
            local: local.into_iter().flatten().collect(),
        })
    }

    fn run_domain(&self) -> String {
        if self.is_default() { "run.app".to_owned() } else { format!("run.{}", self.domain()) }
    }
}

/// Ten letters that stand for a project. How Google makes them is not public; these are the number scrambled one to
/// one, so that no two projects share them and every start gives the same.
fn project_code(number: ProjectNumber) -> String {
    let mut word = number.get();
    for odd in [0x9e37_79b9_7f4a_7c15_u64, 0xbf58_476d_1ce4_e5b9] {
        // An odd factor is undone by its inverse, and so is the shift: nothing is lost.
        word = word.wrapping_mul(odd) & CODE_MASK;
        word ^= word >> 25;
    }
    letters(word, 10)
}

/// Two letters for Google's regions, as its host names have them; ten for any other region.
fn region_code(location: &Location) -> String {
    match REGIONS.iter().find(|(region, _)| *region == location.as_str()) {
        Some((_, code)) => (*code).to_owned(),
        // FNV-1a, of which 45 bits are kept: of a million regions of one's own, two would share a code once in 70 times.
        None => {
            let fold = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
            let hash = location.as_str().bytes().fold(0xcbf2_9ce4_8422_2325, fold);
            format!("z{}", letters(hash ^ hash >> 45, 9))
        }
    }
}

fn letters(mut word: u64, count: usize) -> String {
    let mut next = || {
        let letter = LETTERS[(word % 32) as usize];
        word /= 32;
        char::from(letter)
    };
    (0..count).map(|_| next()).collect()
}

const LOCAL_DOMAIN: &str = "run.localhost";
const CODE_MASK: u64 = (1 << 50) - 1;
const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
const REGIONS: [(&str, &str); 24] = [
    ("asia-east1", "de"),
    ("asia-east2", "df"),
    ("asia-northeast1", "an"),
    ("asia-northeast2", "dt"),
    ("asia-northeast3", "du"),
    ("asia-south1", "el"),
    ("asia-southeast1", "as"),
    ("asia-southeast2", "et"),
    ("australia-southeast1", "ts"),
    ("europe-central2", "lm"),
    ("europe-north1", "lz"),
    ("europe-west1", "ew"),
    ("europe-west2", "nw"),
    ("europe-west3", "ey"),
    ("europe-west4", "ez"),
    ("europe-west6", "oa"),
    ("northamerica-northeast1", "nn"),
    ("southamerica-east1", "rj"),
    ("us-central1", "uc"),
    ("us-east1", "ue"),
    ("us-east4", "uk"),
    ("us-west1", "uw"),
    ("us-west2", "wl"),
    ("us-west3", "wm"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn hosts(service: &str, number: &str) -> RunHosts {
        let name = format!("projects/demo/locations/us-central1/services/{service}");
        let name = ServiceName::parse_canonical(&name).expect("a name");
        Universe::default().run_hosts(&name, ProjectNumber::parse(number).expect("a number"))
    }

    #[test]
    fn a_project_keeps_its_code_and_shares_it_with_no_other() {
        let codes: BTreeSet<String> =
            (1..=5000).map(|number| project_code(ProjectNumber::from_chance(number))).collect();
        assert_eq!(codes.len(), 5000);
        let shown: Vec<String> = hosts("hello", "42").all().map(ToString::to_string).collect();
        let code = project_code(ProjectNumber::parse("42").expect("a number"));
        assert_eq!(
            shown,
            [
                "hello-42.us-central1.run.app".to_owned(),
                format!("hello-{code}-uc.a.run.app"),
                "hello-42.us-central1.run.localhost".to_owned(),
                format!("hello-{code}-uc.a.run.localhost"),
            ]
        );
    }

    #[test]
    fn regions_of_ones_own_have_codes_of_their_own() {
        let region = |number: u32| Location::parse(&format!("site-{number}")).expect("a region");
        let codes: BTreeSet<String> = (0..100_000).map(|number| region_code(&region(number))).collect();
        assert_eq!(codes.len(), 100_000);
        assert!(codes.iter().all(|code| code.len() == 10 && code.starts_with('z')), "and none of Google's");
    }

    #[test]
    fn the_longest_service_has_both_hosts_and_a_tag_that_does_not_fit_has_none() {
        let long = "a".repeat(49);
        assert_eq!(hosts(&long, "999999999999").public().count(), 2);
        let name =
            ServiceName::parse_canonical(&format!("projects/demo/locations/us-central1/services/{long}"));
        let (name, number) = (name.expect("a name"), ProjectNumber::parse("999999999999").expect("a number"));
        let tag = TrafficTag::parse("t").expect("a tag");
        assert_eq!(Universe::default().run_hosts_of_tag(&tag, &name, number), None);
    }

    #[test]
    fn no_service_has_the_host_of_a_tag_of_another() {
        // Or else `a---hello` would be both a service and the tag `a` of `hello`.
        assert!(ServiceId::parse("a---hello").is_err());
        assert!(ServiceId::parse("a--hello").is_ok());
        assert!(TrafficTag::parse("a---b").is_err());
        assert!(ServiceName::parse_canonical("projects/demo/locations/l/services/a---hello").is_err());
    }
}
