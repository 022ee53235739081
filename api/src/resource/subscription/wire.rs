//! Subscriptions and messages as JSON.

use super::PER_MINUTE;
use crate::channel::options::is_name;
use crate::wire::moment::Moment;
use crate::wire::problem::{Code, Problem};
use crate::wire::words::Word;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use triad_event::Kind;
use triad_event::alerts::{Delivery, Escalation, SubscriptionSet};
use triad_event::quantity::Micros;
use triad_expression::check_filter;
use triad_projections::view::subscription_book;

/// Kinds that tell of messages and of what is told: who was told of those would be told without end.
const NEVER: [&str; 3] = ["alerts.message_", "alerts.subscription_", "alerts.delivery_"];

/// A subscription as it is asked for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SubscriptionDocument {
    /// Its name. One that is there is replaced, and goes on with what it has not told of.
    name: String,
    /// The channel that is told.
    pub(super) channel: String,
    /// Kinds of events, such as `dag.task_failed`; or all of a domain, such as `alerts.*`.
    kinds: Vec<String>,
    /// What must hold of an event besides, in CEL over `event`.
    filter: Option<String>,
    /// Who is told of alerts that nobody acknowledges.
    pub(super) escalation: Option<EscalationDocument>,
    /// Messages within one minute; events beyond that come in one message.
    per_minute: Option<u32>,
    /// Why.
    #[serde(default)]
    reason: String,
}

/// Who is told of alerts that nobody acknowledges.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EscalationDocument {
    /// The channel.
    pub(super) channel: String,
    /// How long after the message about the alert.
    after_seconds: u32,
}

impl SubscriptionDocument {
    /// What is recorded of it.
    pub(super) fn checked(self) -> Result<SubscriptionSet, Problem> {
        let invalid = |detail: String| Problem::new(Code::InvalidValue, detail);
        if !is_name(&self.name) {
            return Err(invalid("name: a name has 1 to 64 of a-z, 0-9, - and _".to_owned()));
        }
        if let Some(filter) = &self.filter {
            check_filter(filter).map_err(|fault| invalid(format!("filter: {fault}")))?;
        }
        let mut kinds = Vec::new();
        for written in &self.kinds {
            let named = named(written);
            if named.is_empty() {
                let detail = format!(
                    "kinds: there is no kind {written:?} of which people can be told; docs/events.md has all"
                );
                return Err(invalid(detail));
            }
            kinds.extend(named.into_iter().map(str::to_owned));
        }
        kinds.sort_unstable();
        kinds.dedup();
        let escalation = self.escalation.map(|one| Escalation {
            channel: one.channel,
            after: Micros(i64::from(one.after_seconds) * 1_000_000),
        });
        Ok(SubscriptionSet {
            name: self.name,
            channel: self.channel,
            kinds,
            filter: self.filter,
            escalation,
            per_minute: self.per_minute.unwrap_or(PER_MINUTE),
            from: None,
            reason: self.reason,
        })
    }
}

/// The kinds that are meant, of which people can be told.
fn named(written: &str) -> Vec<&'static str> {
    let is_meant = |name: &&str| match written.strip_suffix(".*") {
        Some(domain) => name.split_once('.').is_some_and(|(of, _)| of == domain),
        None => *name == written,
    };
    let all = Kind::ALL.iter().map(|kind| kind.name());
    all.filter(is_meant).filter(|name| !NEVER.iter().any(|never| name.starts_with(never))).collect()
}

/// A subscription.
#[derive(Serialize, JsonSchema)]
pub(super) struct Subscription {
    name: String,
    /// The channel that is told.
    channel: String,
    /// The kinds of events.
    kinds: Vec<String>,
    /// What must hold of an event besides, in CEL.
    filter: Option<String>,
    escalation: Option<EscalationDocument>,
    /// Messages within one minute; events beyond that come in one message.
    per_minute: u32,
    /// Why it was set.
    reason: String,
    /// When it was set last.
    since: Moment,
    /// The first record that it has not told of.
    next: u64,
    /// Messages that were made.
    made: u64,
    /// Of those, which its channel took.
    taken: u64,
    /// Of those, which are tried.
    waiting: usize,
    /// Of those, which were given up and can be sent once more.
    given_up: usize,
}

/// A channel that the server was started with.
#[derive(Serialize, JsonSchema)]
pub(super) struct Channel {
    name: String,
    /// `webhook` or `smtp`.
    kind: String,
}

/// The subscriptions, by name, and the channels.
#[derive(Serialize, JsonSchema)]
pub(super) struct SubscriptionList {
    subscriptions: Vec<Subscription>,
    channels: Vec<Channel>,
}

/// A message that was not taken.
#[derive(Serialize, JsonSchema)]
pub(super) struct Message {
    /// Sequence of the record that made it.
    message: u64,
    subscription: String,
    channel: String,
    /// The first event that it tells of.
    first: u64,
    /// The last.
    last: u64,
    /// How many.
    events: u32,
    made: Moment,
    /// How often it was tried.
    attempts: u32,
    /// How the last attempt ended.
    last_delivery: Option<Word<Delivery>>,
    /// What was answered then, by HTTP or SMTP.
    status: Option<u32>,
    /// When it was given up; none while it is tried.
    given_up: Option<Moment>,
}

/// Messages that were not taken, the newest first.
#[derive(Serialize, JsonSchema)]
pub(super) struct MessageList {
    pub(super) messages: Vec<Message>,
}

/// What came of a trial.
#[derive(Serialize, JsonSchema)]
pub(super) struct Trial {
    pub(super) channel: String,
    pub(super) delivery: Word<Delivery>,
    /// What was answered, by HTTP or SMTP.
    pub(super) status: Option<u16>,
}

impl SubscriptionList {
    pub(super) fn of<'a>(
        book: &subscription_book::SubscriptionBook,
        channels: impl Iterator<Item = (&'a str, &'static str)>,
    ) -> Self {
        let channels = channels.map(|(name, kind)| Channel { name: name.to_owned(), kind: kind.to_owned() });
        let subscriptions = book.subscriptions.iter().map(|one| Subscription::of(book, one)).collect();
        Self { subscriptions, channels: channels.collect() }
    }
}

impl Subscription {
    pub(super) fn of(
        book: &subscription_book::SubscriptionBook,
        one: &subscription_book::Subscription,
    ) -> Self {
        let messages = || book.messages.iter().filter(|message| message.subscription == one.name);
        let given_up = messages().filter(|message| message.given_up.is_some()).count();
        let seconds = |after: Micros| u32::try_from(after.0 / 1_000_000).unwrap_or(u32::MAX);
        Self {
            name: one.name.clone(),
            channel: one.channel.clone(),
            kinds: one.kinds.clone(),
            filter: one.filter.clone(),
            escalation: one.escalation.as_ref().map(|escalation| EscalationDocument {
                channel: escalation.channel.clone(),
                after_seconds: seconds(escalation.after),
            }),
            per_minute: one.per_minute,
            reason: one.reason.clone(),
            since: Moment::from(one.since),
            next: one.next,
            made: one.made,
            taken: one.taken,
            waiting: messages().count() - given_up,
            given_up,
        }
    }
}

impl From<&subscription_book::Message> for Message {
    fn from(message: &subscription_book::Message) -> Self {
        Self {
            message: message.made.sequence,
            subscription: message.subscription.clone(),
            channel: message.channel.clone(),
            first: message.first,
            last: message.last,
            events: message.events,
            made: Moment::from(message.made),
            attempts: message.attempts,
            last_delivery: message.delivery.map(Word),
            status: message.status,
            given_up: message.given_up.map(Moment::from),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_told_of_what_tells_of_them() {
        for (written, expected) in [
            ("dag.task_failed", vec!["dag.task_failed"]),
            ("alerts.message_made", vec![]),
            ("alerts.delivery_ended", vec![]),
            ("dag.nothing", vec![]),
            ("*", vec![]),
            ("nothing.*", vec![]),
        ] {
            assert_eq!(named(written), expected, "{written}");
        }
        let all = named("alerts.*");
        assert!(all.contains(&"alerts.alert_escalated") && all.contains(&"alerts.condition_reported"));
        assert!(all.iter().all(|name| !name.contains("message") && !name.contains("delivery")), "{all:?}");
    }
}
