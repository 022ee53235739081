//! Which addresses a server may send to by itself. What an operator names is checked when the server starts, and again
//! each time a name is looked up, since a name may lead elsewhere later.

use crate::failure::Failure;
use crate::tls;
use clap::Args;
use rustls::pki_types::CertificateDer;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::time::Duration;
use ureq::Agent;
use ureq::config::Config;
use ureq::tls::TlsConfig;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};

/// Whom a server believes that it calls by itself.
#[derive(Debug, Args)]
pub(crate) struct OutgoingOptions {
    /// A file with the authorities (PEM) that vouch for whom this server calls over TLS: a webhook, a mail server, a feed of
    /// prices. Those of
    /// this machine unless it is said.
    #[arg(long, env = "TRIAD_OUTGOING_CA", value_name = "FILE")]
    outgoing_ca: Option<PathBuf>,
}

impl OutgoingOptions {
    /// How somebody who is called over https is known to be who was named.
    pub(crate) fn trust(&self, named: &Named) -> Result<Option<TlsConfig>, Failure> {
        if !named.is_tls {
            return Ok(None);
        }
        Ok(Some(tls::trust(self.outgoing_ca.as_deref())?.build()))
    }

    /// The authorities that vouch for them.
    pub(crate) fn authorities(&self) -> Result<Vec<CertificateDer<'static>>, Failure> {
        tls::vouching(self.outgoing_ca.as_deref())
    }
}

/// Why nothing is sent to an address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotAllowed {
    /// It is no address.
    #[error("{0:?} is no address to call: one begins with https:// or http:// and names a host")]
    Malformed(String),
    /// A name and a password in the address would stand in logs.
    #[error("an address with a name or a password in it is not taken: the secret belongs into its file")]
    Credentials,
    /// The name is not known.
    #[error("{0} cannot be looked up")]
    Unknown(String),
    /// Link-local addresses lead to the metadata of clouds; others to nobody or to everybody.
    #[error("{0} is no address that may be called")]
    Forbidden(IpAddr),
}

/// What such an address names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    /// The whole of it, as it is called.
    pub(crate) url: String,
    /// The host as it is written, with its port where there is one.
    pub(crate) authority: String,
    pub(crate) host: String,
    pub(crate) port: u16,
    /// Whether it is called over TLS.
    pub(crate) is_tls: bool,
}

/// Reads an address that is to be called.
pub(crate) fn read(url: &str) -> Result<Named, NotAllowed> {
    let malformed = || NotAllowed::Malformed(url.to_owned());
    let uri: ureq::http::Uri = url.parse().map_err(|_| malformed())?;
    let is_tls = match uri.scheme_str() {
        Some("https") => true,
        Some("http") => false,
        Some(_) | None => return Err(malformed()),
    };
    let authority = uri.authority().ok_or_else(malformed)?;
    if authority.as_str().contains('@') {
        return Err(NotAllowed::Credentials);
    }
    // A port that is none would be passed over.
    let is_whole = authority.port().is_some() || authority.as_str() == authority.host();
    if !is_whole || authority.port().is_some_and(|port| port.as_u16() == 0) {
        return Err(malformed());
    }
    let host = authority.host().trim_start_matches('[').trim_end_matches(']');
    Ok(Named {
        authority: authority.to_string(),
        host: host.to_owned(),
        port: authority.port_u16().unwrap_or(if is_tls { 443 } else { 80 }),
        url: uri.to_string(),
        is_tls,
    })
}

/// How somebody is called: no proxy, no redirect, no connection that is kept. Answers with another status than success are
/// answers.
/// Over TLS whoever answers must be the host that was named.
pub(crate) fn calls(patience: Duration, trust: Option<TlsConfig>) -> Config {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .proxy(None)
        .max_redirects(0)
        .max_idle_connections(0)
        .timeout_global(Some(patience));
    match trust {
        Some(trust) => config.tls_config(trust).build(),
        None => config.build(),
    }
}

/// Calls nobody but the address that was looked at.
pub(crate) fn agent(calls: &Config, address: SocketAddr) -> Agent {
    Agent::with_parts(calls.clone(), DefaultConnector::new(), Only(address))
}

/// Every name leads to one address: the one that was looked at.
#[derive(Debug)]
struct Only(SocketAddr);

impl Resolver for Only {
    fn resolve(
        &self,
        _: &ureq::http::Uri,
        _: &Config,
        _: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let mut found = self.empty();
        found.push(self.0);
        Ok(found)
    }
}

/// Looks a host up; one address that is forbidden is enough to refuse all.
pub(crate) fn resolve(host: &str, port: u16) -> Result<Vec<SocketAddr>, NotAllowed> {
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
        IpAddr::V6(address) => match carried(address) {
            Some(carried) => is_allowed_v4(carried),
            None => {
                let is_link_local = address.segments()[0] & 0xffc0 == 0xfe80;
                !(address.is_unspecified() || address.is_multicast() || is_link_local || address == METADATA)
            }
        },
    }
}

/// Where a cloud answers with the credentials of the machine, over IPv6.
const METADATA: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);

/// The IPv4 address to which one of IPv6 leads: mapped, by NAT64, or by 6to4.
fn carried(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let of = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match address.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => Some(of(high, low)),
        _ => address.to_ipv4_mapped(),
    }
}

fn is_allowed_v4(address: Ipv4Addr) -> bool {
    !(address.is_unspecified() || address.is_multicast() || address.is_broadcast() || address.is_link_local())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_a_host_and_holds_no_secret() {
        let port = |url| {
            read(url).map(|Named { authority, host, port, is_tls, url }| {
                format!("{host} {port} {is_tls} {authority} {url}")
            })
        };
        let named = port("http://127.0.0.1:9000/alerts?a=1");
        assert_eq!(
            named.as_deref(),
            Ok("127.0.0.1 9000 false 127.0.0.1:9000 http://127.0.0.1:9000/alerts?a=1")
        );
        assert_eq!(port("http://[::1]").as_deref(), Ok("::1 80 false [::1] http://[::1]/"));
        assert_eq!(
            port("https://example.org/a").as_deref(),
            Ok("example.org 443 true example.org https://example.org/a")
        );
        assert_eq!(port("http://ann:secret@example.org/").err(), Some(NotAllowed::Credentials));
        for url in [
            "",
            "example.org",
            "ftp://example.org/",
            "http://",
            "file:///etc/passwd",
            "https://example.org:84430/x",
            "http://example.org:/",
        ] {
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
            "64:ff9b::a9fe:a9fe",
            "2002:a9fe:a9fe::1",
            "fd00:ec2::254",
        ] {
            let address: IpAddr = forbidden.parse().expect("an address");
            assert_eq!(resolve(forbidden, 80).err(), Some(NotAllowed::Forbidden(address)), "{forbidden}");
        }
        for allowed in ["127.0.0.1", "10.0.0.7", "::1"] {
            assert!(resolve(allowed, 80).is_ok(), "{allowed}");
        }
    }
}
