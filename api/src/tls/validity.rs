//! From when until when a certificate is valid, and why clients would refuse it whoever issued it.

use super::cryptography::{cryptography, show_time};
use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, Error, RootCertStore};
use std::time::Duration;

/// A time after which no certificate is valid: the first second of the year 10000.
const AFTER_ALL: u64 = 253_402_300_800;

/// Until when it is valid. The library says so of a certificate that it finds expired.
pub(super) fn valid_until(certificate: &CertificateDer<'_>) -> Option<UnixTime> {
    let after_all = UnixTime::since_unix_epoch(Duration::from_secs(AFTER_ALL));
    let CertificateError::ExpiredContext { not_after, .. } = refusal(certificate, after_all)? else {
        return None;
    };
    Some(not_after)
}

/// Why every client refuses it at a time; none when whoever trusts its issuer takes it.
#[expect(clippy::wildcard_enum_match_arm, reason = "what is not named here is said as the library says it")]
pub(super) fn doubt(certificate: &CertificateDer<'_>, now: UnixTime) -> Option<String> {
    match refusal(certificate, now)? {
        // Nobody is trusted here, so this is what a good one gets.
        CertificateError::UnknownIssuer => None,
        CertificateError::ExpiredContext { not_after, .. } => {
            Some(format!("it expired at {}", show_time(not_after)))
        }
        CertificateError::NotValidYetContext { not_before, .. } => {
            Some(format!("it is valid from {} only", show_time(not_before)))
        }
        CertificateError::InvalidPurposeContext { .. } => {
            Some("it is not for servers (extended key usage serverAuth)".to_owned())
        }
        other => Some(format!("it cannot be accepted: {}", explained(&other))),
    }
}

/// What is often done, and refused under a name that says little.
pub(crate) fn explained(why: &CertificateError) -> String {
    let why = why.to_string();
    if why.contains("CaUsedAsEndEntity") {
        return "it is that of an authority (CA:TRUE), which nobody may show for themselves".to_owned();
    }
    why
}

/// What a client that trusts nobody finds first: what is wrong with the certificate itself comes before who issued it.
fn refusal(certificate: &CertificateDer<'_>, now: UnixTime) -> Option<CertificateError> {
    let algorithms = cryptography().signature_verification_algorithms.all;
    let parsed = ParsedCertificate::try_from(certificate).ok()?;
    let verified =
        verify_server_cert_signed_by_trust_anchor(&parsed, &RootCertStore::empty(), &[], now, algorithms);
    match verified {
        Err(Error::InvalidCertificate(why)) => Some(why),
        Ok(()) | Err(_) => None,
    }
}
