//! Channels: where people are told, and how. Records hold the names of channels only; where they lead, and the secrets, are in
//! the files that a server is started with.

mod mail;
pub(crate) mod options;
mod said;
mod secret;
mod webhook;

use mail::Mail;
use options::Configured;
use said::Said;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use triad_decide::alerts::{Letter, Notification, Told};
use triad_event::alerts::Delivery;
use triad_event::ids::LogId;
use triad_log::FjallReader;
use triad_perform::Notify;
use webhook::Webhook;

/// The channel that is configured on the command line.
const WEBHOOK: &str = "webhook";

/// How an attempt to tell ended, with the status of the answer.
type Ended = (Delivery, Option<u16>);

const UNREACHABLE: Ended = (Delivery::Unreachable, None);

/// A way to tell people.
enum Way {
    Webhook(Box<Webhook>),
    Mail(Mail),
}

/// The channels of a server. What they tell is read from the log, which is there once the server has opened it.
#[derive(Clone, Default)]
pub(crate) struct Channels {
    ways: Arc<BTreeMap<String, Way>>,
    /// Those that are told of alerts until somebody says otherwise, ascending.
    pub(crate) of_alerts: Arc<Vec<String>>,
    log: Arc<OnceLock<Log>>,
}

/// The log that is told of.
struct Log {
    id: LogId,
    reader: FjallReader,
}

impl Channels {
    fn new(configured: Vec<Configured>) -> Self {
        let of_alerts = configured.iter().filter(|one| one.is_told_of_alerts).map(|one| one.name.clone());
        let mut of_alerts: Vec<String> = of_alerts.collect();
        of_alerts.sort_unstable();
        let ways = configured.into_iter().map(|one| (one.name, one.way)).collect();
        Self { ways: Arc::new(ways), of_alerts: Arc::new(of_alerts), log: Arc::default() }
    }

    /// The log is there from here on.
    pub(crate) fn attach(&self, id: LogId, reader: FjallReader) {
        let _before = self.log.set(Log { id, reader });
    }

    /// Whether there is a channel of that name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.ways.contains_key(name)
    }

    /// Their names, ascending, and what each is.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, &'static str)> {
        let kind = |way: &Way| if let Way::Webhook(_) = way { "webhook" } else { "smtp" };
        self.ways.iter().map(move |(name, way)| (name.as_str(), kind(way)))
    }

    /// Who tells people; nobody when there is no channel.
    pub(crate) fn notify(&self) -> Option<Notify> {
        if self.ways.is_empty() {
            return None;
        }
        let channels = self.clone();
        Some(Arc::new(move |notification| channels.deliver(notification)))
    }

    fn deliver(&self, notification: &Notification) -> Ended {
        match &notification.told {
            // Of a log where nobody subscribed to anything yet.
            Told::Alert(alarm) => match self.ways.get(WEBHOOK) {
                Some(Way::Webhook(webhook)) => webhook.deliver(&alarm.alert.to_string(), &said::alarm(alarm)),
                Some(Way::Mail(_)) | None => (Delivery::NotConfigured, None),
            },
            Told::Letter(letter) => match self.ways.get(&letter.channel) {
                Some(way) => self.send(way, letter),
                None => (Delivery::NotConfigured, None),
            },
        }
    }

    fn send(&self, way: &Way, letter: &Letter) -> Ended {
        let Some(log) = self.log.get() else { return UNREACHABLE };
        let said = match Said::read(log.id, &log.reader, letter) {
            Ok(said) => said,
            Err(error) => {
                tracing::warn!("message {} waits: {error}", letter.message);
                return UNREACHABLE;
            }
        };
        self.tell(way, &said)
    }

    fn tell(&self, way: &Way, said: &Said) -> Ended {
        match way {
            Way::Webhook(webhook) => webhook.deliver(&said.id, &said.cloud_event()),
            Way::Mail(mail) => mail.deliver(said),
        }
    }

    /// Tells a channel that somebody tries it; none when there is no such channel. Nothing of that is recorded.
    pub(crate) fn try_out(&self, name: &str, subscription: &str, id: String) -> Option<Ended> {
        let way = self.ways.get(name)?;
        Some(self.tell(way, &Said::trial(subscription, id)))
    }
}
