//! E-mail: plain text over SMTP, by lettre. Whoever is called was looked up and looked at before, and over TLS must be the host
//! that was named.

use super::said::Said;
use super::secret::Secret;
use super::{Ended, UNREACHABLE};
use crate::clock;
use crate::outgoing::{self, NotAllowed};
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, Mailboxes, Message};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{SmtpTransport, Transport};
use rustls::pki_types::CertificateDer;
use std::net::SocketAddr;
use std::time::{Duration, UNIX_EPOCH};
use triad_event::alerts::Delivery;

/// How long each answer of the server may take.
const PATIENCE: Duration = Duration::from_secs(15);
/// Addresses of one name that are tried, one after another.
const ADDRESSES_MAX: usize = 4;

/// When TLS begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Security {
    /// With the connection.
    Tls,
    /// By a command, before anything else is said. Without an answer to that nothing is sent.
    Starttls,
    /// Never: only for a server on this machine.
    None,
}

/// Where mails are sent.
pub(super) struct Mail {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) from: Mailbox,
    pub(super) to: Vec<Mailbox>,
    pub(super) login: Option<(String, Secret)>,
    /// How the server is known to be who was named; none without TLS.
    tls: Option<(Security, TlsParameters)>,
}

/// Why there is no such channel.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotAMail {
    /// Nothing is sent to the address.
    #[error(transparent)]
    Address(#[from] NotAllowed),
    /// TLS cannot be set up.
    #[error("TLS: {0}")]
    Tls(#[from] lettre::transport::smtp::Error),
    /// A password, or what mails say, would go over a network in the clear.
    #[error("without TLS only a server on this machine is called: {0} is not on it")]
    InTheClear(String),
}

/// What a channel is made of.
pub(super) struct Parts {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) security: Security,
    pub(super) from: Mailbox,
    pub(super) to: Vec<Mailbox>,
    pub(super) login: Option<(String, Secret)>,
}

impl Mail {
    /// `authorities` vouch for the server.
    pub(super) fn new(parts: Parts, authorities: &[CertificateDer<'static>]) -> Result<Self, NotAMail> {
        let Parts { host, port, security, from, to, login } = parts;
        let addresses = outgoing::resolve(&host, port)?;
        let tls = if security == Security::None {
            if !addresses.iter().all(|address| address.ip().is_loopback()) {
                return Err(NotAMail::InTheClear(host));
            }
            None
        } else {
            Some((security, trusted(&host, authorities)?))
        };
        Ok(Self { host, port, from, to, login, tls })
    }

    /// Sends a mail, and says what came of it. The name is looked up once, and what was looked at is what is called.
    pub(super) fn deliver(&self, said: &Said) -> Ended {
        let addresses = match outgoing::resolve(&self.host, self.port) {
            Ok(addresses) => addresses,
            Err(why) => {
                tracing::warn!("no mail is sent: {why}");
                return UNREACHABLE;
            }
        };
        let Some(message) = self.message(said) else { return (Delivery::Refused, None) };
        let tried = addresses.into_iter().take(ADDRESSES_MAX).map(|address| self.send(&message, address));
        tried.into_iter().find(|ended| *ended != UNREACHABLE).unwrap_or(UNREACHABLE)
    }

    fn send(&self, message: &Message, address: SocketAddr) -> Ended {
        if self.tls.is_none() && !address.ip().is_loopback() {
            return UNREACHABLE;
        }
        let tls = match &self.tls {
            Some((Security::Tls, parameters)) => Tls::Wrapper(parameters.clone()),
            Some((_, parameters)) => Tls::Required(parameters.clone()),
            None => Tls::None,
        };
        let mut transport = SmtpTransport::builder_dangerous(address.ip().to_string())
            .port(address.port())
            .hello_name(ClientId::default())
            .timeout(Some(PATIENCE))
            .tls(tls);
        if let Some((user, secret)) = &self.login {
            let Some(password) = secret.read() else { return UNREACHABLE };
            transport = transport.credentials(Credentials::new(user.clone(), password.to_string()));
        }
        match transport.build().send(message) {
            Ok(answer) => (Delivery::Accepted, Some(answer.code().into())),
            Err(error) => match error.status() {
                Some(code) => (Delivery::Refused, Some(code.into())),
                None => {
                    tracing::warn!("no mail is sent to {}: {error}", self.host);
                    UNREACHABLE
                }
            },
        }
    }

    /// The mail. Its id is that of the message, so that one which arrives twice can be told.
    fn message(&self, said: &Said) -> Option<Message> {
        let now = u64::try_from(clock::now_us()).unwrap_or_default();
        let to: Mailboxes = self.to.iter().cloned().collect();
        let built = Message::builder()
            .from(self.from.clone())
            .mailbox(lettre::message::header::To::from(to))
            .subject(format!("[triad] {}", said.subject()))
            .message_id(Some(format!("<{}@{}>", said.id, self.from.email.domain())))
            .date(UNIX_EPOCH + Duration::from_micros(now))
            .header(ContentType::TEXT_PLAIN)
            .body(said.text());
        built.ok()
    }
}

fn trusted(host: &str, authorities: &[CertificateDer<'static>]) -> Result<TlsParameters, NotAMail> {
    let mut parameters = TlsParameters::builder(host.to_owned()).certificate_store(CertificateStore::None);
    for authority in authorities {
        // One that cannot be read vouches for nobody.
        if let Ok(certificate) = Certificate::from_der(authority.to_vec()) {
            parameters = parameters.add_root_certificate(certificate);
        }
    }
    Ok(parameters.build_rustls()?)
}

#[cfg(test)]
mod tests {
    use super::super::said::tests::said;
    use super::*;

    fn mail(host: &str, security: Security) -> Result<Mail, NotAMail> {
        let mailbox = |text: &str| text.parse::<Mailbox>().expect("an address");
        let (from, to) = (mailbox("TRIAD <triad@example.org>"), vec![mailbox("ann@example.org")]);
        Mail::new(Parts { host: host.to_owned(), port: 9, security, from, to, login: None }, &[])
    }

    #[test]
    fn no_text_of_an_event_becomes_a_header() {
        let mail = mail("127.0.0.1", Security::None).expect("it is on this machine");
        for hostile in
            ["x\r\nBcc: eve@example.org", "x\nSubject: y\n\nbody", "\u{2028}\u{202e}x\u{0}", "<b>x</b>"]
        {
            let sent =
                String::from_utf8(mail.message(&said(hostile)).expect("a mail").formatted()).expect("text");
            let (head, _) = sent.split_once("\r\n\r\n").expect("a head");
            let names: Vec<&str> = head
                .lines()
                .filter(|line| !line.starts_with([' ', '\t']))
                .filter_map(|line| line.split_once(':').map(|(name, _)| name))
                .collect();
            let expected =
                ["From", "To", "Subject", "Message-ID", "Date", "Content-Type", "Content-Transfer-Encoding"];
            assert_eq!(names.len(), expected.len(), "{head}");
            assert!(expected.iter().all(|name| names.contains(name)), "{head}");
            assert!(head.contains(&format!("Message-ID: <{}@example.org>", "0a".repeat(16))), "{head}");
            assert!(head.contains("Content-Type: text/plain; charset=utf-8"), "{head}");
        }
    }

    #[test]
    fn nothing_goes_over_a_network_in_the_clear_or_to_where_nothing_is_sent() {
        assert!(matches!(mail("192.0.2.1", Security::None), Err(NotAMail::InTheClear(_))));
        assert!(matches!(
            mail("169.254.169.254", Security::Tls),
            Err(NotAMail::Address(NotAllowed::Forbidden(_)))
        ));
    }
}
