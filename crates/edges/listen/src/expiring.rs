use std::{fmt, path::PathBuf, time::Duration};

use jiff::Timestamp;
use keys::ServerCertificate;

use crate::CertificateFiles;

/// A certificate that ends soon or has ended, as it is said to the operator.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Expiring {
    chain: PathBuf,
    key: PathBuf,
    ends: Timestamp,
    left: Left,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Left {
    /// Whole days: 0 on the last one.
    Days(i64),
    Nothing,
}

impl Expiring {
    /// `None` while there is time: until two weeks before the end, or until the last third of a certificate that is not
    /// good for so long.
    pub(crate) fn of(
        certificate: &ServerCertificate,
        CertificateFiles { chain, key }: &CertificateFiles,
        now: Timestamp,
    ) -> Option<Expiring> {
        let (begins, ends) = (certificate.begins(), certificate.ends());
        let seconds = ends.duration_since(now).as_secs();
        let lifetime = ends.duration_since(begins).as_secs();
        if seconds > SOON.min(lifetime / 3) {
            return None;
        }
        // It is good for all of the second in which it ends (RFC 5280 §4.1.2.5).
        let left = if seconds < 0 { Left::Nothing } else { Left::Days(seconds / DAY) };
        Some(Expiring { chain: chain.clone(), key: key.clone(), ends, left })
    }
}

impl fmt::Display for Expiring {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Expiring { chain, key, ends, left } = self;
        write!(formatter, "the certificate in {} ", chain.display())?;
        match left {
            Left::Nothing => write!(formatter, "ended at {ends}: clients refuse it")?,
            Left::Days(0) => write!(formatter, "ends within a day, at {ends}: clients will refuse it then")?,
            Left::Days(1) => write!(formatter, "ends in 1 day, at {ends}")?,
            Left::Days(days) => write!(formatter, "ends in {days} days, at {ends}")?,
        }
        write!(
            formatter,
            "; put a renewed chain and its key in place of {} and {}: they are taken without a restart",
            chain.display(),
            key.display()
        )
    }
}

const DAY: i64 = Duration::from_secs(24 * 60 * 60).as_secs() as i64;
const SOON: i64 = 14 * DAY;

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::{
        fs, io,
        path::Path,
        sync::{Arc, Mutex},
    };

    use rcgen::{CertificateParams, KeyPair, date_time_ymd};
    use supervise::{Supervisor, Timer};
    use tracing_subscriber::fmt::MakeWriter;

    use super::*;
    use crate::Certificates;

    /// What was logged.
    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl Log {
        fn take(&self) -> String {
            String::from_utf8(std::mem::take(&mut self.0.lock().unwrap())).unwrap()
        }
    }

    impl io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl<'a> MakeWriter<'a> for Log {
        type Writer = Log;

        fn make_writer(&'a self) -> Log {
            self.clone()
        }
    }

    /// A certificate that is good from the first day of a month of 2026 to the first of another one.
    fn made(folder: &Path, from: u8, until: u8) -> CertificateFiles {
        let mut params = CertificateParams::new(vec!["one.example".to_owned()]).unwrap();
        (params.not_before, params.not_after) = (date_time_ymd(2026, from, 1), date_time_ymd(2026, until, 1));
        let key = KeyPair::generate().unwrap();
        let files = CertificateFiles { chain: folder.join("one.pem"), key: folder.join("one.key") };
        fs::write(&files.chain, params.self_signed(&key).unwrap().pem()).unwrap();
        fs::write(&files.key, key.serialize_pem()).unwrap();
        fs::set_permissions(&files.key, fs::Permissions::from_mode(0o600)).unwrap();
        files
    }

    #[tokio::test]
    async fn certificate_that_ends_soon_is_said_at_the_start_and_every_day_and_no_more_once_it_is_renewed() {
        let log = Log::default();
        let subscriber = tracing_subscriber::fmt().with_writer(log.clone()).with_ansi(false).finish();
        let _while_this_test_runs = tracing::subscriber::set_default(subscriber);
        let folder = tempfile::tempdir().unwrap();
        let files = made(folder.path(), 1, 4);
        let (timer, clock) = Timer::by_hand("2026-03-17T23:00:00Z".parse().unwrap());
        let _supervisor = Supervisor::new(&timer);
        let hour = Duration::from_secs(60 * 60);

        let certificates = Certificates::load(vec![files.clone()], None, timer.clone()).unwrap();
        assert_eq!(log.take(), "", "two weeks and an hour are time enough");
        clock.advance(hour).await;
        certificates.look();
        let said = log.take();
        let (chain, key) = (files.chain.display(), files.key.display());
        assert!(said.contains(&format!("{chain} ends in 14 days, at 2026-04-01T00:00:00Z; put")), "{said}");
        assert!(said.contains("WARN") && said.contains(&format!("in place of {chain} and {key}")), "{said}");
        clock.advance(hour).await;
        certificates.look();
        certificates.look();
        assert!(log.take().contains("ends in 13 days"), "another day has begun");
        certificates.look();
        assert_eq!(log.take(), "", "it is said once a day");

        clock.advance(13 * 24 * hour).await;
        certificates.look();
        assert!(log.take().contains("ends within a day"));
        // With the second of its end it is over.
        clock.advance(23 * hour + Duration::from_secs(1)).await;
        let started = Certificates::load(vec![files.clone()], None, timer.clone()).unwrap();
        assert!(log.take().contains("ended at 2026-04-01T00:00:00Z: clients refuse it"));
        certificates.look();
        assert!(log.take().contains("ended at"));

        made(folder.path(), 4, 8);
        certificates.look();
        started.look();
        let said = log.take();
        assert!(said.contains("a new certificate is used") && !said.contains("ends"), "{said}");
        // What it is exchanged for is looked at as well.
        made(folder.path(), 3, 4);
        certificates.look();
        assert!(log.take().contains("ended at"));
    }

    #[test]
    fn certificate_of_a_few_days_is_not_warned_of_all_its_life() {
        let folder = tempfile::tempdir().unwrap();
        let files = made(folder.path(), 2, 3);
        let certificate = ServerCertificate::read(&files.chain, &files.key).unwrap();
        let is_said = |now: &str| Expiring::of(&certificate, &files, now.parse().unwrap()).is_some();
        assert!(!is_said("2026-02-16T00:00:00Z"), "a third of 28 days is nine");
        assert!(!is_said("2026-02-19T00:00:00Z") && is_said("2026-02-19T16:00:01Z"));
    }
}
