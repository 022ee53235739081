//! How the connection is by which a request came. The listener lays it beside every request.

use std::net::SocketAddr;

/// How a connection is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Transport {
    /// Whether this server ends its TLS. What a proxy before it did is not known here.
    pub(crate) encrypted: bool,
    /// Who is at its other end.
    pub(crate) peer: SocketAddr,
    /// SHA-256 of the public key of the client's certificate (DER `SubjectPublicKeyInfo`), which an authority in
    /// `--tls-client-ca` vouched for and whose key the client has. Not of the whole certificate, so that a certificate that is
    /// renewed for the same key stays the same client.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "it lets a connection in; that it is who asks is not built")
    )]
    pub(crate) client_certificate: Option<[u8; 32]>,
}

impl Transport {
    /// How an address of this connection begins.
    pub(crate) fn scheme(&self) -> &'static str {
        if self.encrypted { "https://" } else { "http://" }
    }
}
