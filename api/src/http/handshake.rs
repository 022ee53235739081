//! Has a client speak TLS before HTTP, in the time that it is given.

use super::connection::Connection;
use super::refusals::Refusals;
use super::transport::Transport;
use sha2::{Digest, Sha256};
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, copy, sink};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConnection;
use tokio_rustls::rustls::server::ParsedCertificate;
use tokio_rustls::server::TlsStream;

/// How long a TLS handshake may take, from the first byte that is waited for.
const HANDSHAKE_PATIENCE: Duration = Duration::from_secs(10);
/// How long, and for how many bytes, whoever was refused is listened to, so that they read why.
const LINGER: Duration = Duration::from_secs(1);
const LINGER_BYTES_MAX: u64 = 64 << 10;
/// The first byte of every TLS connection: a record of the handshake.
const HANDSHAKE_RECORD: u8 = 22;
const NOT_TLS: &str = "this address speaks TLS: call it by https://";

/// The connection once the handshake is done; none when the client was refused, took too long, or left.
pub(super) async fn secure(
    stream: TcpStream,
    peer: SocketAddr,
    acceptor: &TlsAcceptor,
    refusals: &Refusals,
) -> Option<(TlsStream<Connection>, Transport)> {
    match timeout(HANDSHAKE_PATIENCE, shake_hands(stream, acceptor)).await {
        Ok(Ok(stream)) => {
            let client_certificate = client_key(stream.get_ref().1);
            Some((stream, Transport { encrypted: true, peer, client_certificate }))
        }
        Ok(Err(error)) => {
            // Whoever leaves, or looks whether something listens, is nobody's concern.
            if error.kind() == io::ErrorKind::InvalidData {
                refusals.tell(peer, &error.to_string());
            }
            None
        }
        Err(_) => {
            refusals.tell(peer, "it took too long");
            None
        }
    }
}

async fn shake_hands(stream: TcpStream, acceptor: &TlsAcceptor) -> io::Result<TlsStream<Connection>> {
    let mut first = [0];
    if stream.peek(&mut first).await? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let mut stream = Connection::new(stream);
    if first != [HANDSHAKE_RECORD] {
        stream.write_all(&not_tls()).await?;
        linger(stream).await;
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it does not speak TLS"));
    }
    match acceptor.accept(stream).into_fallible().await {
        Ok(stream) => Ok(stream),
        Err((error, stream)) => {
            linger(stream).await;
            Err(error)
        }
    }
}

/// What a client reads that speaks HTTP without TLS.
fn not_tls() -> Vec<u8> {
    let head = "HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\nconnection: close";
    format!("{head}\r\ncontent-length: {}\r\n\r\n{NOT_TLS}", NOT_TLS.len()).into_bytes()
}

/// Ends a connection so that its client reads what was said last. Were something of it left unread, the system would break the
/// connection off instead.
async fn linger(mut stream: impl AsyncRead + AsyncWrite + Unpin) {
    let unread = async {
        stream.shutdown().await?;
        copy(&mut stream.take(LINGER_BYTES_MAX), &mut sink()).await
    };
    let _gone = timeout(LINGER, unread).await.is_err();
}

/// What names the client: see [`Transport::client_certificate`].
fn client_key(connection: &ServerConnection) -> Option<[u8; 32]> {
    let certificate = connection.peer_certificates()?.first()?;
    let parsed = ParsedCertificate::try_from(certificate).ok()?;
    Some(Sha256::digest(parsed.subject_public_key_info()).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, PublicKeyData};
    use std::sync::Arc;
    use tokio::net::TcpListener;
    use tokio_rustls::TlsConnector;
    use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
    use tokio_rustls::rustls::server::WebPkiClientVerifier;
    use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig};

    type Issuer = CertifiedIssuer<'static, KeyPair>;

    /// A certificate of this machine for any purpose, its key, and what names that key.
    fn issue(issuer: &Issuer) -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>, [u8; 32]) {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
        let certificate = params.signed_by(&key, issuer).expect("a certificate").der().clone();
        let named = Sha256::digest(key.subject_public_key_info()).into();
        (vec![certificate], PrivateKeyDer::try_from(key.serialize_der()).expect("a key"), named)
    }

    #[tokio::test]
    async fn a_client_is_named_by_the_key_that_its_certificate_is_for() {
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("made");
        let mut roots = RootCertStore::empty();
        roots.add(issuer.der().clone()).expect("an authority");
        let (roots, cryptography) = (Arc::new(roots), crate::tls::cryptography());
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::clone(&roots), cryptography.clone());
        let builder = ServerConfig::builder_with_provider(cryptography.clone());
        let builder = builder.with_safe_default_protocol_versions().expect("versions");
        let builder = builder.with_client_cert_verifier(verifier.build().expect("a verifier"));
        let (chain, key, _) = issue(&issuer);
        let acceptor = TlsAcceptor::from(Arc::new(builder.with_single_cert(chain, key).expect("a pair")));
        let (chain, key, named) = issue(&issuer);
        let builder = ClientConfig::builder_with_provider(cryptography);
        let builder = builder.with_safe_default_protocol_versions().expect("versions");
        let config = builder.with_root_certificates(roots).with_client_auth_cert(chain, key).expect("a pair");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let calling = TcpStream::connect(listener.local_addr().expect("bound")).await.expect("connects");
        let (called, peer) = listener.accept().await.expect("a connection");
        let refusals = Refusals::default();
        let connector = TlsConnector::from(Arc::new(config));
        let (_client, secured) = tokio::join!(
            connector.connect("localhost".try_into().expect("a name"), calling),
            secure(called, peer, &acceptor, &refusals)
        );
        let (_, transport) = secured.expect("a connection");
        assert_eq!((transport.encrypted, transport.client_certificate), (true, Some(named)));
    }
}
