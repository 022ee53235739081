//! Where the keys of an issuer are read: a file of this machine, or the address that was recorded. No token says where.

use crate::client::trust;
use crate::options::ConnectOptions;
use std::fs::File;
use std::io::Read;
use std::net::IpAddr;
use std::time::Duration;
use triad_credentials::KEY_SET_LENGTH_MAX;
use ureq::Agent;
use ureq::tls::TlsConfig;

/// How long an address may take to answer as a whole. Requests with tokens wait for it, once in five minutes.
const PATIENCE: Duration = Duration::from_secs(5);

/// The text of a key set.
pub(super) fn key_set_text(place: &str) -> Result<String, String> {
    match place.split_once("://") {
        None => from_file(place),
        Some(("https", _)) => from_address(place),
        Some(("http", rest)) if is_here(rest) => from_address(place),
        Some(_) => Err("an address begins with https://, or names this machine".to_owned()),
    }
}

fn from_file(path: &str) -> Result<String, String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    read(file)
}

/// What is fetched is what the address itself gives: it leads nowhere else.
fn from_address(address: &str) -> Result<String, String> {
    let tls = match address.starts_with("https://") {
        true => trust(&ConnectOptions::default()).map_err(|failure| failure.chain().join(": "))?,
        false => TlsConfig::default(),
    };
    let config =
        Agent::config_builder().proxy(None).tls_config(tls).max_redirects(0).timeout_global(Some(PATIENCE));
    let answer = config.build().new_agent().get(address).header("accept", "application/json").call();
    read(answer.map_err(|error| error.to_string())?.into_body().into_reader())
}

fn read(from: impl Read) -> Result<String, String> {
    let limit = u64::try_from(KEY_SET_LENGTH_MAX).unwrap_or(u64::MAX);
    let mut text = String::new();
    // One byte more than may be, so that what is too long is not taken for what was cut.
    from.take(limit.saturating_add(1)).read_to_string(&mut text).map_err(|error| error.to_string())?;
    Ok(text)
}

/// Whether an address is one of this machine: what is beside the server, such as a sidecar.
fn is_here(rest: &str) -> bool {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    bare == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_over_tls_from_this_machine_or_from_a_file() {
        let rows = [
            ("localhost/jwks", true),
            ("127.0.0.1:9000/jwks", true),
            ("[::1]:9000", true),
            ("localhost.evil.example/jwks", false),
            ("localhost@evil.example/jwks", false),
            ("169.254.169.254/latest", false),
            ("", false),
        ];
        for (rest, expected) in rows {
            assert_eq!(is_here(rest), expected, "{rest}");
        }
        for place in ["http://id.example/jwks", "ftp://127.0.0.1/jwks", "file:///etc/passwd"] {
            assert!(key_set_text(place).is_err_and(|why| why.contains("https://")), "{place}");
        }
    }
}
