//! The variables by which unmodified clients find Doorward (clients: "Variables for B"), each of which some client reads
//! and the others do not.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::net::SocketAddr;

use crate::Failure;

/// Where everything is that a client needs.
pub(crate) struct Places {
    /// The file of the local certificate authority.
    pub authority: String,
    /// The authorities of this machine and the local one: for clients that believe a file instead of those.
    pub bundle: String,
    /// The data directory.
    pub data: String,
    /// The folder of gcloud's configuration.
    pub gcloud: String,
    /// The proxy that ends TLS for Google's host names.
    pub intercept: SocketAddr,
    pub project: String,
    /// The same again where it was typed: that wins over what `gcloud config set` has kept.
    pub typed_project: Option<String>,
    /// The domain of this cloud, unless it is Google's.
    pub universe: Option<String>,
}

/// Who a program is, and where its clients find that out.
pub(crate) enum SignedIn {
    /// A metadata server says it.
    Metadata(SocketAddr),
    Nobody,
    /// A credentials file says it.
    Owner {
        credentials: String,
    },
}

/// What is set and what is taken away, so that nothing of another sign-in is left.
#[derive(Debug)]
pub(crate) struct Variables {
    pub set: Vec<(&'static str, String)>,
    pub unset: Vec<OsString>,
}

impl Variables {
    pub(crate) fn new(places: &Places, signed_in: &SignedIn, present: &BTreeMap<OsString, OsString>) -> Self {
        let mut set = reaching(places, signed_in);
        set.extend(identifying(signed_in));
        set.sort();
        let is_set = |name: &str| set.iter().any(|(other, _)| *other == name);
        let unset = present
            .keys()
            .filter(|name| name.to_str().is_some_and(|name| is_of_a_sign_in(name) && !is_set(name)))
            .cloned()
            .collect();
        Self { set, unset }
    }

    /// The same as lines for a shell.
    pub(crate) fn to_shell(&self) -> Result<String, Failure> {
        let mut text = String::new();
        for name in self.unset.iter().filter_map(|name| name.to_str()).filter(|name| is_name(name)) {
            text.push_str(&format!("unset {name}\n"));
        }
        for (name, value) in &self.set {
            if value.contains('\0') {
                return Err(Failure::new(format!("the value of {name} cannot be given to a shell")));
            }
            text.push_str(&format!("export {name}={}\n", quoted(value)));
        }
        Ok(text)
    }
}

/// How every client gets to the intercept and believes it.
fn reaching(places: &Places, signed_in: &SignedIn) -> Vec<(&'static str, String)> {
    let proxy = proxy(places.intercept, signed_in);
    let mut set = vec![
        ("CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK", "true".to_owned()),
        ("CLOUDSDK_CONFIG", places.gcloud.clone()),
        ("CLOUDSDK_CORE_DISABLE_PROMPTS", "1".to_owned()),
        ("CLOUDSDK_CORE_DISABLE_USAGE_REPORTING", "true".to_owned()),
        ("CLOUDSDK_SURVEY_DISABLE_PROMPTS", "true".to_owned()),
        ("DOORWARD_DATA", places.data.clone()),
        ("GCLOUD_PROJECT", places.project.clone()),
        ("GOOGLE_CLOUD_PROJECT", places.project.clone()),
        // The only one that adds to what its client believes; the others take its place.
        ("NODE_EXTRA_CA_CERTS", places.authority.clone()),
    ];
    set.extend(PROXIES.map(|name| (name, proxy.clone())));
    set.extend(DIRECT.map(|name| (name, NEVER_PROXIED.to_owned())));
    set.extend(BUNDLES.map(|name| (name, places.bundle.clone())));
    set.extend(places.typed_project.iter().map(|project| ("CLOUDSDK_CORE_PROJECT", project.clone())));
    if let Some(universe) = &places.universe {
        set.extend(UNIVERSES.map(|name| (name, universe.clone())));
    }
    set
}

/// The intercept, with what it has to know of a program that has a metadata server: on which port of loopback.
fn proxy(intercept: SocketAddr, signed_in: &SignedIn) -> String {
    match signed_in {
        SignedIn::Metadata(address) => format!("http://metadata:{}@{intercept}", address.port()),
        SignedIn::Nobody | SignedIn::Owner { .. } => format!("http://{intercept}"),
    }
}

/// How every client learns who it is.
fn identifying(signed_in: &SignedIn) -> Vec<(&'static str, String)> {
    let without_metadata = || {
        vec![
            ("CLOUDSDK_CORE_CHECK_GCE_METADATA", "false".to_owned()),
            ("METADATA_SERVER_DETECTION", "none".to_owned()),
            ("NO_GCE_CHECK", "true".to_owned()),
        ]
    };
    match signed_in {
        SignedIn::Metadata(address) => {
            let mut set = vec![
                ("CLOUDSDK_CORE_CHECK_GCE_METADATA", "true".to_owned()),
                ("METADATA_SERVER_DETECTION", "assume-present".to_owned()),
            ];
            set.extend(METADATA.map(|name| (name, address.to_string())));
            set
        }
        SignedIn::Nobody => {
            let mut set = without_metadata();
            set.push(("CLOUDSDK_AUTH_DISABLE_CREDENTIALS", "true".to_owned()));
            set
        }
        SignedIn::Owner { credentials } => {
            let mut set = without_metadata();
            set.push(("GOOGLE_APPLICATION_CREDENTIALS", credentials.clone()));
            set
        }
    }
}

/// Whether a variable could lead a client elsewhere, or say that it is somebody else.
fn is_of_a_sign_in(name: &str) -> bool {
    let of_gcloud = name.starts_with("CLOUDSDK_") && !OF_GCLOUDS_INSTALLATION.contains(&name);
    of_gcloud || name.starts_with("GCE_METADATA_") || OF_SIGN_INS.contains(&name)
}

fn is_name(name: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
    name.bytes().next().is_some_and(is_letter)
        && name.bytes().all(|byte| is_letter(byte) || byte.is_ascii_digit())
}

/// A text as one word of a POSIX shell, whatever is in it.
pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// gRPC reads only the lower-case one, curl only the lower-case one for plain HTTP. gcloud reads these too; its own
/// settings for a proxy know no exceptions, and would send to it what is for the metadata server.
const PROXIES: [&str; 4] = ["HTTPS_PROXY", "HTTP_PROXY", "http_proxy", "https_proxy"];
const DIRECT: [&str; 2] = ["NO_PROXY", "no_proxy"];
const NEVER_PROXIED: &str = "localhost,.localhost,127.0.0.1,::1";
const BUNDLES: [&str; 6] = [
    "CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE",
    "CURL_CA_BUNDLE",
    "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH",
    "HTTPLIB2_CA_CERTS",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_FILE",
];
const UNIVERSES: [&str; 2] = ["CLOUDSDK_CORE_UNIVERSE_DOMAIN", "GOOGLE_CLOUD_UNIVERSE_DOMAIN"];
const METADATA: [&str; 3] = ["GCE_METADATA_HOST", "GCE_METADATA_IP", "GCE_METADATA_ROOT"];
/// Where gcloud finds its Python: nothing to do with who calls whom.
const OF_GCLOUDS_INSTALLATION: [&str; 6] = [
    "CLOUDSDK_BQ_PYTHON",
    "CLOUDSDK_GSUTIL_PYTHON",
    "CLOUDSDK_PYTHON",
    "CLOUDSDK_PYTHON_ARGS",
    "CLOUDSDK_PYTHON_SITEPACKAGES",
    "CLOUDSDK_ROOT_DIR",
];
const OF_SIGN_INS: [&str; 20] = [
    "ALL_PROXY",
    "GCLOUD_KEYFILE_JSON",
    "GOOGLE_API_USE_CLIENT_CERTIFICATE",
    "GOOGLE_API_USE_MTLS_ENDPOINT",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "GOOGLE_CLOUD_KEYFILE_JSON",
    "GOOGLE_CLOUD_QUOTA_PROJECT",
    "GOOGLE_CLOUD_UNIVERSE_DOMAIN",
    "GOOGLE_CREDENTIALS",
    "GOOGLE_IMPERSONATE_SERVICE_ACCOUNT",
    "GOOGLE_OAUTH_ACCESS_TOKEN",
    "GOOGLE_PROJECT",
    "METADATA_SERVER_DETECTION",
    "NO_GCE_CHECK",
    "all_proxy",
    "grpc_proxy",
    "no_grpc_proxy",
    "DOORWARD_API_URL",
    "DOORWARD_CREDENTIAL",
    "DOORWARD_PROJECT",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn places() -> Places {
        Places {
            authority: "/data/ca.pem".to_owned(),
            bundle: "/data/ca-bundle.pem".to_owned(),
            data: "/data".to_owned(),
            gcloud: "/data/gcloud/owner".to_owned(),
            intercept: "127.0.0.1:8092".parse().unwrap(),
            project: "demo".to_owned(),
            typed_project: None,
            universe: None,
        }
    }

    fn owner() -> SignedIn {
        SignedIn::Owner { credentials: "/data/gcloud/owner/adc.json".to_owned() }
    }

    fn present(names: &[&str]) -> BTreeMap<OsString, OsString> {
        names.iter().map(|name| (OsString::from(name), OsString::from("theirs"))).collect()
    }

    fn value<'a>(variables: &'a Variables, name: &str) -> Option<&'a str> {
        variables.set.iter().find(|(other, _)| *other == name).map(|(_, value)| value.as_str())
    }

    #[test]
    fn every_client_finds_the_intercept_and_believes_it() {
        let variables = Variables::new(&places(), &owner(), &BTreeMap::new());
        for name in ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"] {
            assert_eq!(value(&variables, name), Some("http://127.0.0.1:8092"), "{name}");
        }
        for name in BUNDLES {
            assert_eq!(value(&variables, name), Some("/data/ca-bundle.pem"), "{name}");
        }
        assert_eq!(value(&variables, "NODE_EXTRA_CA_CERTS"), Some("/data/ca.pem"));
        assert_eq!(value(&variables, "CLOUDSDK_CORE_PROJECT"), None);
    }

    #[test]
    fn intercept_is_told_whose_metadata_server_is_which() {
        let as_account = SignedIn::Metadata("127.0.0.1:4711".parse().unwrap());
        let variables = Variables::new(&places(), &as_account, &BTreeMap::new());
        for name in PROXIES {
            assert_eq!(value(&variables, name), Some("http://metadata:4711@127.0.0.1:8092"), "{name}");
        }
        for name in METADATA {
            assert_eq!(value(&variables, name), Some("127.0.0.1:4711"), "{name}");
        }
    }

    #[test]
    fn nothing_of_another_sign_in_is_left() {
        let theirs = [
            "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE",
            "CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN",
            "GCE_METADATA_HOST",
            "GOOGLE_APPLICATION_CREDENTIALS",
            "grpc_proxy",
            "NO_GCE_CHECK",
        ];
        let kept = ["CLOUDSDK_PYTHON", "PATH", "GOOGLE_API_KEY", "PUBSUB_EMULATOR_HOST"];
        let present = present(&[&theirs[..], &kept[..]].concat());
        for (signed_in, mine) in [
            (owner(), &["GOOGLE_APPLICATION_CREDENTIALS", "NO_GCE_CHECK"][..]),
            (SignedIn::Nobody, &["NO_GCE_CHECK"][..]),
            (SignedIn::Metadata("127.0.0.1:4711".parse().unwrap()), &["GCE_METADATA_HOST"][..]),
        ] {
            let variables = Variables::new(&places(), &signed_in, &present);
            for name in theirs {
                let is_unset = variables.unset.iter().any(|unset| unset == name);
                assert_eq!(is_unset, !mine.contains(&name), "{name}");
                assert_eq!(value(&variables, name).is_some(), mine.contains(&name), "{name}");
            }
            assert!(kept.iter().all(|name| !variables.unset.contains(&OsString::from(name))));
        }
    }

    #[test]
    fn nothing_is_set_twice() {
        let project = Some("other".to_owned());
        let places =
            Places { typed_project: project, universe: Some("cloud.example.com".to_owned()), ..places() };
        for signed_in in [owner(), SignedIn::Nobody, SignedIn::Metadata("127.0.0.1:1".parse().unwrap())] {
            let variables = Variables::new(&places, &signed_in, &BTreeMap::new());
            let mut names: Vec<_> = variables.set.iter().map(|(name, _)| *name).collect();
            names.dedup();
            assert_eq!(names.len(), variables.set.len());
        }
    }

    #[test]
    fn a_shell_reads_values_as_they_are() {
        let places = Places { data: "/it's $(here) `now`\n\"".to_owned(), ..places() };
        let present = present(&["CLOUDSDK_X;rm", "CLOUDSDK_CORE_ACCOUNT"]);
        let text = Variables::new(&places, &owner(), &present).to_shell().unwrap();
        assert!(text.contains("export DOORWARD_DATA='/it'\\''s $(here) `now`\n\"'\n"), "{text}");
        assert!(text.contains("unset CLOUDSDK_CORE_ACCOUNT\n") && !text.contains("rm"), "{text}");
    }
}
