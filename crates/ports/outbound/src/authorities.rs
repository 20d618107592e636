//! The certificate authorities of this machine, for programs that believe a file instead.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Every certificate authority that this machine believes, as one PEM text; empty where there is none. Reads files.
pub fn system_authorities() -> String {
    rustls_native_certs::load_native_certs().certs.iter().map(|certificate| pem(certificate)).collect()
}

/// A certificate in PEM (RFC 7468 §5.1).
fn pem(certificate: &[u8]) -> String {
    let digits = STANDARD.encode(certificate);
    let mut text = String::with_capacity(digits.len() + digits.len() / LINE + 64);
    text.push_str("-----BEGIN CERTIFICATE-----\n");
    let mut rest = digits.as_str();
    while !rest.is_empty() {
        let (line, following) = rest.split_at(rest.len().min(LINE));
        text.push_str(line);
        text.push('\n');
        rest = following;
    }
    text.push_str("-----END CERTIFICATE-----\n");
    text
}

const LINE: usize = 64;

#[cfg(test)]
mod tests {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;

    use super::*;

    #[test]
    fn certificates_are_written_so_that_they_can_be_read() {
        for length in [0, 1, 47, 48, 49, 1000] {
            let bytes: Vec<u8> = (0..length).map(|number| u8::try_from(number % 251).unwrap()).collect();
            let text = pem(&bytes);
            assert!(text.lines().all(|line| line.len() <= LINE), "{text}");
            assert_eq!(CertificateDer::from_pem_slice(text.as_bytes()).unwrap().as_ref(), bytes);
        }
    }
}
