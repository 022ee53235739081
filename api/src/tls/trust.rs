//! Who vouches for others over https.
//!
//! Where nobody is named, the authorities count that this machine trusts, and not a list that is built into the program: a
//! company's
//! own authority is there already, and one that is withdrawn goes with the system's updates. `SSL_CERT_FILE` and
//! `SSL_CERT_DIR` name
//! others, as for most programs.

use super::{authorities, cryptography};
use crate::failure::Failure;
use rustls::pki_types::CertificateDer;
use std::path::Path;
use ureq::tls::{Certificate, RootCerts, TlsConfig, TlsConfigBuilder};

/// Trust in the authorities of a file, or in those of this machine.
pub(crate) fn trust(file: Option<&Path>) -> Result<TlsConfigBuilder, Failure> {
    let found = vouching(file)?;
    let roots: RootCerts = found.iter().map(certificate).collect::<Vec<_>>().into();
    Ok(TlsConfig::builder().unversioned_rustls_crypto_provider(cryptography()).root_certs(roots))
}

/// The authorities of a file, or those of this machine.
pub(crate) fn vouching(file: Option<&Path>) -> Result<Vec<CertificateDer<'static>>, Failure> {
    Ok(match file {
        Some(file) => authorities(file)?,
        None => of_this_machine()?,
    })
}

/// What authorities this machine trusts. One whose certificate cannot be read vouches for nobody.
fn of_this_machine() -> Result<Vec<CertificateDer<'static>>, Failure> {
    let found = rustls_native_certs::load_native_certs();
    if found.certs.is_empty() {
        let why: Vec<String> = found.errors.iter().map(ToString::to_string).collect();
        return Err(Failure::refused(format!(
            "this machine trusts no authority that could vouch for a server ({}): name one with --ca FILE (--outgoing-ca FILE of \
             a server, for whom that calls)",
            if why.is_empty() { "there is none".to_owned() } else { why.join(", ") }
        )));
    }
    Ok(found.certs)
}

/// A certificate as the client takes it.
pub(crate) fn certificate(der: &CertificateDer<'static>) -> Certificate<'static> {
    Certificate::from_der(der).to_owned()
}
