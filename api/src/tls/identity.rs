//! What a server shows for itself, and whom it asks to do the same.

use super::cryptography::{WallClock, cryptography, now, show_time};
use super::fault::TlsFault;
use super::pair::PairFiles;
use super::pem::{authorities, roots};
use super::validity::{doubt, valid_until};
use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use std::path::PathBuf;
use std::sync::Arc;

/// What is spoken over TLS here. A client that offers other protocols alone is told so in the handshake.
const HTTP_1_1: &[u8] = b"http/1.1";

/// The files that a server's TLS is made from.
#[derive(Debug, Clone)]
pub(crate) struct TlsFiles {
    pub(super) own: PairFiles,
    pub(super) clients: Option<Clients>,
}

/// Clients that show certificates.
#[derive(Debug, Clone)]
pub(super) struct Clients {
    /// The authorities that vouch for them.
    pub(super) authorities: PathBuf,
    /// Whether those without a certificate are turned away.
    pub(super) are_required: bool,
}

/// What stood in them.
#[derive(Clone)]
pub(crate) struct Identity {
    pub(super) config: Arc<ServerConfig>,
    certificate: CertificateDer<'static>,
}

impl TlsFiles {
    pub(super) fn read(&self) -> Result<Identity, TlsFault> {
        let (pair, cryptography) = (self.own.read()?, cryptography());
        let certificate = pair.chain.first().cloned();
        let certificate =
            certificate.ok_or_else(|| TlsFault::NoCertificate(self.own.certificates.clone()))?;
        let builder = ServerConfig::builder_with_details(Arc::clone(&cryptography), Arc::new(WallClock));
        let builder = builder.with_safe_default_protocol_versions().map_err(setup)?;
        let builder = match &self.clients {
            Some(clients) => builder.with_client_cert_verifier(clients.verifier(cryptography)?),
            None => builder.with_no_client_auth(),
        };
        let mut config = builder.with_single_cert(pair.chain, pair.key).map_err(setup)?;
        config.alpn_protocols = vec![HTTP_1_1.to_vec()];
        Ok(Identity { config: Arc::new(config), certificate })
    }

    /// All of them, for who looks whether one changed.
    pub(super) fn all(&self) -> impl Iterator<Item = &PathBuf> {
        let clients = self.clients.as_ref().map(|clients| &clients.authorities);
        [&self.own.certificates, &self.own.key].into_iter().chain(clients)
    }
}

impl Clients {
    fn verifier(&self, cryptography: Arc<CryptoProvider>) -> Result<Arc<dyn ClientCertVerifier>, TlsFault> {
        let roots = Arc::new(roots(&authorities(&self.authorities)?).map_err(setup)?);
        let builder = WebPkiClientVerifier::builder_with_provider(roots, cryptography);
        let builder = if self.are_required { builder } else { builder.allow_unauthenticated() };
        builder.build().map_err(setup)
    }
}

impl Identity {
    /// Why every client refuses it now, if that is so.
    pub(super) fn doubt(&self) -> Option<String> {
        doubt(&self.certificate, now()?)
    }

    /// Until when it is valid, for people.
    pub(super) fn valid_until(&self) -> String {
        valid_until(&self.certificate).map_or_else(|| "an unknown time".to_owned(), show_time)
    }
}

fn setup(error: impl std::fmt::Display) -> TlsFault {
    TlsFault::Setup(error.to_string())
}
