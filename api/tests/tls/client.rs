//! A client of its own, which can do what the program does not: show other certificates, stall, and look at what it is shown.

use crate::authority::Issued;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, SupportedProtocolVersion, version};
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// A client that trusts one authority.
#[derive(Clone)]
pub(crate) struct Client {
    port: u16,
    config: Arc<ClientConfig>,
}

pub(crate) type Stream = StreamOwned<ClientConnection, TcpStream>;

impl Client {
    pub(crate) fn new(port: u16, ca: &str) -> Self {
        Self::of(port, ca, &[&version::TLS13], None)
    }

    /// One that speaks another version.
    pub(crate) fn speaking(port: u16, ca: &str, version: &'static SupportedProtocolVersion) -> Self {
        Self::of(port, ca, &[version], None)
    }

    /// One that shows a certificate.
    pub(crate) fn showing(port: u16, ca: &str, own: &Issued) -> Self {
        Self::of(port, ca, &[&version::TLS13], Some(own))
    }

    fn of(port: u16, ca: &str, versions: &[&'static SupportedProtocolVersion], own: Option<&Issued>) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(certificate(ca)).expect("an authority");
        let builder = ClientConfig::builder_with_provider(Arc::new(default_provider()));
        let builder =
            builder.with_protocol_versions(versions).expect("versions").with_root_certificates(roots);
        let mut config = match own {
            Some(own) => {
                let key = PrivateKeyDer::from_pem_slice(own.key.as_bytes()).expect("a key");
                builder.with_client_auth_cert(vec![certificate(&own.certificate)], key).expect("a pair")
            }
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Self { port, config: Arc::new(config) }
    }

    pub(crate) fn connect(&self) -> io::Result<Stream> {
        let name = "localhost".try_into().expect("a name");
        let mut connection =
            ClientConnection::new(Arc::clone(&self.config), name).map_err(io::Error::other)?;
        let mut stream = tcp(self.port);
        while connection.is_handshaking() {
            connection.complete_io(&mut stream)?;
        }
        Ok(StreamOwned::new(connection, stream))
    }

    /// Asks over a connection of its own, and reads until its end.
    pub(crate) fn get(&self, headers: &str) -> io::Result<String> {
        let mut stream = self.connect()?;
        stream.write_all(request(&format!("connection: close\r\n{headers}")).as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }

    /// The certificate that it is shown.
    pub(crate) fn shown(&self) -> CertificateDer<'static> {
        let stream = self.connect().expect("connects");
        stream.conn.peer_certificates().expect("certificates")[0].clone().into_owned()
    }
}

pub(crate) fn tcp(port: u16) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", port)).expect("the server listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a time");
    stream
}

pub(crate) fn request(headers: &str) -> String {
    format!("GET /v1/log/head HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n")
}

pub(crate) fn certificate(pem: &str) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(pem.as_bytes()).expect("a certificate")
}
