//! A webhook: alerts as CloudEvents 1.0 in structured JSON, with the headers of Standard Webhooks 1.0.0.
//!
//! The id of a message is that of the alert, so that a receiver which takes one twice can tell. The signature is HMAC-SHA256
//! (RFC 2104) over id, time of sending and body.

use crate::clock;
use crate::outgoing::{self, Named, NotAllowed};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;
use std::net::SocketAddr;
use std::time::Duration;
use triad_decide::alerts::Notification;
use triad_event::alerts::Delivery;
use triad_event::ids::StreamId;
use ureq::config::Config;
use ureq::tls::TlsConfig;
use zeroize::Zeroizing;

/// How long a receiver may take. It is asked again later.
const PATIENCE: Duration = Duration::from_secs(15);
/// Addresses of one name that are tried, one after another.
const ADDRESSES_MAX: usize = 4;
/// What a secret may be, by Standard Webhooks.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// Where alerts are sent, and under which secret.
pub(super) struct Webhook {
    named: Named,
    secret: Zeroizing<Vec<u8>>,
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
}

impl Webhook {
    /// `trust` is for a receiver that is called over https.
    pub(super) fn new(named: Named, secret: &str, trust: Option<TlsConfig>) -> Result<Self, NotAWebhook> {
        outgoing::resolve(&named.host, named.port)?;
        let secret = secret.strip_prefix("whsec_").ok_or(NotAWebhook::Secret)?;
        let secret = Zeroizing::new(BASE64.decode(secret).map_err(|_| NotAWebhook::Secret)?);
        if !SECRET_BYTES.contains(&secret.len()) {
            return Err(NotAWebhook::Secret);
        }
        Ok(Self { named, secret, calls: outgoing::calls(PATIENCE, trust) })
    }

    /// Sends an alert, and says what came of it. The name is looked up once: what was looked at is what is called, since the same
    /// name may lead elsewhere a moment later.
    pub(super) fn deliver(&self, notification: &Notification) -> (Delivery, Option<u16>) {
        let addresses = outgoing::resolve(&self.named.host, self.named.port).unwrap_or_default();
        let tried = addresses.into_iter().take(ADDRESSES_MAX).map(|address| self.send(notification, address));
        let unreachable = (Delivery::Unreachable, None);
        tried.into_iter().find(|ended| *ended != unreachable).unwrap_or(unreachable)
    }

    fn send(&self, notification: &Notification, address: SocketAddr) -> (Delivery, Option<u16>) {
        let (id, time) = (notification.alert.to_string(), clock::now_us() / 1_000_000);
        let body = cloud_event(notification);
        let sent = outgoing::agent(&self.calls, address)
            .post(&self.named.url)
            .content_type("application/cloudevents+json")
            .header("webhook-id", &id)
            .header("webhook-timestamp", time.to_string())
            .header("webhook-signature", self.signature(&id, time, &body))
            .send(&body);
        match sent.map(|answer| answer.status()) {
            Ok(status) if status.is_success() => (Delivery::Accepted, Some(status.as_u16())),
            Ok(status) => (Delivery::Refused, Some(status.as_u16())),
            Err(_) => (Delivery::Unreachable, None),
        }
    }

    fn signature(&self, id: &str, time: i64, body: &str) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.secret).expect("invariant: any length is a key");
        mac.update(format!("{id}.{time}.{body}").as_bytes());
        format!("v1,{}", BASE64.encode(mac.finalize().into_bytes()))
    }
}

fn cloud_event(notification: &Notification) -> String {
    let Notification { alert, kind, about, detail, raised_at, .. } = notification;
    let about = (*about != StreamId::LOG).then(|| about.to_string());
    json!({
        "specversion": "1.0",
        "id": alert.to_string(),
        "source": "/v1/alerts",
        "type": "triad.alert.raised",
        "subject": about,
        "time": clock::show(raised_at.0),
        "datacontenttype": "application/json",
        "data": { "alert_id": alert.to_string(), "kind": format!("{kind:?}"), "about": about, "detail": detail },
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};

    fn made(url: &str, secret: &str) -> Result<Webhook, NotAWebhook> {
        Webhook::new(outgoing::read(url)?, secret, None)
    }

    fn webhook() -> Webhook {
        let secret = format!("whsec_{}", BASE64.encode(b"0123456789abcdef01234567"));
        made("http://127.0.0.1:9/alerts", &secret).expect("a webhook")
    }

    /// The vector of the Standard Webhooks specification's reference libraries.
    #[test]
    fn messages_are_signed_as_standard_webhooks_are() {
        let webhook =
            made("http://127.0.0.1:9/", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("a webhook");
        let signature =
            webhook.signature("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_secret_is_what_the_specification_says() {
        for secret in ["", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_!", "whsec_AAAA"] {
            assert!(matches!(made("http://127.0.0.1:9/", secret), Err(NotAWebhook::Secret)), "{secret}");
        }
    }

    fn notification() -> Notification {
        Notification {
            request: 7,
            alert: StreamId([7; 16]),
            kind: triad_event::alerts::AlertKind::VaultDegraded,
            about: StreamId::LOG,
            detail: "no space left".to_owned(),
            raised_at: triad_event::quantity::Micros(0),
        }
    }

    #[test]
    fn a_name_is_called_at_the_address_that_was_looked_at_and_told_its_own_name() {
        let receiver = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = receiver.local_addr().expect("bound").port();
        let secret = format!("whsec_{}", BASE64.encode(b"0123456789abcdef01234567"));
        let webhook = made(&format!("http://localhost:{port}/alerts?a=1"), &secret).expect("a webhook");
        let receiving = std::thread::spawn(move || {
            let (mut stream, _) = receiver.accept().expect("a connection");
            let mut head = vec![0; 4096];
            let read = stream.read(&mut head).expect("reads");
            stream.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n").expect("writes");
            String::from_utf8_lossy(&head[..read]).to_lowercase()
        });
        assert_eq!(webhook.deliver(&notification()), (Delivery::Accepted, Some(204)));
        let head = receiving.join().expect("no panic");
        assert!(head.starts_with("post /alerts?a=1 http/1.1\r\n"), "{head}");
        assert_eq!(head.matches("host: ").count(), 1, "{head}");
        assert!(head.contains(&format!("host: localhost:{port}\r\n")), "{head}");
    }

    #[test]
    fn who_is_not_there_is_unreachable() {
        let notification = notification();
        assert_eq!(webhook().deliver(&notification), (Delivery::Unreachable, None));
        let document: serde_json::Value =
            serde_json::from_str(&cloud_event(&notification)).expect("the body is JSON");
        assert_eq!(
            (&document["specversion"], &document["subject"]),
            (&"1.0".into(), &serde_json::Value::Null)
        );
    }
}
