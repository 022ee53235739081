//! Whom a client trusts over https, and what it shows for itself.
//!
//! Without `--ca` the authorities count that this machine trusts, and not a list that is built into the program: a company's own
//! authority is there already, and one that is withdrawn goes with the system's updates. `SSL_CERT_FILE` and `SSL_CERT_DIR` name
//! others, as for most programs.

use crate::clock;
use crate::failure::Failure;
use crate::options::ConnectOptions;
use crate::tls::{self, PairFiles, TlsFault, cryptography};
use rustls::pki_types::CertificateDer;
use ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig};

/// How to connect by TLS.
pub(crate) fn trust(options: &ConnectOptions) -> Result<TlsConfig, Failure> {
    // Certificates are of the same years, and the library panics before them.
    clock::check()?;
    let authorities = match &options.ca {
        Some(file) => tls::authorities(file)?,
        None => of_this_machine()?,
    };
    let roots: RootCerts = authorities.iter().map(certificate).collect::<Vec<_>>().into();
    let config = TlsConfig::builder().unversioned_rustls_crypto_provider(cryptography()).root_certs(roots);
    Ok(config.client_cert(own(options)?).build())
}

/// What authorities this machine trusts. One whose certificate cannot be read vouches for nobody.
fn of_this_machine() -> Result<Vec<CertificateDer<'static>>, Failure> {
    let found = rustls_native_certs::load_native_certs();
    if found.certs.is_empty() {
        let why: Vec<String> = found.errors.iter().map(ToString::to_string).collect();
        return Err(Failure::refused(format!(
            "this machine trusts no authority that could vouch for a server ({}): name one with --ca FILE",
            if why.is_empty() { "there is none".to_owned() } else { why.join(", ") }
        )));
    }
    Ok(found.certs)
}

/// The certificate that this client shows, with its key.
fn own(options: &ConnectOptions) -> Result<Option<ClientCert>, TlsFault> {
    let (Some(certificates), Some(key)) = (options.client_cert.clone(), options.client_key.clone()) else {
        return Ok(None);
    };
    let files = PairFiles { certificates, key };
    let pair = files.read()?;
    let chain: Vec<_> = pair.chain.iter().map(certificate).collect();
    let unusable = |error: ureq::Error| TlsFault::Key { path: files.key.clone(), why: error.to_string() };
    let key = PrivateKey::from_pem(&pair.key_text).map_err(unusable)?;
    Ok(Some(ClientCert::new_with_certs(&chain, key)))
}

fn certificate(der: &CertificateDer<'static>) -> Certificate<'static> {
    Certificate::from_der(der).to_owned()
}
