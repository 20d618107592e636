//! The local certificate authority.

use std::{fs, net::IpAddr, os::unix::fs::PermissionsExt, path::Path, sync::Arc, time::Duration};

use jiff::{Timestamp, ToSpan};
use keys::{AuthorityError, CertificateAuthority, LeafError};
use names::HostName;
use rustls::{
    RootCertStore,
    client::{WebPkiServerVerifier, danger::ServerCertVerifier as _},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject as _},
    sign::CertifiedKey,
};
use x509_parser::{
    certificate::X509Certificate, extensions::GeneralName, pem::parse_x509_pem, prelude::FromDer as _,
};

use crate::support::at;

fn host(name: &str) -> HostName {
    HostName::parse(name).unwrap()
}

fn open(folder: &Path, domains: &[&str], now: Timestamp) -> Result<CertificateAuthority, AuthorityError> {
    let domains: Vec<_> = domains.iter().map(|domain| host(domain)).collect();
    CertificateAuthority::open(folder, &domains, now)
}

fn pem(folder: &Path) -> String {
    fs::read_to_string(folder.join("ca.pem")).unwrap()
}

fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let names = certificate.subject_alternative_name().unwrap().unwrap();
    let text = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(name) => (*name).to_owned(),
        GeneralName::IPAddress([a, b, c, d]) => IpAddr::from([*a, *b, *c, *d]).to_string(),
        GeneralName::IPAddress(bytes) => IpAddr::from(<[u8; 16]>::try_from(*bytes).unwrap()).to_string(),
        other => panic!("{other:?}"),
    };
    names.value.general_names.iter().map(text).collect()
}

fn read(leaf: &Arc<CertifiedKey>, check: impl FnOnce(&X509Certificate<'_>)) {
    check(&X509Certificate::from_der(&leaf.cert[0]).unwrap().1);
}

/// Whether a client that believes this authority takes the certificate for that name.
fn believes(authority: &CertificateAuthority, leaf: &CertifiedKey, name: &str, now: Timestamp) -> bool {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(authority.certificate_pem().as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let now = UnixTime::since_unix_epoch(Duration::from_secs(now.as_second().unsigned_abs()));
    verifier.verify_server_cert(&leaf.cert[0], &[], &name, &[], now).is_ok()
}

#[test]
fn authority_is_made_once_and_its_key_is_its_owners_alone() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(folder.path(), &["googleapis.com"], at(0)).unwrap();
    let mode = |file: &str| fs::metadata(folder.path().join(file)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("ca.key"), mode("ca.pem") & 0o444), (0o600, 0o444));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing is left beside them");
    assert!(first.certificate_pem() == pem(folder.path()) && !pem(folder.path()).contains("PRIVATE"));
    let again = open(folder.path(), &["googleapis.com"], at(3600)).unwrap();
    assert_eq!(again.certificate_pem(), first.certificate_pem());
}

#[test]
fn certificate_is_good_for_ten_years_and_for_its_domains_only() {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path(), &["googleapis.com", "run.app"], at(0)).unwrap();
    let text = pem(folder.path());
    let (_, block) = parse_x509_pem(text.as_bytes()).unwrap();
    let certificate = block.parse_x509().unwrap();
    let basic = certificate.basic_constraints().unwrap().unwrap();
    assert!(basic.critical && basic.value.ca && basic.value.path_len_constraint == Some(0));
    let usage = certificate.key_usage().unwrap().unwrap().value;
    assert!(usage.key_cert_sign() && usage.crl_sign() && !usage.digital_signature());
    let constraints = certificate.name_constraints().unwrap().unwrap();
    assert!(constraints.critical);
    let permitted: Vec<_> =
        constraints.value.permitted_subtrees.iter().flatten().map(|tree| &tree.base).collect();
    let domains = ["googleapis.com", "run.app", "localhost"].map(GeneralName::DNSName);
    assert!(
        permitted.len() == 5 && domains.iter().all(|domain| permitted.contains(&domain)),
        "{permitted:?}"
    );
    let years = certificate.validity().not_after.timestamp() - at(0).as_second();
    assert_eq!(years, 3650 * 86_400);
}

#[test]
fn leaf_is_for_one_host_short_lived_and_signed_by_the_authority() {
    let folder = tempfile::tempdir().unwrap();
    let authority = open(folder.path(), &["googleapis.com"], at(0)).unwrap();
    let text = pem(folder.path());
    let (_, block) = parse_x509_pem(text.as_bytes()).unwrap();
    let issuer = block.parse_x509().unwrap();
    let leaf = authority.leaf(&host("iam.googleapis.com"), at(0)).unwrap();
    read(&leaf, |certificate| {
        assert_eq!(certificate.issuer(), issuer.subject());
        assert_eq!(names(certificate), ["iam.googleapis.com"]);
        assert!(!certificate.is_ca());
        let usage = certificate.extended_key_usage().unwrap().unwrap().value;
        assert!(usage.server_auth && !usage.client_auth && !usage.any);
        let validity = certificate.validity();
        assert_eq!(validity.not_after.timestamp() - at(0).as_second(), 30 * 86_400);
        assert!(validity.not_before.timestamp() < at(0).as_second());
    });
    assert!(believes(&authority, &leaf, "iam.googleapis.com", at(1)));
    assert!(!believes(&authority, &leaf, "run.googleapis.com", at(1)));
    assert!(!believes(&authority, &leaf, "iam.googleapis.com", at(31 * 86_400)));
    let other = open(tempfile::tempdir().unwrap().path(), &["googleapis.com"], at(0)).unwrap();
    assert!(!believes(&other, &leaf, "iam.googleapis.com", at(1)));
    let local = authority.leaf(&host("localhost"), at(0)).unwrap();
    assert!(["localhost", "127.0.0.1", "::1"].iter().all(|name| believes(&authority, &local, name, at(1))));
    read(&local, |certificate| {
        assert_eq!(names(certificate), ["localhost", "127.0.0.1", "::1"]);
    });
}

#[test]
fn leaf_is_kept_for_half_of_its_time_and_then_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let authority = open(folder.path(), &["run.app"], at(0)).unwrap();
    let (one, other) = (host("one.run.app"), host("other.run.app"));
    let first = authority.leaf(&one, at(0)).unwrap();
    assert!(Arc::ptr_eq(&first, &authority.leaf(&one, at(0) + (15 * 24 - 1).hours()).unwrap()));
    assert!(!Arc::ptr_eq(&first, &authority.leaf(&other, at(0)).unwrap()));
    let renewed = authority.leaf(&one, at(0) + (15 * 24).hours()).unwrap();
    assert!(!Arc::ptr_eq(&first, &renewed) && first.cert != renewed.cert);
    let earlier = authority.leaf(&one, at(0) - (10 * 24).hours()).unwrap();
    read(&earlier, |certificate| {
        assert!(certificate.validity().not_before.timestamp() < (at(0) - (10 * 24).hours()).as_second());
    });
}

#[test]
fn no_more_than_a_thousand_leaves_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let authority = open(folder.path(), &["run.app"], at(0)).unwrap();
    let first = authority.leaf(&host("first.run.app"), at(0)).unwrap();
    for number in 0..1000 {
        authority.leaf(&host(&format!("s{number}.run.app")), at(1)).unwrap();
    }
    assert!(!Arc::ptr_eq(&first, &authority.leaf(&host("first.run.app"), at(2)).unwrap()), "the oldest went");
}

#[test]
fn hosts_outside_of_its_domains_get_none() {
    let folder = tempfile::tempdir().unwrap();
    let authority = open(folder.path(), &["googleapis.com"], at(0)).unwrap();
    for name in ["example.com", "evilgoogleapis.com", "googleapis.com.example", "run.app", "127.0.0.1"] {
        assert!(!authority.covers(&host(name)), "{name}");
        assert!(matches!(authority.leaf(&host(name), at(0)), Err(LeafError::NotCovered { .. })), "{name}");
    }
}

#[test]
fn certificate_follows_domains_and_dates_and_keeps_its_key() {
    let folder = tempfile::tempdir().unwrap();
    let key = |folder: &Path| fs::read(folder.join("ca.key")).unwrap();
    let first = open(folder.path(), &["googleapis.com"], at(0)).unwrap();
    let made = key(folder.path());
    let other = open(folder.path(), &["googleapis.com", "cloud.example.com"], at(0)).unwrap();
    assert!(
        other.covers(&host("iam.cloud.example.com")) && other.certificate_pem() != first.certificate_pem()
    );
    let late = at(0) + (3650 * 24 - 364 * 24).hours();
    let renewed = open(folder.path(), &["googleapis.com", "cloud.example.com"], late).unwrap();
    assert_ne!(renewed.certificate_pem(), other.certificate_pem());
    fs::write(folder.path().join("ca.pem"), "no certificate").unwrap();
    open(folder.path(), &["googleapis.com"], at(0)).unwrap();
    assert!(pem(folder.path()).starts_with("-----BEGIN CERTIFICATE-----"));
    assert_eq!(key(folder.path()), made);
}

#[test]
fn certificate_of_another_key_is_replaced() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    open(one.path(), &["googleapis.com"], at(0)).unwrap();
    open(other.path(), &["googleapis.com"], at(0)).unwrap();
    fs::copy(other.path().join("ca.pem"), one.path().join("ca.pem")).unwrap();
    open(one.path(), &["googleapis.com"], at(0)).unwrap();
    assert_ne!(pem(one.path()), pem(other.path()));
}

#[test]
fn key_that_others_may_read_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path(), &["googleapis.com"], at(0)).unwrap();
    let path = folder.path().join("ca.key");
    for mode in [0o604, 0o640, 0o660, 0o644, 0o666, 0o777] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let refused = open(folder.path(), &["googleapis.com"], at(0)).unwrap_err();
        assert!(matches!(refused, AuthorityError::Permissions { mode: found, .. } if found == mode));
    }
}

#[test]
fn what_is_no_key_on_the_curve_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.key");
    let rsa = include_str!("../../../../rules/jose/tests/keys/ada.rsa.pem");
    for text in ["", "canary", rsa, &"A".repeat(5000)] {
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let refused = open(folder.path(), &["googleapis.com"], at(0)).unwrap_err();
        assert!(matches!(refused, AuthorityError::Key { .. } | AuthorityError::File { .. }), "{refused}");
        assert!(!format!("{refused:?} {refused}").contains("canary"));
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
}
