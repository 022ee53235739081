//! Why there is no connection over https, said with what to do about it.

use super::text::plain;
use crate::tls::{explained, show_time};
use rustls::{AlertDescription, CertificateError, Error};
use std::path::Path;

/// Why TLS was refused, by this client or by the server; none when something else is wrong.
#[expect(clippy::wildcard_enum_match_arm, reason = "what is not named here is said as the library says it")]
pub(super) fn distrust(error: &ureq::Error, ca: Option<&Path>) -> Option<String> {
    let error = match error {
        ureq::Error::Rustls(error) => error,
        ureq::Error::Io(error) => error.get_ref()?.downcast_ref()?,
        _ => return None,
    };
    Some(match error {
        Error::InvalidCertificate(why) => refused(why, ca),
        Error::AlertReceived(alert) => refuses(*alert),
        Error::InvalidMessage(_) => "it does not speak TLS: is its address one with http://?".to_owned(),
        other => format!("TLS failed: {other}"),
    })
}

/// Why this client refuses the server's certificate.
#[expect(clippy::wildcard_enum_match_arm, reason = "what is not named here is said as the library says it")]
fn refused(why: &CertificateError, ca: Option<&Path>) -> String {
    match why {
        CertificateError::UnknownIssuer => match ca {
            Some(ca) => format!("no authority in {} vouches for its certificate (--ca)", ca.display()),
            None => "no authority that this machine trusts vouches for its certificate: name the one that does with \
                     --ca FILE, if you know that it is the right server"
                .to_owned(),
        },
        CertificateError::BadSignature => {
            "a signature of its handshake is not right: perhaps the authority that is trusted has the name of the one that \
             vouches for it, and another key (--ca)"
                .to_owned()
        }
        CertificateError::NotValidForNameContext { expected, presented } => format!(
            "its certificate is for another name than {}: it names {}. Call it by such a name, or have it issued one for this",
            expected.to_str(),
            if presented.is_empty() { "none".to_owned() } else { plain(&presented.join(", ")) }
        ),
        CertificateError::ExpiredContext { not_after, .. } => {
            format!("its certificate expired at {}: it needs another one", show_time(*not_after))
        }
        CertificateError::NotValidYetContext { not_before, .. } => format!(
            "its certificate is valid from {} only: is the clock of this machine right?",
            show_time(*not_before)
        ),
        other => format!("its certificate cannot be accepted: {}", explained(other)),
    }
}

/// Why the server refuses this client.
#[expect(clippy::wildcard_enum_match_arm, reason = "what is not named here is said as the library says it")]
fn refuses(alert: AlertDescription) -> String {
    match alert {
        AlertDescription::CertificateRequired => {
            "it asks clients for a certificate: name yours with --client-cert and --client-key".to_owned()
        }
        AlertDescription::UnknownCA
        | AlertDescription::BadCertificate
        | AlertDescription::CertificateUnknown
        | AlertDescription::CertificateExpired
        | AlertDescription::UnsupportedCertificate
        | AlertDescription::DecryptError => {
            format!("it does not accept the certificate of this client ({alert:?}): see --client-cert")
        }
        other => format!("it refuses the connection ({other:?})"),
    }
}
