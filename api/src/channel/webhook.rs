//! A webhook: CloudEvents 1.0 in structured JSON, with the headers of Standard Webhooks 1.0.0.
//!
//! The id of a message is the same whenever it is sent, so that a receiver which takes one twice can tell. Each secret signs it:
//! while secrets are changed there are two, and a receiver accepts whichever it knows.

use super::secret::Secret;
use super::{Ended, UNREACHABLE};
use crate::clock;
use crate::outgoing::{self, Named, NotAllowed};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::net::SocketAddr;
use std::time::Duration;
use triad_event::alerts::Delivery;
use ureq::config::Config;
use ureq::tls::TlsConfig;
use zeroize::Zeroizing;

/// How long a receiver may take. It is asked again later.
const PATIENCE: Duration = Duration::from_secs(15);
/// Addresses of one name that are tried, one after another.
const ADDRESSES_MAX: usize = 4;
/// What a secret may be, by Standard Webhooks.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// Where messages are sent, and under which secrets.
pub(super) struct Webhook {
    named: Named,
    secrets: Vec<Secret>,
    calls: Config,
}

/// Why there is no webhook.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotAWebhook {
    /// Nothing is sent to the address.
    #[error(transparent)]
    Address(#[from] NotAllowed),
    /// The secret is none.
    #[error("the secret of a webhook is `whsec_` and 24 to 64 bytes in base64")]
    Secret,
    /// Without one nobody could tell who sends.
    #[error("a webhook has one secret, or two while they are changed")]
    Secrets,
}

impl Webhook {
    /// `trust` is for a receiver that is called over https.
    pub(super) fn new(
        named: Named,
        secrets: Vec<Secret>,
        trust: Option<TlsConfig>,
    ) -> Result<Self, NotAWebhook> {
        outgoing::resolve(&named.host, named.port)?;
        let webhook = Self { named, secrets, calls: outgoing::calls(PATIENCE, trust) };
        if !(1..=4).contains(&webhook.secrets.len()) {
            return Err(NotAWebhook::Secrets);
        }
        webhook.keys().map(|_| webhook)
    }

    /// The secrets as they are now: files that were changed count from then on.
    fn keys(&self) -> Result<Vec<Zeroizing<Vec<u8>>>, NotAWebhook> {
        self.secrets.iter().map(|secret| key(&secret.read().ok_or(NotAWebhook::Secret)?)).collect()
    }

    /// Sends a message, and says what came of it. The name is looked up once: what was looked at is what is called, since the
    /// same
    /// name may lead elsewhere a moment later.
    pub(super) fn deliver(&self, id: &str, body: &str) -> Ended {
        let addresses = match outgoing::resolve(&self.named.host, self.named.port) {
            Ok(addresses) => addresses,
            Err(why) => {
                tracing::warn!("nothing is sent to a webhook: {why}");
                return UNREACHABLE;
            }
        };
        let keys = match self.keys() {
            Ok(keys) => keys,
            Err(why) => {
                tracing::warn!("nothing is sent to a webhook: {why}");
                return UNREACHABLE;
            }
        };
        let tried = addresses.into_iter().take(ADDRESSES_MAX);
        let mut tried = tried.map(|address| self.send(&keys, id, body, address));
        tried.find(|ended| *ended != UNREACHABLE).unwrap_or(UNREACHABLE)
    }

    fn send(&self, keys: &[Zeroizing<Vec<u8>>], id: &str, body: &str, address: SocketAddr) -> Ended {
        let time = clock::now_us() / 1_000_000;
        let signatures: Vec<String> = keys.iter().map(|key| signature(key, id, time, body)).collect();
        let sent = outgoing::agent(&self.calls, address)
            .post(&self.named.url)
            .content_type("application/cloudevents+json")
            .header("webhook-id", id)
            .header("webhook-timestamp", time.to_string())
            .header("webhook-signature", signatures.join(" "))
            .send(body);
        match sent.map(|answer| answer.status()) {
            Ok(status) if status.is_success() => (Delivery::Accepted, Some(status.as_u16())),
            Ok(status) => (Delivery::Refused, Some(status.as_u16())),
            Err(_) => UNREACHABLE,
        }
    }
}

fn key(secret: &str) -> Result<Zeroizing<Vec<u8>>, NotAWebhook> {
    let secret = secret.strip_prefix("whsec_").ok_or(NotAWebhook::Secret)?;
    let secret = Zeroizing::new(BASE64.decode(secret).map_err(|_| NotAWebhook::Secret)?);
    if SECRET_BYTES.contains(&secret.len()) { Ok(secret) } else { Err(NotAWebhook::Secret) }
}

fn signature(key: &[u8], id: &str, time: i64, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("invariant: any length is a key");
    mac.update(format!("{id}.{time}.{body}").as_bytes());
    format!("v1,{}", BASE64.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    /// The vector of the Standard Webhooks specification's reference libraries.
    #[test]
    fn messages_are_signed_as_standard_webhooks_are() {
        let key = key(SECRET).expect("a secret");
        let signature =
            signature(&key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_secret_is_what_the_specification_says() {
        for secret in ["", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_!", "whsec_AAAA"] {
            assert!(matches!(key(secret), Err(NotAWebhook::Secret)), "{secret}");
        }
    }

    #[test]
    fn a_name_is_called_at_the_address_that_was_looked_at_and_told_its_own_name() {
        let receiver = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = receiver.local_addr().expect("bound").port();
        let directory = tempfile::tempdir().expect("a directory");
        let files = ["old", "new"].map(|name| directory.path().join(name));
        files.iter().for_each(|file| std::fs::write(file, SECRET).expect("writes"));
        let named = outgoing::read(&format!("http://localhost:{port}/alerts?a=1")).expect("an address");
        let secrets = files.iter().cloned().map(Secret::new).collect();
        let webhook = Webhook::new(named, secrets, None).expect("a webhook");
        let receiving = std::thread::spawn(move || {
            let (mut stream, _) = receiver.accept().expect("a connection");
            let mut head = vec![0; 4096];
            let read = stream.read(&mut head).expect("reads");
            stream.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n").expect("writes");
            String::from_utf8_lossy(&head[..read]).to_lowercase()
        });
        assert_eq!(webhook.deliver("7", "{}"), (Delivery::Accepted, Some(204)));
        let head = receiving.join().expect("no panic");
        assert!(head.starts_with("post /alerts?a=1 http/1.1\r\n"), "{head}");
        assert_eq!(head.matches("host: ").count(), 1, "{head}");
        assert!(head.contains(&format!("host: localhost:{port}\r\n")), "{head}");
        assert_eq!(head.matches("v1,").count(), 2, "each secret signs: {head}");
        assert_eq!(webhook.deliver("7", "{}"), UNREACHABLE, "who is not there is unreachable");
    }
}
