//! Where people are told: the channels that a server is started with.

use super::mail::{Mail, Parts, Security};
use super::secret::Secret;
use super::webhook::{NotAWebhook, Webhook};
use super::{Channels, WEBHOOK, Way};
use crate::failure::Failure;
use crate::outgoing::{self, OutgoingOptions};
use clap::Args;
use lettre::message::Mailbox;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// Channels that a server may have.
const CHANNELS_MAX: usize = 64;
/// People that one mail goes to.
const TO_MAX: usize = 50;

/// Where people are told. Without a channel alerts lie in the inbox alone.
#[derive(Debug, Args)]
pub(crate) struct ChannelOptions {
    /// A file with the channels by which people are told: webhooks and mail servers (docs/alerts.md has its form).
    #[arg(long, env = "TRIAD_CHANNELS", value_name = "FILE")]
    channels: Option<PathBuf>,
    /// Send alerts to this address, as Standard Webhooks with a CloudEvents body: the channel named webhook.
    #[arg(long, env = "TRIAD_ALERT_WEBHOOK", value_name = "URL", requires = "alert_webhook_secret_file")]
    alert_webhook: Option<String>,
    /// A file with the secret that signs them: `whsec_` and 24 to 64 bytes in base64.
    #[arg(long, env = "TRIAD_ALERT_WEBHOOK_SECRET_FILE", value_name = "FILE")]
    alert_webhook_secret_file: Option<PathBuf>,
}

/// A channel that is configured.
pub(super) struct Configured {
    pub(super) name: String,
    pub(super) way: Way,
    pub(super) is_told_of_alerts: bool,
}

/// The file of the channels.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    channel: Vec<Written>,
}

/// A channel as it is written.
#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
enum Written {
    Webhook {
        name: String,
        url: String,
        secret_files: Vec<PathBuf>,
        #[serde(default = "yes")]
        alerts: bool,
    },
    Smtp {
        name: String,
        host: String,
        port: Option<u16>,
        #[serde(default = "starttls")]
        security: Security,
        from: String,
        to: Vec<String>,
        user: Option<String>,
        password_file: Option<PathBuf>,
        #[serde(default = "yes")]
        alerts: bool,
    },
}

const fn yes() -> bool {
    true
}

const fn starttls() -> Security {
    Security::Starttls
}

impl ChannelOptions {
    /// The channels, of which each can be used.
    pub(crate) fn checked(&self, options: &OutgoingOptions) -> Result<Channels, Failure> {
        let mut configured = Vec::new();
        if let (Some(url), Some(file)) = (&self.alert_webhook, &self.alert_webhook_secret_file) {
            let wrong = |error: NotAWebhook| Failure::usage(format!("--alert-webhook: {error}"));
            let way = webhook(url, vec![file.clone()], options)?.map_err(wrong)?;
            configured.push(Configured { name: WEBHOOK.to_owned(), way, is_told_of_alerts: true });
        }
        if let Some(file) = &self.channels {
            read(file, options, &mut configured)?;
        }
        Ok(Channels::new(configured))
    }
}

/// What is wrong and in which line, without what stands there: it may be a secret.
fn at_line(text: &str, error: &toml::de::Error) -> String {
    let before = error.span().map(|span| &text[..span.start.min(text.len())]);
    let line = before.map(|before| before.matches('\n').count() + 1);
    line.map_or_else(|| error.message().to_owned(), |line| format!("line {line}: {}", error.message()))
}

fn read(file: &Path, options: &OutgoingOptions, configured: &mut Vec<Configured>) -> Result<(), Failure> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure::machine(format!("{} cannot be read: {error}", file.display())))?;
    let wrong = |why: String| Failure::usage(format!("{}: {why}", file.display()));
    let document: Document = toml::from_str(&text).map_err(|error| wrong(at_line(&text, &error)))?;
    let beside = file.parent().unwrap_or(Path::new(""));
    for written in document.channel {
        let name = written.name().to_owned();
        let of = |why: String| wrong(format!("channel {name:?}: {why}"));
        if !is_name(&name) {
            return Err(of("a name has 1 to 64 of a-z, 0-9, - and _".to_owned()));
        }
        if configured.iter().any(|before| before.name == name) {
            return Err(of("the name stands twice".to_owned()));
        }
        let is_told_of_alerts = written.is_told_of_alerts();
        let way = written.made(beside, options)?.map_err(of)?;
        configured.push(Configured { name, way, is_told_of_alerts });
    }
    if configured.len() > CHANNELS_MAX {
        return Err(wrong(format!("there are more than {CHANNELS_MAX} channels")));
    }
    Ok(())
}

/// Whether that can be the name of a channel or a subscription.
pub(crate) fn is_name(name: &str) -> bool {
    let is_plain =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_' || byte == b'-';
    (1..=64).contains(&name.len()) && name.bytes().all(is_plain)
}

fn webhook(
    url: &str,
    files: Vec<PathBuf>,
    options: &OutgoingOptions,
) -> Result<Result<Way, NotAWebhook>, Failure> {
    let named = match outgoing::read(url) {
        Ok(named) => named,
        Err(error) => return Ok(Err(error.into())),
    };
    let trust = options.trust(&named)?;
    let secrets = files.into_iter().map(Secret::checked).collect::<Result<Vec<_>, Failure>>()?;
    Ok(Webhook::new(named, secrets, trust).map(|webhook| Way::Webhook(Box::new(webhook))))
}

impl Written {
    fn name(&self) -> &str {
        match self {
            Self::Webhook { name, .. } | Self::Smtp { name, .. } => name,
        }
    }

    fn is_told_of_alerts(&self) -> bool {
        match self {
            Self::Webhook { alerts, .. } | Self::Smtp { alerts, .. } => *alerts,
        }
    }

    /// The way to tell people; files lie beside that of the channels, unless they say otherwise.
    fn made(self, beside: &Path, options: &OutgoingOptions) -> Result<Result<Way, String>, Failure> {
        match self {
            Self::Webhook { url, secret_files, .. } => {
                let files = secret_files.into_iter().map(|file| beside.join(file)).collect();
                Ok(webhook(&url, files, options)?.map_err(|error| error.to_string()))
            }
            Self::Smtp { host, port, security, from, to, user, password_file, .. } => {
                let authorities =
                    if security == Security::None { Vec::new() } else { options.authorities()? };
                let (from, to) = match mailboxes(&from, &to) {
                    Ok(mailboxes) => mailboxes,
                    Err(why) => return Ok(Err(why)),
                };
                let login = match (user, password_file) {
                    (Some(user), Some(file)) => Some((user, Secret::checked(beside.join(file))?)),
                    (None, None) => None,
                    (Some(_), None) | (None, Some(_)) => {
                        return Ok(Err("user and password_file stand together".to_owned()));
                    }
                };
                let port = port.unwrap_or(match security {
                    Security::Tls => 465,
                    Security::Starttls => 587,
                    Security::None => 25,
                });
                let parts = Parts { host, port, security, from, to, login };
                Ok(Mail::new(parts, &authorities).map(Way::Mail).map_err(|error| error.to_string()))
            }
        }
    }
}

fn mailboxes(from: &str, to: &[String]) -> Result<(Mailbox, Vec<Mailbox>), String> {
    if !(1..=TO_MAX).contains(&to.len()) {
        return Err(format!("to names 1 to {TO_MAX} addresses"));
    }
    let read =
        |text: &str| text.parse().map_err(|error| format!("{text:?} is no address of e-mail: {error}"));
    let to = to.iter().map(|text| read(text)).collect::<Result<Vec<Mailbox>, String>>()?;
    Ok((read(from)?, to))
}
