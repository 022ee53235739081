//! Whether a server speaks TLS, and what for.

use super::fault::TlsFault;
use super::identity::{Clients, TlsFiles};
use super::pair::PairFiles;
use super::renewal::Tls;
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct TlsOptions {
    /// Speak TLS, and show the certificates in this file (PEM): the server's own first, then those that vouch for it. The files
    /// are read again when they change, and on SIGHUP.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The key of the server's certificate (PEM), in a file that only its owner can read.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Ask clients for a certificate, and turn away those who show one that no authority in this file (PEM) vouches for.
    /// Who shows none is let in.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_client_ca: Option<PathBuf>,
    /// Turn away clients who show no certificate, too.
    #[arg(long, requires = "tls_client_ca")]
    tls_client_required: bool,
}

impl TlsOptions {
    /// What was read from the files; none for a server that speaks no TLS.
    pub(crate) fn checked(&self) -> Result<Option<Tls>, TlsFault> {
        let (Some(certificates), Some(key)) = (self.tls_cert.clone(), self.tls_key.clone()) else {
            return Ok(None);
        };
        let are_required = self.tls_client_required;
        let clients = self.tls_client_ca.clone().map(|authorities| Clients { authorities, are_required });
        Tls::read(TlsFiles { own: PairFiles { certificates, key }, clients }).map(Some)
    }
}
