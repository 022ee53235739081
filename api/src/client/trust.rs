//! Whom a client trusts over https, and what it shows for itself.

use crate::clock;
use crate::failure::Failure;
use crate::options::ConnectOptions;
use crate::tls::{self, PairFiles, TlsFault};
use ureq::tls::{ClientCert, PrivateKey, TlsConfig};

/// How to connect by TLS.
pub(crate) fn trust(options: &ConnectOptions) -> Result<TlsConfig, Failure> {
    // Certificates are of the same years, and the library panics before them.
    clock::check()?;
    let config = tls::trust(options.ca.as_deref())?;
    Ok(config.client_cert(own(options)?).build())
}

/// The certificate that this client shows, with its key.
fn own(options: &ConnectOptions) -> Result<Option<ClientCert>, TlsFault> {
    let (Some(certificates), Some(key)) = (options.client_cert.clone(), options.client_key.clone()) else {
        return Ok(None);
    };
    let files = PairFiles { certificates, key };
    let pair = files.read()?;
    let chain: Vec<_> = pair.chain.iter().map(tls::certificate).collect();
    let unusable = |error: ureq::Error| TlsFault::Key { path: files.key.clone(), why: error.to_string() };
    let key = PrivateKey::from_pem(&pair.key_text).map_err(unusable)?;
    Ok(Some(ClientCert::new_with_certs(&chain, key)))
}
