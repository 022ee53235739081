//! Which addresses a server may send to by itself. What an operator names is checked when the server starts, and again
//! each time a name is looked up, since a name may lead elsewhere later.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs};

/// Why nothing is sent to an address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum NotAllowed {
    /// It is no address.
    #[error("{0:?} is no address of a webhook: one begins with http:// and names a host")]
    Malformed(String),
    /// TLS is not there yet.
    #[error(
        "https is not supported yet: name a forwarder on this machine that speaks it, as http://127.0.0.1:PORT/..."
    )]
    Https,
    /// A name and a password in the address would stand in logs.
    #[error("an address with a name or a password in it is not taken: the secret belongs into its file")]
    Credentials,
    /// The name is not known.
    #[error("{0} cannot be looked up")]
    Unknown(String),
    /// Link-local addresses lead to the metadata of clouds; others to nobody or to everybody.
    #[error("{0} is no address that a webhook may lead to")]
    Forbidden(IpAddr),
}

/// The host and port of a webhook's address.
pub(super) fn authority(url: &str) -> Result<(String, u16), NotAllowed> {
    if url.starts_with("https://") {
        return Err(NotAllowed::Https);
    }
    let malformed = || NotAllowed::Malformed(url.to_owned());
    let uri: ureq::http::Uri = url.parse().map_err(|_| malformed())?;
    if uri.scheme_str() != Some("http") {
        return Err(malformed());
    }
    let authority = uri.authority().ok_or_else(malformed)?;
    if authority.as_str().contains('@') {
        return Err(NotAllowed::Credentials);
    }
    let host = authority.host().trim_start_matches('[').trim_end_matches(']');
    Ok((host.to_owned(), authority.port_u16().unwrap_or(80)))
}

/// Looks a host up; one address that is forbidden is enough to refuse all.
pub(super) fn resolve(host: &str, port: u16) -> Result<Vec<SocketAddr>, NotAllowed> {
    let found = (host, port).to_socket_addrs().map_err(|_| NotAllowed::Unknown(host.to_owned()))?;
    let found: Vec<SocketAddr> = found.collect();
    if found.is_empty() {
        return Err(NotAllowed::Unknown(host.to_owned()));
    }
    match found.iter().find(|address| !is_allowed(address.ip())) {
        Some(forbidden) => Err(NotAllowed::Forbidden(forbidden.ip())),
        None => Ok(found),
    }
}

fn is_allowed(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_allowed_v4(address),
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(mapped) => is_allowed_v4(mapped),
            None => {
                let is_link_local = address.segments()[0] & 0xffc0 == 0xfe80;
                !(address.is_unspecified() || address.is_multicast() || is_link_local)
            }
        },
    }
}

fn is_allowed_v4(address: Ipv4Addr) -> bool {
    !(address.is_unspecified() || address.is_multicast() || address.is_broadcast() || address.is_link_local())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_http_names_a_host_and_holds_no_secret() {
        let port = |url| authority(url).map(|(host, port)| format!("{host} {port}"));
        assert_eq!(port("http://127.0.0.1:9000/alerts").as_deref(), Ok("127.0.0.1 9000"));
        assert_eq!(port("http://[::1]/a").as_deref(), Ok("::1 80"));
        assert_eq!(port("https://example.org/").err(), Some(NotAllowed::Https));
        assert_eq!(port("http://ann:secret@example.org/").err(), Some(NotAllowed::Credentials));
        for url in ["", "example.org", "ftp://example.org/", "http://", "file:///etc/passwd"] {
            assert_eq!(port(url).err(), Some(NotAllowed::Malformed(url.to_owned())));
        }
    }

    #[test]
    fn nothing_is_sent_to_nobody_to_everybody_or_to_the_metadata_of_a_cloud() {
        for forbidden in [
            "169.254.169.254",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "ff02::1",
            "fe80::1",
            "::ffff:169.254.1.1",
        ] {
            let address: IpAddr = forbidden.parse().expect("an address");
            assert_eq!(resolve(forbidden, 80).err(), Some(NotAllowed::Forbidden(address)), "{forbidden}");
        }
        for allowed in ["127.0.0.1", "10.0.0.7", "::1"] {
            assert!(resolve(allowed, 80).is_ok(), "{allowed}");
        }
    }
}
